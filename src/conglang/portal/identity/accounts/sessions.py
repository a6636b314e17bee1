"""Sign-ins that end: by time, by their owner's wish, and before anything that concerns other people's rights."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from conglang.portal.identity.audit import actions as audit
from conglang.portal.identity.audit.acting import acting
from conglang.portal.identity.audit.rules import Kind

from . import recording
from .models import SignedIn, User
from .policy import PROFILES, SignInPolicy, Standing

BEGAN, SEEN, PROVED = "sign-in-began", "sign-in-seen", "sign-in-proved"  # in the session
NOTED_EVERY = 30.0  # seconds: so often "seen" is written, not with every request


def policy() -> SignInPolicy:
    """The profile of this installation."""
    return PROFILES[settings.SIGN_IN_POLICY]


def begin(request: HttpRequest, user: User) -> None:
    """Note a new sign-in. The person has just proved who they are, in the way that ``request.sign_in_way`` names."""
    now = time.time()
    User.objects.filter(pk=user.pk, first_signed_in_at=None).update(first_signed_in_at=timezone.now())
    request.session[BEGAN] = request.session[SEEN] = request.session[PROVED] = now
    if request.session.session_key is None:
        request.session.save()
    agent = request.headers.get("User-Agent", "")[:200]
    SignedIn.objects.update_or_create(
        session_key=request.session.session_key, defaults={"user": user, "agent": agent}
    )
    audit.note(
        Kind.SIGNED_IN, recording.person(user), network=recording.network_of(address_of(request)),
        way=getattr(request, "sign_in_way", "password"),
        by=recording.actor_of(user, session_key=request.session.session_key or ""),
    )  # fmt: skip


def prove(request: HttpRequest) -> None:
    """Note that the person has just proved once more who they are."""
    request.session[PROVED] = time.time()
    recording.note(Kind.PROVED)


def is_proved(request: HttpRequest) -> bool:
    """Whether the person proved lately who they are."""
    return time.time() - request.session.get(PROVED, 0.0) <= policy().proof.total_seconds()


def sign_ins(*, viewer: User) -> list[SignedIn]:
    """Return where ``viewer`` is signed in now, last used first; what has run out is forgotten."""
    oldest = timezone.now() - policy().absolute
    SignedIn.objects.filter(user=viewer, began_at__lt=oldest).delete()
    live = set(Session.objects.filter(expire_date__gt=timezone.now()).values_list("session_key", flat=True))
    return [one for one in SignedIn.objects.filter(user=viewer) if one.session_key in live]


@transaction.atomic
def end_sign_in(row: SignedIn) -> None:
    """End a sign-in at once: its next request is a stranger's."""
    ended = recording.session_mark(row.session_key)
    recording.note(Kind.SIGN_IN_ENDED, recording.person(row.user), ended=ended)
    Session.objects.filter(session_key=row.session_key).delete()
    row.delete()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, as our own web server in front of the desk says; empty when nobody says."""
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded or request.META.get("REMOTE_ADDR") or ""


def name_tried(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """What stands for a tried name where wrong passwords are counted: people type passwords there, too."""
    name = (credentials or {}).get("username") or request.POST.get("username", "")
    return hashlib.sha256(str(name).casefold().strip().encode()).hexdigest()[:32]


def _is_pulse(request: HttpRequest) -> bool:
    """An open form says every few seconds that it is open, also when nobody sits before it."""
    return request.path.startswith("/editing-sessions/")


class SignInAges:
    """Ends sign-ins that ran out, and puts what a request does down to its person. Behind Django's authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            self._look(request, time.time())
        if not request.user.is_authenticated:
            return self.get_response(request)
        user, key = request.user, request.session.session_key or ""
        with acting(lambda: recording.actor_of(user, session_key=key)):
            return self.get_response(request)

    def _look(self, request: Any, now: float) -> None:
        session = request.session
        standing = Standing(session.setdefault(BEGAN, now), session.setdefault(SEEN, now))
        if standing.is_over(now, policy()):
            request.sign_in_ran_out = True
            with transaction.atomic():
                SignedIn.objects.filter(session_key=session.session_key).delete()
                logout(request)
        elif now - standing.seen > NOTED_EVERY and not _is_pulse(request):
            session[SEEN] = now
            SignedIn.objects.filter(session_key=session.session_key).update(seen_at=timezone.now())
