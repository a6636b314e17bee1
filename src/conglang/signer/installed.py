"""A web application manifest, which a telephone asks for when a reader puts the site on the home screen.

It may say what the site is called and looks like, and lead nowhere else: `related_applications` would have the reader
install somebody's program, `start_url` and its kin would open somebody's page under the office's name.
"""

import json
from typing import Any

_WORDS = frozenset(
    {
        "name",
        "short_name",
        "description",
        "lang",
        "dir",
        "display",
        "orientation",
        "theme_color",
        "background_color",
    }
)
_ADDRESSES = frozenset({"start_url", "scope", "id"})
_OF_AN_ICON = frozenset({"src", "sizes", "type", "purpose"})


def fault(body: str) -> str | None:
    """Why such a file must not be signed, or None."""
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return "a manifest of an application that cannot be read"
    if not isinstance(found, dict):
        return "a manifest of an application that is none"
    for key, value in found.items():
        if not (_is_good(key, value)):
            return f"«{key[:40]}» in the manifest of an application"
    return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _is_good(key: str, value: Any) -> bool:
    if key in _WORDS:
        return isinstance(value, str)
    if key in _ADDRESSES:
        return _is_local(value)
    if key == "icons":
        return isinstance(value, list) and all(_is_icon(one) for one in value)
    return False


def _is_icon(one: Any) -> bool:
    return isinstance(one, dict) and one.keys() <= _OF_AN_ICON and _is_local(one.get("src"))


def _is_local(address: Any) -> bool:
    return isinstance(address, str) and address.startswith("/") and not address.startswith(("//", "/\\"))
