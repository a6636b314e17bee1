"""A key as one has it in a telephone: makes passkeys and signs challenges, in software, by the letter of WebAuthn."""

import secrets
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAG = AuthenticatorData.FLAG


class Authenticator:
    """``counter`` counts uses; ``verifies``: whether it asks its owner (fingerprint, PIN)."""

    def __init__(self, origin: str, *, verifies: bool = True) -> None:
        self.origin, self.verifies, self.counter = origin, verifies, 0
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.handle = secrets.token_bytes(32), b""

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """Answer ``navigator.credentials.create``."""
        wanted = options["publicKey"]
        self.handle = websafe_decode(wanted["user"]["id"])
        made = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(wanted["rp"]["id"], FLAG.AT, made)
        client = self._client(CollectedClientData.TYPE.CREATE, wanted)
        return self._credential(
            clientDataJSON=websafe_encode(client),
            attestationObject=websafe_encode(AttestationObject.create("none", data, {})),
        )

    def get(self, options: dict[str, Any], *, forward: int = 1) -> dict[str, Any]:
        """Answer ``navigator.credentials.get``."""
        wanted = options["publicKey"]
        self.counter += forward
        data = self._data(wanted["rpId"], FLAG(0), None)
        client = self._client(CollectedClientData.TYPE.GET, wanted)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        return self._credential(
            clientDataJSON=websafe_encode(client), authenticatorData=websafe_encode(data),
            signature=websafe_encode(signature), userHandle=websafe_encode(self.handle),
        )  # fmt: skip

    def _data(self, party: str, extra: Any, made: AttestedCredentialData | None) -> AuthenticatorData:
        flags = FLAG.UP | extra | (FLAG.UV if self.verifies else FLAG(0))
        return AuthenticatorData.create(sha256(party.encode()).digest(), flags, self.counter, made or b"")

    def _client(self, kind: Any, wanted: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, websafe_decode(wanted["challenge"]), self.origin)

    def _credential(self, **response: str) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}
