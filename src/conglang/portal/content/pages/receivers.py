"""Whatever changes a page, a site or a unit touches what readers see of it, in the same transaction."""

from dataclasses import replace
from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from wagtail.signals import post_page_move

from conglang.portal.content.pagebase.models import OWNERSHIP, STANDING, BasePage, standing
from conglang.portal.content.pagebase.rules import Standing
from conglang.portal.content.pagebase.signals import page_changed
from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.sites.signals import origin_changed, site_changed
from conglang.portal.identity.units.models import Office, Succession, Unit
from conglang.portal.identity.units.signals import units_changed
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.rules import Cause, Subject

from . import changes, keys
from .actions import end_withdrawal, record_hosts, remember_former_paths
from .queries.rows import entry_types
from .queries.withdrawals import has_notice


def _apply(change: changes.Change, page: Standing, verb: str, *, ahead: bool = False) -> None:
    """Touch what changed. ``ahead``: the page goes before everything that depends on it, and so does what its former
    addresses answer now: nobody is to meet a 404 between the edition that takes a page away and the next.
    """
    remember_former_paths(change.left)
    site_keys = dict(Site.objects.filter(pk__in={row[0] for row in change.left}).values_list("pk", "key"))
    former = [Subject("redirect", site_keys[site], path) for site, path, _ in change.left]
    change.keys |= {keys.former(subject.site, subject.ident) for subject in former}
    if not change.keys:
        return
    site = Site.objects.filter(pk=page.site_id or 0).values_list("key", flat=True).first() or ""
    about = [Subject("page", site, str(page.uuid))] if site else []
    cause = Cause(verb, title=page.title, site=site)
    touch(change.keys, first=[*about, *former] if ahead else former, decided=about, cause=cause)


@receiver(page_changed)
def touch_saved_page(before: Standing | None, after: Standing, **kwargs: Any) -> None:
    change = changes.of_save(before, after)
    if after.live and end_withdrawal(after.id):
        change.keys.add(keys.notice(after.uuid))
    _apply(change, after, changes.verb_of(before, after), ahead=True)


@receiver(pre_delete, sender=BasePage)
def touch_deleted_page(instance: BasePage, **kwargs: Any) -> None:
    gone = standing(instance.pk)
    if gone is not None:
        change = changes.of_removal(gone)
        if has_notice(gone.id):  # it goes with the page
            change.keys.add(keys.notice(gone.uuid))
        _apply(change, gone, "delete", ahead=True)


@receiver(post_page_move)
def settle_moved_page(
    instance: BasePage, parent_page_before: BasePage, parent_page_after: BasePage, **kwargs: Any
) -> None:
    """Give a moved branch its new owner and its entries their new kind; touch the lists it left and those it joined."""
    moved = [
        Standing(**values)
        for values in BasePage.objects.descendant_of(instance, inclusive=True).values(*STANDING)
    ]
    top = next(page for page in moved if page.id == instance.pk)
    parent = BasePage.objects.get(pk=parent_page_after.pk)
    left = changes.of_departure(_with_facts(top), BasePage.objects.get(pk=parent_page_before.pk))
    if parent.site_id and parent.site_id != top.site_id:
        ownership = {name: getattr(parent, name) for name in OWNERSHIP}
        BasePage.objects.filter(pk__in=[page.id for page in moved]).update(**ownership)
        for page in (page for page in moved if page.id != top.id):
            left.keys |= changes.of_departure(_with_facts(page), None).keys
    if top.content_type_id in entry_types():
        BasePage.objects.filter(pk=top.id).update(kind=parent.kind)
    _apply(left, top, "move")
    for page in moved:
        present = standing(page.id)
        if present is not None:
            # with membership: a page in another place is another entry, whatever else stayed the same
            _apply(changes.of_save(None, present), present, "move")


def _with_facts(page: Standing) -> Standing:
    """What lists sort by and what others show of it does not move."""
    present = standing(page.id)
    return replace(page, shown=present.shown, lent=present.lent) if present else page


@receiver(site_changed)
def touch_sites(sender: object, fresh: frozenset[str] = frozenset(), **kwargs: Any) -> None:
    changed = {keys.site(key) for key in kwargs["keys"]}
    touch(changed | {keys.host(key) for key in fresh} | ({keys.SITES} if fresh else set()))


@receiver(origin_changed)
def touch_origin(sender: object, **kwargs: Any) -> None:
    record_hosts()
    touch([keys.ORIGIN])


@receiver(units_changed)
def touch_units(moved: frozenset[Any], origins: frozenset[Any], **kwargs: Any) -> None:
    touch({keys.figures(code) for code in moved} | {keys.origins(code) for code in origins})


# What readers see of rows that are saved as a whole: field → word of the vocabulary. Everything else of them is for
# the desk; tests/test_exact_dependencies.py changes every field and holds this to what a full rebuild shows.
UNIT = {"name": keys.unit, "type": keys.unit, "parent_id": keys.within,
        "latitude": keys.figures, "longitude": keys.figures}  # fmt: skip
SUCCESSION = {"predecessor_id": keys.origins, "successor_id": keys.origins, "share": keys.pieces,
              "detail": keys.pieces}  # fmt: skip
OFFICE = {"name": keys.office}
SITE = {"official_from": keys.site, "custom_host": keys.host, "unit_id": keys.site, "office_id": keys.site}


@receiver([pre_save], sender=Unit)
@receiver([pre_save], sender=Succession)
@receiver([pre_save], sender=Office)
@receiver([pre_save], sender=Site)
@receiver([pre_save], sender=NetworkState)
def note_what_changes(instance: Model, **kwargs: Any) -> None:
    """The touch itself comes after the save: before it, nobody would see anything new."""
    stored = type(instance)._base_manager.filter(pk=instance.pk).values().first() if instance.pk else None
    now = {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}
    instance._changed = [name for name in now if stored is None or stored[name] != now[name]]  # type: ignore[attr-defined]


def _changed(instance: Model) -> list[str]:
    return getattr(instance, "_changed", [])


@receiver(post_save, sender=NetworkState)
def touch_network(instance: NetworkState, **kwargs: Any) -> None:
    if "demo" in _changed(instance):
        touch([keys.DEMO])


@receiver(post_save, sender=Unit)
def touch_unit(instance: Unit, **kwargs: Any) -> None:
    touch({UNIT[name](instance.code) for name in _changed(instance) if name in UNIT})


@receiver(post_save, sender=Office)
def touch_office(instance: Office, **kwargs: Any) -> None:
    touch({OFFICE[name](instance.key) for name in _changed(instance) if name in OFFICE})


@receiver(post_save, sender=Site)
def touch_site(instance: Site, created: bool, **kwargs: Any) -> None:
    touched = {SITE[name](instance.key) for name in _changed(instance) if name in SITE}
    touch(touched | ({keys.SITES} if created else set()))


@receiver(post_save, sender=Succession)
def touch_succession(instance: Succession, **kwargs: Any) -> None:
    touch({SUCCESSION[name](instance.successor.code) for name in _changed(instance) if name in SUCCESSION})


@receiver(post_delete, sender=Succession)
def touch_succession_that_is_gone(instance: Succession, **kwargs: Any) -> None:
    touch([keys.origins(instance.successor.code)])
