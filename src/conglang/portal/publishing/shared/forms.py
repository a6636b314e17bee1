"""What somebody of the city fills in to announce something on all sites."""

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conglang.portal.identity.accounts.models import User
from conglang.wire.links import check_link, listed_hosts
from conglang.wire.state import TEXT, TITLE, StateError

from . import queries

PARTS = [
    ("banner", _("Banner")),
    ("live", _("Live event")),
    ("mourning", _("Mourning")),
    ("festive", _("Festive strip")),
    ("downtime", _("Planned downtime")),
]
LEVELS = [("information", _("Information")), ("important", _("Important")), ("emergency", _("Emergency"))]
STATUSES = [
    ("planned", _("Coming up live")),
    ("live", _("Live now")),
    ("ended", _("The live broadcast has ended")),
]
MOTIFS = [
    ("tet", _("Tết: peach blossom")),
    ("quoc-khanh", _("National Day 2/9: star")),
    ("thu-do", _("Liberation of the Capital 10/10: Khuê Văn Các")),
    ("trung-thu", _("Mid-autumn: lantern")),
]
_WHEN = {"type": "datetime-local"}


class AnnouncementForm(forms.Form):
    """``others``: whom the announcer may name as the second person; one may be left out in a demonstration."""

    part = forms.ChoiceField(label=_("What"), choices=PARTS)
    level = forms.ChoiceField(label=_("How urgent (banner)"), choices=LEVELS)
    title = forms.CharField(label=_("Title, or text of a festive strip"), max_length=TITLE, required=False)
    text = forms.CharField(
        label=_("Text, one paragraph (banner, downtime)"), max_length=TEXT, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    link = forms.CharField(
        label=_("Link (banner, live event)"), max_length=300, required=False,
        help_text=_("A path that every site has, such as /khan-cap/, or the address of a page of the network."),
    )  # fmt: skip
    status = forms.ChoiceField(label=_("Stage (live event)"), choices=STATUSES)
    motif = forms.ChoiceField(label=_("Drawing (festive strip)"), choices=MOTIFS)
    begins = forms.DateTimeField(
        label=_("From; empty: at once"), required=False, widget=forms.DateTimeInput(_WHEN, "%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(label=_("Until"), widget=forms.DateTimeInput(_WHEN, "%Y-%m-%dT%H:%M"))
    second = forms.ChoiceField(label=_("Agreed with"), required=False)
    cause = forms.CharField(label=_("Reason, for the record"), max_length=300, required=False)

    def __init__(self, *arguments: Any, others: list[User], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._others = {str(one.pk): one for one in others}
        chosen = [(key, one.get_full_name() or one.get_username()) for key, one in self._others.items()]
        self.fields["second"].choices = [("", "—"), *chosen]  # type: ignore[attr-defined]

    def clean_link(self) -> str:
        """The signer judges it too; here the announcer hears of it before anything is signed."""
        link = str(self.cleaned_data["link"]).strip()
        try:
            if link:
                check_link(link, own=queries.own_hosts(), listed=listed_hosts(Path(settings.NETWORK_DIR)))
        except StateError as error:
            raise forms.ValidationError(error.said(gettext)) from error
        return link

    def second_person(self) -> User | None:
        return self._others.get(self.cleaned_data.get("second", ""))
