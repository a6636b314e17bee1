"""Who plans changes. Apps register theirs in ``AppConfig.ready()``."""

from .rules import Planner

_planners: dict[str, Planner] = {}


def register(planner: Planner) -> None:
    """Make a planner known. Raises ValueError when its name belongs to a different class."""
    known = _planners.get(planner.name)
    if known is not None and type(known) is not type(planner):
        raise ValueError(f"The planner name «{planner.name}» belongs to {type(known).__qualname__} already.")
    _planners[planner.name] = planner


def planners() -> tuple[Planner, ...]:
    return tuple(_planners.values())


def planner(name: str) -> Planner | None:
    """The planner of this name, or None when its code is gone."""
    return _planners.get(name)
