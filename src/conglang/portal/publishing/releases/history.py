"""Editions of a site that are kept: the state of one, the difference of two, and what one path answered when."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from django.db.models import Q, QuerySet

from conglang.portal.publishing.rendering.models import Pin
from conglang.portal.publishing.rendering.rules import Answer
from conglang.portal.publishing.rendering.shelving import store
from conglang.wire.paths import is_text

from .models import Edition, Rollback, Version

LONGEST_TEXT = 2_000_000  # bytes of a page that is compared line by line


class NotKept(LookupError):
    """The site has no such edition, or it is not kept any more."""


@dataclass(frozen=True)
class Difference:
    """What one path answered in two editions; None where it answered nothing. ``word`` says what it is for a reader."""

    path: str
    before: Answer | None
    after: Answer | None

    @property
    def word(self) -> str:
        if self.after is None or self.after.status == 410:
            return "removed"
        if self.after.status == 301:
            return "redirected"
        if self.before is None or self.before.status != 200:
            return "added"
        return "changed"


def editions(site: str, *, at_most: int | None = None, before: int | None = None) -> Sequence[Edition]:
    """The kept editions of a site, newest first; ``before``: older than that one."""
    found = Edition.objects.filter(site=site).order_by("-number")
    if before is not None:
        found = found.filter(number__lt=before)
    return list(found[:at_most])


def edition(site: str, number: int) -> Edition:
    """One kept edition. Raises NotKept."""
    found = Edition.objects.filter(site=site, number=number).first()
    if found is None:
        raise NotKept(f"{site} has no edition {number} that is kept.")
    return found


def rows_at(site: str, number: int) -> QuerySet[Version]:
    """The rows of every path that answered in an edition."""
    ended = Q(to_edition=None) | Q(to_edition__gt=number)
    return Version.objects.filter(ended, site=site, from_edition__lte=number)


def state_at(site: str, number: int) -> dict[str, Answer]:
    """What every path of the site answered in an edition. Raises NotKept."""
    edition(site, number)
    return {row.path: _answer(row) for row in rows_at(site, number)}


def _answer(row: Version) -> Answer:
    return Answer(row.status, row.digest, row.location)


def diff(site: str, old: int, new: int) -> list[Difference]:
    """The paths that answer differently in two kept editions, either way round, sorted. Raises NotKept.

    Looks only at rows that began or ended between the two.
    """
    for number in (old, new):
        edition(site, number)
    return _diff(site, old, new)


def brought_by(site: str, number: int) -> list[Difference]:
    """What an edition changed against the one before it, sorted. Raises NotKept."""
    edition(site, number)
    return _diff(site, number - 1, number)


def _diff(site: str, old: int, new: int) -> list[Difference]:
    low, high = sorted((old, new))
    moved = Q(from_edition__gt=low, from_edition__lte=high) | Q(to_edition__gt=low, to_edition__lte=high)
    rows = list(Version.objects.filter(moved, site=site))
    before, after = ({row.path: _answer(row) for row in rows if _holds(row, number)} for number in (old, new))
    paths = sorted(before.keys() | after.keys())
    found = (Difference(path, before.get(path), after.get(path)) for path in paths)
    return [difference for difference in found if difference.before != difference.after]


def _holds(row: Version, number: int) -> bool:
    return row.from_edition <= number and (row.to_edition is None or row.to_edition > number)


def history_of(site: str, path: str) -> Sequence[Version]:
    """What one path answered in kept editions, newest first."""
    return list(Version.objects.filter(site=site, path=path).order_by("-from_edition"))


def previous_edition(site: str, number: int) -> int | None:
    """The kept edition before this one."""
    return (
        Edition.objects.filter(site=site, number__lt=number)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )


def pins(site: str) -> Sequence[Pin]:
    """The paths of a site that are held at an older edition, pages first."""
    found = Pin.objects.filter(site=site).order_by("path")
    return sorted(found, key=lambda pin: (pin.path.startswith("/_/"), pin.path))


def rollbacks(site: str, *, at_most: int = 20) -> Sequence[Rollback]:
    """The decisions to show an older edition of a site again, newest first."""
    return list(Rollback.objects.filter(site=site).order_by("-at")[:at_most])


@dataclass(frozen=True)
class Line:
    """A line of a comparison. ``sign``: "+" only in the newer, "-" only in the older, " " in both, "…" left out."""

    sign: str
    text: str


def text_diff(path: str, before: Answer | None, after: Answer | None) -> list[Line] | None:
    """Compare what readers could read of a path in two answers; None for what is not text, or not kept."""
    if not is_text(path):
        return None
    try:
        old, new = (_lines(answer) for answer in (before, after))
    except (OSError, UnicodeDecodeError):
        return None
    return list(_compared(old, new))


def _lines(answer: Answer | None) -> list[str]:
    if answer is None or answer.digest is None:
        return []
    text = store().read(answer.digest)[:LONGEST_TEXT].decode()
    return words_of(text) if text.lstrip()[:15].lower().startswith("<!doctype html") else text.splitlines()


def _compared(old: Sequence[str], new: Sequence[str], *, around: int = 2) -> Iterator[Line]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(around)):
        if number:
            yield Line("…", "")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (Line(" ", text) for text in old[i1:i2])
            else:
                yield from (Line("-", text) for text in old[i1:i2])
                yield from (Line("+", text) for text in new[j1:j2])


class _Words(HTMLParser):
    """What a page says, block by block; addresses of links and pictures in brackets, because they may change alone."""

    INLINE = frozenset({"a", "abbr", "b", "em", "i", "img", "small", "span", "strong", "sub", "sup", "time"})
    SILENT = frozenset({"script", "style", "svg"})

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self.SILENT
        if tag not in self.INLINE:
            self._break()
        named = dict(attrs)
        if address := named.get("href" if tag == "a" else "src" if tag == "img" else ""):
            self._line.append(f"[{address}]")
        if tag == "img" and named.get("alt"):
            self._line.append(str(named["alt"]))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self.SILENT and self._silent > 0
        if tag not in self.INLINE:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self._line.append(" ".join(data.split()))

    def _break(self) -> None:
        if self._line:
            self.lines.append(" ".join(self._line))
            self._line = []

    def close(self) -> None:
        super().close()
        self._break()


def words_of(html: str) -> list[str]:
    """The readable lines of a page."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    return parser.lines


def people_named(editions: Iterable[Edition]) -> dict[str, str]:
    """Names of the people who stand for these editions, by UUID. Programs are left out."""
    from uuid import UUID

    from conglang.portal.identity.accounts.models import User

    wanted = set()
    for one in editions:
        for person in one.people:
            try:
                wanted.add(UUID(person))
            except ValueError:
                continue
    return {
        str(user.uuid): user.get_full_name() or user.username for user in User.objects.filter(uuid__in=wanted)
    }
