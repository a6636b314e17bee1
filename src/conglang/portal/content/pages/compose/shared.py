"""What all sites say together, as a home page and /khan-cap/ show it to readers without script."""

from dataclasses import dataclass
from datetime import datetime

from conglang.portal.publishing.rendering.rules import Source
from conglang.portal.publishing.shared.queries import known
from conglang.wire.state import Banner, State, period

from ..public_views import SharedItem, SharedView


@dataclass(frozen=True)
class Shared:
    """The view at one instant, when it will be another by itself, and who stands for it (None: nothing is said)."""

    view: SharedView = SharedView()
    changes_at: datetime | None = None
    source: Source | None = None


def shared_at(at: datetime) -> Shared:
    """What is said at an instant, from the database as it is seen now."""
    found = known()
    if found is None or found.state.is_silent:
        return Shared()
    ahead = min((instant for instant in found.state.boundaries() if instant > at), default=None)
    return Shared(_view(found.state.at_instant(at)), ahead, found.source)


def _view(state: State) -> SharedView:
    banners = [_banner(one) for one in state.banners]
    notices = [_item(state.live.state, state.live.title, state.live)] if state.live else []
    notices += [one for one in banners if one.kind != "emergency"]
    notices += [_item("downtime", state.downtime.text, state.downtime)] if state.downtime else []
    if state.festive:
        notices.append(_item(f"festive {state.festive.motif}", state.festive.text, state.festive))
    alerts = tuple(one for one in banners if one.kind == "emergency")
    return SharedView(alerts, tuple(notices), mourning=state.mourning is not None)


def _banner(banner: Banner) -> SharedItem:
    return _item(banner.level, banner.title, banner, text=banner.text)


def _item(kind: str, title: str, part: object, *, text: str = "") -> SharedItem:
    begins, ends = period(part)  # type: ignore[arg-type]
    return SharedItem(kind, title, text, getattr(part, "link", ""), begins, ends)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two instants, either of which may be missing."""
    return min((instant for instant in (one, other) if instant is not None), default=None)
