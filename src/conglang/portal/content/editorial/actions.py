"""What the desk does: keeps its groups in step with sites and roles, and opens drafts on the preview host."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.identity.accounts.actions import FirstAccount, first_accounts
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.recording import note, person
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.audit.rules import Kind
from conglang.portal.identity.sites.models import Site

from . import queries
from .models import DeskGroup, Preview
from .rules import CENTRE, OBSERVERS, PREVIEW_LIFE, groups_for, site_group

FILES = ("wagtailimages.{}_image", "wagtaildocs.{}_document")  # Wagtail asks these types, whatever ours are
OWN_FILES = tuple(right.format(verb) for right in FILES for verb in ("add", "change", "choose"))
SHARED_FILES = tuple(right.format("choose") for right in FILES)
ROOT_COLLECTION = "/"
SHARED_COLLECTION = "Kho dùng chung của Thành phố"
UNIT_RIGHTS = ("add", "change")
CENTRE_RIGHTS = ("add", "change", "bulk_delete", "lock", "unlock")


@transaction.atomic
def set_up_permissions() -> int:
    """Give every site its group and its collection, the Centre and observers theirs; return how many were new.

    Idempotent; sites that are not provisioned yet are left for the next run.
    """
    known = set(DeskGroup.objects.values_list("key", flat=True))
    plans = [plan for plan in _plans() if plan.key not in known]
    if plans:
        _carry_out(plans)
        note(Kind.SETTINGS_CHANGED, what="desk-groups", made=len(plans))
    return len(plans)


@dataclass(frozen=True)
class _Plan:
    """A group to be made: what it may do, below which page, with the files of which collections."""

    key: str
    name: str
    page: BasePage | None = None
    rights: tuple[str, ...] = ()
    own_collection: str = ""
    shared_collection: str = ""


def _plans() -> Iterator[_Plan]:
    roots = {page.site_id: page for page in BasePage.objects.filter(depth=SITE_ROOT_DEPTH)}
    for site in Site.objects.select_related("unit").order_by("key"):
        if site.pk in roots:
            name = site.unit.full_name
            yield _Plan(site_group(site.key), name, roots[site.pk], UNIT_RIGHTS, name, SHARED_COLLECTION)
    yield _Plan(
        CENTRE, "Biên tập viên Trung tâm", BasePage.objects.get(depth=1), CENTRE_RIGHTS, ROOT_COLLECTION
    )
    yield _Plan(OBSERVERS, "Theo dõi, hỗ trợ, báo chí")


def _carry_out(plans: list[_Plan]) -> None:
    taken = set(Group.objects.values_list("name", flat=True))
    names = {plan.key: f"{plan.name} ({plan.key})" if plan.name in taken else plan.name for plan in plans}
    groups = dict(
        zip(names, Group.objects.bulk_create([Group(name=name) for name in names.values()]), strict=True)
    )
    collections = _collections({plan.own_collection for plan in plans} | {SHARED_COLLECTION})
    may = {f"{right.content_type.app_label}.{right.codename}": right for right in _permissions()}
    enter = may["wagtailadmin.access_admin"]
    membership = Group.permissions.through
    membership.objects.bulk_create(membership(group=group, permission=enter) for group in groups.values())
    DeskGroup.objects.bulk_create(
        DeskGroup(key=plan.key, group=groups[plan.key], collection=collections.get(plan.own_collection))
        for plan in plans
    )
    GroupPagePermission.objects.bulk_create(
        GroupPagePermission(
            group=groups[plan.key], page=plan.page, permission=may[f"pagebase.{right}_basepage"]
        )
        for plan in plans
        for right in plan.rights
    )
    GroupCollectionPermission.objects.bulk_create(
        GroupCollectionPermission(group=groups[plan.key], collection=collections[name], permission=may[right])
        for plan in plans
        for name, rights in ((plan.own_collection, OWN_FILES), (plan.shared_collection, SHARED_FILES))
        if name
        for right in rights
    )


def _permissions() -> QuerySet[Permission]:
    labels = ["wagtailadmin", "pagebase", "wagtailimages", "wagtaildocs"]
    return Permission.objects.filter(content_type__app_label__in=labels).select_related("content_type")


def _collections(names: set[str]) -> dict[str, Collection]:
    root = Collection.get_first_root_node()
    found = {child.name: child for child in root.get_children()}
    for name in sorted(names - found.keys() - {"", ROOT_COLLECTION}):
        found[name] = root.add_child(name=name)
    return {**found, ROOT_COLLECTION: root}


@transaction.atomic
def sync_memberships(user: User, *, on: date | None = None) -> frozenset[str]:
    """Put ``user`` into exactly the desk groups that their roles of a day give; return the groups' keys.

    Groups the desk did not make are left alone. Holding the administrator's role makes an administrator; somebody
    who held it and does no longer is one no more. Writes nothing when nothing has changed.
    """
    roles = queries.held_roles(user, on=on)
    wanted = groups_for(roles)
    if queries.desk_groups_of(user) != wanted:
        groups = DeskGroup.objects.filter(key__in=wanted).values_list("group", flat=True)
        user.groups.remove(*user.groups.filter(desk_group__isnull=False).exclude(pk__in=groups))
        user.groups.add(*groups)
    _sync_administrator(user, Role.CITY_ADMINISTRATOR.value in {role for role, _site in roles})
    return wanted


def _sync_administrator(user: User, holds: bool) -> None:
    if user.is_superuser == holds:
        return
    if holds or user.holdings.filter(role=Role.CITY_ADMINISTRATOR.value).exists():
        user.is_superuser = user.is_staff = holds
        user.save(update_fields=["is_superuser", "is_staff"])
        note(Kind.ADMINISTRATOR_MADE if holds else Kind.ADMINISTRATOR_ENDED, person(user))


def open_preview(page: Any, *, viewer: User) -> str:
    """Render a draft as the public would get it and return the address where ``viewer`` can look at it for an hour."""
    from conglang.portal.content.pages.preview import render_draft

    now = timezone.now()
    Preview.objects.filter(opened_at__lt=now - PREVIEW_LIFE).delete()
    row, _new = Preview.objects.update_or_create(
        user=viewer, page_uuid=page.uuid, defaults={"html": render_draft(page, viewer), "opened_at": now}
    )
    token = signing.dumps(str(row.pk), salt=queries.TOKEN_SALT)
    return f"{settings.PREVIEW_URL}/xem/{token}/"


@dataclass(frozen=True)
class FirstPerson:
    """Somebody who was just let in, and what to tell them."""

    username: str
    password: str
    title: str
    can: str


@transaction.atomic
def create_first_people() -> list[FirstPerson]:
    """Make the first accounts, put them into their groups, and return them with passwords that are shown once.

    Returns nothing when anybody exists already.
    """
    return [_first_person(account) for account in first_accounts()]


def _first_person(account: FirstAccount) -> FirstPerson:
    user = User.objects.get(username=account.username)
    holding = user.holdings.select_related("office").get()
    title = f"{holding.get_role_display()} · {holding.office}"
    user.first_name = str(holding.get_role_display())
    user.save(update_fields=["first_name"])
    sync_memberships(user)
    can = {
        Role.CITY_ADMINISTRATOR.value: _("manages people and every site"),
        Role.CENTRE_EDITOR.value: _("writes for every site"),
        Role.CENTRE_APPROVER.value: _("approves and publishes what others write for the city's own site"),
        Role.UNIT_APPROVER.value: _("approves and publishes what others write for its site"),
    }.get(account.role, _("writes drafts for its own site"))
    return FirstPerson(account.username, account.password, title, str(can))
