"""Where the shared state is judged, signed and written: by the signer, or by a duty person's own key without it.

store/repo/state/network.json       the signed file, which edges copy
signer/state/lock                    held while it is replaced
signer/state/history/<version>.json  who said what when; names stay here, readers do not get them
signer/state/pending.json            a change under way, or one that a kill interrupted
"""

import fcntl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from conglang.signer import keys as keyring
from conglang.signer import spam, spelling
from conglang.wire import durable
from conglang.wire.envelope import LIFE, EnvelopeError, Sealed, newest, next_version, peek, seal, unseal
from conglang.wire.links import check_link, listed_hosts
from conglang.wire.release import Authority, AuthorityKind, StateAnswer, StateRequest
from conglang.wire.repo import HOSTS_TARGET, NETWORK_ROLE, STATE_ROLE, STATE_TARGET, decode_hosts
from conglang.wire.state import State, StateError, period, state_to_json, texts_of
from conglang.wire.state_record import Said, decode, records_folder

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner
    from tuf.api.metadata import Targets

PEOPLE = 2
_CLOCKS_MAY_DIFFER = timedelta(days=1)
_KEPT = 500  # changes remembered; the portal keeps its own record


def _(text: str) -> str:
    """Mark a sentence for translation; whoever shows it translates it."""
    return text


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class StateDesk:
    """The shared state of one data folder. Safe beside another one on the same folder: each change holds the lock."""

    def __init__(
        self, data: Path, *, network: Path | None = None, clock: Callable[[], datetime] = _now
    ) -> None:
        """`network`: the network's folder, for the hosts that links may lead to; none without it."""
        self._repo = data / "store" / "repo"
        self._keys_dir = data / "keys"
        self._network = network
        self._clock = clock
        self.file = self._repo / STATE_TARGET
        self._folder = data / "signer" / "state"
        self._history = records_folder(data)

    def prepare(self) -> None:
        """Make the folder of records and its lock, so that both belong to whoever owns the folder above."""
        self._history.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._folder / "lock").touch()

    # what is said now

    def current(self) -> Sealed | None:
        """The signed state, None before the first or when the file is not what a delegated key signed."""
        try:
            return unseal(self.file.read_bytes(), self.delegator())
        except (FileNotFoundError, EnvelopeError):
            return None

    def delegator(self) -> "Targets":
        """The top-level targets that edges know. FileNotFoundError before the signer's first start."""
        return newest(self._repo / "metadata", "targets")

    def entitled(self, keyid: str) -> bool:
        """Whether edges accept this key for the state."""
        delegations = self.delegator().delegations
        role = (delegations.roles or {}).get(STATE_ROLE) if delegations else None
        return role is not None and keyid in role.keyids

    # the next state

    def publish(self, request: StateRequest, signer: "CryptoSigner", *, signed_by: str) -> StateAnswer:
        """Judge, sign, write. StateError says why not, in a sentence. OSError when it cannot be written."""
        if not self.entitled(signer.public_key.keyid):
            raise StateError(
                _(
                    "The key of %(name)s may not speak for the network: have it delegated (conglang keys duty)."
                ),
                name=signed_by,
            )
        with self._alone():
            held = self.current()
            state = replace(request.state, at=self._clock())
            if held and replace(held.state, at=state.at) == state:
                return StateAnswer(held.version, unchanged=True)
            last = self._last_version()
            if request.after is not None and request.after != self._file_version():
                raise StateError(
                    _("Somebody else has changed the announcements meanwhile: look at them again.")
                )
            self._judge(state, request.authority, held.state if held else None)
            version = next_version(last, state.at)
            self._write(state, version, signer, _record(request, state, version, signed_by))
            return StateAnswer(version, unchanged=False)

    def begin(self, signer: "CryptoSigner") -> None:
        """Write a state that says nothing where there is none yet, so that pages need not ask in vain."""
        if not self.file.exists() and self.entitled(signer.public_key.keyid):
            with self._alone():
                if not self.file.exists():
                    state = State(self._clock())
                    self._write(state, next_version(self._last_version(), state.at), signer, None)

    def renew(self, signer: "CryptoSigner") -> None:
        """Sign the same state again when half of its life has gone. What no delegated key signed is left alone."""
        held = self.current()
        keyid = signer.public_key.keyid
        if held is None or not self.entitled(keyid) or held.expires - self._clock() > LIFE / 2:
            return
        with self._alone():
            if (held := self.current()) is not None:
                self._write(held.state, next_version(self._last_version(), self._clock()), signer, None)

    def endorse(self, signers: Sequence["CryptoSigner"]) -> None:
        """Sign what is said now with the key in force and its successor: whoever knows only one of them accepts it.

        What another key signed (a duty person's) stays as it is: its delegation does not change.
        """
        known = {signer.public_key.keyid for signer in signers}
        with self._alone():
            held = self.current()
            if held is not None and known & set(held.keyids) and not known <= set(held.keyids):
                version = next_version(self._last_version(), self._clock())
                self._write(held.state, version, signers[0], None, also=signers[1:])

    def _write(
        self, state: State, version: int, signer: "CryptoSigner", record: Said | None,
        also: Sequence["CryptoSigner"] = (),
    ) -> None:  # fmt: skip
        data = seal(state, version=version, expires=self._clock() + LIFE, signer=signer, also=also)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        if record is not None:
            durable.write(self._pending, record.encode(), mode=0o600)
        durable.write(self.file, data)
        durable.sync([self.file.parent])
        self._settle()

    def _last_version(self) -> int:
        """The highest version there is an honest trace of: versions follow the clock, and what is far ahead of it was
        scribbled by somebody who wants every later state to be refused.
        """
        numbers = [int(file.stem) for file in self._history.glob("*.json") if file.stem.isdigit()]
        held = self.current()
        signed = held.version if held else 0
        horizon = int((self._clock() + _CLOCKS_MAY_DIFFER).timestamp())
        traces = [number for number in (self._file_version(), *numbers) if number <= max(horizon, signed)]
        return max([signed, *traces])

    def _file_version(self) -> int:
        try:
            return peek(self.file.read_bytes())[1]
        except (OSError, EnvelopeError):
            return 0

    @property
    def _pending(self) -> Path:
        return self._folder / "pending.json"

    def _settle(self) -> None:
        """Keep the record of a change that was written, drop that of one that was not."""
        try:
            record = decode(self._pending.read_bytes())
            version = peek(self.file.read_bytes())[1]
        except (OSError, ValueError):
            self._pending.unlink(missing_ok=True)
            return
        if record.version == version:
            self._pending.rename(self._history / f"{version}.json")
            for old in sorted(self._history.glob("*.json"), key=lambda file: int(file.stem))[:-_KEPT]:
                old.unlink()
        else:
            self._pending.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._history.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._settle()
            yield

    # judging

    def _judge(self, state: State, who: Authority, before: State | None) -> None:
        self._judge_authority(who)
        kept = set(before.parts) if before else set()
        for part in state.parts:
            if part not in kept and period(part)[1] <= state.at:
                raise StateError(_("One announcement has ended already: give it a later end."))
            link, words = getattr(part, "link", ""), " ".join(texts_of(part))
            if word := spam.planted_word(words, linked=bool(link)):
                raise StateError(_("The text has a word of planted advertising: «%(word)s»."), word=word)
            if link:
                check_link(link, own=self._own_hosts(), listed=listed_hosts(self._network))

    def _judge_authority(self, who: Authority) -> None:
        people = {spelling.fold(person).strip() for person in who.people} - {""}
        if who.kind is AuthorityKind.DEMO:
            if not keyring.is_demo(self._keys_dir):
                raise StateError(_("A real network takes no demonstration announcements: name two people."))
        elif who.kind is not AuthorityKind.CITY_EMERGENCY:
            raise StateError(_("Nobody of the city stands for this announcement."))
        elif len(people) < PEOPLE:
            raise StateError(
                _("Two different people have to stand for an announcement to all sites: name both.")
            )

    def _own_hosts(self) -> Collection[str]:
        try:
            target = newest(self._repo / "metadata", NETWORK_ROLE).targets[HOSTS_TARGET]
            name = HOSTS_TARGET.replace("/", f"/{target.hashes['sha256']}.")
            return decode_hosts((self._repo / "targets" / name).read_bytes()).hosts.keys()
        except (KeyError, OSError):
            return ()


def _record(request: StateRequest, state: State, version: int, signed_by: str) -> Said:
    plain, who = state_to_json(state), request.authority
    return Said(version, plain["at"], who.kind.value, who.people, request.cause, signed_by, plain)
