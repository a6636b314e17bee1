// Sets the size of all text on this site and remembers it in this browser only.
const KEY = "text-size";

function remembered() {
  try {
    return localStorage.getItem(KEY) || "";
  } catch {
    return "";
  }
}

function remember(size) {
  try {
    localStorage.setItem(KEY, size);
  } catch {
    // A browser that keeps nothing still shows the size on this page.
  }
}

function apply(size) {
  document.documentElement.dataset.text = size;
  for (const button of document.querySelectorAll("[data-size]")) {
    button.setAttribute("aria-pressed", String(button.dataset.size === size));
  }
}

for (const control of document.querySelectorAll("[data-behaviour=text-size]")) {
  control.hidden = false;
  apply(remembered());
  for (const button of control.querySelectorAll("[data-size]")) {
    button.addEventListener("click", () => {
      remember(button.dataset.size);
      apply(button.dataset.size);
    });
  }
}
