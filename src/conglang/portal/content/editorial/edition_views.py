"""Screens of editions: the list, one of them, showing an older one again, ending that, and building sites again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from conglang.portal.identity.accounts.queries import sites_of
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.releases import actions, history

from . import editions, queries
from .rebuild_list import rebuild_entries
from .requests import DeskRequest


def _site(request: DeskRequest, key: str) -> Site:
    """A site of the viewer's; 404 for every other, there or not."""
    site = sites_of(viewer=request.user).filter(key=key).first()
    if site is None:
        raise Http404
    return site


def _publisher(request: DeskRequest) -> dict[str, str]:
    """Who decides; 404 for somebody who may not publish."""
    if not queries.looks_after_sites(request.user):
        raise Http404
    user = request.user
    return {"by": str(user.uuid), "name": user.get_full_name() or user.username}


def first_site(request: DeskRequest) -> HttpResponse:
    """Open the editions of the chosen site, or of the viewer's first."""
    if key := request.GET.get("site"):
        return redirect("editorial_editions", _site(request, key).key)
    site = sites_of(viewer=request.user).first()
    if site is None:
        raise Http404
    return redirect("editorial_editions", site.key)


def edition_list(request: DeskRequest, key: str) -> HttpResponse:
    site = _site(request, key)
    before = _number(request.GET.get("truoc"))
    shown, rest = editions.lines(site, before=before)
    context = {
        "page_title": _("Published editions"),
        "site": site,
        "sites": list(sites_of(viewer=request.user)),
        "lines": shown,
        "rest": rest,
        "before": before,
        "held": editions.held(site),
        "may_restore": queries.looks_after_sites(request.user),
    }
    return render(request, "editorial/editions.html", context)


def one_edition(request: DeskRequest, key: str, number: int) -> HttpResponse:
    """What an edition changed against the one before it, or ``?so-voi=``; with ``?trang=`` the words of one page."""
    site = _site(request, key)
    return render(request, "editorial/edition.html", _opened(request, site, number))


def _opened(request: DeskRequest, site: Site, number: int, **more: Any) -> dict[str, Any]:
    against, path = _number(request.GET.get("so-voi")), request.GET.get("trang", "")
    try:
        found = editions.opened(site, number, against=against)
        lines = editions.compared(site, number, path, against=against) if path else []
    except history.NotKept as gone:
        raise Http404 from gone
    return {
        "page_title": _("Edition %(number)s") % {"number": number},
        "site": site,
        "opened": found,
        "against": against,
        "path": path,
        "diff": lines,
        "may_restore": queries.looks_after_sites(request.user),
        **more,
    }


@require_POST
def restore(request: DeskRequest, key: str, number: int) -> HttpResponse:
    """Have the site, or one page of it, show this edition again. A reason and a confirmation are required."""
    site, who = _site(request, key), _publisher(request)
    reason, path = request.POST.get("reason", "").strip(), request.POST.get("path", "")
    if not reason or not request.POST.get("confirmed"):
        problem = _("Say why, and tick that you have looked at what will change. Nothing was changed.")
        context = _opened(request, site, number, problem=problem, reason=reason, path=path)
        return render(request, "editorial/edition.html", context, status=422)
    try:
        made = actions.roll_back(site.key, number, reason=reason, path=path or None, **who)
    except history.NotKept as gone:
        raise Http404 from gone
    except actions.CannotRollBack:
        messages.error(request, _("This edition cannot be restored in full. Nothing was changed."))
        return redirect("editorial_edition", site.key, number)
    except actions.SiteBusy:
        messages.error(
            request, _("The site is just being published. Nothing was changed; try again in a minute.")
        )
        return redirect("editorial_edition", site.key, number)
    told = _("Edition %(number)s is being restored. Readers see it within seconds, as a newer edition.")
    messages.success(request, told % {"number": made.edition})
    return redirect("editorial_editions", site.key)


@require_POST
def end_restoration(request: DeskRequest, key: str) -> HttpResponse:
    """Let the site, or one page of it, show its present content again."""
    site, who = _site(request, key), _publisher(request)
    try:
        count = actions.lift(site.key, path=request.POST.get("path") or None, **who)
    except actions.SiteBusy:
        messages.error(
            request, _("The site is just being published. Nothing was changed; try again in a minute.")
        )
        return redirect("editorial_editions", site.key)
    if count:
        messages.success(
            request, _("The restoration has ended. Readers see the present content within seconds.")
        )
    return redirect("editorial_editions", site.key)


def rebuilds(request: DeskRequest) -> HttpResponse:
    """Order that sites are built again, and see how far that is. For administrators of the network."""
    if not request.user.is_superuser:
        raise Http404
    sites = list(sites_of(viewer=request.user))
    problem = ""
    if request.method == "POST":
        chosen = _chosen(request, sites)
        try:
            actions.start_rebuild(
                chosen, by=str(request.user.uuid), name=request.user.get_full_name() or request.user.username,
                reason=request.POST.get("reason", ""),
            )  # fmt: skip
        except actions.NoReason:
            problem = _("Choose at least one site and say why. Nothing was begun.")
        else:
            messages.success(request, _("The work has begun. What editors publish meanwhile goes first."))
            return redirect("editorial_rebuilds")
    context = {
        "page_title": _("Build sites again"),
        "sites": sites,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "entries": rebuild_entries(names={site.key: site.unit.full_name for site in sites}),
    }
    return render(request, "editorial/rebuilds.html", context, status=422 if problem else 200)


def _chosen(request: DeskRequest, sites: list[Site]) -> list[str]:
    wanted = set(request.POST.getlist("site"))
    return [site.key for site in sites if "all" in wanted or site.key in wanted]


def _number(text: str | None) -> int | None:
    """A number of an edition out of a query string; 404 for anything else."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)
