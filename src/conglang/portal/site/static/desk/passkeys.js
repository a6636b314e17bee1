// Passkeys: asks the desk, then the key, then tells the desk what the key said. Every form with data-passkey is one way.
"use strict";

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) => {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const described = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

function forBrowser({ publicKey }) {
  const options = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) {
    options.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
    options.excludeCredentials = described(publicKey.excludeCredentials);
  } else {
    options.allowCredentials = described(publicKey.allowCredentials);
  }
  return { publicKey: options };
}

function forDesk(credential) {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  if (given.attestationObject) {
    response.attestationObject = text(given.attestationObject);
  } else {
    response.authenticatorData = text(given.authenticatorData);
    response.signature = text(given.signature);
    response.userHandle = given.userHandle ? text(given.userHandle) : null;
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response };
}

class Told extends Error {}

async function post(address, token, body, type) {
  const headers = { "X-CSRFToken": token, "Content-Type": type };
  const answer = await fetch(address, { method: "POST", headers, body, credentials: "same-origin" });
  const found = await answer.json();
  if (!answer.ok) throw new Told(found.error);
  return found;
}

async function run(form) {
  const token = form.elements.csrfmiddlewaretoken.value;
  const purpose = form.dataset.passkey;
  const asked = new URLSearchParams({ purpose }).toString();
  const options = forBrowser(await post(form.dataset.ask, token, asked, "application/x-www-form-urlencoded"));
  const ceremony = purpose === "add" ? "create" : "get";
  let credential;
  try {
    credential = await navigator.credentials[ceremony](options);
  } catch {
    throw new Told(form.dataset.stopped);
  }
  const label = form.elements.label ? form.elements.label.value : "";
  const body = JSON.stringify({ credential: forDesk(credential), label, next: form.dataset.next });
  const { next } = await post(form.dataset.answer, token, body, "application/json");
  window.location.assign(next);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const told = form.querySelector(".desk-passkey-told");
  const button = form.querySelector("button");
  form.hidden = false;
  if (!window.PublicKeyCredential) {
    button.hidden = true;
    told.textContent = form.dataset.cannot;
    continue;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "";
    button.disabled = true;
    try {
      await run(form);
    } catch (error) {
      told.textContent = error instanceof Told ? error.message : form.dataset.offline;
    } finally {
      button.disabled = false;
    }
  });
}
