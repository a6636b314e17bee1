"""The shared state in words: what readers of all sites see, and who said what when."""

from collections.abc import Iterator
from datetime import datetime

from conglang.cli.moments import said
from conglang.cli.words import _
from conglang.wire.state import State, period
from conglang.wire.state_record import Said


def levels() -> dict[str, str]:
    return {"emergency": _("EMERGENCY"), "important": _("Important"), "information": _("Information")}


def live_states() -> dict[str, str]:
    return {"planned": _("Coming up live"), "live": _("Live now"), "ended": _("The live broadcast has ended")}


def motifs() -> dict[str, str]:
    return {
        "tet": _("Tết: peach blossom"),
        "quoc-khanh": _("National Day 2/9: star"),
        "thu-do": _("Liberation of the Capital 10/10: Khuê Văn Các"),
        "trung-thu": _("Mid-autumn: lantern"),
    }


def lines(state: State, at: datetime) -> Iterator[str]:
    """What the state says, one line for each thing, with its times; one sentence when it says nothing."""
    if state.is_silent:
        yield _("Nothing is announced.")
    for number, banner in enumerate(state.banners, 1):
        yield f"{number}. [{levels()[banner.level]}] {banner.title}"
        if banner.text:
            yield f"   {banner.text}"
        if banner.link:
            yield f"   → {banner.link}"
        yield f"   {_times(banner, at)}"
    if state.live:
        yield f"{live_states()[state.live.state]}: {state.live.title}  {state.live.link}".rstrip()
        yield f"   {_times(state.live, at)}"
    if state.mourning:
        yield _("Mourning: all sites are grey, without festive decoration")
        yield f"   {_times(state.mourning, at)}"
    if state.festive:
        yield f"{_('Festive strip')} ({motifs()[state.festive.motif]}): {state.festive.text}"
        yield f"   {_times(state.festive, at)}"
    if state.downtime:
        yield f"{_('Planned downtime')}: {state.downtime.text}"
        yield f"   {_times(state.downtime, at)}"


def _times(part: object, at: datetime) -> str:
    begins, ends = period(part)  # type: ignore[arg-type]
    words = _("from %(begins)s until %(ends)s") % {"begins": said(begins), "ends": said(ends)}
    if ends <= at:
        return f"{words} – {_('over')}"
    return f"{words} – {_('not yet begun')}" if begins > at else words


def record(one: Said) -> str:
    """One line of the history."""
    when = said(datetime.fromisoformat(one.at))
    what = [banner["title"] for banner in one.state.get("banners", [])]
    what += [part for part in ("live", "mourning", "festive", "downtime") if part in one.state]
    words = "; ".join(what) or _("Nothing is announced.")
    signed = "" if one.signed_by == "signer" else f" [{_('signed by hand')}: {one.signed_by}]"
    return f"{when}  {', '.join(one.people) or one.kind}{signed}: {words}"
