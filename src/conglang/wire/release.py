"""How the portal asks the signer: requests, answers, and the client.

One JSON line each way over a UNIX socket. A request says what changes on one site, what each changed output
was made from (`sources`: content digests) and who stands for each of those digests (`authorities`). Asking
twice is safe.
"""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from conglang.wire.audit import AuditError, Head
from conglang.wire.checkpoint import Checkpoint, head_to_json
from conglang.wire.checkpoint import read as read_checkpoint
from conglang.wire.manifest import Entry, ManifestError, entry_from_json, entry_to_json
from conglang.wire.state import State, StateError, state_from_json, state_to_json

_Answer = TypeVar("_Answer")
LINE_LIMIT = 64 * 1024 * 1024  # bytes; a whole city site is about 1 MB


class SignerUnavailable(Exception):
    """The signer does not answer. Whether or not something was published, asking again is harmless."""


class BadRequest(ValueError):
    """The line is not a request the signer knows. `path` is the output it concerns, or empty."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.path = path


class AuthorityKind(StrEnum):
    TWO_PERSON = "two-person"
    CITY_EMERGENCY = "city-emergency"
    DEMO = "demo"  # only where keys/demo-network exists
    TECHNICAL = "technical"  # templates, styles, redirects by rule: nobody's words


@dataclass(frozen=True)
class Authority:
    """Who answers for a content digest. `people` are user UUIDs or names of processes; `at` is aware."""

    kind: AuthorityKind
    people: tuple[str, ...]
    at: datetime

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind.value, "people": list(self.people), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Authority":
        at = datetime.fromisoformat(data["at"])
        if at.tzinfo is None:
            raise BadRequest("an authority's time needs a time zone")
        return cls(AuthorityKind(data["kind"]), tuple(str(person) for person in data["people"]), at)


@dataclass(frozen=True)
class ReleaseRequest:
    """What changes on one site. `changed`: path → its new Entry, or None to take the path away.

    `sources`: for every path with an Entry at least one content digest (any 64 hex digits that name the
    input: a revision, a file, the design). `authorities`: one for each digest named in `sources`.
    `complete=True`: `changed` is the whole site and every other path goes.
    """

    site: str
    changed: Mapping[str, Entry | None]
    sources: Mapping[str, list[str]]
    authorities: Mapping[str, Authority]
    cause: str = ""
    complete: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "op": "release",
            "site": self.site,
            "changed": {path: entry and entry_to_json(entry) for path, entry in self.changed.items()},
            "sources": {path: sorted(digests) for path, digests in self.sources.items()},
            "authorities": {digest: who.to_json() for digest, who in self.authorities.items()},
            "cause": self.cause,
            "complete": self.complete,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReleaseRequest":
        changed = {path: _entry_or_none(path, entry) for path, entry in data["changed"].items()}
        authorities = {digest: Authority.from_json(who) for digest, who in data["authorities"].items()}
        sources = {path: [str(digest) for digest in digests] for path, digests in data["sources"].items()}
        complete = data.get("complete", False) is True
        return cls(str(data["site"]), changed, sources, authorities, str(data.get("cause", "")), complete)


def _entry_or_none(path: str, data: Any) -> Entry | None:
    try:
        return None if data is None else entry_from_json(data)
    except ManifestError as error:
        raise BadRequest(str(error), path) from error


@dataclass(frozen=True)
class HostsRequest:
    """Which host shows which site. `noindex` (demo networks) asks search engines to stay away."""

    hosts: Mapping[str, str]
    noindex: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"op": "hosts", "hosts": dict(self.hosts), "noindex": self.noindex}


@dataclass(frozen=True)
class LookRequest:
    """Bodies that a later release will bring: read and check them now. Nothing is signed and nothing promised."""

    entries: Mapping[str, Entry]

    def to_json(self) -> dict[str, Any]:
        return {"op": "look", "entries": {path: entry_to_json(entry) for path, entry in self.entries.items()}}


@dataclass(frozen=True)
class ReleaseAnswer:
    """`edition`: the site's number after the request. `unchanged`: the signed state was already equal."""

    edition: int
    unchanged: bool


@dataclass(frozen=True)
class Refusal:
    """The signer said no, and why. `path`: the output it stumbled over; empty for the request as a whole."""

    reason: str
    path: str = ""


@dataclass(frozen=True)
class StateRequest:
    """What all sites shall say from now on, as a whole, and who stands for it.

    `after`: the version the asker had before him; another one meanwhile is a refusal. None: whatever it is.
    """

    state: State
    authority: Authority
    cause: str = ""
    after: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "op": "state",
            "state": state_to_json(self.state),
            "authority": self.authority.to_json(),
            "cause": self.cause,
            "after": self.after,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "StateRequest":
        """StateError when the state breaks the format; BadRequest or KeyError for what is no request."""
        after = data.get("after")
        if after is not None and type(after) is not int:
            raise BadRequest("the version before is a whole number")
        state, who = state_from_json(data["state"]), Authority.from_json(data["authority"])
        return cls(state, who, str(data.get("cause", "")), after)


@dataclass(frozen=True)
class StateAnswer:
    """The state is signed under `version`; `unchanged`: it was so already."""

    version: int
    unchanged: bool


def state_answer_from_json(data: Mapping[str, Any]) -> StateAnswer | StateError:
    if "refused" not in data:
        return StateAnswer(int(data["version"]), bool(data["unchanged"]))
    if "template" not in data:
        return StateError("%(reason)s", reason=str(data["refused"]))
    return StateError(str(data["template"]), **dict(data["values"]))


@dataclass(frozen=True)
class Pong:
    """The signer is there. `editions`: site key → edition that is signed now."""

    editions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class KeysInForce:
    """What counts now: version of root and targets, key id per on-line role, roles whose successor still waits."""

    root: int
    targets: int
    keys: Mapping[str, str]
    waiting: tuple[str, ...]


def keys_from_json(data: Mapping[str, Any]) -> KeysInForce:
    keys = {str(role): str(keyid) for role, keyid in data["keys"].items()}
    return KeysInForce(int(data["root"]), int(data["targets"]), keys, tuple(map(str, data["waiting"])))


def _faults_from_json(data: Mapping[str, Any]) -> dict[str, str]:
    if "refused" in data:
        return {str(data.get("path", "")): str(data["refused"])}
    return {str(path): str(reason) for path, reason in data["faults"].items()}


def answer_from_json(data: Mapping[str, Any]) -> ReleaseAnswer | Refusal:
    if "refused" in data:
        return Refusal(str(data["refused"]), str(data.get("path", "")))
    return ReleaseAnswer(int(data["edition"]), bool(data["unchanged"]))


def _answers_from_json(data: Mapping[str, Any], *, count: int) -> list[ReleaseAnswer | Refusal]:
    """A line that is refused as a whole refuses each of them."""
    if "refused" in data:
        return [answer_from_json(data)] * count
    if len(data["answers"]) != count:
        raise ValueError(f"{len(data['answers'])} answers to {count} requests")
    return [answer_from_json(one) for one in data["answers"]]


def pong_from_json(data: Mapping[str, Any]) -> Pong:
    return Pong({str(site): int(edition) for site, edition in data["editions"].items()})


def _checkpoint_from_json(data: Mapping[str, Any]) -> Checkpoint | Refusal | None:
    if "refused" in data:
        return Refusal(str(data["refused"]), "")
    return read_checkpoint(data["checkpoint"].encode()) if data["checkpoint"] else None


class SignerClient:
    """Talks to the signer behind a socket path. Every call opens its own connection: safe in threads."""

    def __init__(
        self, path: Path | str, *, connect_timeout: float = 2.0, answer_timeout: float = 120
    ) -> None:
        """Seconds. A first release reads and checks every body of a site, hence the longer wait for the
        answer.
        """
        self.path = Path(path)
        self.connect_timeout = connect_timeout
        self.answer_timeout = answer_timeout

    def release(self, request: ReleaseRequest) -> ReleaseAnswer | Refusal:
        """Ask for a signed edition. SignerUnavailable when nobody answers in time; ask the same again later."""
        return self._ask(request.to_json(), answer_from_json)

    def release_together(self, requests: Sequence[ReleaseRequest]) -> list[ReleaseAnswer | Refusal]:
        """Ask for editions of several sites under one signature; the answers in their order. SignerUnavailable."""
        line = {"op": "releases", "requests": [request.to_json() for request in requests]}
        return self._ask(line, partial(_answers_from_json, count=len(requests)))

    def hosts(self, request: HostsRequest) -> ReleaseAnswer | Refusal:
        """Sign which host shows which site. Raises SignerUnavailable."""
        return self._ask(request.to_json(), answer_from_json)

    def state(self, request: StateRequest) -> StateAnswer | StateError:
        """Sign what all sites say. A StateError is the refusal. Raises SignerUnavailable."""
        return self._ask(request.to_json(), state_answer_from_json)

    def look(self, request: LookRequest) -> dict[str, str]:
        """Have bodies read beforehand; return path → reason for those to be refused. Raises SignerUnavailable."""
        return self._ask(request.to_json(), _faults_from_json)

    def last_checkpoint(self) -> Checkpoint | None:
        """The checkpoint of the audit record that was signed last. Raises SignerUnavailable; AuditError when the
        signer's memory of it is damaged.
        """
        found = self._ask({"op": "audit"}, _checkpoint_from_json)
        if isinstance(found, Refusal):
            raise AuditError(found.reason)
        return found

    def checkpoint(self, after: Head, leaves: Sequence[bytes]) -> Checkpoint | Refusal:
        """Have a checkpoint signed behind `after`. A Refusal when the record goes on from something else than what was
        signed last, or no key counts for it yet. Raises SignerUnavailable.
        """
        line = {"op": "audit", "after": head_to_json(after), "leaves": [leaf.hex() for leaf in leaves]}
        found = self._ask(line, _checkpoint_from_json)
        if found is None:
            raise SignerUnavailable(f"the signer at {self.path} answers without a checkpoint")
        return found

    def ping(self) -> Pong:
        """Signed editions per site. Raises SignerUnavailable."""
        return self._ask({"op": "ping"}, pong_from_json)

    def reload(self) -> KeysInForce:
        """Have the signer look at its keys again and take up what waits there. Raises SignerUnavailable."""
        return self._ask({"op": "reload"}, keys_from_json)

    def _ask(self, request: Mapping[str, Any], read: Callable[[Mapping[str, Any]], _Answer]) -> _Answer:
        try:
            return read(json.loads(self._exchange(json.dumps(request).encode() + b"\n")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SignerUnavailable(
                f"the signer at {self.path} answers what cannot be read: {error}"
            ) from error

    def _exchange(self, line: bytes) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(self.connect_timeout)
                connection.connect(str(self.path))
                connection.settimeout(self.answer_timeout)
                connection.sendall(line)
                connection.shutdown(socket.SHUT_WR)
                with connection.makefile("rb") as answer:
                    return answer.readline(LINE_LIMIT)
        except OSError as error:
            raise SignerUnavailable(
                f"the signer at {self.path} does not answer ({error}); nothing is lost, ask again"
            ) from error
