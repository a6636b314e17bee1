"""What the desk knows about its people and their sites."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core import signing
from django.db.models import BooleanField, CharField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils import timezone
from wagtail.models import Revision
from wagtail.permissions import policy_registry

from conglang.portal.content.approval.models import Decision, Proposal, Request
from conglang.portal.content.approval.queries import last_remark
from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.queries import holdings, offices_of, roles_today, sites_of
from conglang.portal.identity.sites.models import Site
from conglang.portal.identity.sites.queries import current_origin

from .models import DeskGroup, Preview, SharedDraft
from .rules import CENTRE_ROLES, LONGEST_SHARE, PREVIEW_LIFE
from .troubles import Told, kind_of, told

TOKEN_SALT = "conglang.preview"  # noqa: S105 (a name, not a secret)
SHARED_SALT = "conglang.shared-draft"


def held_roles(user: User, *, on: date | None = None) -> set[tuple[str, str]]:
    """Return pairs of role and site key (empty when the office has no site) that ``user`` holds on a day."""
    rows = holdings(viewer=user, on=on).order_by().values_list("role", "office__unit__sites__key")
    return {(role, site_key or "") for role, site_key in rows}


def desk_groups_of(user: User) -> set[str]:
    """Return the keys of the desk groups ``user`` is in now."""
    return set(DeskGroup.objects.filter(group__user=user).values_list("key", flat=True))


def looks_after_sites(user: User) -> bool:
    """Whether somebody looks after what all sites show: takes down, has an earlier edition shown, tries again."""
    return bool(user.is_superuser or CENTRE_ROLES & roles_today(viewer=user))


def has_notice(page: BasePage) -> bool:
    """Whether a page was taken down with a notice that still stands."""
    from conglang.portal.content.pages.queries.withdrawals import has_notice as stands

    return stands(page.pk)


def foreign_pages(ids: Iterable[int], *, viewer: Any) -> bool:
    """Whether any page of ``ids`` exists and lies outside the sites of ``viewer``."""
    own = sites_of(viewer=viewer).values("pk")
    return BasePage.objects.filter(pk__in=list(ids)).exclude(site__in=own, site__isnull=False).exists()


def site_root(site: Site) -> BasePage | None:
    """Return the page at the top of a site, None while the site has not been provisioned."""
    return BasePage.objects.filter(site=site, depth=SITE_ROOT_DEPTH).first()


def preview_html(token: str) -> str | None:
    """Return the page behind a preview link; None when the link is wrong, older than an hour or cleared away."""
    try:
        ident = signing.loads(token, salt=TOKEN_SALT, max_age=PREVIEW_LIFE)
    except signing.BadSignature:
        return None
    found = Preview.objects.filter(pk=ident).values_list("html", flat=True).first()
    return found or None


def shared_html(token: str) -> str | None:
    """Return the draft behind a link that was made for somebody; None when it is wrong, over, or was ended."""
    try:
        ident = signing.loads(token, salt=SHARED_SALT, max_age=LONGEST_SHARE)
    except signing.BadSignature:
        return None
    found = SharedDraft.objects.filter(pk=ident, ended_at=None, expires_at__gt=timezone.now())
    return found.values_list("html", flat=True).first() or None


def shared_drafts(page: BasePage) -> list[SharedDraft]:
    """Return the links of a page that still open, newest first."""
    found = SharedDraft.objects.filter(page=page, ended_at=None, expires_at__gt=timezone.now())
    return list(found.select_related("by"))


@dataclass(frozen=True)
class Visibility:
    """How far the newest edition of a site has got: ``seen`` of ``edges`` servers show it."""

    edition: int = 0
    released_at: datetime | None = None
    seen: int = 0
    edges: int = 0


def visibility(site_key: str) -> Visibility:
    """Return the last edition of a site and how many servers show it, from what each edge said when last asked."""
    from conglang.portal.publishing.releases.models import Edition
    from conglang.portal.publishing.releases.queries import shown_editions

    last = Edition.objects.filter(site=site_key).order_by("-number").first()
    shown = shown_editions(site_key)
    if last is None:
        return Visibility(edges=len(shown))
    return Visibility(last.number, last.at, sum(number >= last.number for number in shown), len(shown))


@dataclass(frozen=True)
class WritingPlace:
    """A section that takes new texts of one type, and what opens an empty form there."""

    title: str
    page_id: int
    app_label: str
    model: str
    type_name: str


FIRST_KINDS = ("news", "notices")  # what a ward writes every day stands first


def sections_to_write_in(site: Site, *, viewer: User) -> list[tuple[str, list[WritingPlace]]]:
    """Return the sections of ``site`` where ``viewer`` may add an article or a document, under their menu entries.

    A menu entry that only holds other sections is a heading, not a place.
    """
    from conglang.portal.content.pages import models as pages

    if site not in sites_of(viewer=viewer):
        return []
    takes = {pages.SectionPage: pages.ArticlePage, pages.DocumentsPage: pages.LegalDocumentPage}
    found = [(page, child) for section, child in takes.items() for page in section.objects.filter(site=site)]
    groups: dict[str, list[tuple[BasePage, WritingPlace]]] = {}
    for page, child in sorted(found, key=lambda pair: pair[0].path):
        label, model = child._meta.app_label, str(child._meta.model_name)
        place = WritingPlace(page.title, page.pk, label, model, str(child._meta.verbose_name))
        groups.setdefault(page.path[:TOP_SECTION], []).append((page, place))
    ordered = sorted(groups.values(), key=lambda group: group[0][0].kind not in FIRST_KINDS)
    return [(group[0][1].title, _places(group)) for group in ordered]


TOP_SECTION = BasePage.steplen * (SITE_ROOT_DEPTH + 1)


def _places(group: list[tuple[BasePage, WritingPlace]]) -> list[WritingPlace]:
    top, place = group[0]
    only_a_heading = len(group) > 1 and top.kind not in FIRST_KINDS
    return (
        [entry for _, entry in group[1:]] if only_a_heading else [place, *(entry for _, entry in group[1:])]
    )


@dataclass(frozen=True)
class SiteCard:
    name: str
    url: str
    official_from: datetime | None
    visibility: Visibility
    others: int  # further sites the viewer may enter


def site_card(*, viewer: Any) -> SiteCard | None:
    """Return the state of the viewer's first site (the city's for those who see all); None when there is none."""
    sites = sites_of(viewer=viewer)
    site = sites.first()
    if site is None:
        return None
    url = current_origin().url(current_origin().host_of(site.key, site.custom_host), "/")
    return SiteCard(site.unit.full_name, url, site.official_from, visibility(site.key), sites.count() - 1)


OVERDUE = timedelta(minutes=1)  # the scheduler needs a second


def drafts_of(*, viewer: Any, at_most: int = 12) -> list[BasePage]:
    """Return the texts ``viewer`` changed last and no reader has seen, last changed first; as `waiting_texts`."""
    return list(_drafts(viewer).filter(latest_revision__user=viewer)[:at_most])


def waiting_texts(*, viewer: Any, at_most: int = 12, of_others: bool = False) -> list[BasePage]:
    """Return pages of the viewer's sites with changes that no reader has seen, last changed first.

    ``is_overdue``: its moment passed a minute ago, and it is still not public. ``of_others``: without the viewer's own.
    """
    found = _drafts(viewer)
    # A plain exclude() would also drop what nobody is known to have written.
    not_mine = ~Q(latest_revision__user=viewer) | Q(latest_revision__user=None)
    return list((found.filter(not_mine) if of_others else found)[:at_most])


def _drafts(viewer: Any) -> QuerySet[BasePage]:
    own = sites_of(viewer=viewer).order_by().values("pk")
    late = timezone.now() - OVERDUE
    found = BasePage.objects.filter(site__in=own, has_unpublished_changes=True).annotate(
        publishes_at=Subquery(_approved_times())
    )
    found = found.annotate(
        is_overdue=ExpressionWrapper(Q(publishes_at__lt=late), output_field=BooleanField())
    )
    return found.select_related("site__unit", "latest_revision__user").order_by("-latest_revision_created_at")


def _approved_times() -> QuerySet[Any]:
    """When the page of the outer query will be published, if somebody planned that."""
    number = Cast(OuterRef("pk"), CharField())
    planned = Revision.page_revisions.filter(object_id=number, approved_go_live_at__isnull=False)
    return planned.values("approved_go_live_at")[:1]


@dataclass(frozen=True)
class CameBack:
    """A text of somebody's own that was sent back, or whose request a change made void."""

    page: BasePage
    request: Request
    remark: Decision | None


def came_back(*, viewer: Any, at_most: int = 12) -> list[CameBack]:
    """Return the texts ``viewer`` asked approval for that need a hand again, last first."""
    own = sites_of(viewer=viewer).values("pk")
    drafts = BasePage.objects.filter(site__in=own, has_unpublished_changes=True).values("pk")
    last = Request.objects.filter(page__in=drafts).order_by("page", "-pk").distinct("page").values("pk")
    found = Request.objects.filter(
        pk__in=last, asked_by=viewer, state__in=[Request.State.SENT_BACK, Request.State.VOID]
    ).select_related("page")
    return [CameBack(row.page, row, last_remark(row)) for row in found.order_by("-ended_at")[:at_most]]


@dataclass(frozen=True)
class CityAct:
    """Something two people of the city did on a unit's site without the unit."""

    page: BasePage
    published: bool  # else taken down
    at: datetime
    people: str
    reason: str

    @property
    def title(self) -> str:
        return self.page.draft_title or self.page.title


def city_acts(*, viewer: Any, days: int = 14) -> list[CityAct]:
    """Return what the city did in an emergency on the sites of the viewer's offices lately, newest first."""
    own, since = (
        Site.objects.filter(unit__in=offices_of(viewer=viewer).values("unit")).values("pk"),
        timezone.now() - timedelta(days=days),
    )
    asked = Request.objects.filter(
        site__in=own, emergency=True, state=Request.State.APPROVED, ended_at__gt=since
    )
    done = Proposal.objects.filter(site__in=own, act=Proposal.Act.CITY_TAKE_DOWN, decided_at__gt=since)
    found = [
        CityAct(row.page, True, row.ended_at, _both(row.asked_by, row.approved_by), row.note)
        for row in asked.select_related("page", "asked_by", "approved_by")
        if row.ended_at
    ]
    found += [
        CityAct(row.page, False, row.decided_at, _both(row.by, row.decided_by), row.reason)
        for row in done.filter(outcome=Proposal.Outcome.CONFIRMED).select_related("page", "by", "decided_by")
        if row.decided_at
    ]
    return sorted(found, key=lambda act: act.at, reverse=True)


def _both(*people: User | None) -> str:
    return ", ".join(one.get_full_name() or one.username for one in people if one)


def lately_published(*, viewer: Any, at_most: int = 8) -> list[BasePage]:
    """Return texts that people published on the viewer's sites, newest first; what was provisioned does not count."""
    own = sites_of(viewer=viewer).values("pk")
    found = BasePage.objects.filter(site__in=own, live=True, latest_revision__user__isnull=False)
    return list(found.select_related("site__unit").order_by("-last_published_at")[:at_most])


def may_see_file(name: str, *, viewer: User) -> bool:
    """Whether ``viewer`` may open a private file: one whose picture or document they may choose or change.

    A file that is withheld from readers is opened by nobody: it may be harmful.
    """
    from conglang.portal.content.files.models import Document, Image, Rendition

    rendition = Rendition.objects.filter(file=name).select_related("image").first()
    found = rendition.image if rendition else Image.objects.filter(file=name).first()
    found = found or Document.objects.filter(file=name).first()
    if found is None or found.withheld:
        return False
    policy = policy_registry.get(found)
    return bool(
        policy.user_has_any_permission_for_instance(viewer, ["choose", "add", "change", "delete"], found)
    )


@dataclass(frozen=True)
class Broken:
    """Something of one site that is not published as it should be, and what to do about it."""

    site: str
    title: str
    page_id: int | None
    told: Told


@dataclass(frozen=True)
class SiteTrouble:
    broken: tuple[Broken, ...] = ()
    held: tuple[str, ...] = ()  # sites of which nothing is released, because so much fails

    def __bool__(self) -> bool:
        return bool(self.broken or self.held)


def trouble(*, viewer: Any, at_most: int = 20) -> SiteTrouble:
    """Return what failed on the viewer's sites and will not mend itself."""
    from conglang.portal.publishing.rendering.queries import failures, is_held

    names = {site.key: site.unit.full_name for site in sites_of(viewer=viewer)}
    found = failures(names)
    pages = _pages_named([failure.what for failure in found])
    broken = []
    for failure in found[:at_most]:
        page = pages.get(failure.what.rpartition(" ")[2].partition("/")[0])
        title = page.get_admin_display_title() if page else kind_of(failure.what)
        broken.append(Broken(names[failure.site], title, page.pk if page else None, told(failure.error)))
    held = tuple(names[key] for key in sorted({failure.site for failure in found}) if is_held(key))
    return SiteTrouble(tuple(broken), held)


def _pages_named(subjects: list[str]) -> dict[str, BasePage]:
    """The pages that failed subjects are about, by identity."""
    idents = [what.removeprefix("page ").partition("/")[0] for what in subjects if what.startswith("page ")]
    return {str(page.uuid): page for page in BasePage.objects.filter(uuid__in=idents)}
