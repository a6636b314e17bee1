"""«Thông báo toàn mạng lưới»: what all sites say now, saying something more, ending it, and who said what when."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from conglang.portal.identity.accounts.models import User
from conglang.wire.release import SignerUnavailable
from conglang.wire.state import State, StateError, period, state_from_json, state_to_json, texts_of

from . import actions, queries, rules
from .forms import LEVELS, MOTIFS, PARTS, STATUSES, AnnouncementForm
from .models import Announced

TEMPLATE = "shared/announcements.html"


def announcements(request: HttpRequest) -> HttpResponse:
    """One page: look, fill in, see what readers will see, announce; end a part."""
    if not queries.may_announce(viewer=request.user):  # type: ignore[arg-type]
        raise PermissionDenied
    if request.method == "POST" and "end" in request.POST:
        return _end(request)
    others = queries.others_on_duty(viewer=request.user)  # type: ignore[arg-type]
    form = AnnouncementForm(request.POST or None, others=others)
    preview = None
    if request.method == "POST" and form.is_valid():
        preview = _wanted(form)
        if preview is not None and "announce" in request.POST and _announce(request, preview, form):
            return HttpResponseRedirect(reverse("shared_announcements"))
    return render(request, TEMPLATE, _context(request.user, form, preview))


def _context(viewer: Any, form: AnnouncementForm, preview: State | None) -> dict[str, Any]:
    now, version = queries.signed() or (State(timezone.now()), 0)
    return {
        "page_title": _("Announcements to all sites"),
        "form": form,
        "rows": _rows(now),
        "preview": _rows(preview) if preview else None,
        "version": version,
        "history": [_record(one) for one in queries.history(viewer=viewer)],
    }


def _wanted(form: AnnouncementForm) -> State | None:
    """What all sites would say; None, with the sentence on the form, when that cannot be."""
    at = timezone.now().replace(microsecond=0)
    now, _version = queries.signed() or (State(at), 0)
    state = rules.with_part(now, form.cleaned_data["part"], form.cleaned_data, at=at)
    try:
        return state_from_json(state_to_json(state))
    except StateError as error:
        form.add_error(None, error.said(_))
        return None


def _announce(request: HttpRequest, state: State, form: AnnouncementForm) -> bool:
    return _sign(request, state, form.second_person(), form.cleaned_data["cause"])


def _sign(request: HttpRequest, state: State, second: User | None, cause: str = "") -> bool:
    after = request.POST.get("version", "")
    try:
        actions.announce(
            state, by=request.user, second=second, cause=cause,  # type: ignore[arg-type]
            after=int(after) if after.isdigit() else None, at=timezone.now(),
        )  # fmt: skip
    except StateError as error:
        messages.error(request, _("Nothing was announced. %s") % error.said(_))
        return False
    except SignerUnavailable:
        messages.error(
            request,
            _("Nothing was announced: the signer does not answer. A duty person can announce on the server: "
              "./conglang state set --key FILE."),
        )  # fmt: skip
        return False
    messages.success(
        request, _("Signed. All sites show it within a second; home pages without script within 30.")
    )
    return True


def _end(request: HttpRequest) -> HttpResponse:
    now, _version = queries.signed() or (State(timezone.now()), 0)
    try:
        state = rules.without(now, request.POST["end"])
    except LookupError as error:
        raise Http404 from error
    others = {str(one.pk): one for one in queries.others_on_duty(viewer=request.user)}  # type: ignore[arg-type]
    _sign(request, state, others.get(request.POST.get("second", "")))
    return HttpResponseRedirect(reverse("shared_announcements"))


def _rows(state: State) -> list[dict[str, Any]]:
    """What is said, for a table: the key by which it is ended, its kind, words, link and times."""
    keys = [f"banner:{number}" for number in range(1, len(state.banners) + 1)]
    keys += [name for name in rules.PARTS[1:] if getattr(state, name) is not None]
    return [_row(key, part) for key, part in zip(keys, state.parts, strict=True)]


def _row(key: str, part: Any) -> dict[str, Any]:
    begins, ends = period(part)
    name = key.partition(":")[0]
    details = {"banner": (LEVELS, "level"), "live": (STATUSES, "state"), "festive": (MOTIFS, "motif")}
    choices, attribute = details.get(name, (PARTS, ""))
    value = getattr(part, attribute) if attribute else name
    words = [text for text in texts_of(part) if text]
    return {
        "key": key, "kind": dict(choices)[value], "words": words, "link": getattr(part, "link", ""),
        "begins": begins, "ends": ends, "over": ends <= timezone.now(),
    }  # fmt: skip


def _record(one: Announced) -> dict[str, Any]:
    return {"at": one.at, "people": ", ".join(one.people), "cause": one.cause, "signed_by": one.signed_by,
            "rows": _rows(state_from_json(one.state))}  # fmt: skip
