"""Adding to what all sites say, and ending a part of it. Plain Python."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from conglang.wire.state import Banner, Downtime, Festive, Live, Mourning, State

PARTS = ("banner", "live", "mourning", "festive", "downtime")


def with_part(state: State, part: str, values: Mapping[str, Any], *, at: datetime) -> State:
    """The state with one more banner, or with another live event, mourning, festive strip or downtime.

    Banners that have ended go. ``values``: level title text link status motif begins until.
    """
    begins, until = values.get("begins") or at, values["until"]
    text, title, link = (str(values.get(name) or "") for name in ("text", "title", "link"))
    if part == "banner":
        kept = tuple(one for one in state.banners if one.valid_until > at)
        return replace(state, banners=(*kept, Banner(str(values["level"]), title, text, begins, until, link)))
    if part == "live":
        return replace(state, live=Live(title, str(values["status"]), begins, until, link))
    if part == "festive":
        return replace(state, festive=Festive(str(values["motif"]), title, begins, until))
    if part == "downtime":
        return replace(state, downtime=Downtime(text or title, begins, until))
    return replace(state, mourning=Mourning(begins, until))


def without(state: State, what: str) -> State:
    """The state without ``live``, ``mourning``, … or ``banner:2`` (counted from 1). LookupError for no such part."""
    part, _, number = what.partition(":")
    if part == "banner" and number.isdigit() and 0 < int(number) <= len(state.banners):
        place = int(number) - 1
        return replace(state, banners=state.banners[:place] + state.banners[place + 1 :])
    if part not in PARTS[1:] or number:
        raise LookupError(what)
    nothing: dict[str, Any] = {part: None}
    return replace(state, **nothing)
