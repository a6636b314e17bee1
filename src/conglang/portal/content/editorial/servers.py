"""«Máy chủ công bố»: which machine shows which edition, how old that is, and what is wrong, in words."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import sees_all, sites_of
from conglang.portal.publishing.releases.models import EdgeReport
from conglang.portal.publishing.releases.queries import edge_reports, last_editions
from conglang.wire.status import WORDS, Trouble

from .requests import DeskRequest

SILENCE = 15.0  # seconds after which an edge that was not heard counts as silent


@dataclass(frozen=True)
class Behind:
    """One site that a machine does not show in its newest edition."""

    site: str
    shown: int
    newest: int


@dataclass(frozen=True)
class Server:
    """One machine as the screen tells of it. `troubles` are sentences; none when all is well."""

    name: str
    address: str
    heard_at: datetime | None
    sites: int
    newest_everywhere: bool
    behind: tuple[Behind, ...]
    troubles: tuple[str, ...]
    read_at: datetime | None


def servers(request: DeskRequest) -> HttpResponse:
    """Show what every machine said last; only to those who see the whole network."""
    if not sees_all(viewer=request.user):
        raise Http404
    found = servers_of(viewer=request.user, now=timezone.now())
    context = {"page_title": _("Public servers"), "header_title": _("Public servers"), "servers": found}
    return render(request, "editorial/servers.html", context)


def servers_of(*, viewer: User, now: datetime) -> list[Server]:
    """Return every known machine with what it shows of the viewer's sites."""
    names = {site.key: site.unit.full_name for site in sites_of(viewer=viewer)}
    newest = last_editions(names)
    return [_server(report, names, newest, now) for report in edge_reports()]


def _server(report: EdgeReport, names: dict[str, str], newest: dict[str, int], now: datetime) -> Server:
    shown = {site: int(report.sites.get(site, {}).get("edition", 0)) for site in newest}
    behind = tuple(
        Behind(names[site], shown[site], edition) for site, edition in newest.items() if shown[site] < edition
    )
    return Server(
        name=report.name,
        address=report.address,
        heard_at=report.heard_at,
        sites=len(report.sites),
        newest_everywhere=not behind,
        behind=behind,
        troubles=tuple(_troubles(report, now)),
        read_at=report.read_at,
    )


def _troubles(report: EdgeReport, now: datetime) -> list[str]:
    found = []
    if report.heard_at is None:
        found.append(_("It has not answered yet. Check that it runs and that its address is right."))
    elif report.silent or (now - report.heard_at).total_seconds() > SILENCE:
        found.append(_("It does not answer. Readers may still see its pages; call those who run it."))
    if report.stale:
        found.append(
            _("What it shows is ours, but nothing new was signed or reached it for an hour.")
            + " "
            + _("See whether the signer runs and the machine reaches the store: ./conglang doctor.")
        )
    if report.trouble:
        found.append(_("It takes nothing new: %s.") % _(WORDS[Trouble(report.trouble)]))
    if report.wrong:
        found.append(
            ngettext(
                "%(count)s file is not as signed and could not be put right.",
                "%(count)s files are not as signed and could not be put right.",
                report.wrong,
            )
            % {"count": report.wrong}
            + " "
            + _("Take the machine off until it is put right: readers use the other servers.")
        )
    return found
