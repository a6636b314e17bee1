"""The configuration of Caddy: files from the tree, everything else to the edge app, the desk to the portal.

Caddy decides nothing of its own: only a request whose raw address is inside the grammar of `wire.paths` may meet a
file. Redirects, 404, 410, 421 and 405 come from the edge app. No access log, no directory index, no admin port.
"""

import http.client
import re
import socket
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from conglang.wire.headers import HEADER_SETS, HSTS, HSTS_PRELOAD, PREFIXES, headers
from conglang.wire.paths import FILE, FOLDER, MEDIA_TYPES, PAGE_TYPE, STATE_PATH, WELL_KNOWN

NO_SITE = ".none"  # no site key starts with a dot, so this folder never exists
ONLY_READING = "Chỉ nhận yêu cầu đọc (GET, HEAD).\n"
OUT_OF_ORDER = "Máy chủ đang khởi động lại, xin thử lại sau ít giây.\n"
PAGE_ADDRESS = r"^/(?:[a-z0-9_-]+/)*(?:\?.*)?$"
FILE_NAMES = rf"(?:/(?:{FOLDER}/)*{FILE}\.(?:{'|'.join(MEDIA_TYPES)})|{re.escape(WELL_KNOWN)})"
FILE_ADDRESS = rf"^{FILE_NAMES}(?:\?.*)?$"
STATE_ADDRESS = rf"^{re.escape(STATE_PATH)}(?:\?.*)?$"
_QUIET = re.compile(r"[A-Za-z0-9 .,:;/@_=()*+'?|\\\[\]^$-]*")


def caddyfile(
    *,
    hosts: Mapping[str, str],
    www_root: Path | str,
    edge_upstream: str,
    port: int,
    desk_host: str = "",
    preview_host: str = "",
    portal_upstream: str = "",
    bind: Sequence[str] = ("127.0.0.1", "[::1]"),
    tls: bool = False,
    preload: bool = False,
    http_port: int | None = None,
    noindex: bool = False,
    admin_socket: Path | None = None,
) -> str:
    """The Caddyfile. `hosts`: host → site key. Upstreams: "127.0.0.1:8101" or "unix//path". ValueError for unsafe text.

    `bind=()` listens on every address. `admin_socket`: where `reload` can reach Caddy; without it, nowhere.
    With `tls`, whoever comes by http is sent to https from `http_port` (Caddy's own: 80), and HSTS stands on every
    answer; `preload` adds the owner's consent that browsers build it in.
    """
    for text in (
        *hosts,
        *hosts.values(),
        desk_host,
        preview_host,
        edge_upstream,
        portal_upstream,
        str(www_root),
    ):
        if not _QUIET.fullmatch(text) or " " in text:
            raise ValueError(f"{text!r} cannot stand in a Caddyfile")
    private = [host for host in (desk_host, preview_host) if host and portal_upstream]
    body = [
        *([f"bind {' '.join(bind)}"] if bind else []),
        *_NAMELESS,
        *_hsts(tls, preload),
        *_block(
            "map {host} {site}",
            [*(f"{host} {site}" for host, site in sorted(hosts.items())), f"default {NO_SITE}"],
        ),
        *_portal(private, portal_upstream),
        *_only_reading(noindex),
        *_shared(Path(www_root).parent / "shared", noindex),
        *_pages(www_root, noindex),
        *_files(www_root, noindex),
        *_block("handle", _upstream(edge_upstream)),
        *_block(
            "handle_errors 404", [*_NAMELESS, *_hsts(tls, preload), *_taken_away_meanwhile(edge_upstream)]
        ),
        *_block("handle_errors", [*_NAMELESS, *_hsts(tls, preload), *_out_of_order(noindex)]),
    ]
    address = (
        ", ".join(f"https://{host}:{port}" for host in sorted([*hosts, *private]))
        if tls
        else f"http://:{port}"
    )
    return (
        "\n".join(
            [
                *_block("", _options(admin_socket, tls, http_port, CLERKS if private else STRANGERS)),
                "",
                *_block(address, body),
            ]
        )
        + "\n"
    )


def reload(admin_socket: Path, text: str) -> None:
    """Give a running Caddy a new configuration without losing a request. OSError or ValueError says why not."""
    connection = http.client.HTTPConnection("localhost", timeout=10)
    connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.sock.connect(str(admin_socket))
    connection.request("POST", "/load", text.encode(), {"Content-Type": "text/caddyfile"})
    answer = connection.getresponse()
    reason = answer.read().decode("utf-8", "replace")
    connection.close()
    if answer.status != 200:
        raise ValueError(f"Caddy keeps its old configuration: {reason[:500]}")


def _options(admin_socket: Path | None, tls: bool, http_port: int | None, body: str) -> list[str]:
    return [
        f"admin unix/{admin_socket}|0600" if admin_socket else "admin off",
        # Caddy's own certificates, for loopback hosts, are not this machine's affair.
        *(["skip_install_trust"] if tls else ["auto_https off"]),
        *([f"http_port {http_port}"] if tls and http_port else []),
        "persist_config off",
        *_block("log", ["level WARN"]),
        *_block(
            "servers",
            [
                *([] if tls else ["protocols h1"]),
                "max_header_size 16KB",
                *_block("timeouts", ["read_header 10s", f"read_body {body}", "write 30m", "idle 30s"]),
            ],
        ),
    ]


def _hsts(tls: bool, preload: bool) -> list[str]:
    """On every answer: of a file, of the edge app, of the portal, and of Caddy when one of them is down."""
    if not tls:
        return []
    return _block("header", [f'Strict-Transport-Security "{HSTS_PRELOAD if preload else HSTS}"', "defer"])


def _portal(hosts: Sequence[str], upstream: str) -> list[str]:
    if not hosts:
        return []
    proxy = _block(f"reverse_proxy {upstream}", ["header_down -Server"])
    return [f"@portal host {' '.join(hosts)}", *_block("handle @portal", proxy)]


def _only_reading(noindex: bool) -> list[str]:
    """Whoever sends is told so at once: the edge app takes nothing, and nobody waits for a body."""
    own = headers("data", noindex=noindex) | {"Content-Type": MEDIA_TYPES["txt"], "Allow": "GET, HEAD"}
    lines = [f'header {name} "{value}"' for name, value in own.items()]
    return [
        "@sends not method GET HEAD",
        *_block("handle @sends", [*lines, f'respond "{ONLY_READING}" 405']),
    ]


def _shared(folder: Path, noindex: bool) -> list[str]:
    """The one file that all known hosts answer with. Unknown hosts, and none yet: the edge app."""
    match = [
        "method GET HEAD",
        f"vars_regexp {{http.request.orig_uri}} `{STATE_ADDRESS}`",
        f"not vars {{site}} {NO_SITE}",
        *_block("file", [f"root {folder}", "try_files /network.json"]),
    ]
    serve = [
        f'header >Content-Type "{MEDIA_TYPES["json"]}"',
        *_headers("state", noindex),
        "rewrite /network.json",
        *_block("file_server", [f"root {folder}", "disable_canonical_uris"]),
    ]
    return [*_block("@shared", match), *_block("handle @shared", serve)]


def _pages(www_root: Path | str, noindex: bool) -> list[str]:
    match = _match(PAGE_ADDRESS, f"{www_root}/{{site}}", "{path}index.html")
    serve = [
        f'header >Content-Type "{PAGE_TYPE}"',
        *_headers("page", noindex),
        "rewrite {file_match.relative}",
        *_file_server(www_root),
    ]
    return [*_block("@page", match), *_block("handle @page", serve)]


def _files(www_root: Path | str, noindex: bool) -> list[str]:
    match = _match(FILE_ADDRESS, f"{www_root}/{{site}}", "{path}")
    serve = [
        *_block("map {path} {type}", [f'~\\.{ext}$ "{kind}"' for ext, kind in MEDIA_TYPES.items()]),
        "header >Content-Type {type}",
    ]
    for name, prefix in PREFIXES:
        serve += [
            f"@{name} path {prefix}*",
            *_block(f"handle @{name}", [*_headers(name, noindex), *_file_server(www_root)]),
        ]
    serve += _block("handle", [*_headers("data", noindex), *_file_server(www_root)])
    return [*_block("@file", match), *_block("handle @file", serve)]


def _match(address: str, root: str, name: str) -> list[str]:
    return [
        "method GET HEAD",
        f"vars_regexp {{http.request.orig_uri}} `{address}`",
        *_block("file", [f"root {root}", f"try_files {name}"]),
    ]


def _headers(name: str, noindex: bool) -> list[str]:
    assert name in HEADER_SETS
    found = headers(name, noindex=noindex)
    lines = [f'{key} "{value}"' for key, value in found.items()]
    return _block("header", [*lines, "defer"])  # not before the file is open: it may be taken away meanwhile


def _file_server(www_root: Path | str) -> list[str]:
    inside = [f"root {www_root}/{{site}}", "precompressed br gzip", "disable_canonical_uris"]
    # Caddy looks at a sibling's size, and at the page's time, before it opens the sibling; both may be replaced in
    # between.
    encoded = ["-Last-Modified", "-Content-Length", *_block("match", ["header Content-Encoding *"])]
    return [*_block("header", encoded), *_block("file_server", inside)]


def _upstream(upstream: str) -> list[str]:
    transport = _block("transport http", ["compression off", "dial_timeout 1s", "response_header_timeout 5s"])
    return [
        *_block("request_body", ["max_size 64KB"]),
        *_block(f"reverse_proxy {upstream}", ["header_down -Server", "header_down -Via", *transport]),
    ]


def _taken_away_meanwhile(upstream: str) -> list[str]:
    """A file that was there when it was looked for and gone when it was opened: the edge app knows what is so now.

    Caddy had said Vary by then, and would say it once more with the app's answer, or beside a redirect.
    """
    once = ['Vary "Accept-Encoding"', *_block("match", ["status 200 304 404 410"])]
    never = ["-Vary", *_block("match", ["status 301"])]
    headers_of_app = [*_block("header", once), *_block("header", never)]
    return [*headers_of_app, "rewrite {http.request.orig_uri}", *_upstream(upstream)]


def out_of_order(noindex: bool) -> dict[str, str]:
    """The headers of what a web server says by itself while the edge app, or the portal, is down."""
    own = {"Cache-Control": "no-store", "Content-Type": MEDIA_TYPES["txt"], "Retry-After": "5"}
    return headers("data", noindex=noindex) | own


def _out_of_order(noindex: bool) -> list[str]:
    """The edge app is down: pages and files are still served, only what needs it waits."""
    lines = [f'header {name} "{value}"' for name, value in out_of_order(noindex).items()]
    return [*lines, f'respond "{OUT_OF_ORDER}" 503']


def _block(name: str, lines: Iterable[str]) -> list[str]:
    return [f"{name} {{".lstrip(), *("\t" + line for line in lines), "}"]


# How long a body may take. Nobody sends an edge one; a clerk sends the desk photographs over a slow line, and a
# Caddyfile has one patience for all hosts: where the desk is, the open Internet should not be.
STRANGERS, CLERKS = "10s", "15m"
_NAMELESS = _block("header", ["-Server", "-Via"])  # for what is answered in order, and again for errors
