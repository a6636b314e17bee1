"""Reading a network's folder into facts, going on after each problem to find the next."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TypeVar

from conglang.wire.folding import host_label

from ...units.facts import OfficeFacts, SuccessionFacts, UnitFacts
from ...units.rules import UnitCode
from . import Network, SiteFacts, units
from .files import csv_rows, json_rows, read_toml
from .offices import bodies_of, office
from .records import Record, Unreadable
from .registers import Registers, read_registers

T = TypeVar("T")


class Reader:
    """Reads one folder once. ``problems`` collects what could not be read; ``reserved`` are labels it keeps back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []
        self.reserved: frozenset[str] = frozenset()
        self.successor_names: dict[UnitCode, set[str]] = {}
        self.registers = Registers({})
        self.special: dict[UnitCode, Record] = {}
        self.top = Record("network.toml", {})

    def read(self) -> Network | None:
        """Return the network, or None when ``problems`` says why there is none."""
        try:
            self.top = Record("network.toml", read_toml(self.folder))
            self.registers = read_registers(self.top)
            self._read_domain(self.top.table("domain"))
            return self._assemble()
        except Unreadable as problem:
            self.problems.append(str(problem))
            return None

    def _assemble(self) -> Network | None:
        province = self._province()
        districts = self._districts(province.code)
        communes = self._communes(province.code, {d.code.code: d for d in districts})
        former, successions = self._predecessors({d.code.code: d.code for d in districts})
        everyone = (province, *districts, *former, *communes)
        bodies = bodies_of(self.top, {"district": districts, "commune": communes})
        if self.problems:
            return None
        own = tuple(self._each(self.top.tables("offices"), lambda row: office(row, province.code)))
        return Network(
            key=self.top.take("key", str),
            name=province.full_name,
            domain=self.top.table("domain").take("official", str),
            units=everyone,
            successions=tuple(successions),
            offices=(*own, *(office for office, _ in bodies)),
            sites=(self._city_site(province.code), *self._sites(bodies, communes)),
            holidays=tuple(str(day) for day in self.top.table("calendar").take("holidays", list)),
        )

    def _each(self, rows: Iterable[Record], make: Callable[[Record], T]) -> list[T]:
        made = []
        for row in rows:
            try:
                made.append(make(row))
            except Unreadable as problem:
                self.problems.append(str(problem))
        return made

    def _read_domain(self, domain: Record) -> None:
        self.reserved = frozenset(str(label) for label in domain.maybe("reserved", list) or [])
        for row in domain.tables("special"):
            self.special[self.registers.code(row.take("unit", str), row.where)] = row

    def _province(self) -> UnitFacts:
        code = self.registers.code(self.top.take("code", str), "network.toml «code»")
        return units.province(self.top, code, self.registers.by_name[code.register])

    def _districts(self, parent: UnitCode) -> list[UnitFacts]:
        if "districts" not in self.top.values:
            return []
        table = self.top.table("districts")
        register = self.registers.named(table.take("register", str), table.where)
        ended, act = table.take("valid_to", date), table.take("legal_act", str)
        rows = json_rows(self.folder, table)
        return self._each(rows, lambda row: units.district(row, register, ended, act, parent))

    def _communes(self, parent: UnitCode, districts: dict[str, UnitFacts]) -> list[UnitFacts]:
        table = self.top.table("units")
        register = self.registers.named(table.take("register", str), table.where)
        since = table.take("valid_from", date)

        def make(row: Record) -> UnitFacts:
            code = register.code(row.take("code", str), row.where)
            facts = self._commune_facts(row, districts)
            return units.commune(row, code, self._label(code, row.take("name", str)), since, parent, facts)

        return self._each(json_rows(self.folder, table), make)

    def _label(self, code: UnitCode, name: str) -> str:
        special = self.special.get(code)
        return (special.maybe("label", str) if special else None) or host_label(name)

    def _commune_facts(self, row: Record, districts: dict[str, UnitFacts]) -> dict[str, object]:
        codes = [str(code) for code in row.maybe("districts", list) or []]
        if unknown := [code for code in codes if code not in districts]:
            raise Unreadable(f"{row.where}: no district has code {', '.join(unknown)}")
        names = [districts[code].full_name for code in codes]
        return {"clause": row.maybe("clause", int), "districts": names, "district_codes": codes}

    def _predecessors(self, districts: dict[str, UnitCode]) -> tuple[list[UnitFacts], list[SuccessionFacts]]:
        if "predecessors" not in self.top.values:
            return [], []
        table = self.top.table("predecessors")
        old = self.registers.named(table.take("register", str), table.where)
        units_table = self.top.table("units")
        new = self.registers.named(units_table.take("register", str), units_table.where)
        day, act = table.take("date", date), table.take("legal_act", str)
        rows = csv_rows(self.folder, table, units.OLD_COLUMNS)
        joins = Counter(str(row.values["new_code"]) for row in rows)

        def unit(group: list[Record]) -> UnitFacts:
            first, place = group[0], group[0].take("old_district", str)
            if place not in districts:
                raise Unreadable(f"{first.where}: no district has code {place!r}")
            ending = units.ending_of(group, joins[first.take("new_code", str)] > 1)
            return units.predecessor(group, old, districts[place], day, ending)

        def pair(row: Record) -> SuccessionFacts:
            was = old.code(row.values["old_code"], row.where)
            now = new.code(row.values["new_code"], row.where)
            self.successor_names.setdefault(now, set()).add(row.take("new_name", str))
            return SuccessionFacts(was, now, day, row.take("share", str), row.take("detail", str), act)

        groups = units.grouped(rows, "old_code")
        firsts = [group[0] for group in groups.values()]
        former = self._each(firsts, lambda row: unit(groups[row.take("old_code", str)]))
        return former, self._each(rows, pair)

    def _city_site(self, province: UnitCode) -> SiteFacts:
        return SiteFacts(
            self.top.take("key", str), province, self.top.take("portal_office", str), is_city=True
        )

    def _sites(
        self, bodies: list[tuple[OfficeFacts, bool]], communes: list[UnitFacts]
    ) -> Iterable[SiteFacts]:
        owners = {office.unit: office.key for office, owns in bodies if owns}
        for unit in communes:
            special = self.special.get(unit.code)
            host = (special.maybe("host", str) if special else None) or ""
            yield SiteFacts(unit.label, unit.code, owners.get(unit.code, ""), host)
