"""How the desk's forms differ from Wagtail's."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.auth import LoginForm
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.widgets import SlugInput

from conglang.wire.folding import slugify


def our_slug_input() -> SlugInput:
    """Return a slug field that turns «Đường Đê» into ``duong-de``, as wire.folding does on the server.

    Left alone, the browser's table makes ``djuong-dje`` of it (đ is Serbian there), or ``dng-de``.
    """
    letters: dict[str, str] = {}
    for letter in map(chr, [*range(0xC0, 0x1B1), *range(0x1EA0, 0x1EFA)]):
        plain = slugify(letter)
        if len(plain) == 1 and plain.isalpha():
            letters[plain] = letters.get(plain, "") + letter
    marks = ("[\u0300-\u036f]", "")
    return SlugInput(formatters=[marks, *((f"[{group}]", plain) for plain, group in letters.items())])


def use_our_slugs() -> None:
    """Make every form of the desk use it. A slug may stay empty: the page makes one from its title when saved."""
    register_form_field_override(models.SlugField, override=_slug_field)


def _slug_field(field: models.Field) -> dict[str, Any]:
    return {"widget": our_slug_input(), "required": field.name != "slug" and not field.blank}


class SignIn(LoginForm):
    """Wagtail's form leaves the second label to the field's English name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        field = self.fields["username"]
        assert isinstance(field, forms.CharField)
        field.widget.attrs["placeholder"] = ""
        self.fields["password"].widget.attrs |= {"placeholder": "", "autocomplete": "current-password"}
