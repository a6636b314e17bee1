"""Whatever changes a page, a site or a unit touches what readers see of it, in the same transaction."""

from typing import Any

from django.db.models.signals import post_save, pre_delete
from django.dispatch import receiver
from wagtail.signals import post_page_move

from conglang.portal.content.pagebase.models import OWNERSHIP, STANDING, BasePage, standing
from conglang.portal.content.pagebase.rules import Standing
from conglang.portal.content.pagebase.signals import page_changed
from conglang.portal.identity.sites.models import NetworkState, Site
from conglang.portal.identity.sites.signals import origin_changed, site_changed
from conglang.portal.identity.units.models import Office, Unit
from conglang.portal.publishing.rendering.actions import touch
from conglang.portal.publishing.rendering.rules import Cause, Subject

from . import changes, keys
from .actions import record_hosts, remember_former_paths
from .queries.rows import entry_types


def _apply(change: changes.Change, page: Standing, verb: str, *, ahead: bool = False) -> None:
    """Touch what changed. What the editor just published goes before everything that depends on it."""
    remember_former_paths(change.left)
    if not change.keys:
        return
    site = Site.objects.filter(pk=page.site_id or 0).values_list("key", flat=True).first() or ""
    about = [Subject("page", site, str(page.uuid))] if site else []
    cause = Cause(verb, title=page.title, site=site)
    touch(change.keys, first=about if ahead else (), decided=about, cause=cause)


@receiver(page_changed)
def touch_saved_page(before: Standing | None, after: Standing, **kwargs: Any) -> None:
    _apply(changes.of_save(before, after), after, changes.verb_of(before, after), ahead=after.live)


@receiver(pre_delete, sender=BasePage)
def touch_deleted_page(instance: BasePage, **kwargs: Any) -> None:
    gone = standing(instance.pk)
    if gone is not None:
        _apply(changes.of_removal(gone), gone, "delete")


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
    left = changes.of_departure(top, BasePage.objects.get(pk=parent_page_before.pk))
    if parent.site_id and parent.site_id != top.site_id:
        ownership = {name: getattr(parent, name) for name in OWNERSHIP}
        BasePage.objects.filter(pk__in=[page.id for page in moved]).update(**ownership)
        for page in moved:
            left.keys |= changes.of_departure(page, parent).keys
    if top.content_type_id in entry_types():
        BasePage.objects.filter(pk=top.id).update(kind=parent.kind)
    _apply(left, top, "move")
    for page in moved:
        present = standing(page.id)
        if present is not None:
            # with membership: a page in another place is another entry, whatever else stayed the same
            _apply(changes.of_save(None, present), present, "move")


@receiver(site_changed)
def touch_sites(sender: object, **kwargs: Any) -> None:
    changed = kwargs["keys"]
    touch([keys.SITES, *(keys.site(key) for key in changed)])


@receiver(origin_changed)
def touch_origin(sender: object, **kwargs: Any) -> None:
    record_hosts()
    touch([keys.ORIGIN])


@receiver(post_save, sender=NetworkState)
def touch_network(instance: NetworkState, **kwargs: Any) -> None:
    found = Site.objects.values_list("key", flat=True)
    if found:
        touch(keys.site(key) for key in found)


@receiver(post_save, sender=Unit)
def touch_unit(instance: Unit, **kwargs: Any) -> None:
    touch([keys.unit(instance.code)])


@receiver(post_save, sender=Office)
def touch_office(instance: Office, **kwargs: Any) -> None:
    touch([keys.office(instance.key)])
