"""Telling people, in the transaction of what they are told about; and what they have read."""

from collections.abc import Iterable

from django.utils import timezone

from conglang.portal.identity.accounts.models import User
from conglang.portal.identity.sites.models import Site

from . import queries
from .models import Notice, Wish
from .rules import KEPT, Event, Mail


def tell(people: Iterable[User], event: Event, *, site: Site, title: str, address: str) -> None:
    """Tell these people. Whoever has not read the same about the same yet is not told twice."""
    wanted = {person.pk: person for person in people if person.is_active}
    same = Notice.objects.filter(person__in=wanted, event=event.value, address=address, read_at=None)
    for pk in same.values_list("person_id", flat=True):
        wanted.pop(pk, None)
    rows = [
        Notice(person=person, event=event.value, site=site, title=title[:255], address=address)
        for person in wanted.values()
    ]
    Notice.objects.bulk_create(rows)


def settle(address: str, *, events: Iterable[Event]) -> None:
    """What these notices asked for was done, by whomever: nobody is reminded of it any more."""
    waiting = Notice.objects.filter(
        address=address, event__in=[event.value for event in events], read_at=None
    )
    waiting.update(read_at=timezone.now())


def mark_read(*, viewer: User) -> int:
    """Mark everything that ``viewer`` was told as read. Return how many were not."""
    return queries.notices_of(viewer=viewer).filter(read_at=None).update(read_at=timezone.now())


def wish(person: User, mail: Mail, *, email: str) -> None:
    """Keep how somebody wants to be told, and where to."""
    Wish.objects.update_or_create(person=person, defaults={"mail": mail.value})
    if person.email != email:
        person.email = email
        person.save(update_fields=["email"])


def forget_old() -> int:
    """Remove what is older than three months. Return how many."""
    return Notice.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
