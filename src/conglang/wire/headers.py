"""The closed list of header sets: what a browser is told beside the bytes.

`header_set` looks at prefix and extension only. A page may run scripts and styles of its own host and nothing
else; an uploaded document or drawing may run nothing at all.
"""

from conglang.wire.paths import STATE_PATH, extension

_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
_PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "media-src 'self'; manifest-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_INERT_CSP = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
# A browser's own PDF viewer needs an inline style and an embedded object of the same host, and breaks in a
# sandbox.
_DOCUMENT_CSP = _INERT_CSP + "; object-src 'self'"
_REVALIDATE = "no-cache, must-revalidate"
_FOR_EVER = "public, max-age=31536000, immutable"

HEADER_SETS: dict[str, dict[str, str]] = {
    "page": {**_COMMON, "Content-Security-Policy": _PAGE_CSP, "Cache-Control": _REVALIDATE},
    "data": {**_COMMON, "Content-Security-Policy": _INERT_CSP, "Cache-Control": _REVALIDATE},
    # What all sites say together: every open page asks again and again, and is mostly told that nothing changed.
    "state": {**_COMMON, "Content-Security-Policy": _INERT_CSP, "Cache-Control": "no-cache"},
    "asset": {**_COMMON, "Content-Security-Policy": _INERT_CSP, "Cache-Control": _FOR_EVER},
    # Pictures may be shown by feed readers and by the other sites of the network.
    "media": {
        **_COMMON,
        "Content-Security-Policy": _INERT_CSP + "; sandbox",
        "Cache-Control": _FOR_EVER,
        "Cross-Origin-Resource-Policy": "cross-origin",
    },
    "document": {**_COMMON, "Content-Security-Policy": _DOCUMENT_CSP, "Cache-Control": _REVALIDATE},
}

# Where TLS is: on every answer, whoever gives it. With `preload` the owner of the domain agrees that browsers build
# it in: that binds every host below the domain for years, so it is never said unasked.
HSTS = "max-age=63072000; includeSubDomains"
HSTS_PRELOAD = f"{HSTS}; preload"

# (header set, prefix). First match wins; the names under these prefixes carry a digest, except documents.
PREFIXES: tuple[tuple[str, str], ...] = (("asset", "/_/a/"), ("media", "/_/m/"), ("document", "/_/d/"))


def header_set(path: str) -> str:
    """The name of the header set of a path: page, data, state, asset, media or document."""
    if path == STATE_PATH:
        return "state"
    for name, prefix in PREFIXES:
        if path.startswith(prefix):
            return name
    return "page" if not extension(path) else "data"


def headers(name: str, *, noindex: bool = False) -> dict[str, str]:
    """Header names and values of one set. `noindex` is for demo networks."""
    found = dict(HEADER_SETS[name])
    if noindex:
        found["X-Robots-Tag"] = "noindex, nofollow"
    return found
