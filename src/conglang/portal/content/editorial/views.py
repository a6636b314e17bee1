"""The desk's own screens: where to write, help, and the step over to the preview host."""

import mimetypes
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.identity.accounts.queries import sites_of
from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering.actions import retry_quarantined

from . import actions, queries
from .requests import DeskRequest


def preview_draft(page: BasePage, request: DeskRequest) -> HttpResponseBase:
    """Send the editor's browser to the draft on the preview host."""
    return HttpResponseRedirect(actions.open_preview(page, viewer=request.user))


@xframe_options_sameorigin
def write(request: DeskRequest) -> HttpResponse:
    """Where to write: the sections of one site that take new texts."""
    sites = list(sites_of(viewer=request.user))
    if not sites:
        raise Http404
    site = _chosen(sites, request.GET.get("site"))
    context = {
        "header_title": _("Write"),
        "page_title": _("Write"),
        "site": site,
        "sites": sites,
        "sections": queries.sections_to_write_in(site, viewer=request.user),
    }
    return render(request, "editorial/write.html", context)


def help_page(request: DeskRequest) -> HttpResponse:
    """How to do the five things people ask about."""
    return render(request, "editorial/help.html", {"page_title": _("Help")})


def _chosen(sites: list[Site], key: str | None) -> Site:
    if key is None:
        return sites[0]
    for site in sites:
        if site.key == key:
            return site
    raise Http404


def own_site_address(request: DeskRequest) -> dict[str, Any]:
    """Return the menu's third item: «Trang của phường» with its pages, or all sites for those who see the network."""
    sites = list(sites_of(viewer=request.user)[:2])
    root = queries.site_root(sites[0]) if len(sites) == 1 else None
    if root is None:
        return {"title": _("Pages of every site"), "url": reverse("wagtailadmin_explore_root")}
    title = _("Pages of the ward") if sites[0].unit.type == "phường" else _("Pages of the commune")
    return {"title": title, "url": reverse("wagtailadmin_explore", args=[root.pk])}


def private_file(request: DeskRequest, name: str) -> HttpResponse:
    """Show an original or a thumbnail to somebody who works with it. It runs nothing, whatever is in it."""
    if not queries.may_see_file(name, viewer=request.user):
        raise Http404
    with default_storage.open(name) as file:
        response = HttpResponse(
            file.read(), content_type=mimetypes.guess_type(name)[0] or "application/octet-stream"
        )
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_POST
def try_again(request: DeskRequest) -> HttpResponse:
    """Give what was set aside on one's own sites another three tries: its cause was mended."""
    if not queries.looks_after_sites(request.user):
        raise PermissionDenied
    count = sum(retry_quarantined(site.key) for site in sites_of(viewer=request.user))
    messages.success(request, _("%d pages are being made once more. Look here again in a minute.") % count)
    return HttpResponseRedirect(reverse("wagtailadmin_home"))
