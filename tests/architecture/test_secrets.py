"""The repository holds no key, token or password: keys are made on the machine that uses them."""

import re

from .house import ROOT, tracked

SECRETS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{20}"
    rb"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[A-Za-z0-9-]{20}|\beyJhbGciOi[A-Za-z0-9_.-]{40}"
    rb"|(?i:secret_key|password|passwd|api_key|token)\s*[=:]\s*[\"'][A-Za-z0-9+/_=-]{24,}[\"']"
)
BELONG_IN_THE_DATA_FOLDER = {".pem", ".key", ".p12", ".sqlite3", ".dump"}


def test_no_file_holds_a_secret() -> None:
    found = [str(file.relative_to(ROOT)) for file in tracked() if SECRETS.search(file.read_bytes())]

    assert not found, f"Take the secret out and make a new one, the old one is known: {found}"


def test_no_key_file_or_database_is_kept_with_the_source() -> None:
    found = [str(file.relative_to(ROOT)) for file in tracked() if file.suffix in BELONG_IN_THE_DATA_FOLDER]

    assert not found


def test_the_test_knows_a_secret_when_it_sees_one() -> None:
    assert SECRETS.search(b"API_KEY = '" + b"a1B2" * 8 + b"'")
