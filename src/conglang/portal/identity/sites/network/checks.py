"""What must hold in a network that could be read. Each check yields sentences; none means all is well."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator

from conglang.wire.folding import fold_tone

from ...units.facts import SuccessionFacts
from ...units.rules import COMMUNE_TYPES, DETAILS, SHARES, TYPES, UnitCode
from ..rules import LABEL, RESERVED_LABELS, is_host
from . import Network

OFFICE_KINDS = (
    "peoples-committee", "peoples-council", "party-committee", "fatherland-front", "department", "centre", "police",
    "district-committee",
)  # fmt: skip


def problems_of(network: Network, reserved: Collection[str], names: dict[UnitCode, set[str]]) -> list[str]:
    """Return all problems. ``names`` are the names by which the old → new list calls each successor."""
    return [
        *_codes(network),
        *_types(network),
        *_labels(network, RESERVED_LABELS | set(reserved)),
        *_hosts(network),
        *_offices(network),
        *_successions(network),
        *_names(network, names),
    ]


def _repeated(values: list[str]) -> list[str]:
    return sorted(value for value, times in Counter(values).items() if times > 1)


def _codes(network: Network) -> Iterator[str]:
    for code in _repeated([str(unit.code) for unit in network.units]):
        names = " and ".join(unit.full_name for unit in network.units if str(unit.code) == code)
        yield f"code {code} is given to {names}; give each its own"


def _types(network: Network) -> Iterator[str]:
    for unit in network.units:
        living = unit.level == "commune" and unit.valid_to is None
        allowed = COMMUNE_TYPES if living else TYPES
        if unit.type not in allowed:
            yield f"{unit.full_name} ({unit.code}): type {unit.type!r} is none of {', '.join(allowed)}"


def _labels(network: Network, reserved: frozenset[str]) -> Iterator[str]:
    by_key: dict[str, list[str]] = defaultdict(list)
    names = {unit.code: f"{unit.full_name} ({unit.code})" for unit in network.units}
    for site in network.sites:
        by_key[site.key].append(names[site.unit])
        if not LABEL.fullmatch(site.key):
            yield f"{names[site.unit]}: {site.key!r} cannot be a host's label; give one in [[domain.special]]"
        if site.key in reserved:
            yield f"{names[site.unit]}: label {site.key!r} is reserved; give another in [[domain.special]]"
    for key, units in by_key.items():
        if len(units) > 1:
            yield f"{' and '.join(units)} share the label {key!r}; give one another label in [[domain.special]]"


def _hosts(network: Network) -> Iterator[str]:
    if not is_host(network.domain):
        yield f"network.toml [domain]: {network.domain!r} is no host name, such as hanoi.gov.vn"
    hosts = [site.custom_host for site in network.sites if site.custom_host]
    for host in hosts:
        if not is_host(host):
            yield f"network.toml [[domain.special]]: {host!r} is no host name, such as phuong.example.gov.vn"
    for host in _repeated(hosts):
        yield f"network.toml [[domain.special]]: host {host} is given twice"


def _offices(network: Network) -> Iterator[str]:
    for key in _repeated([office.key for office in network.offices]):
        yield f"office key {key!r} is given twice; every office needs its own"
    for kind in sorted({office.kind for office in network.offices} - set(OFFICE_KINDS)):
        yield f"network.toml: office kind {kind!r} is none of {', '.join(OFFICE_KINDS)}"
    keys = {office.key for office in network.offices}
    for site in network.sites:
        if site.office not in keys:
            yield f"site {site.key}: its office {site.office!r} is not listed; see portal_office and owns_site"


def _successions(network: Network) -> Iterator[str]:
    names = {unit.code: unit.full_name for unit in network.units}
    pieces: dict[UnitCode, list[SuccessionFacts]] = defaultdict(list)
    for piece in network.successions:
        if piece.successor not in names:
            yield f"{names[piece.predecessor]} ({piece.predecessor}) goes to {piece.successor}, which is not there"
        if piece.share not in SHARES or piece.detail not in DETAILS:
            yield f"{piece.predecessor} → {piece.successor}: share {piece.share!r} or detail {piece.detail!r} unknown"
        pieces[piece.predecessor].append(piece)
    for code, own in pieces.items():
        yield from _shares(f"{names[code]} ({code})", own)


def _shares(who: str, pieces: list[SuccessionFacts]) -> Iterator[str]:
    details = Counter(piece.detail for piece in pieces)
    if any((piece.share == "whole") != (piece.detail == "whole") for piece in pieces):
        yield f"{who}: share and detail contradict each other; «whole» goes with «whole» only"
    elif (len(pieces) == 1) != (details["whole"] == 1):
        yield f"{who}: a unit goes whole to one unit or in parts to several, not {dict(details)}"
    elif len({piece.successor for piece in pieces}) != len(pieces):
        yield f"{who}: two pieces go to the same unit; make them one row"
    elif details["area+all-population"] and details["area+all-population"] + details["area-only"] != len(
        pieces
    ):
        yield f"{who}: all residents go with one piece, so the others are area-only, not {dict(details)}"


def _names(network: Network, names: dict[UnitCode, set[str]]) -> Iterator[str]:
    for unit in network.units:
        for name in sorted(names.get(unit.code, ())):
            if fold_tone(name) != fold_tone(unit.name):
                yield f"{unit.code} is {unit.name} in the units' file, but {name} in the predecessors' file"
