"""A network as a folder: ``network.toml`` with the units, predecessors and districts it names. Plain Python.

``load(folder)`` returns it checked, or raises BadNetwork with every problem at once.
"""

from dataclasses import dataclass
from pathlib import Path

from ...units.facts import OfficeFacts, SuccessionFacts, UnitFacts
from ...units.rules import UnitCode


class BadNetwork(ValueError):
    """The folder cannot be used. ``problems`` are sentences: file, place, what is wrong, what to write."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in problems[:30])
        more = f"\n  … and {len(problems) - 30} more" if len(problems) > 30 else ""
        super().__init__(
            f"The network in {folder} cannot be used; nothing was changed. Mend this:\n{lines}{more}"
        )


@dataclass(frozen=True)
class SiteFacts:
    """A site to be: its key, whose it is, and a host of its own if it has one."""

    key: str
    unit: UnitCode
    office: str
    custom_host: str = ""
    is_city: bool = False


@dataclass(frozen=True)
class Network:
    """Everything a network's folder says, checked."""

    key: str
    name: str
    domain: str
    units: tuple[UnitFacts, ...]
    successions: tuple[SuccessionFacts, ...]
    offices: tuple[OfficeFacts, ...]
    sites: tuple[SiteFacts, ...]
    holidays: tuple[str, ...] = ()


def load(folder: Path) -> Network:
    """Return the network in ``folder``; raise BadNetwork listing all that is wrong with it."""
    from .checks import problems_of
    from .reading import Reader

    reader = Reader(Path(folder))
    network = reader.read()
    problems = reader.problems
    if network is not None and not problems:
        problems = problems_of(network, reader.reserved, reader.successor_names)
    if problems or network is None:
        raise BadNetwork(Path(folder), problems)
    return network
