"""What waits for whom, and what a request is about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import ReferenceIndex, Revision

from conglang.portal.content.pagebase.models import BasePage
from conglang.portal.content.pagebase.rules import site_path
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.queries import holdings, in_force
from conglang.portal.identity.accounts.rules import NETWORK_ROLES, UNIT_ROLES, Role
from conglang.portal.identity.sites.models import Site

from . import rules
from .delegating import in_stead
from .models import AgreedFile, Chain, Decision, Delegation, Proposal, Request


def chain_for(page: BasePage) -> rules.Chain:
    """Return who agrees to a text: as kept for its site and kind, its site, its kind, everything; else the usual."""
    site = page.site
    assert site is not None
    kept = Chain.objects.filter(Q(site=site) | Q(site=None), kind__in=["", page.kind])
    nearest = sorted(kept, key=lambda one: (one.site_id is not None, bool(one.kind)), reverse=True)
    return rules.chain_of(is_city=site.is_city, own=nearest[0].steps if nearest else ())


@dataclass(frozen=True)
class Newest:
    """A revision with the text it holds, made of it once: that costs a dozen statements each time."""

    revision: Revision
    draft: BasePage

    @cached_property
    def files(self) -> tuple[tuple[str, str, str, str], ...]:
        """Model, identity, name and state of every picture and document the text refers to."""
        return tuple(_files(self.draft))


def newest(page: BasePage, revision: Revision | None = None) -> Newest:
    """Return a revision of a stored page (the newest without one) and its text.

    LookupError when the page has no revision.
    """
    revision = revision or page.get_latest_revision()
    if revision is None:
        raise LookupError(f"page {page.pk} has no revision")
    return Newest(revision, revision.as_object())


def digest_of(page: BasePage, revision: Revision | None = None) -> str:
    """Return what an approval of a revision of a stored page (the newest without one) is bound to.

    LookupError when the page has no revision.
    """
    return digest_of_newest(page, newest(page, revision))


def digest_of_newest(page: BasePage, text: Newest) -> str:
    """Return what an approval of this text of a stored page is bound to."""
    draft = text.draft
    return rules.Content(
        site=page.site.key if page.site else "", page=str(page.uuid), type=draft._meta.label_lower, kind=page.kind,
        path=site_path(draft.url_path), values=text.revision.content, files=text.files,
    ).digest()  # fmt: skip


def _files(draft: Any) -> Iterable[tuple[str, str, str, str]]:
    """Every picture and document the text refers to, wherever in it; also those that are gone."""
    found = {(row[0], row[1]) for row in ReferenceIndex._extract_references_from_object(draft)}
    for model in (get_image_model(), get_document_model()):
        type_id = ContentType.objects.get_for_model(model).pk
        wanted = {str(pk) for its_type, pk in found if its_type == type_id}
        there = {str(file.pk): file for file in model.objects.filter(pk__in=wanted)}
        for pk in wanted:
            yield (model._meta.label_lower, *(_facts_of(there[pk]) if pk in there else (pk, "", "")))


FILE_WORDS = (
    "title",
    "alt_text",
    "origin",
    "licence",
)  # what a picture or document says of itself to readers


def _facts_of(file: Any) -> tuple[str, str, str]:
    words = [str(getattr(file, name, "")) for name in FILE_WORDS]
    return str(file.uuid), file.file.name, rules.file_state(file.file_hash, words)


def files_of(text: Newest) -> list[tuple[str, str]]:
    """Return model and identity of every picture and document that a text refers to and that is there."""
    return [(model, uuid) for model, uuid, name, _state in text.files if name]


def was_agreed(file: Any) -> bool:
    """Say whether two people agreed to show a picture or document, now or earlier."""
    return AgreedFile.objects.filter(model=file._meta.label_lower, uuid=file.uuid).exists()


def is_agreed(file: Any) -> bool:
    """Say whether two people agreed to show a picture or document, or a live page shows it."""
    if was_agreed(file):
        return True
    users = ReferenceIndex.get_references_to(file).filter(base_content_type__in=_page_types())
    pages = [int(pk) for pk in users.values_list("object_id", flat=True) if str(pk).isdigit()]
    return BasePage.objects.filter(pk__in=pages, live=True).exists()


def _page_types() -> list[int]:
    return [ContentType.objects.get_for_model(BasePage).pk]


def authors_of(page: BasePage) -> frozenset[int]:
    """Return who wrote any part of the draft since the page was last public: nobody of them can approve it."""
    drafts = Revision.page_revisions.filter(object_id=str(page.pk), user__isnull=False)
    public = page.live_revision if page.live else None
    if public is not None:
        drafts = drafts.filter(Q(created_at__gt=public.created_at) | Q(pk=page.latest_revision_id))
    return frozenset(drafts.values_list("user_id", flat=True))


def open_request(page: BasePage) -> Request | None:
    """Return the request of a page that waits, if one does."""
    return Request.objects.filter(page=page, state=Request.State.WAITING).first()


def last_remark(request: Request) -> Decision | None:
    """Return the decision that sent a request back, if one did."""
    return request.decisions.filter(verdict=Decision.Verdict.SENT_BACK).last()


def roles_of(request: Request) -> frozenset[Role]:
    """Return the roles of which one lets somebody decide about a request at its present step."""
    if request.emergency:
        return rules.CITY_ROLES
    return frozenset(Role(role) for role in request.chain[request.step : request.step + 1])


def objection(request: Request, *, viewer: User) -> rules.Objection | None:
    """Return why ``viewer`` may not decide about a request, or None."""
    state, authors = rules.State(request.state), authors_of(request.page) | {request.asked_by_id}
    own = any(holds_for(viewer, role, request.site) for role in roles_of(request))
    return rules.objection(
        state=state,
        role_held=own or absent_approver(request, authors, viewer=viewer) is not None,
        decider=viewer.pk,
        authors=authors,
        agreed=frozenset(
            request.decisions.filter(verdict=Decision.Verdict.AGREED).values_list("by_id", flat=True)
        ),
    )


def holds_for(viewer: User, role: Role, site: Site) -> bool:
    """Say whether ``viewer`` holds a role today for a site: in an office of its unit, or over the network."""
    held = holdings(viewer=viewer).filter(role=role)
    return (held if role in NETWORK_ROLES else held.filter(office__unit=site.unit_id)).exists()


def absent_approver(request: Request, authors: Collection[int], *, viewer: User) -> User | None:
    """Return in whose stead ``viewer`` may decide about a request, if anybody's.

    Never in that of one of its ``authors``: nobody chooses who approves their own text.
    """
    roles = {role.value for role in roles_of(request)}
    for one in in_stead(viewer=viewer):
        of_site = one.role in NETWORK_ROLES or one.office.unit_id == request.site.unit_id
        if one.role in roles and of_site and one.giver_id not in authors:
            return one.giver
    return None


def deciders_of(request: Request) -> list[User]:
    """Return who may decide about a request now: holders of the role and whoever stands in for one."""
    roles = [role.value for role in roles_of(request)]
    network = [role for role in roles if role in NETWORK_ROLES]
    of_unit = Q(office__unit=request.site.unit_id) | Q(role__in=network)
    held = RoleHolding.objects.filter(in_force(), of_unit, role__in=roles)
    today = timezone.localdate()
    lent = Delegation.objects.filter(ended_at=None, first_day__lte=today, last_day__gte=today, role__in=roles)
    people = User.objects.filter(Q(holdings__in=held) | Q(delegations_received__in=lent), is_active=True)
    return [one for one in people.distinct() if objection(request, viewer=one) is None]


def confirmers_of(proposal: Proposal) -> list[User]:
    """Return who may confirm what was proposed: of the unit, or of the city."""
    act, site = rules.Act(proposal.act), proposal.site
    near = Q(office__unit=site.unit_id, role__in=[role.value for role in UNIT_ROLES])
    city = (
        Q(role__in=[role.value for role in rules.CITY_ROLES])
        if site.is_city or act is rules.Act.CITY_TAKE_DOWN
        else Q()
    )
    held = RoleHolding.objects.filter(in_force(), near | city if city else near)
    people = User.objects.filter(holdings__in=held, is_active=True).exclude(pk=proposal.by_id).distinct()
    return [one for one in people if takes_part(act, site, viewer=one)]


def waiting_for(*, viewer: User) -> list[Request]:
    """Return the requests that ``viewer`` may decide about now, oldest first."""
    held = set(holdings(viewer=viewer).values_list("role", "office__unit_id"))
    lent = in_stead(viewer=viewer)
    held |= {(one.role, one.office.unit_id) for one in lent}
    everywhere = {role for role, _ in held if role in NETWORK_ROLES}
    found = Request.objects.filter(state=Request.State.WAITING).select_related(
        "page__live_revision", "site__unit", "asked_by"
    )
    if not everywhere:
        found = found.filter(site__unit__in={unit for _, unit in held})
    rows = [
        one
        for one in found.order_by("asked_at", "pk")
        if any(role in everywhere or (role.value, one.site.unit_id) in held for role in roles_of(one))
    ]
    mine = _written_by(viewer, [one.page for one in rows]) | {
        one.page_id for one in rows if one.asked_by_id == viewer.pk
    }
    agreed = (
        set(
            Decision.objects.filter(request__in=rows, verdict=Decision.Verdict.AGREED, by=viewer).values_list(
                "request_id", flat=True
            )
        )
        if rows
        else set()
    )
    left = [one for one in rows if one.page_id not in mine and one.pk not in agreed]
    return [one for one in left if objection(one, viewer=viewer) is None] if lent else left


def _written_by(viewer: User, pages: list[BasePage]) -> set[int]:
    """Of these pages those that ``viewer`` wrote a part of since they were last public: `authors_of`, for many."""
    live = {str(page.pk): page.live_revision.created_at for page in pages if page.live and page.live_revision}
    last = {page.latest_revision_id for page in pages}
    drafts = Revision.page_revisions.filter(object_id__in=[str(page.pk) for page in pages], user=viewer)
    rows = drafts.values_list("object_id", "pk", "created_at") if pages else []
    return {int(page) for page, pk, at in rows if page not in live or at > live[page] or pk in last}


def is_of_city(viewer: User) -> bool:
    """Say whether somebody may ask for, or agree to, what the city does over a unit's head."""
    return holdings(viewer=viewer).filter(role__in=rules.CITY_ROLES).exists()


def takes_part(act: rules.Act, site: Site, *, viewer: User) -> bool:
    """Say whether ``viewer`` may propose or confirm an act on a site."""
    held = set(holdings(viewer=viewer).values_list("role", "office__unit_id"))
    return rules.takes_part(act, held, unit=site.unit_id, is_city=site.is_city)


def open_proposal(page: BasePage) -> Proposal | None:
    """Return what was proposed about a page and waits, if anything does."""
    return Proposal.objects.filter(page=page, outcome=Proposal.Outcome.WAITING).first()


def proposals_for(*, viewer: User) -> list[Proposal]:
    """Return what others proposed and ``viewer`` may confirm, oldest first."""
    held = set(holdings(viewer=viewer).values_list("role", "office__unit_id"))
    found = Proposal.objects.filter(outcome=Proposal.Outcome.WAITING).exclude(by=viewer)
    return [
        one
        for one in found.select_related("page", "site__unit", "by")
        if rules.takes_part(rules.Act(one.act), held, unit=one.site.unit_id, is_city=one.site.is_city)
    ]


def states_of(pages: Iterable[int]) -> dict[int, Request]:
    """Return of each of these pages its last request, by page number."""
    found = Request.objects.filter(page__in=list(pages)).order_by("page", "-pk").distinct("page")
    return {request.page_id: request for request in found.select_related("asked_by")}
