"""Readers hammer one site through real web servers while its editions change: what they may get, and what they got.

After each change, when all is quiet, every path is asked once in every encoding: that is what this edition answers,
byte for byte and header for header. An answer to a reader must be exactly one of these, of an edition that was current
at some moment between the question and the answer. The edge app is asked too: where the web server found no file yet
and the app already knows the page, the app answers with the same bytes under its own ETag.
"""

import http.client
import multiprocessing
import pickle
import random
import socket
import time
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli
from isal import igzip

from conglang.edge.tests.network import Network, page
from conglang.edge.tests.servers import HOSTS, Server
from conglang.wire.manifest import Entry

SITE, HOST = "badinh", "badinh.localhost"
ENCODINGS = ("identity", "gzip", "br")
_UNPACK = {"": bytes, "gzip": igzip.decompress, "br": brotli.decompress}
_PASSING = {"date", "connection", "keep-alive", "server"}  # of the moment, the connection, the program
_PATIENCE = 30.0

Key = tuple[str, str]  # path and encoding asked for
Answers = dict[Key, frozenset["Reply"]]  # the web server's, and the app's own


@dataclass(frozen=True)
class Reply:
    """One answer: everything of it but its moment."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def etag(self) -> str:
        return dict(self.headers).get("etag", "")


@dataclass(frozen=True)
class Seen:
    """What a reader got, between two moments of the monotonic clock. `known`: the ETag he sent along."""

    asked: float
    answered: float
    key: Key
    known: str
    reply: Reply


@dataclass
class Journal:
    """Per edition: when it could first be seen, when it was complete, what it answers."""

    begun: list[float] = field(default_factory=list)
    complete: list[float] = field(default_factory=list)
    answers: list[Answers] = field(default_factory=list)

    def current(self, seen: Seen) -> list[Answers]:
        """Answers of the editions that were current at some moment of this question."""
        return self.answers[self._span(seen)]

    def _span(self, seen: Seen) -> slice:
        first = max(0, bisect_left(self.complete, seen.asked) - 1)  # it was shown until the next was complete
        return slice(first, bisect_right(self.begun, seen.answered))

    def is_right(self, seen: Seen) -> bool:
        right = frozenset().union(*(answers[seen.key] for answers in self.current(seen)))
        if seen.reply.status == 304:
            return (
                bool(seen.known)
                and seen.reply.etag == seen.known
                and seen.known in {one.etag for one in right}
            )
        return seen.reply in right

    def is_early(self, seen: Seen) -> bool:
        """Right but for its validators, which are of an edition before that was current too: Caddy looks at a file's
        time and size before it opens the file. Nobody is misled: whoever asks again with them gets the page anew.
        """
        before: list[tuple[tuple[str, str], ...]] = []
        for answers in self.current(seen):
            for right in answers[seen.key]:
                same = (right.status, right.body, _rest(right)) == (
                    seen.reply.status,
                    seen.reply.body,
                    _rest(seen.reply),
                )
                if same and _validators(seen.reply) in before:
                    return True
            before += [_validators(one) for one in answers[seen.key]]
        return False

    def why(self, seen: Seen) -> str:
        """What is wrong with an answer, in a few words."""
        span = self._span(seen)
        when = f"while {span.start} to {span.stop - 1} were current"
        for number, answers in enumerate(self.answers):
            for right in answers[seen.key]:
                if (right.body, right.status) == (seen.reply.body, seen.reply.status):
                    had, wanted = Counter(seen.reply.headers), Counter(right.headers)
                    odd = sorted((had - wanted) + (wanted - had))
                    return f"{seen.key} has the body of edition {number}, but {odd}, {when}"
        return f"{seen.key}: status {seen.reply.status}, a body of no edition, {seen.reply.headers}, {when}"


def _validators(reply: Reply) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in reply.headers if pair[0] in ("etag", "last-modified"))


def _rest(reply: Reply) -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in reply.headers if pair[0] not in ("etag", "last-modified"))


def edition(number: int) -> dict[str, bytes | None]:
    """The pages of one edition: some change, come and go, grow and shrink. Sizes stay where only a number changes."""
    even = number % 2 == 0
    style = f"/_/a/site.{number // 10:08x}.css"
    return {
        "/": page(f'Nhà {number:05} <link href="{style}">'),
        style: f"body{{margin:{number // 10:05}px}}\n".encode() * 40,
        "/tin/": page(f"Danh sách {number:05}"),
        "/tin/a/": page(f"Tin {number:05}"),
        "/den-di/": page(f"Đến rồi đi {number:05}") if even else None,
        "/to-nho/": page(f"To {number:05}") if even else f"{number:05}".encode(),
        "/feed.xml": f"<feed>{number:05}</feed>".encode() * 30,
        "/_/latest.json": f'{{"n":{number:05}}}'.encode() * 20 if even else None,
    }


def paths(number: int) -> list[str]:
    return [*edition(number), "/doi/", "/khong-co/"]


def begin(network: Network) -> None:
    """Until the edge shows the first edition: before, none is current that an answer could be of."""
    wait_applied(network, network.office.repository.editions()[SITE])


def prepare(folder: Path) -> Network:
    """A network with hosts, error pages and edition 0, signed but not pulled."""
    network = Network(folder)
    network.name_hosts(HOSTS, noindex=True)
    for status, text in ((404, "Không tìm thấy"), (410, "Đã gỡ")):
        path = f"/_/{status}/"
        network.ask(SITE, {path: network.entry(path, page(text), mtime=1000, status=status)})
    sign(network, 0)
    return network


def sign(network: Network, number: int) -> int:
    """Sign one edition whole; its number. /doi/ is by turns a page, a redirect and gone."""
    mtime = 1_751_302_800 + number
    changed: dict[str, Entry | None] = {}
    for path, body in edition(number).items():
        at = 1_751_302_800 + number // 10 * 10 if path.startswith("/_/a/") else mtime
        changed[path] = body if body is None else network.entry(path, body, mtime=at)
    changed["/doi/"] = (
        network.entry("/doi/", page(f"Đổi {number:05}"), mtime=mtime),
        Entry(301, location="/tin/", mtime=mtime),
        Entry(410, mtime=mtime),
    )[number % 3]
    network.ask(SITE, changed)
    return network.office.repository.editions()[SITE]


def wait_applied(network: Network, wanted: int) -> None:
    """Until the edge says that it shows this edition."""
    end = time.monotonic() + _PATIENCE
    while network.edge.applied().sites.get(SITE, (0,))[0] != wanted:
        assert time.monotonic() < end, "the edge does not apply the edition"
        time.sleep(0.005)


def ask(connection: http.client.HTTPConnection, key: Key, known: str = "") -> Reply:
    path, encoding = key
    connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", HOST)
    connection.putheader("Accept-Encoding", encoding)
    if known:
        connection.putheader("If-None-Match", known)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    headers = sorted((name.lower(), value) for name, value in answer.headers.items())
    return Reply(answer.status, tuple(pair for pair in headers if pair[0] not in _PASSING), body)


def probe(server: Server, app: Path, number: int) -> Answers:
    """What this edition answers, asked in peace. AssertionError when that is not what was signed."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    behind = http.client.HTTPConnection("localhost", timeout=10)
    behind.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    behind.sock.connect(str(app))
    found = {}
    for path in paths(number):
        for encoding in ENCODINGS:
            reply = ask(connection, (path, encoding))
            found[path, encoding] = frozenset({reply, ask(behind, (path, encoding))})
            body = edition(number).get(path)
            if body is not None:
                plain = _UNPACK[dict(reply.headers).get("content-encoding", "")](reply.body)
                assert (reply.status, plain) == (200, body), (
                    f"{path} of edition {number} is not what was signed"
                )
            elif path != "/doi/":
                assert reply.status == 404, path
    connection.close()
    behind.close()
    return found


@contextmanager
def readers(servers: Mapping[str, Server], folder: Path, each: int = 2) -> Iterator[dict[str, list[Seen]]]:
    """`each` readers per server until the block ends; then what they have seen is in the dictionary."""
    seen: dict[str, list[Seen]] = {name: [] for name in servers}
    fork = multiprocessing.get_context("fork")
    stop = fork.Event()
    running = []
    for name, server in servers.items():
        for number in range(each):
            file = folder / f"seen-{name}-{number}"
            process = fork.Process(target=_read, args=(server.port, number, stop, file), daemon=True)
            process.start()
            running.append((name, process, file))
    try:
        yield seen
    finally:
        stop.set()
        for name, process, file in running:
            process.join(30)
            process.kill()
            if file.exists():
                seen[name] += pickle.loads(file.read_bytes())


def _read(port: int, seed: int, stop: Any, file: Path) -> None:
    chance = random.Random(seed)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    seen: list[Seen] = []
    last: dict[Key, str] = {}
    wanted = [path for path in paths(0) if not path.startswith("/_/a/")]
    bodies: dict[Reply, Reply] = {}
    while not stop.is_set():
        key = (chance.choice(wanted), chance.choice(ENCODINGS))
        known = last.get(key, "") if chance.random() < 0.2 else ""
        asked = time.monotonic()
        try:
            reply = ask(connection, key, known)
        except (OSError, http.client.HTTPException) as error:
            reply = Reply(0, (), repr(error).encode())
            connection.close()
        answered = time.monotonic()
        reply = bodies.setdefault(reply, reply)
        seen.append(Seen(asked, answered, key, known, reply))
        last[key] = reply.etag
    file.write_bytes(pickle.dumps(seen))


def follow(network: Network, servers: Mapping[str, Server], app: Path, swaps: int) -> dict[str, Journal]:
    """Let so many editions follow one another, each once the edge has shown the one before."""
    journals = {name: Journal() for name in servers}
    for number in range(swaps + 1):
        begun = time.monotonic()
        wait_applied(network, sign(network, number) if number else network.office.repository.editions()[SITE])
        complete = time.monotonic()
        for name, server in servers.items():
            journals[name].begun.append(begun if number else 0.0)
            journals[name].complete.append(complete)
            journals[name].answers.append(probe(server, app, number))
    return journals


def wrong(journal: Journal, seen: list[Seen], *, early: bool = False) -> list[str]:
    """Every answer that was not exactly one output of an edition current at the time, in words.

    `early`: let pass what `Journal.is_early` describes.
    """
    odd = (one for one in seen if not journal.is_right(one))
    return [journal.why(one) for one in odd if not (early and journal.is_early(one))]
