"""Caddy and nginx give the same answers, and only those: bytes, status, headers, encodings, redirects, refusals."""

import gzip
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from http.client import RemoteDisconnected
from pathlib import Path

import brotli
import pytest

from conglang.edge import web_server
from conglang.edge.caddy import OUT_OF_ORDER, caddyfile, reload
from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import HOSTS, Answer, Server, adapt, caddy, edge_app, nginx, nginx_program
from conglang.wire.headers import HEADER_SETS, HSTS
from conglang.wire.manifest import Entry

CSS = b"body{margin:0}\n" * 40
FONT = bytes(range(256)) * 8
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>\n' * 8
NOT_FOUND, GONE = page("Không tìm thấy"), page("Đã gỡ")
BODIES = {
    "/": page("Nhà"),
    "/tin/": page("Tin"),
    "/tin/le-cong-bo/": page("Lễ công bố"),
    "/nho/": b"x",
    "/feed.xml": b"<feed>" + b"<entry/>" * 60 + b"</feed>",
    "/robots.txt": b"User-agent: *\n" * 20,
    "/_/a/site.0a1b2c3d.css": CSS,
    "/_/a/font.0a1b2c3d.woff2": FONT,
    "/_/m/aabbcc.svg": SVG,
    "/_/d/1f/bao-cao.pdf": b"%PDF-1.7\n" * 50,
    "/_/latest.json": b'{"items":[]}' * 20,
    "/.well-known/security.txt": b"Contact: mailto:a@b\n" * 10,
}
MTIME = 1_751_302_800
LAST_MODIFIED = "Mon, 30 Jun 2025 17:00:00 GMT"


def _signed(folder: Path) -> Network:
    network = Network(folder)
    network.publish("badinh", BODIES, mtime=MTIME)
    network.publish("tayho", {"/": page("Tây Hồ")}, mtime=MTIME)
    changed = {
        "/cu/": Entry(301, location="/tin/", mtime=MTIME),
        "/sang-ben/": Entry(301, location="http://hanoi.localhost/tin/", mtime=MTIME),
        "/da-go/": Entry(410, mtime=MTIME),
        "/_/404/": network.entry("/_/404/", NOT_FOUND, mtime=MTIME, status=404),
        "/_/410/": network.entry("/_/410/", GONE, mtime=MTIME, status=410),
    }
    network.ask("badinh", changed)
    network.name_hosts(HOSTS, noindex=True)
    network.puller.pull()
    return network


@pytest.fixture(scope="module", params=["caddy", "nginx"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "nginx" and nginx_program() is None:
        pytest.skip("nginx is not installed: its configuration was not tested against the conformance suite")
    folder = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    _signed(folder)
    with edge_app(folder) as app, {"caddy": caddy, "nginx": nginx}[request.param](folder, app) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


def _is_error_page(answer: Answer, status: int, body: bytes) -> None:
    assert (answer.status, answer.body) == (status, body)
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert answer["Content-Security-Policy"] == HEADER_SETS["page"]["Content-Security-Policy"]


@pytest.mark.parametrize("path", BODIES)
def test_every_path_answers_with_its_signed_bytes(server: Server, path: str) -> None:
    answer = server.ask(path)

    assert (answer.status, answer.body) == (200, BODIES[path])
    assert answer["Last-Modified"] == LAST_MODIFIED
    assert answer["Content-Length"] == str(len(BODIES[path]))
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("path", "kind", "name"),
    [
        ("/", "text/html; charset=utf-8", "page"),
        ("/tin/le-cong-bo/", "text/html; charset=utf-8", "page"),
        ("/feed.xml", "application/xml; charset=utf-8", "data"),
        ("/robots.txt", "text/plain; charset=utf-8", "data"),
        ("/_/latest.json", "application/json", "data"),
        ("/_/a/site.0a1b2c3d.css", "text/css; charset=utf-8", "asset"),
        ("/_/a/font.0a1b2c3d.woff2", "font/woff2", "asset"),
        ("/_/m/aabbcc.svg", "image/svg+xml", "media"),
        ("/_/d/1f/bao-cao.pdf", "application/pdf", "document"),
        ("/.well-known/security.txt", "text/plain; charset=utf-8", "data"),
    ],
)
def test_headers_follow_the_closed_list(server: Server, path: str, kind: str, name: str) -> None:
    answer = server.ask(path)

    assert answer["Content-Type"] == kind
    for header, value in HEADER_SETS[name].items():
        assert answer.headers.get_all(header) == [value], header
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "Strict-Transport-Security" not in answer.headers  # no TLS here
    assert "caddy" not in answer["Server"].lower()
    assert not any(mark.isdigit() for mark in answer["Server"])


@pytest.mark.parametrize("path", ["/", "/feed.xml", "/_/a/site.0a1b2c3d.css", "/_/m/aabbcc.svg"])
def test_every_encoding_decodes_to_the_signed_bytes_under_its_own_etag(server: Server, path: str) -> None:
    etags = {server.ask(path)["ETag"]}
    for encoding, decode in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        if encoding in server.encodings:
            answer = server.ask(path, Accept_Encoding=encoding)
            assert answer["Content-Encoding"] == encoding
            assert decode(answer.body) == BODIES[path]
            assert "Accept-Encoding" in answer["Vary"]
            assert answer["Content-Security-Policy"] == server.ask(path)["Content-Security-Policy"]
            etags.add(answer["ETag"])
    assert len(etags) == 1 + len(server.encodings)
    assert "" not in etags


def test_brotli_is_preferred_and_small_files_stay_plain(server: Server) -> None:
    assert server.ask("/", Accept_Encoding="gzip, deflate, br")["Content-Encoding"] == server.encodings[0]
    assert server.ask("/nho/", Accept_Encoding="gzip, br")["Content-Encoding"] == ""
    assert "Accept-Encoding" in server.ask("/")["Vary"]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_known_etag_gets_304_of_its_own_encoding_only(server: Server, encoding: str) -> None:
    if encoding == "br" and "br" not in server.encodings:
        pytest.skip("this nginx has no module for brotli_static")
    first = server.ask("/tin/", Accept_Encoding=encoding)

    again = server.ask("/tin/", Accept_Encoding=encoding, If_None_Match=first["ETag"])
    other = server.ask(
        "/tin/",
        Accept_Encoding="identity, gzip;q=0" if encoding == "gzip" else "gzip",
        If_None_Match=first["ETag"],
    )

    assert (again.status, again.body, again["ETag"]) == (304, b"", first["ETag"])
    assert other.status == 200


def test_known_time_gets_304(server: Server) -> None:
    assert server.ask("/", If_Modified_Since=LAST_MODIFIED).status == 304


def test_head_tells_what_get_would_say(server: Server) -> None:
    for path in ("/", "/_/a/site.0a1b2c3d.css", "/khong-co/", "/cu/"):
        get, head = server.ask(path), server.ask(path, method="HEAD")
        assert (head.status, head.body) == (get.status, b"")
        for name in ("Content-Type", "ETag", "Location", "Content-Security-Policy", "Cache-Control"):
            assert head[name] == get[name]


def test_part_of_a_file_can_be_asked_for(server: Server) -> None:
    part = server.ask("/_/a/font.0a1b2c3d.woff2", Range="bytes=10-19")

    assert (part.status, part.body) == (206, FONT[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(FONT)}"
    assert server.ask("/_/a/font.0a1b2c3d.woff2", Range="bytes=999999-").status == 416


def test_query_string_has_no_meaning(server: Server) -> None:
    assert server.ask("/tin/?fbclid=x/../..&a=b").body == BODIES["/tin/"]
    assert server.ask("/_/a/site.0a1b2c3d.css?v=2").body == CSS


def test_unknown_page_shows_the_signed_error_page(server: Server) -> None:
    _is_error_page(server.ask("/khong-co/"), 404, NOT_FOUND)
    compressed = server.ask("/khong-co/", Accept_Encoding="gzip")
    assert (compressed.status, gzip.decompress(compressed.body)) == (404, NOT_FOUND)


def test_error_pages_themselves_are_errors(server: Server) -> None:
    _is_error_page(server.ask("/_/404/"), 404, NOT_FOUND)
    _is_error_page(server.ask("/_/410/"), 410, GONE)


def test_page_that_was_taken_away_says_gone(server: Server) -> None:
    _is_error_page(server.ask("/da-go/"), 410, GONE)
    _is_error_page(server.ask("/da-go"), 410, GONE)


def test_signed_redirects_lead_on(server: Server) -> None:
    for asked, goal in (("/cu/", "/tin/"), ("/cu", "/tin/"), ("/sang-ben/", "http://hanoi.localhost/tin/")):
        answer = server.ask(asked)
        assert (answer.status, answer["Location"]) == (301, goal)


@pytest.mark.parametrize(
    ("asked", "goal"),
    [
        ("/tin", "/tin/"),
        ("/tin?a=b", "/tin/"),
        ("/tin/le-cong-bo", "/tin/le-cong-bo/"),
        ("/Tin/", "/tin/"),
        ("/TIN/LE-CONG-BO", "/tin/le-cong-bo/"),
        ("/%74in/", "/tin/"),
        ("/tin%2f", "/tin/"),
        ("/tin/index.html", "/tin/"),
        ("/index.html", "/"),
        ("/ROBOTS.TXT", "/robots.txt"),
    ],
)
def test_other_spellings_lead_to_the_one_address(server: Server, asked: str, goal: str) -> None:
    answer = server.ask(asked)

    assert (answer.status, answer["Location"], answer.body) == (301, goal, b"")


@pytest.mark.parametrize(
    "asked",
    [
        "/khong-co", "/tin//", "//tin/", "//evil.example/", "/./", "/tin/../", "/tin/%2e%2e/", "/../../../etc/passwd",
        "/..%2f..%2fetc/passwd", "/%2e%2e/tayho/", "/../tayho/index.html", "/tin/%00", "/tin/%0d%0aX:%20y",
        "/tin\\", "/index.html.br", "/index.html.gz", "/_/a/site.0a1b2c3d.css.gz", "/_/a/", "/_/", "/_/a/*.css",
        "/.none/", "/.git/config.txt", "/tin/%3f/../../x", "/" + "a/" * 200, "/tin/%C3%A9/",
    ],
)  # fmt: skip
def test_whatever_is_outside_the_grammar_is_not_found(server: Server, asked: str) -> None:
    answer = server.ask(asked)

    assert answer.status in (400, 404)
    if answer.status == 404:
        assert answer.body == NOT_FOUND
    assert "evil" not in answer["Location"] and b"root:" not in answer.body


def test_absolute_request_target_and_raw_traversal_get_no_file(server: Server) -> None:
    for line in (b"GET /../tayho/ HTTP/1.1", b"GET /tin/../../tayho/index.html HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
            connection.sendall(line + b"\r\nHost: badinh.localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda connection=connection: connection.recv(65536), b""))
        assert b" 404 " in answer.split(b"\r\n")[0] or b" 400 " in answer.split(b"\r\n")[0]
        assert "Tây Hồ".encode() not in answer


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "127.0.0.1", ".none", "badinh", "xbadinh.localhost"]
)
def test_unknown_host_is_misdirected(server: Server, host: str) -> None:
    answer = server.ask("/", host=host)

    assert answer.status in (421, 400)
    assert server.ask("/badinh/index.html", host=host).status in (421, 400)


def test_request_without_a_host_gets_nothing(server: Server) -> None:
    assert server.ask("/", host="").status in (400, 421, 503)


@pytest.mark.parametrize("host", ["BaDinh.localhost", "badinh.localhost."])
def test_other_spelling_of_a_known_host_shows_the_page_or_leads_to_it(server: Server, host: str) -> None:
    answer = server.ask("/tin/", host=host)

    assert (
        answer.status == 200
        and answer.body == BODIES["/tin/"]
        or answer["Location"] == "//badinh.localhost/tin/"
    )


def test_port_in_the_host_header_does_not_matter(server: Server) -> None:
    assert server.ask("/", host=f"badinh.localhost:{server.port}").body == BODIES["/"]
    assert server.ask("/", host="tayho.localhost").body == page("Tây Hồ")


def test_site_without_an_error_page_yet_says_it_plainly(server: Server) -> None:
    answer = server.ask("/khong-co/", host="tayho.localhost")

    assert (answer.status, answer["Content-Type"]) == (404, "text/plain; charset=utf-8")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/_/a/site.0a1b2c3d.css", "/khong-co/"])
def test_only_reading_is_allowed(server: Server, method: str, path: str) -> None:
    answer = server.ask(path, method=method, Content_Length="0")

    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD")


def test_status_is_told_without_a_cache(server: Server) -> None:
    answer = server.ask("/_/status")

    assert answer.status == 200 and b'"badinh":{"edition":2' in answer.body
    assert answer["Cache-Control"] == "no-store"


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="cl", dir="/tmp"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize("name", ["caddy", "nginx"])
def test_while_the_edge_app_is_down_files_are_served_and_the_rest_waits(folder: Path, name: str) -> None:
    if name == "nginx" and nginx_program() is None:
        pytest.skip("nginx is not installed")
    _signed(folder)
    (folder / "spool").mkdir()
    with {"caddy": caddy, "nginx": nginx}[name](folder, folder / "spool" / "nobody.sock") as server:
        assert server.ask("/tin/").body == BODIES["/tin/"]
        for path in ("/cu/", "/khong-co/", "/khong-co.pdf", "/_/status", "/da-go/?a=b"):
            answer = server.ask(path)
            assert (answer.status, answer.body.decode()) == (503, OUT_OF_ORDER)
            wanted = {**HEADER_SETS["data"], "Content-Type": "text/plain; charset=utf-8", "Retry-After": "5"}
            for header, value in {**wanted, "Cache-Control": "no-store"}.items():
                assert answer.headers.get_all(header) == [value], header
        assert server.ask("/cu/", method="HEAD").body == b""
        assert server.ask("/", method="POST", Content_Length="0").status == 405


def test_nginx_behind_tls_tells_browsers_to_come_by_it_only(folder: Path) -> None:
    if nginx_program() is None:
        pytest.skip("nginx is not installed")
    _signed(folder)
    with nginx(folder, folder / "nobody.sock", tls=True) as server:
        for path in ("/", "/_/a/site.0a1b2c3d.css", "/robots.txt", "/khong-co/"):  # the last: 503
            assert server.ask(path)["Strict-Transport-Security"] == HSTS


def test_new_hosts_reach_a_running_caddy(folder: Path) -> None:
    _signed(folder)
    with edge_app(folder) as app, caddy(folder, app) as server:
        assert server.ask("/", host="moi.localhost").status == 421
        text = caddyfile(
            hosts={**HOSTS, "moi.localhost": "tayho"}, www_root=folder / "edge/1/www", edge_upstream=f"unix/{app}",
            port=server.port, bind=("127.0.0.1",), admin_socket=folder / "spool/caddy.sock",
        )  # fmt: skip
        reload(folder / "spool/caddy.sock", text)
        with suppress(
            RemoteDisconnected
        ):  # one that the old configuration had just accepted; a browser asks again
            server.ask("/", host="moi.localhost")
        assert server.ask("/", host="moi.localhost").body == page("Tây Hồ")
        with pytest.raises(ValueError, match="keeps its old configuration"):
            reload(folder / "spool/caddy.sock", "nonsense {")


def test_configuration_with_certificates_is_one_caddy_accepts(folder: Path) -> None:
    text = caddyfile(
        hosts={"badinh.hanoi.gov.vn": "badinh"}, www_root=folder, edge_upstream="127.0.0.1:1", port=443, bind=(),
        tls=True, desk_host="quantri.hanoi.gov.vn", preview_host="xemtruoc.hanoi.gov.vn", portal_upstream="127.0.0.1:2",
    )  # fmt: skip

    adapted = adapt(folder, text)

    assert adapted.count('"quantri.hanoi.gov.vn"') >= 1 and "auto_https" not in text
    assert HSTS in adapted


@pytest.mark.parametrize("server", ["caddy", "nginx"])
def test_configuration_for_another_machine_is_printed(
    folder: Path, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _signed(folder)

    assert web_server.main([server, "--data", str(folder), "--app", "127.0.0.1:8499"]) == 0

    text = capsys.readouterr().out
    assert "badinh.localhost badinh" in text and "noindex" in text


def test_configuration_without_hosts_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert web_server.main(["caddy", "--data", str(folder)]) == 1
    assert "let it pull once" in capsys.readouterr().err


def test_host_that_would_break_out_of_the_configuration_is_refused() -> None:
    for host in ("a.localhost {", "a\nb", 'a"', "a b", "a}"):
        with pytest.raises(ValueError, match="cannot stand"):
            caddyfile(hosts={host: "badinh"}, www_root="/www", edge_upstream="127.0.0.1:1", port=8410)
