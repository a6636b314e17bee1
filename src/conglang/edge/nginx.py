"""The configuration of nginx: the same answers as `caddy.py`, for machines where the peak counts.

Goes into the `http` context (a file in conf.d). Needs ngx_http_gzip_static_module; brotli only where the module for
`brotli_static` is there.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from conglang.edge.caddy import FILE_NAMES, NO_SITE, ONLY_READING, OUT_OF_ORDER, out_of_order
from conglang.wire.headers import HEADER_SETS, HSTS, HSTS_PRELOAD, PREFIXES, headers
from conglang.wire.paths import MEDIA_TYPES, STATE_PATH

_QUIET = re.compile(r"[A-Za-z0-9.,:/@_-]*")
_QUERY = r"(?:\?.*)?$"
_STATE = re.escape(STATE_PATH)
_NOTHING = "/.nothing"  # outside the grammar
# Repeated wherever a location has an error page of its own, which ends the inheritance.
_OWN_ERRORS = [
    f"error_page 400 408 413 414 431 494 495 496 497 500 501 505 = {_NOTHING};",
    *(f"error_page {status} = @conglang_{status};" for status in (405, 412, 416)),
    "error_page 503 = @conglang_out_of_order;",
]
_HEADER_NAMES = sorted({name for one in HEADER_SETS.values() for name in one} | {"X-Robots-Tag"})


def nginx_conf(
    *,
    hosts: Mapping[str, str],
    www_root: Path | str,
    edge_upstream: str,
    port: int,
    address: str = "127.0.0.1",
    noindex: bool = False,
    tls: bool = False,
    preload: bool = False,
    brotli: bool = False,
) -> str:
    """Maps, upstream and one server. `hosts`: host → site key. `edge_upstream`: "127.0.0.1:8101" or "unix:/path".

    ValueError for text that cannot stand in a configuration. TLS is the site's own affair: put it before this server,
    and say `tls` so that browsers are told to come by it only (HSTS; `preload`: and may build that in).
    """
    for text in (*hosts, *hosts.values(), edge_upstream, str(www_root), address):
        if not _QUIET.fullmatch(text):
            raise ValueError(f"{text!r} cannot stand in a configuration of nginx")
    hsts = _hsts(tls, preload)
    lines = [
        *_block(
            "map $host $conglang_site",
            [f"default {NO_SITE};", *(f"{host} {site};" for host, site in sorted(hosts.items()))],
        ),
        *_block('map "$conglang_site $request_method $request_uri" $conglang_root', _roots(Path(www_root))),
        *_block('map "$request_method $request_uri" $conglang_file', _files()),
        *_block("map $request_uri $conglang_set", _sets()),
        *_header_maps(noindex),
        # Whoever does more than read, or sends a body along with it, is told so and not waited for.
        *_block(
            'map "$request_method $http_content_length$http_transfer_encoding" $conglang_sends',
            ["default 1;", r'"~^(?:GET|HEAD) 0?$" "";'],
        ),
        *_block("upstream conglang_edge", [f"server {edge_upstream};", "keepalive 16;"]),
        f"limit_conn_zone $binary_remote_addr zone=conglang_readers_{port}:10m;",
        *_block(
            "server",
            [
                *_server(port, address, brotli, hsts),
                *_bounds(port),
                *_refusals(noindex, hsts),
                *_waiting(noindex, hsts),
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def _roots(www_root: Path) -> list[str]:
    """A known host's own folder; for the one file of all hosts, the folder they share."""
    shared = rf'"~^[^. ][^ ]* (?:GET|HEAD) {_STATE}{_QUERY}" "{www_root.parent / "shared"}";'
    return [f'default "{www_root}/$conglang_site";', shared]


def _files() -> list[str]:
    """Only a raw address inside the grammar, asked for by GET or HEAD, may meet a file."""
    page = rf'"~^(?:GET|HEAD) (?<conglang_page>/(?:[a-z0-9_-]+/)*){_QUERY}"'
    file = rf'"~^(?:GET|HEAD) (?<conglang_name>{FILE_NAMES}){_QUERY}"'
    state = rf'"~^(?:GET|HEAD) {_STATE}{_QUERY}" /network.json;'
    return ["default /.none;", state, f"{page} ${{conglang_page}}index.html;", f"{file} $conglang_name;"]


def _sets() -> list[str]:
    prefixed = [f'"~^{prefix}" {name};' for name, prefix in PREFIXES]
    return ["default data;", rf'"~^{_STATE}{_QUERY}" state;', *prefixed, rf'"~^[^?]*/{_QUERY}" page;']


def _header_maps(noindex: bool) -> list[str]:
    """One map per header: nginx leaves a header out when its value is empty."""
    found: list[str] = []
    for header in _HEADER_NAMES:
        values = {name: headers(name, noindex=noindex).get(header, "") for name in HEADER_SETS}
        lines = [f'{name} "{value}";' for name, value in values.items()]
        found += _block(f"map $conglang_set ${_variable(header)}", ['default "";', *lines])
    return found


def _variable(header: str) -> str:
    return "conglang_" + header.lower().replace("-", "_")


def _server(port: int, address: str, brotli: bool, hsts: list[str]) -> list[str]:
    texts = [kind.partition(";")[0] for kind in MEDIA_TYPES.values() if "charset" in kind]
    types = [f"{kind.partition(';')[0]} {extension};" for extension, kind in MEDIA_TYPES.items()]
    return [
        f"listen {address}:{port} default_server;",
        "server_name _;",
        "root $conglang_root;",
        "server_tokens off;",
        "access_log off;",
        "autoindex off;",
        "merge_slashes off;",
        "absolute_redirect off;",
        "charset utf-8;",
        f"charset_types {' '.join(texts)};",
        *_block("types", ["text/html html;", *types]),
        *_block("location /", [*_tree(brotli), *hsts]),
        *_block("location @conglang_edge", [*_edge(), *hsts]),
    ]


def _bounds(port: int) -> list[str]:
    """What one reader may hold open, and for how long. Nobody sends a body here; who does is not waited for."""
    return [
        "client_max_body_size 64k;",
        "client_header_timeout 10s;",
        "client_body_timeout 5s;",
        "lingering_time 5s;",
        "lingering_timeout 2s;",
        "send_timeout 20s;",
        "keepalive_timeout 30s;",
        "keepalive_requests 1000;",
        "reset_timedout_connection on;",
        "max_ranges 8;",
        f"limit_conn conglang_readers_{port} 1000;",  # answers under way: a whole network of telephones has one address
        "limit_conn_status 503;",
    ]


def _refusals(noindex: bool, hsts: list[str]) -> list[str]:
    """What nginx would answer by itself, with its name. Instead of each, a line of text."""
    own = headers("data", noindex=noindex)
    kind = own.pop("Content-Type", MEDIA_TYPES["txt"]).partition(";")[0]

    def answer(status: int, text: str, *, place: str = "", **more: str) -> list[str]:
        lines = [f'add_header {name} "{value}" always;' for name, value in (own | more).items()]
        body = ["types { }", f"default_type {kind};", *lines, *hsts, f'return {status} "{text}";']
        return _block(f"location {place or f'@conglang_{status}'}", body)

    return [
        *_block("if ($conglang_sends)", ["return 405;"]),
        *_OWN_ERRORS,
        # By an address: a request that could not be read has none, and then a name leads nowhere.
        *answer(400, "Yêu cầu không hợp lệ.\n", place=f"= {_NOTHING}"),
        *answer(405, ONLY_READING, Allow="GET, HEAD"),
        *answer(412, "Trang đã thay đổi.\n"),
        *answer(416, "Tệp không có phần được yêu cầu.\n"),
    ]


def _hsts(tls: bool, preload: bool) -> list[str]:
    """On every answer, also of the edge app and of errors."""
    return (
        [f'add_header Strict-Transport-Security "{HSTS_PRELOAD if preload else HSTS}" always;'] if tls else []
    )


def _tree(brotli: bool) -> list[str]:
    return [
        "gzip_static on;",
        *(["brotli_static on;"] if brotli else []),
        # For every file, with siblings or without: what is served while they change says the same about itself.
        "gzip_vary off;",
        "add_header Vary Accept-Encoding;",
        "etag on;",
        *(f"add_header {name} ${_variable(name)};" for name in _HEADER_NAMES),
        "try_files $conglang_file @conglang_edge;",
        *_OWN_ERRORS,
        "error_page 404 = @conglang_edge;",  # a file that is taken away between the look and the opening
    ]


def _edge() -> list[str]:
    return [
        "proxy_pass http://conglang_edge;",
        "proxy_http_version 1.1;",
        'proxy_set_header Connection "";',
        "proxy_set_header Host $http_host;",
        "proxy_connect_timeout 1s;",
        "proxy_read_timeout 5s;",
        "charset off;",
        *_OWN_ERRORS,
        "error_page 502 504 = @conglang_out_of_order;",
    ]


def _waiting(noindex: bool, hsts: list[str]) -> list[str]:
    """The edge app is down: pages and files are still served, only what needs it waits."""
    known = out_of_order(noindex)
    kind = known.pop("Content-Type").partition(";")[0]
    lines = [
        "types { }",  # whatever the address ends in, this is a line of text
        f"default_type {kind};",
        *(f'add_header {name} "{value}" always;' for name, value in known.items()),
        *hsts,
        f'return 503 "{OUT_OF_ORDER}";',
    ]
    # The app may also be away when it is asked about a file that was taken away meanwhile.
    return ["recursive_error_pages on;", *_block("location @conglang_out_of_order", lines)]


def _block(name: str, lines: Iterable[str]) -> list[str]:
    return [f"{name} {{", *("    " + line for line in lines), "}"]
