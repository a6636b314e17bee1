"""Codes that change every thirty seconds, as authenticator apps show them (RFC 6238 over RFC 4226). Plain Python."""

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP = 30  # seconds
DIGITS = 6
DRIFT = 1  # steps that a telephone's clock may be ahead or behind
SECRET_BYTES = 20  # RFC 4226, section 4: 160 bits are recommended


def new_secret() -> str:
    """Return a secret in base32, as apps want it typed."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(now: float) -> int:
    """Return the number of the step at an instant (seconds since the epoch)."""
    return int(now // STEP)


def code_at(secret: str, step: int) -> str:
    """Return the code of a step."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, *, now: float, after: int) -> int | None:
    """Return the step that a typed code belongs to, or None.

    ``after``: the step of the last code that was accepted; it and every earlier one are over (RFC 6238, section 5.2).
    """
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdecimal()):
        return None
    here = step_at(now)
    steps = [step for step in range(here - DRIFT, here + DRIFT + 1) if step > after]
    found = [step for step in steps if hmac.compare_digest(code_at(secret, step), typed)]
    return found[-1] if found else None


def address(secret: str, *, person: str, issuer: str) -> str:
    """Return the ``otpauth:`` address that an app reads from a QR code."""
    label = quote(f"{issuer}:{person}")
    return f"otpauth://totp/{label}?" + urlencode(
        {"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP}
    )
