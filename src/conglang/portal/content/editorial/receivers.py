"""Roles and groups stay in step without anybody remembering to: on sign-in and whenever a holding changes."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from conglang.portal.identity.accounts import remembering, sessions
from conglang.portal.identity.accounts.models import RoleHolding, User

from .actions import sync_memberships


@receiver(user_logged_in)
def read_roles_at_sign_in(sender: Any, user: User, request: Any, **_: Any) -> None:
    sync_memberships(user)
    if request is not None:
        sessions.begin(request, user)


@receiver([post_save, post_delete], sender=RoleHolding)
def read_roles_after_change(sender: Any, instance: RoleHolding, **_: Any) -> None:
    remembering.forget()
    sync_memberships(instance.user)
