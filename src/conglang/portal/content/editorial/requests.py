"""What the desk's screens are given."""

from django.http import HttpRequest

from conglang.portal.identity.accounts.models import User


class DeskRequest(HttpRequest):
    """A request by somebody who is signed in: Wagtail lets nobody else as far as these screens. For types only."""

    user: User
