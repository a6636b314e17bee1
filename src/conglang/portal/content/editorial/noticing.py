"""«Thông báo»: what this person was told, and how they want to be told."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from conglang.portal.content.notices import actions, queries
from conglang.portal.content.notices.models import Wish
from conglang.portal.content.notices.rules import Mail

from .requests import DeskRequest

PAGE = 50


class WishForm(forms.Form):
    """How, and where to."""

    mail = forms.ChoiceField(
        label=gettext_lazy("How you are told"), choices=Wish.Mail.choices, widget=forms.RadioSelect
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address at work"), required=False,
        help_text=gettext_lazy("Messages carry titles and links alone."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if (
            values.get("mail") not in (None, Mail.NEVER.value)
            and not values.get("email")
            and "email" not in self.errors
        ):
            self.add_error("email", _("Write the address, or choose «At the desk only»."))
        return values


def notices(request: DeskRequest) -> HttpResponse:
    """What was told, newest first, 50 a page; and the form for how."""
    wish = Wish.objects.filter(person=request.user).first()
    now = {"mail": wish.mail if wish else Mail.SOON.value, "email": request.user.email}
    form = WishForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        actions.wish(request.user, Mail(form.cleaned_data["mail"]), email=form.cleaned_data["email"])
        messages.success(request, _("Kept. From now on you are told in this way."))
        return HttpResponseRedirect(reverse("editorial_notices"))
    page = Paginator(queries.notices_of(viewer=request.user), PAGE).get_page(request.GET.get("p"))
    context = {
        "page_title": _("Notices"), "page_of": page, "form": form, "has_mail": bool(settings.EMAIL_HOST),
        "unread": queries.unread(viewer=request.user),
    }  # fmt: skip
    return render(request, "editorial/notices.html", context)


@require_POST
def read_all(request: DeskRequest) -> HttpResponse:
    """Mark all as read."""
    actions.mark_read(viewer=request.user)
    return HttpResponseRedirect(reverse("editorial_notices"))
