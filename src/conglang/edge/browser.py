"""What a reader's browser says of itself, so that a server cannot tell who verifies from who reads by these words.

As Chromium sends them on Linux, in its order. What cannot be imitated here is told in `docs/how-to/watch-the-sites.md`:
the handshake of TLS, HTTP/2, and the network one comes from.
"""

EVERYTHING = "gzip, deflate, br, zstd"
_PLAIN = "gzip, deflate"  # without TLS a browser asks for no more
_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
_PAGE = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"
_CLIENT = (
    ("sec-ch-ua", '"Chromium";v="142", "Not_A Brand";v="99"'),
    ("sec-ch-ua-mobile", "?0"),
    ("sec-ch-ua-platform", '"Linux"'),
)


def accepted(scheme: str) -> str:
    """The encodings a browser asks for."""
    return EVERYTHING if scheme == "https" else _PLAIN


def headers(host: str, scheme: str, target: str, encoding: str) -> list[tuple[str, str]]:
    """Names and values for a GET, in order. `encoding`: what stands in Accept-Encoding."""
    is_page = target.partition("?")[0].endswith("/")
    told = _CLIENT if scheme == "https" else ()
    fetched = (
        (
            ("Sec-Fetch-Site", "none"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-User", "?1"),
            ("Sec-Fetch-Dest", "document"),
        )
        if is_page
        else (("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "empty"))
    )
    return [
        ("Host", host),
        ("Connection", "keep-alive"),
        *told,
        *([("Upgrade-Insecure-Requests", "1")] if is_page else []),
        ("User-Agent", _AGENT),
        ("Accept", _PAGE if is_page else "*/*"),
        *(fetched if scheme == "https" else ()),
        ("Accept-Encoding", encoding),
        ("Accept-Language", "vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5"),
    ]
