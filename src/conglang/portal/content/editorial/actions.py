"""What the desk does: keeps its groups in step with sites and roles, and opens drafts on the preview host."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission

from conglang.portal.content.pagebase.models import SITE_ROOT_DEPTH, BasePage
from conglang.portal.identity.accounts.actions import FirstAccount, first_accounts
from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.identity.sites.models import Site

from . import queries
from .models import DeskGroup, Preview
from .rules import CENTRE, OBSERVERS, PREVIEW_LIFE, groups_for, site_group

FILES = (
    ("wagtailimages", "image"),
    ("wagtaildocs", "document"),
)  # Wagtail asks these types, whatever ours are
OWN_FILES = [(app, f"{verb}_{model}") for app, model in FILES for verb in ("add", "change", "choose")]
SHARED_FILES = [(app, f"choose_{model}") for app, model in FILES]
UNIT_RIGHTS = ("add", "change")
CENTRE_RIGHTS = ("add", "change", "publish", "bulk_delete", "lock", "unlock")


@transaction.atomic
def set_up_permissions() -> int:
    """Give every site its group and its collection, the Centre and observers theirs; return how many were new.

    Idempotent; sites that are not provisioned yet are left for the next run.
    """
    root = Collection.get_first_root_node()
    shared = _collection("Kho dùng chung của Thành phố", root)
    roots = {page.site_id: page for page in BasePage.objects.filter(depth=SITE_ROOT_DEPTH)}
    known = set(DeskGroup.objects.values_list("key", flat=True))
    made = 0
    for site in Site.objects.select_related("unit").order_by("key"):
        if site.pk in roots and site_group(site.key) not in known:
            _make_site_group(site, roots[site.pk], shared, root)
            made += 1
    top = BasePage.objects.get(depth=1)
    if CENTRE not in known:
        _make_group(CENTRE, "Biên tập viên Trung tâm", root, top, CENTRE_RIGHTS, OWN_FILES)
        made += 1
    if OBSERVERS not in known:
        _make_group(OBSERVERS, "Theo dõi, hỗ trợ, báo chí", None, None, (), [])
        made += 1
    return made


def _make_site_group(site: Site, home: BasePage, shared: Collection, root: Collection) -> None:
    name = site.unit.full_name
    group = _make_group(site_group(site.key), name, _collection(name, root), home, UNIT_RIGHTS, OWN_FILES)
    _allow_files(group, shared, SHARED_FILES)


def _make_group(
    key: str, name: str, collection: Collection | None, page: BasePage | None, rights: Iterable[str],
    file_rights: Iterable[tuple[str, str]],
) -> Group:  # fmt: skip
    group = Group.objects.create(
        name=name if not Group.objects.filter(name=name).exists() else f"{name} ({key})"
    )
    group.permissions.add(
        Permission.objects.get(content_type__app_label="wagtailadmin", codename="access_admin")
    )
    DeskGroup.objects.create(key=key, group=group, collection=collection)
    codenames = [f"{right}_{BasePage._meta.model_name}" for right in rights]
    found = Permission.objects.filter(content_type__app_label="pagebase", codename__in=codenames)
    GroupPagePermission.objects.bulk_create(
        [GroupPagePermission(group=group, page=page, permission=right) for right in found]
    )
    if collection is not None:
        _allow_files(group, collection, file_rights)
    return group


def _allow_files(group: Group, collection: Collection, rights: Iterable[tuple[str, str]]) -> None:
    wanted = set(rights)
    found = Permission.objects.filter(codename__in={name for _, name in wanted}).select_related(
        "content_type"
    )
    GroupCollectionPermission.objects.bulk_create(
        [
            GroupCollectionPermission(group=group, collection=collection, permission=right)
            for right in found
            if (right.content_type.app_label, right.codename) in wanted
        ]
    )


def _collection(name: str, root: Collection) -> Collection:
    found: Collection | None = root.get_children().filter(name=name).first()
    root.refresh_from_db()
    return found or root.add_child(name=name)


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
        Role.CENTRE_EDITOR.value: _("writes and publishes on every site"),
    }.get(account.role, _("writes drafts for its own site"))
    return FirstPerson(account.username, account.password, title, str(can))
