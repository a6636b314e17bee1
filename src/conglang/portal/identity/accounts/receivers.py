"""What Django does with accounts and sessions is recorded in the same transaction."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from conglang.portal.identity.audit.models import Entry
from conglang.portal.identity.audit.rules import Actor, Kind, Thing, ThingKind

from . import recording, sessions
from .models import User

MOST_FAILURES = 120  # a minute, recorded one by one: whoever floods the door shall not fill the disk


@receiver(user_login_failed)
@transaction.atomic
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: Any = None, **_: Any) -> None:
    """Whose account it was about, if anybody's. What was typed stays out: people type passwords there, too."""
    lately = Entry.objects.filter(kind=Kind.SIGN_IN_FAILED, at__gte=timezone.now() - timedelta(minutes=1))
    if lately.count() >= MOST_FAILURES:
        return
    tried = str(credentials.get("username", ""))
    user = User.objects.filter(username__iexact=tried.strip()).first()
    thing = recording.person(user) if user else Thing(ThingKind.PERSON)
    where = recording.network_of(sessions.address_of(request)) if request is not None else ""
    mark = sessions.name_tried(request, credentials)[:16] if request is not None else ""
    at_desk = request is not None and getattr(request, "user", None) is not None
    by = None if at_desk and request.user.is_authenticated else Actor()
    recording.audit.note(Kind.SIGN_IN_FAILED, thing, by=by, tried=mark, network=where)


@receiver(user_logged_out)
@transaction.atomic
def signed_out(sender: Any, request: Any, user: User | None, **_: Any) -> None:
    if user is None:
        return
    kind = Kind.SIGN_IN_ENDED if getattr(request, "sign_in_ran_out", False) else Kind.SIGNED_OUT
    actor = recording.actor_of(user, session_key=request.session.session_key or "")
    recording.audit.note(kind, Thing(ThingKind.PERSON, actor.id, actor.unit), by=actor)


@receiver(post_save, sender=User)
@transaction.atomic
def account_was_written(sender: Any, instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    if raw:
        return
    if created:
        recording.note(Kind.PERSON_ADDED, Thing(ThingKind.PERSON, str(instance.uuid)))
    elif (
        getattr(instance, "_password", None) is not None
    ):  # set_password was called; an upgrade of the hash at sign-in is not that
        recording.note(Kind.PERSON_CHANGED, recording.person(instance), what="password")


@receiver(post_delete, sender=User)
@transaction.atomic
def account_was_removed(sender: Any, instance: User, **_: Any) -> None:
    recording.note(Kind.PERSON_REMOVED, Thing(ThingKind.PERSON, str(instance.uuid)))
