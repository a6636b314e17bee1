"""The written matrix: who is let in at which address of the desk, asked cell by cell.

A cell is one address, one person, whose objects stand in it, and one way of asking. `matrix.toml` says who must be
turned away; what is not written there is turned away. An answer may never carry a word of a ward that is not the
person's, whatever its status.
"""

import io
import random
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, reverse

from conglang.portal.identity.accounts.actions import end_role
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import NETWORK_ROLES, Role

from .conftest import Desk, _person
from .test_isolation import (
    FAULTS_OF_WAGTAIL,
    NOT_ABOUT_AN_OBJECT,
    Foreign,
    addresses,
    populated,
    state_of_the_other_ward,
)

FILE = Path(__file__).with_name("matrix.toml")
OWN_WORD, THEIR_WORD = "BIMATBADINH", "BIMATDONGDA"
WHOSE = ("own", "other", "mixed", "missing")
WAYS = ("GET", "GET ?q", "GET ?csv", "GET ?xlsx", "POST", "HEAD", "OPTIONS", "PUT")
KINDS = {
    Role.UNIT_AUTHOR: "unit", Role.UNIT_APPROVER: "unit", Role.UNIT_MANAGER: "manager", Role.CENTRE_EDITOR: "centre",
    Role.CENTRE_APPROVER: "centre", Role.CENTRE_SUPPORT: "observer", Role.PRESS_OFFICER: "observer",
    Role.POLICE_OBSERVER: "police", Role.CITY_ADMINISTRATOR: "administrator",
}  # fmt: skip
LONG_AGO = date(2026, 1, 1)
BULK = "wagtail_bulk_action"  # names its pages in the query
# Parameters that name a kind of thing or an act, not an object. (A session that is another's is replaced by a new one.)
NO_OBJECTS = frozenset(
    {"filter_spec", "session_id", "action", "action_name", "app_label", "model_name", "app_name"}
    | {"content_type_app_name", "content_type_model_name", "token", "uidb64"}
)
# Send on to an address that has cells of its own.
ONLY_POINT_ELSEWHERE = frozenset({"wagtailadmin_pages:revisions_index", "wagtailadmin_pages:move_confirm"})
# Forms of Wagtail's that fail when they are sent without any field; only somebody who may edit gets that far.
EMPTY_FORMS = frozenset(f"wagtailadmin_pages:{name}" for name in ("add", "copy", "edit", "revisions_revert"))
NOWHERE = 987_654_321
ELSEWHERE = ("/", "/login/")  # where Wagtail sends whom it turns away


@dataclass(frozen=True)
class Word:
    """What stands in the matrix for a group of addresses."""

    name: str
    why: str
    addresses: frozenset[str]
    let_in: frozenset[str]  # kinds of people, with objects of their own
    let_in_elsewhere: frozenset[str]  # with objects of a ward that is not theirs


@dataclass(frozen=True)
class Person:
    """``kind`` is the column of the matrix; ``must_not_see`` are words that no answer to this person may carry."""

    name: str
    kind: str
    must_not_see: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    address: str
    person: str
    whose: str
    way: str

    @property
    def key(self) -> str:
        return f"{self.address} | {self.person} | {self.whose} | {self.way}"


@cache
def written() -> dict[str, Word]:
    """Return the matrix: for every address what is written about it."""
    found: dict[str, Word] = {}
    for name, said in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        lists = (frozenset(said.get(part, ())) for part in ("addresses", "let_in", "let_in_elsewhere"))
        word = Word(name, said["why"], *lists)
        found |= dict.fromkeys(word.addresses, word)
    return found


class Office:
    """Two wards full of words, and one person of each kind with a browser of their own."""

    def __init__(self, desk: Desk) -> None:
        self.things = {
            "own": populated(desk, "badinh", OWN_WORD),
            "other": populated(desk, "dongda", THEIR_WORD),
        }
        self.patterns = dict(addresses())
        self.people = {person.name: person for person in _everybody(desk)}
        self._clients: dict[str, Client] = {}
        self._kept: dict[str, dict[str, str]] = {}
        for name in self.people:  # before the first cell: what a cell does is undone, signing in too
            self._client(name)

    def shuffled(self, seed: int) -> list[Cell]:
        """Every cell, in an order that a seed decides."""
        found = list(self.cells())
        random.Random(seed).shuffle(found)
        return found

    def cells(self) -> Iterator[Cell]:
        for address in sorted(self.patterns):
            for person in self.people:
                for whose in self._sides(address):
                    for way in WAYS:
                        yield Cell(address, person, whose, way)

    def _named(self, address: str) -> list[str]:
        """The parameters of an address that stand for an object of somebody's."""
        if address in NOT_ABOUT_AN_OBJECT and address != BULK:
            return []
        return [key for key in self.patterns[address].pattern.regex.groupindex if key not in NO_OBJECTS]

    def _sides(self, address: str) -> tuple[str, ...]:
        """Whose objects can stand in an address. In one that names none, theirs stand in the query."""
        named = len(self._named(address))
        if address == BULK or named > 1:
            return WHOSE
        return ("own", "other", "missing") if named else ("own", "other")

    def ask(self, cell: Cell) -> list[str]:
        """Return what is wrong with the answer to a cell; nothing that the request did stays."""
        try:
            with transaction.atomic():
                guarded = cell.whose == "other" and cell.way in ("POST", "PUT")
                guarded = guarded and THEIR_WORD in self.people[cell.person].must_not_see
                before = state_of_the_other_ward() if guarded else None
                answer = self._answer(cell)
                found = list(self._wrong(cell, answer))
                if guarded and state_of_the_other_ward() != before:
                    found.append(f"status {answer.status_code} and something of another ward was changed")
                raise _Undo
        except _Undo:
            return [f"{cell.key}: {what}" for what in found]

    def _answer(self, cell: Cell) -> Any:
        client = self._client(cell.person)
        url = self._url(cell.address, self.patterns[cell.address], cell.whose)
        method, _, parameter = cell.way.partition(" ?")
        query = {"q": {"q": THEIR_WORD[:6]}, "csv": {"export": "csv"}, "xlsx": {"export": "xlsx"}}.get(
            parameter, {}
        )
        if cell.whose == "other" and not self._named(cell.address):
            query |= self._asked_for(cell.address, self.things["other"])
        if "?" in url:
            return getattr(client, method.lower())(url)
        return getattr(client, method.lower())(url, query_params=query)

    def _asked_for(self, address: str, things: Foreign) -> dict[str, Any]:
        """What a screen without an object in its address might take one from."""
        named = {
            key: things.by_name[key] for key in ("page_id", "collection_id", "parent_page_id", "image_id")
        }
        return {
            **named,
            "id": _of(things, address, "pk") or named["page_id"],
            "site": things.by_name["key"],
            "user": things.by_namespace["wagtailusers_users"]["pk"],
        }

    def _client(self, name: str) -> Client:
        if name not in self._clients:
            client = Client(headers={"host": settings.DESK_HOST}, raise_request_exception=False)
            if name != "stranger":
                client.force_login(
                    User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
                )
            self._clients[name] = client
            self._kept[name] = {key: one.value for key, one in client.cookies.items()}
        client = self._clients[name]  # signed in anew for every cell: one of them is signing out
        client.cookies = SimpleCookie(self._kept[name])
        return client

    def _url(self, name: str, pattern: URLPattern, whose: str) -> str:
        first = self._named(name)[:1]
        values = {
            key: self._value(name, key, whose, key in first) for key in pattern.pattern.regex.groupindex
        }
        url = reverse(name, kwargs=values)
        if name != BULK:
            return url
        own, other = (self.things[key].by_name["page_id"] for key in ("own", "other"))
        ids = {"own": [own], "other": [other], "mixed": [own, other], "missing": [NOWHERE]}[whose]
        return url + "?" + "&".join(f"id={number}" for number in ids)

    def _value(self, name: str, key: str, whose: str, first: bool) -> Any:
        """Mixed: the first object is one's own, every further one is theirs."""
        side = {"mixed": "own" if first else "other", "missing": "other"}.get(whose, whose)
        value = _of(self.things[side], name, key)
        if isinstance(value, UUID):
            return UUID(int=NOWHERE) if whose == "missing" else value
        if whose != "missing" or isinstance(value, str) and not value.isdigit():
            return f"khong-co-{value}" if whose == "missing" and key in ("name", "key") else value
        return NOWHERE

    def _wrong(self, cell: Cell, answer: Any) -> Iterator[str]:
        person, said = self.people[cell.person], _everything(answer)
        for word in person.must_not_see:
            if word.encode() in said or word.lower().encode() in said:
                yield f"status {answer.status_code} and a word of another ward"
        faults = {f"{cell.way.partition(' ')[0].lower()} {cell.address}", f"get {cell.address}"}
        if answer.status_code >= 500 and faults & FAULTS_OF_WAGTAIL.keys():
            return
        empty = cell.way in ("POST", "PUT") and cell.address in EMPTY_FORMS and self._let_in(cell, person)
        if answer.status_code >= 500 and not empty:
            yield f"status {answer.status_code}"
        if answer.status_code == 302 and cell.address in ONLY_POINT_ELSEWHERE:
            return
        if not self._let_in(cell, person) and not turned_away(answer):
            where = answer.get("location", "")
            yield f"status {answer.status_code} {where}, though the matrix lets nobody of this kind in"

    def _let_in(self, cell: Cell, person: Person) -> bool:
        if cell.way in (
            "HEAD",
            "OPTIONS",
        ):  # no body, no change; words in headers are looked at for everybody
            return True
        word = written()[cell.address]
        if not self._named(cell.address) or cell.whose == "own":
            return person.kind in word.let_in
        return cell.whose != "missing" and person.kind in word.let_in_elsewhere


class _Undo(Exception):
    """Takes back what a request did."""


def _of(things: Foreign, name: str, key: str) -> Any:
    spaces = [one for one in things.by_namespace if name == one or name.startswith((f"{one}:", f"{one}_"))]
    special = things.by_namespace[max(spaces, key=len)] if spaces else {}
    return special.get(key, things.by_name.get(key))


def turned_away(answer: Any) -> bool:
    """Whether an answer opens nothing: an error, or a way back to the start."""
    if answer.status_code in (302, 303):
        return str(answer["location"]).partition("?")[0] in ELSEWHERE
    return bool(400 <= answer.status_code < 500)


def _everything(answer: Any) -> bytes:
    """Headers and body; a workbook is unpacked first."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"".join(archive.read(name) for name in archive.namelist())
    return repr(sorted(answer.headers.items())).encode() + bytes(body)


def _everybody(desk: Desk) -> Iterator[Person]:
    ward, city = desk.sites["badinh"].office, desk.sites["hanoi"].office
    both = (OWN_WORD, THEIR_WORD)
    yield Person("stranger", "stranger", both)
    User.objects.create_user("m-roleless")
    yield Person("m-roleless", "roleless", both)
    ended = _person("m-ended", Role.UNIT_APPROVER, ward)
    end_role(ended, Role.UNIT_APPROVER, office=ward, on=LONG_AGO)
    yield Person("m-ended", "roleless", both)
    moved = _person("m-moved", Role.UNIT_AUTHOR, desk.sites["dongda"].office)
    end_role(moved, Role.UNIT_AUTHOR, office=desk.sites["dongda"].office, on=LONG_AGO)
    moved.holdings.create(office=ward, role=Role.UNIT_AUTHOR.value)
    yield Person("m-moved", "unit", (THEIR_WORD,))
    for role in Role:
        unit = role.value.startswith("unit-")
        _person(f"m-{role.value}", role, ward if unit else city)
        hidden = () if role in NETWORK_ROLES else (THEIR_WORD,) if unit else both
        yield Person(f"m-{role.value}", KINDS[role], hidden)
