"""What all sites of the network say together: banners, a live event, mourning, a festive strip, planned downtime.

Plain text of bounded length, and an end for everything: whoever writes it may be gone when it should go. Instants are
whole seconds, UTC, `2026-11-25T08:00:00Z`. Errors carry an English sentence with its values apart, so that desk and
command line can say it in the reader's language.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from conglang.wire.manifest import canonical

VERSION = 1
LEVELS = ("emergency", "important", "information")
LIVE_STATES = ("planned", "live", "ended")
MOTIFS = ("tet", "quoc-khanh", "thu-do", "trung-thu")  # the drawings of design/motif-*.svg
MOST_BANNERS = 3
TITLE, TEXT, LINK = 120, 400, 300  # characters
LONGEST = timedelta(days=366)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def _(text: str) -> str:
    """Mark a sentence for translation; whoever shows it translates it."""
    return text


class StateError(ValueError):
    """The state breaks the format. `template % values` is the sentence; `str()` gives it in English."""

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template % values)
        self.template = template
        self.values = values

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language of `translate`, with the names of parts translated too."""
        named = {
            name: translate(str(self.values[name])) for name in ("what", "name") if self.values.get(name)
        }
        return translate(self.template) % {**self.values, **named}


@dataclass(frozen=True, slots=True)
class Banner:
    """One announcement. `link`: a path that every site has, or an absolute address; may be empty."""

    level: str
    title: str
    text: str
    valid_from: datetime
    valid_until: datetime
    link: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """An event that is shown live, from its announcement until `until`."""

    title: str
    state: str
    starts_at: datetime
    until: datetime
    link: str = ""


@dataclass(frozen=True, slots=True)
class Mourning:
    """The whole face goes grey, and nothing festive is shown."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Festive:
    """A strip with one of our own drawings."""

    motif: str
    text: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Downtime:
    """Planned work that readers will notice. `since` and `until` are the time of the work; announced at once."""

    text: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class State:
    """Everything that is said to all sites, as of `at`."""

    at: datetime
    banners: tuple[Banner, ...] = ()
    live: Live | None = None
    mourning: Mourning | None = None
    festive: Festive | None = None
    downtime: Downtime | None = None

    @property
    def is_silent(self) -> bool:
        return not self.parts

    @property
    def parts(self) -> tuple[Banner | Live | Mourning | Festive | Downtime, ...]:
        """Everything that is said, banners first."""
        others = (self.live, self.mourning, self.festive, self.downtime)
        return (*self.banners, *(part for part in others if part is not None))

    def boundaries(self) -> frozenset[datetime]:
        """The instants at which something begins or ends by itself."""
        return frozenset(instant for part in self.parts for instant in period(part))

    def at_instant(self, at: datetime) -> "State":
        """What is said at an instant: without what has ended or has not begun; nothing festive while in mourning."""
        mourning = self.mourning if self.mourning and _holds(self.mourning, at) else None
        return State(
            self.at,
            tuple(one for one in self.banners if _holds(one, at)),
            self.live if self.live and at < self.live.until else None,
            mourning,
            self.festive if self.festive and _holds(self.festive, at) and not mourning else None,
            self.downtime if self.downtime and at < self.downtime.until else None,
        )


def period(part: Banner | Live | Mourning | Festive | Downtime) -> tuple[datetime, datetime]:
    """When a part begins and when it ends."""
    if isinstance(part, Banner):
        return part.valid_from, part.valid_until
    return (part.starts_at if isinstance(part, Live) else part.since), part.until


def texts_of(part: Banner | Live | Mourning | Festive | Downtime) -> list[str]:
    """The words of a part that readers will see."""
    return [getattr(part, name) for name in ("title", "text") if hasattr(part, name)]


def _holds(part: Banner | Mourning | Festive, at: datetime) -> bool:
    begins, ends = period(part)
    return begins <= at < ends


# as JSON


def instant(at: datetime) -> str:
    """An aware instant as it stands in the file."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_TIMES = {"since": "from"}  # `from` is a word of Python's


def state_to_json(state: State) -> dict[str, Any]:
    """Plain data; parts that are not there are left out."""
    found: dict[str, Any] = {"v": VERSION, "at": instant(state.at)}
    if state.banners:
        found["banners"] = [_plain(banner) for banner in state.banners]
    for name in ("live", "mourning", "festive", "downtime"):
        if (part := getattr(state, name)) is not None:
            found[name] = _plain(part)
    return found


def _plain(part: Any) -> dict[str, str]:
    values = {_TIMES.get(name, name): getattr(part, name) for name in part.__slots__}
    return {name: instant(value) if isinstance(value, datetime) else value for name, value in values.items()}


def encode_state(state: State) -> bytes:
    """The canonical bytes of a state; equal states are equal bytes."""
    return canonical(state_to_json(state))


def state_from_json(data: Any) -> State:
    """The state that `state_to_json` wrote. StateError, in one sentence, for anything else."""
    if not isinstance(data, Mapping) or data.get("v") != VERSION:
        raise StateError(_("This is not a state of the network in version %(version)s."), version=VERSION)
    if odd := set(data) - {"v", "at", "banners", "live", "mourning", "festive", "downtime"}:
        raise StateError(_("Nothing is known of «%(name)s»."), name=sorted(map(str, odd))[0])
    at = _instant(data, "at", _("state"))
    banners = data.get("banners", [])
    if not isinstance(banners, list):
        raise StateError(_("The banners are not a list."))
    if len(banners) > MOST_BANNERS:
        raise StateError(_("There can be %(most)s banners at one time: end one first."), most=MOST_BANNERS)
    return State(
        at,
        tuple(_banner(row, at) for row in banners),
        _maybe(data, "live", lambda row: _live(row, at)),
        _maybe(data, "mourning", lambda row: Mourning(*_period(row, at, _("mourning"), ("from", "until")))),
        _maybe(data, "festive", lambda row: _festive(row, at)),
        _maybe(data, "downtime", lambda row: _downtime(row, at)),
    )


def _maybe(data: Mapping[str, Any], name: str, make: Callable[[Any], Any]) -> Any:
    return make(data[name]) if data.get(name) is not None else None


def _banner(row: Any, at: datetime) -> Banner:
    what = _("banner")
    _only(row, what, {"level", "title", "text", "valid_from", "valid_until", "link"})
    level = _one_of(row, "level", LEVELS, what)
    title, text = _text(row, "title", TITLE, what), _text(row, "text", TEXT, what, needed=False)
    begins, ends = _period(row, at, what, ("valid_from", "valid_until"))
    return Banner(level, title, text, begins, ends, _link(row, what))


def _live(row: Any, at: datetime) -> Live:
    what = _("live event")
    _only(row, what, {"title", "state", "starts_at", "until", "link"})
    begins, ends = _period(row, at, what, ("starts_at", "until"))
    state = _one_of(row, "state", LIVE_STATES, what)
    return Live(_text(row, "title", TITLE, what), state, begins, ends, _link(row, what))


def _festive(row: Any, at: datetime) -> Festive:
    what = _("festive strip")
    _only(row, what, {"motif", "text", "from", "until"})
    begins, ends = _period(row, at, what, ("from", "until"))
    return Festive(_one_of(row, "motif", MOTIFS, what), _text(row, "text", TITLE, what), begins, ends)


def _downtime(row: Any, at: datetime) -> Downtime:
    what = _("planned downtime")
    _only(row, what, {"text", "from", "until"})
    begins, ends = _period(row, at, what, ("from", "until"))
    return Downtime(_text(row, "text", TEXT, what), begins, ends)


def _only(row: Any, what: str, known: set[str]) -> None:
    if not isinstance(row, Mapping):
        raise StateError(_("The %(what)s is not a set of named values."), what=what)
    if odd := set(row) - known:
        raise StateError(_("The %(what)s has an unknown part «%(name)s»."), what=what, name=sorted(odd)[0])


def _one_of(row: Mapping[str, Any], name: str, known: tuple[str, ...], what: str) -> str:
    value = row.get(name)
    if value not in known:
        choice = ", ".join(known)
        raise StateError(
            _("The %(what)s has no such %(name)s; choose one of: %(choice)s."),
            what=what,
            name=name,
            choice=choice,
        )
    return str(value)


def _text(row: Mapping[str, Any], name: str, most: int, what: str, *, needed: bool = True) -> str:
    value = row.get(name, "")
    if not isinstance(value, str) or needed and not value.strip():
        raise StateError(_("The %(what)s has no %(name)s: write one."), what=what, name=name)
    if len(value) > most:
        raise StateError(
            _("The %(name)s of the %(what)s has %(count)s characters; at most %(most)s fit."),
            name=name, what=what, count=len(value), most=most,
        )  # fmt: skip
    if value != value.strip() or any(_is_odd(mark) for mark in value):
        raise StateError(
            _("The %(name)s of the %(what)s is not plain text: no <, >, line breaks or invisible marks."),
            name=name, what=what,
        )  # fmt: skip
    return value


def _is_odd(mark: str) -> bool:
    return mark in "<>" or unicodedata.category(mark) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def _link(row: Mapping[str, Any], what: str) -> str:
    value = row.get("link", "")
    if not isinstance(value, str) or len(value) > LINK or not re.fullmatch(r"[!-~]*", value) or "\\" in value:
        raise StateError(_("The link of the %(what)s is not an address."), what=what)
    return value


def _instant(row: Mapping[str, Any], name: str, what: str) -> datetime:
    value = row.get(name)
    if name in ("until", "valid_until") and value in (None, ""):
        raise StateError(_("The %(what)s has no end: say until when it is shown."), what=what)
    try:
        if not isinstance(value, str) or not _INSTANT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value)
    except ValueError:
        raise StateError(
            _("The time «%(name)s» of the %(what)s is not written like 2026-11-25T08:00:00Z."),
            name=name,
            what=what,
        ) from None


def _period(row: Any, at: datetime, what: str, names: tuple[str, str]) -> tuple[datetime, datetime]:
    if not isinstance(row, Mapping):
        raise StateError(_("The %(what)s is not a set of named values."), what=what)
    begins, ends = (_instant(row, name, what) for name in names)
    if ends <= begins:
        raise StateError(_("The %(what)s would end before it begins."), what=what)
    if ends - max(begins, at) > LONGEST:
        raise StateError(
            _("The %(what)s would be shown for more than a year: give it an earlier end."), what=what
        )
    return begins, ends
