"""The kinds of pages and the trees that sites are born with, read from their files. Plain Python."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conglang.portal.content.pagebase.rules import slug_for

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Basis:
    """An article that asks for something, how well we know its text (P Q S M C), and when it is in force."""

    article: str
    certainty: str
    first_day: date
    last_day: date | None = None

    def in_force(self, on: date) -> bool:
        return self.first_day <= on and (self.last_day is None or on <= self.last_day)


@dataclass(frozen=True)
class Kind:
    slug: str
    title: str
    basis: tuple[Basis, ...] = ()
    days: int | None = None  # working days to publish


@dataclass(frozen=True)
class Born:
    """One page of the tree that a site is born with."""

    kind: str
    page: str  # section text organisation officials contact documents
    title: str
    slug: str
    menu: bool
    pages: tuple["Born", ...] = ()


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by slug."""
    data = tomllib.loads((FOLDER / "kinds.toml").read_text())
    return MappingProxyType({slug: _kind(slug, entry) for slug, entry in data.items()})


def _kind(slug: str, entry: Mapping[str, Any]) -> Kind:
    basis = tuple(Basis(*row) for row in entry.get("basis", ()))
    return Kind(slug, entry["title"], basis, entry.get("days"))


@cache
def birth_tree(*, is_city: bool) -> tuple[Born, ...]:
    """Return the tree below the home page of a city portal or of a commune's site. KeyError for an unknown kind."""
    data = tomllib.loads((FOLDER / "sections.toml").read_text())
    return _born(data["city" if is_city else "commune"])


def _born(entries: Sequence[Mapping[str, Any]]) -> tuple[Born, ...]:
    return tuple(
        Born(
            kind=entry["kind"],
            page=entry["page"],
            title=kinds()[entry["kind"]].title,
            slug=entry.get("slug") or slug_for(kinds()[entry["kind"]].title),
            menu=entry.get("menu", False),
            pages=_born(entry.get("pages", ())),
        )
        for entry in entries
    )


def all_born(tree: Sequence[Born]) -> list[Born]:
    """Return a tree's entries as a list, parents before children."""
    return [entry for top in tree for entry in (top, *all_born(top.pages))]
