"""What an editor sees when something failed on our side: whether the text is safe, and what to do now."""

import sys

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

_RETRY_AFTER = "20"  # seconds; a database that was killed or starved is back by then, once there is room


def server_error(request: HttpRequest) -> HttpResponse:
    """The page of an error of ours, without a template, a session or a query: 503 while there is no database."""
    if _of_the_database(sys.exc_info()[1]) or not _answers():
        response = _page(
            _("The database does not answer"),
            _("What you just did was not saved. Everything published stays as it is for citizens."),
            _("Keep this window open. In half a minute press F5 and agree to send the form once more: what you "
              "wrote is still in it. If it stays like this, call whoever looks after the machine: its disk may "
              "be full."),
            status=503,
        )  # fmt: skip
        response["Retry-After"] = _RETRY_AFTER
        return response
    return _page(
        _("This did not work"),
        _("The error is ours and was written down. Everything published stays as it is for citizens."),
        _(
            "Go back and try again. If it happens once more, tell whoever looks after the machine what you did."
        ),
        status=500,
    )


def _of_the_database(error: BaseException | None) -> bool:
    return isinstance(error, OperationalError | InterfaceError)


def _answers() -> bool:
    try:
        connection.ensure_connection()
        return connection.is_usable()
    except (DatabaseError, InterfaceError):
        return False


def _page(title: str, what: str, now: str, *, status: int) -> HttpResponse:
    text = format_html(
        '<!doctype html><html lang="vi"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>{0}</title><h1>{0}</h1><p>{1}</p><p>{2}</p></html>',
        title, what, now,
    )  # fmt: skip
    return HttpResponse(text, status=status)
