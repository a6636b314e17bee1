"""«Nhật ký»: who did what, for those who answer for a unit or watch over the network."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import audited_units
from conglang.portal.identity.accounts.recording import note
from conglang.portal.identity.audit import exporting
from conglang.portal.identity.audit.checkpointing import HistoryDiffers, published
from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.queries import entries
from conglang.portal.identity.audit.rules import Kind, Thing, ThingKind
from conglang.portal.identity.units.models import Unit
from conglang.portal.identity.units.rules import BadUnitCode, UnitCode
from conglang.wire.release import SignerUnavailable

from .record_words import GROUPS, THINGS, detail_words, kind_words, role_words
from .requests import DeskRequest

PER_SCREEN = 50
MOST = 20_000  # entries handed out at once


@dataclass(frozen=True)
class Line:
    """One entry as it is shown."""

    number: int
    at: datetime
    what: str
    thing: str
    unit: str
    who: str
    role: str
    more: str


class Choice(forms.Form):
    """Which entries: of one unit, one person, one kind, between two days."""

    unit = forms.ChoiceField(label=gettext_lazy("Administrative unit"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    person = forms.CharField(
        label=gettext_lazy("Person"), required=False, max_length=150,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("full name or sign-in name")}),
    )  # fmt: skip
    since = forms.DateField(
        label=gettext_lazy("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, units: Iterable[Unit], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(unit.code), unit.full_name) for unit in units]
        whole = [("", _("All"))]
        unit, kind = self.fields["unit"], self.fields["kind"]
        assert isinstance(unit, forms.ChoiceField) and isinstance(kind, forms.ChoiceField)
        unit.choices = whole + named if len(named) > 1 else named
        kind.choices = [
            *whole,
            *((name, [(one.value, kind_words(one)) for one in group]) for name, group in GROUPS),
        ]

    def narrowed(self, found: QuerySet[Entry]) -> QuerySet[Entry]:
        """The entries that were asked for."""
        asked = self.cleaned_data
        if asked["unit"]:
            found = found.filter(unit=asked["unit"])
        if asked["kind"]:
            found = found.filter(kind=asked["kind"])
        if asked["person"].strip():
            found = found.filter(_by(asked["person"].strip()))
        if asked["since"]:
            found = found.filter(at__gte=_midnight(asked["since"]))
        if asked["until"]:
            found = found.filter(at__lt=_midnight(asked["until"] + timedelta(days=1)))
        return found


def _by(words: str) -> Q:
    """Entries of whoever has this name to sign in with, or had this name."""
    ids = [str(one) for one in User.objects.filter(username__iexact=words).values_list("uuid", flat=True)]
    return Q(who__in=ids) | Q(name__iexact=words)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _units(codes: Collection[str] | None) -> QuerySet[Unit]:
    """The units to choose from: those of the sites of the network, or one's own."""
    units = Unit.objects.filter(sites__isnull=False) if codes is None else Unit.objects.filter(
        code__in=[UnitCode.parse(code) for code in codes]
    )  # fmt: skip
    return units.distinct().order_by("-level", "name")


def record(request: DeskRequest) -> HttpResponse:
    """The record, newest first, fifty at a time; 404 for whoever may read none of it."""
    codes = _readable(request)
    form = Choice(request.GET or None, units=_units(codes))
    found = entries(units=codes)
    if form.is_bound and form.is_valid():
        found = form.narrowed(found)
    before = request.GET.get("truoc", "")
    if before.isdigit():
        found = found.filter(seq__lt=int(before[:18]))
    rows = list(found[: PER_SCREEN + 1])
    shown, rest = rows[:PER_SCREEN], len(rows) > PER_SCREEN
    asked = request.GET.copy()
    asked["truoc"] = str(shown[-1].seq) if shown else ""
    context = {
        "page_title": _("Audit record"), "form": form, "lines": lines_of(shown, units=codes),
        "older": f"?{asked.urlencode()}" if rest else "", "signed": published(), "before": before,
    }  # fmt: skip
    return render(request, "editorial/record.html", context)


def _readable(request: DeskRequest) -> Collection[str] | None:
    codes = audited_units(viewer=request.user)
    if codes is not None and not codes:
        raise Http404
    return codes


def lines_of(rows: Iterable[Entry], *, units: Collection[str] | None) -> list[Line]:
    """Return entries in words. Of what belongs to other units meanwhile no name is looked up."""
    held = list(rows)
    names, places = _names(held, units), _places(held)
    return [_line(row, names, places) for row in held]


def _line(row: Entry, names: dict[tuple[str, str], str], places: dict[str, str]) -> Line:
    thing = str(THINGS.get(ThingKind(row.thing), "")) if row.thing in set(ThingKind) else row.thing
    name = names.get((row.thing, row.thing_id)) or _short(row.thing, row.thing_id)
    return Line(
        number=row.seq or 0, at=row.at, what=kind_words(row.kind), thing=f"{thing} {name}".strip(),
        unit=places.get(row.unit, row.unit), who=row.name or _("nobody signed in"), role=role_words(row.role),
        more=detail_words(row.details),
    )  # fmt: skip


def _short(kind: str, ident: str) -> str:
    """An identifier that is nothing to read is shortened; the file that is handed out has all of it."""
    return ident[:8] if len(ident) == 36 and kind != ThingKind.SITE else ident


def _names(rows: Iterable[Entry], units: Collection[str] | None) -> dict[tuple[str, str], str]:
    """What things are called now, a query for each kind of thing on the screen."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        wanted.setdefault(row.thing, set()).add(row.thing_id)
    found: dict[tuple[str, str], str] = {}
    own = {} if units is None else {"unit__code__in": [UnitCode.parse(code) for code in units]}
    for uuid, title in BasePage.objects.filter(uuid__in=_ids(wanted, ThingKind.PAGE), **own).values_list(
        "uuid", "draft_title"
    ):
        found[ThingKind.PAGE, str(uuid)] = f"«{title}»"
    for user in User.objects.filter(uuid__in=_ids(wanted, ThingKind.PERSON)):
        found[ThingKind.PERSON, str(user.uuid)] = user.get_full_name() or user.username
    own = {f"office__{name}": value for name, value in own.items()}
    for kind, model in ((ThingKind.IMAGE, Image), (ThingKind.DOCUMENT, Document)):
        if ids := _ids(wanted, kind):
            for uuid, title in model._default_manager.filter(uuid__in=ids, **own).values_list(
                "uuid", "title"
            ):
                found[kind, str(uuid)] = f"«{title}»"
    return found


def _ids(wanted: dict[str, set[str]], kind: ThingKind) -> list[str]:
    return [ident for ident in wanted.get(kind, ()) if len(ident) == 36]


def _places(rows: Iterable[Entry]) -> dict[str, str]:
    codes = []
    for code in {row.unit for row in rows}:
        try:
            codes.append(UnitCode.parse(code))
        except BadUnitCode:
            continue
    return {str(unit.code): unit.full_name for unit in Unit.objects.filter(code__in=codes)}


@require_POST
def export(request: DeskRequest) -> HttpResponse:
    """Hand out what was chosen, as a table to read or as a file that proves itself. That is an entry, too."""
    codes = _readable(request)
    form = Choice(request.POST, units=_units(codes))
    if not form.is_valid():
        raise Http404
    rows = list(form.narrowed(entries(units=codes)).order_by("seq")[: MOST + 1])
    trouble = _("There are more than %d entries. Choose fewer days.") % MOST if len(rows) > MOST else ""
    as_table = request.POST.get("dang") == "csv"
    body = b""
    try:
        if not trouble:
            body = _table(rows, codes) if as_table else exporting.proven(rows, at=timezone.now())
    except SignerUnavailable:
        trouble = _(
            "The file that proves itself needs the signer, who does not answer. Try again in a minute."
        )
    except HistoryDiffers:
        trouble = _("The record is not the one that was signed. Change nothing and call whoever is on watch.")
    if trouble:
        messages.error(request, trouble)
        return HttpResponseRedirect(reverse("editorial_record"))
    unit = form.cleaned_data["unit"]
    note(
        Kind.EXPORTED, Thing(ThingKind.RECORD, unit=unit), count=len(rows), form="csv" if as_table else "json"
    )
    return _file(body, "csv" if as_table else "jsonl")


def _file(body: bytes, ending: str) -> HttpResponse:
    kind = "text/csv; charset=utf-8" if ending == "csv" else "application/jsonl"
    name = f"nhat-ky-{timezone.localtime():%Y%m%d-%H%M}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(body, content_type=kind, headers=headers)


def _table(rows: Iterable[Entry], units: Collection[str] | None) -> bytes:
    held = list(rows)
    head = (_("No."), _("Time"), _("What was done"), _("On what"), _("Administrative unit"), _("Person"), _("Role"),
            _("More"), _("Session"), _("Hash"))  # fmt: skip
    body = [
        (line.number, f"{timezone.localtime(line.at):%d/%m/%Y %H:%M:%S}", line.what, line.thing, line.unit, line.who,
         line.role, line.more, row.session, bytes(row.hash or b"").hex())
        for row, line in zip(held, lines_of(held, units=units), strict=True)
    ]  # fmt: skip
    return exporting.table([head, *body])
