"""The signer's one desk: takes a line, checks it, has it signed, answers with a line."""

import json
import logging
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conglang.signer import former, pem, removals
from conglang.signer import keys as keyring
from conglang.signer.addresses import Addresses
from conglang.signer.audit_desk import AuditDesk
from conglang.signer.checks import Checker
from conglang.signer.designs import DESIGN, Designs
from conglang.signer.leave import Leave
from conglang.signer.limits import SITES, Weight, too_heavy, weigh
from conglang.signer.repository import NextEdition, Repository
from conglang.signer.state_desk import StateDesk
from conglang.wire.audit import AuditError
from conglang.wire.checkpoint import head_from_json
from conglang.wire.manifest import LARGEST_SHARD, Entry, ManifestError, encode_shard, entry_from_json
from conglang.wire.objects import ObjectStore
from conglang.wire.paths import SHARDS, PathError, is_site_key, shard_of
from conglang.wire.release import BadRequest, Refusal, ReleaseAnswer, ReleaseRequest, StateRequest
from conglang.wire.repo import AUDIT_ROLE, STATE_ROLE, Hosts, encode_hosts
from conglang.wire.state import StateError

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

log = logging.getLogger(__name__)


class Office:
    """Serves requests from several threads; two requests for one site wait for each other, signing is one at a time."""

    def __init__(
        self, data: Path, *, network: Path | None = None, origin: str = "", design: Path = DESIGN
    ) -> None:
        """`network`: the folder of the network's facts, which names its domain and the hosts it may lead to; `origin`:
        where it is served meanwhile; `design`: the folder whose scripts and styles may be signed."""
        store, keys_dir = data / "store", data / "keys"
        self.repository = Repository(store / "repo", keys_dir)
        self.shared = StateDesk(data, network=network)
        self.audit = AuditDesk(data)
        self._leave = Leave(data, self.repository)
        self._keys_dir = keys_dir
        self._state_lock = threading.Lock()
        self._addresses = Addresses(network, origin)
        self.designs = Designs(keys_dir, folder=design)
        self._checker = Checker(
            ObjectStore(store),
            addresses=self._addresses,
            designs=self.designs,
            demo_allowed=lambda: keyring.is_demo(keys_dir),
        )
        self._sites: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def answer(self, line: bytes) -> bytes:
        """One JSON line for one JSON line. Never raises for what a client sent."""
        try:
            found = self._dispatch(json.loads(line))
        except BadRequest as error:
            found = {"refused": str(error), "path": error.path}
        except StateError as error:
            log.warning("refused a state: %s", error)
            found = {
                "refused": str(error), "path": "", "template": error.template, "values": error.values,
            }  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            found = {"refused": f"the request cannot be read: {error!r}", "path": ""}
        return json.dumps(found).encode() + b"\n"

    def _dispatch(self, request: Mapping[str, Any]) -> dict[str, Any]:
        operation = request["op"]
        if operation == "ping":
            return {"editions": self.repository.editions()}
        if operation == "reload":
            return self.reload()
        if operation == "hosts":
            return self._hosts(request)
        if operation == "release":
            return _plain(self.release(ReleaseRequest.from_json(request)))
        if operation == "releases":
            return {"answers": self._releases(request["requests"])}
        if operation == "state":
            return self._state(request)
        if operation == "audit":
            return self._audit(request)
        if operation == "look":
            return {"faults": self._look(request["entries"])}
        raise BadRequest(f"unknown operation {operation!r}")

    def _state(self, request: Mapping[str, Any]) -> dict[str, Any]:
        with self._state_lock:
            answer = self.shared.publish(
                StateRequest.from_json(request), self._state_key(), signed_by="signer"
            )
        return {"version": answer.version, "unchanged": answer.unchanged}

    def _audit(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Without `after`: what was signed last. Else a checkpoint behind it, or why there is none."""
        try:
            if "after" not in request:
                last = self.audit.last()
                return {"checkpoint": last.line.decode() if last else ""}
            signing = self.repository.ring.signing(AUDIT_ROLE, self.repository.counting(AUDIT_ROLE))[0]
            leaves = [bytes.fromhex(leaf) for leaf in request["leaves"]]
            delegations = self.repository.role("targets")
            made = self.audit.sign(
                head_from_json(request["after"]), leaves, signing,
                delegations=(delegations.signed.version, delegations.to_bytes()),
            )  # fmt: skip
        except (AuditError, keyring.KeysIncomplete) as error:
            return {"refused": str(error), "path": ""}
        return {"checkpoint": made.line.decode()}

    def _state_key(self) -> "CryptoSigner":
        """The on-line key of the role `state` that counts; where none does yet, the one that lies here."""
        held = self.repository.ring.held(STATE_ROLE)
        counting = self.repository.counting(STATE_ROLE)
        return next((key for key in held if key.public_key.keyid in counting), held[0])

    def renew(self) -> None:
        """Take up waiting keys; sign the timestamp again, and whatever else is half-way to its end."""
        with self._state_lock:
            if len(both := pem.candidates(self._keys_dir / "online", STATE_ROLE)) > 1:
                self.shared.endorse(both)  # so that the state holds before and after the delegation changes
            self.repository.renew()
            self.shared.begin(self._state_key())
            self.shared.renew(self._state_key())

    def take_over(self) -> None:
        """At a start: what an earlier version signed is signed as this one does."""
        former.take_over(self.repository)

    def reload(self) -> dict[str, Any]:
        """Look at the keys again and make true what waits there. Anyone may ask: nothing but signatures decides."""
        self.renew()
        return self.repository.keys_in_force()

    def _hosts(self, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            data = encode_hosts(Hosts(dict(request["hosts"]), request.get("noindex") is True))
        except ManifestError as error:
            raise BadRequest(str(error)) from error
        if foreign := [host for host in request["hosts"] if not self._addresses.owns(host)]:
            raise BadRequest(f"{foreign[0]} is not below the network's own domain")
        hosts = Hosts(dict(request["hosts"]), request.get("noindex") is True)
        if reason := self._leave.refusal_of_hosts(hosts, owns=self._addresses.owns):
            log.warning("refused the list of hosts: %s", reason)
            raise BadRequest(reason)
        edition, unchanged = self.repository.publish_hosts(data)
        return {"edition": edition, "unchanged": unchanged}

    def _releases(self, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One that cannot be read is refused by itself."""
        found: list[ReleaseRequest | Refusal] = []
        for data in requests:
            try:
                found.append(ReleaseRequest.from_json(data))
            except BadRequest as error:
                found.append(Refusal(str(error), error.path))
        answers = iter(self.release_together([one for one in found if isinstance(one, ReleaseRequest)]))
        return [_plain(one if isinstance(one, Refusal) else next(answers)) for one in found]

    def _look(self, entries: Mapping[str, Any]) -> dict[str, str]:
        """Read what will be asked for later, so that it is remembered then. Holds no lock: releases go on meanwhile."""
        found: dict[str, str] = {}
        for path, data in entries.items():
            try:
                reason = self._checker.body_fault(path, entry_from_json(data))
            except (ManifestError, PathError) as error:
                reason = str(error)
            if reason:
                found[path] = reason
        return found

    def release(self, request: ReleaseRequest) -> ReleaseAnswer | Refusal:
        """Sign what the request asks, or say why not. Equal state: the same edition, `unchanged`."""
        return self.release_together([request])[0]

    def release_together(self, requests: Sequence[ReleaseRequest]) -> list[ReleaseAnswer | Refusal]:
        """Sign what these requests ask, each of another site, under one snapshot; the answers in their order.

        A refused one keeps no other from being signed. Raises BadRequest when two are of one site.
        """
        sites = sorted({request.site for request in requests})
        if len(sites) < len(requests):
            raise BadRequest("two requests for one site cannot be signed together")
        with ExitStack() as stack:
            for site in filter(
                is_site_key, sites
            ):  # always in this order, so that no two wait for each other
                stack.enter_context(self._sites[site])
            self.repository.settle()
            found = {request.site: self._judged(request) for request in requests}
            fresh = {site: one for site, one in found.items() if isinstance(one, NextEdition)}
            signed = self.repository.publish_together(fresh) if fresh else {}
            for site, edition in fresh.items():
                self._leave.note(site, edition.taken)
        return [
            ReleaseAnswer(signed[site], False) if isinstance(one, NextEdition) else one
            for site, one in found.items()
        ]

    def _judged(self, request: ReleaseRequest) -> ReleaseAnswer | Refusal | NextEdition:
        """What is to be signed, or the answer when nothing is."""
        if not is_site_key(request.site):  # nothing is looked up, or kept, under a name that cannot be one
            return self._checker.refusal(request, {}) or Refusal("not the key of a site")
        editions = self.repository.editions()
        if request.site not in editions and len(editions) >= SITES:
            return Refusal(f"{SITES} sites are the most a network has")
        before = self._touched(request)
        known = {path: entry for entries in before.values() for path, entry in entries.items()}
        if refusal := self._checker.refusal(request, known):
            log.warning("refused %s%s: %s", request.site, refusal.path, refusal.reason)
            return refusal
        after = _after(request, before)
        if not after:
            return ReleaseAnswer(editions.get(request.site, 0), True)
        weights = {shard: weigh(entries.values()) for shard, entries in after.items()}
        if reason := self._too_heavy(request.site, weights, before):
            log.warning("refused %s: %s", request.site, reason)
            return Refusal(reason)
        gone = removals.taken(known, {path: entry for one in after.values() for path, entry in one.items()})
        gone = [path for path in gone if shard_of(path) in after]
        if reason := self._leave.refusal_of_removal(request.site, gone):
            log.warning("refused %s: %s", request.site, reason)
            return Refusal(reason)
        shards = {
            shard: encode_shard(request.site, shard, one) if one else None for shard, one in after.items()
        }
        if any(data and len(data) > LARGEST_SHARD for data in shards.values()):
            return Refusal(f"a part of the manifest would have more than {LARGEST_SHARD} bytes")
        return NextEdition(shards, weights, len(gone))

    def _too_heavy(
        self, site: str, weights: Mapping[str, Weight], before: Mapping[str, dict[str, Entry]]
    ) -> str | None:
        rest = self.repository.weight(site, without=weights.keys())
        was = [weigh(before[shard].values()) for shard in weights]
        return too_heavy(_sum(rest, *was), _sum(rest, *weights.values()))

    def _touched(self, request: ReleaseRequest) -> dict[str, dict[str, Entry]]:
        """The signed entries of every shard the request may change."""
        shards = set(SHARDS) if request.complete else {shard_of(path) for path in request.changed}
        return {shard: self.repository.entries(request.site, shard) for shard in sorted(shards)}


def _after(request: ReleaseRequest, before: Mapping[str, dict[str, Entry]]) -> dict[str, dict[str, Entry]]:
    """The entries of each shard that differs; none for one that becomes empty."""
    after = {shard: {} if request.complete else dict(entries) for shard, entries in before.items()}
    for path, entry in request.changed.items():
        if entry is None:
            after[shard_of(path)].pop(path, None)
        else:
            after[shard_of(path)][path] = entry
    return {shard: entries for shard, entries in after.items() if entries != before[shard]}


def _sum(*weights: Weight) -> Weight:
    return Weight(sum(one.paths for one in weights), sum(one.bytes for one in weights))


def _plain(answer: ReleaseAnswer | Refusal) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"refused": answer.reason, "path": answer.path}
    return {"edition": answer.edition, "unchanged": answer.unchanged}
