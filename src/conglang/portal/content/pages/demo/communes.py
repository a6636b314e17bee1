"""The facts of one commune, and the sentences they make."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from conglang.portal.identity.units.models import Succession, Unit

from .words import day, listed, lower_first, number

FIRST_DAY = date(2025, 7, 1)
RESOLUTION = "Nghị quyết số 1656/NQ-UBTVQH15 ngày 16/6/2025 của Ủy ban Thường vụ Quốc hội"
FIGURES_NOTE = (
    "Diện tích và dân số là số liệu lập phương án sắp xếp năm 2025, không phải kết quả điều tra dân số; "
    "số liệu chính thức do cơ quan có thẩm quyền công bố."
)
PIECES = {
    "whole": "toàn bộ diện tích tự nhiên và dân số của {units}",
    "area+population": "một phần diện tích tự nhiên và dân số của {units}",
    "area+all-population": "một phần diện tích tự nhiên và toàn bộ dân số của {units}",
    "area-only": "một phần diện tích tự nhiên, không có dân cư, của {units}",
}


@dataclass(frozen=True)
class Commune:
    """One unit with what it was formed from, what became of those units, and its place among all communes."""

    unit: Unit
    pieces: tuple[Succession, ...]  # predecessor and its parent loaded
    heirs: dict[int, tuple[Succession, ...]]  # by predecessor: every successor
    by_population: int  # 1 is the most populous
    by_area: int
    count: int

    @property
    def name(self) -> str:
        return self.unit.full_name

    @property
    def in_sentence(self) -> str:
        return lower_first(self.unit.full_name)

    @property
    def type(self) -> str:
        return self.unit.type

    @cached_property
    def density(self) -> int:
        return round(self.unit.population / float(self.unit.area_km2)) if self.unit.area_km2 else 0

    @cached_property
    def former_districts(self) -> list[str]:
        """The former districts its land was in, the main one first."""
        return [lower_first(name) for name in self.unit.facts.get("districts", [])]

    @cached_property
    def divided(self) -> list[Succession]:
        """Pieces of units whose residents went to several successors: there the old name does not say which."""
        return [piece for piece in self.pieces if self._residents_divided(piece)]

    def _residents_divided(self, piece: Succession) -> bool:
        with_people = [one for one in self.heirs[piece.predecessor_id] if one.detail != "area-only"]
        return len(with_people) > 1 and piece.detail != "area-only"

    def others(self, piece: Succession, *, with_residents: bool = False) -> list[str]:
        """The other successors of a predecessor; with ``with_residents`` those that took some of its people."""
        heirs = self.heirs[piece.predecessor_id]
        found = [one.successor.full_name for one in heirs if not with_residents or one.detail != "area-only"]
        return sorted(lower_first(name) for name in found if name != self.name)

    @property
    def clause(self) -> str:
        clause = self.unit.facts.get("clause")
        return f"khoản {clause} Điều 1 {RESOLUTION}" if clause else RESOLUTION


def formation(commune: Commune) -> str:
    """Return the sentence on what the unit was formed from."""
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for piece in commune.pieces:
        district = lower_first(piece.predecessor.parent.full_name) if piece.predecessor.parent else ""
        groups[piece.detail][district].append(lower_first(piece.predecessor.full_name))
    parts = [
        PIECES[detail].format(units=_by_district(groups[detail])) for detail in PIECES if detail in groups
    ]
    return f"{commune.name} được hình thành từ {'; '.join(parts)}, theo {commune.clause}."


def _by_district(districts: dict[str, list[str]]) -> str:
    return listed(
        [
            f"{listed(names)} ({district})" if district else listed(names)
            for district, names in districts.items()
        ]
    )


def figures(commune: Commune) -> str:
    """Return the sentence on area, population and density."""
    unit = commune.unit
    return (
        f"{commune.name} có diện tích tự nhiên {number(unit.area_km2, 2)} km², dân số {number(unit.population)} người, "
        f"mật độ khoảng {number(commune.density)} người/km². Trong {commune.count} phường, xã của Thành phố, "
        f"{commune.type} đứng thứ {commune.by_population} về dân số và thứ {commune.by_area} về diện tích."
    )


def before(commune: Commune) -> str:
    """Return the sentence on the districts that were."""
    districts = commune.former_districts
    if not districts:
        return ""
    return (
        f"Trước ngày {day(FIRST_DAY)}, địa bàn này thuộc {listed(districts)}. "
        "Từ ngày đó không còn cấp huyện; chính quyền địa phương được tổ chức theo hai cấp: Thành phố và phường, xã."
    )


def fact_entries(commune: Commune) -> list[tuple[str, str, str]]:
    """Return label, value and note of the facts shown as a list."""
    unit = commune.unit
    entries = [
        ("Loại đơn vị hành chính", commune.type.capitalize(), ""),
        ("Ngày bắt đầu hoạt động", day(FIRST_DAY), ""),
        ("Mã đơn vị hành chính", unit.code.code, "Danh mục áp dụng từ ngày 01/7/2025"),
        ("Diện tích tự nhiên", f"{number(unit.area_km2, 2)} km²", ""),
        ("Dân số", f"{number(unit.population)} người", ""),
        ("Mật độ dân số", f"{number(commune.density)} người/km²", ""),
        ("Số đơn vị hành chính cũ góp vào", str(len(commune.pieces)), ""),
    ]
    if unit.latitude is not None and unit.longitude is not None:
        point = f"{number(unit.latitude, 4)}° vĩ Bắc, {number(unit.longitude, 4)}° kinh Đông"
        entries.append(("Một điểm trong địa bàn", point, "Không phải vị trí trụ sở"))
    return entries


def load(units: Sequence[Unit]) -> dict[int, Commune]:
    """Load the communes behind these units, in three statements."""
    pieces: dict[int, list[Succession]] = defaultdict(list)
    heirs: dict[int, list[Succession]] = defaultdict(list)
    found = Succession.objects.filter(successor__in=units).select_related("predecessor__parent", "successor")
    for piece in found.order_by("pk"):
        pieces[piece.successor_id].append(piece)
    for piece in (
        Succession.objects.filter(predecessor__successions__successor__in=units)
        .distinct()
        .select_related("successor")
    ):
        heirs[piece.predecessor_id].append(piece)
    all_heirs = {pk: tuple(rows) for pk, rows in heirs.items()}
    everyone = list(Unit.objects.filter(level="commune", valid_to=None))
    by_population = _ranks(everyone, "population")
    by_area = _ranks(everyone, "area_km2")
    return {
        unit.pk: Commune(
            unit, tuple(pieces[unit.pk]), all_heirs,
            by_population[unit.pk], by_area[unit.pk], len(everyone),
        )
        for unit in units
    }  # fmt: skip


def _ranks(units: Sequence[Unit], name: str) -> dict[int, int]:
    values = sorted((getattr(unit, name) or 0 for unit in units), reverse=True)
    return {unit.pk: values.index(getattr(unit, name) or 0) + 1 for unit in units}
