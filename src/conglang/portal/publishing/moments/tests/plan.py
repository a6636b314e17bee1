"""A toy planner: notes of the toy newspaper that appear or vanish at a moment."""

from collections.abc import Iterable
from datetime import datetime

from conglang.portal.publishing.moments.rules import Planned
from conglang.portal.publishing.rendering.tests import toy

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS toy_plan (ident text PRIMARY KEY, due timestamptz, site text, title text)"
)
DONE = "CREATE TABLE IF NOT EXISTS toy_done (ident text, due timestamptz)"


def plan(ident: str, due: datetime, *, title: str = "Tin hẹn giờ", site: str = "badinh") -> None:
    """The note ``ident`` gets this title at ``due``; an empty title takes it away; a second plan replaces the first."""
    toy.run("DELETE FROM toy_plan WHERE ident = %s", ident)
    toy.run("INSERT INTO toy_plan VALUES (%s, %s, %s, %s)", ident, due, site, title)


def cancel(ident: str) -> None:
    toy.run("DELETE FROM toy_plan WHERE ident = %s", ident)


def times_done(ident: str) -> int:
    return len(toy.run("SELECT 1 FROM toy_done WHERE ident = %s", ident))


class ToyPlanner:
    name = "toy"
    poison: frozenset[str] = frozenset()

    def planned(self) -> Iterable[Planned]:
        for ident, due, site, title in toy.run("SELECT ident, due, site, title FROM toy_plan"):
            yield Planned(self.name, ident, due, site, title, f"/tin/{ident}/")

    def carry_out(self, ident: str, *, due: datetime, at: datetime) -> str | None:
        rows = toy.run(
            "SELECT site, title FROM toy_plan WHERE ident = %s AND due = %s FOR UPDATE", ident, due
        )
        if not rows:
            return None
        if ident in self.poison:
            raise ValueError("Đường dẫn này đã có trang khác dùng.")
        site, title = rows[0]
        toy.run("DELETE FROM toy_plan WHERE ident = %s", ident)
        toy.run("INSERT INTO toy_done VALUES (%s, %s)", ident, due)
        if title:
            toy.write(ident, site=site, section="van-hoa", slug=ident, title=title)
        else:
            toy.unpublish(ident)
        return f"{site} {title}"
