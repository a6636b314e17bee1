"""How the desk's forms differ from Wagtail's."""

from typing import Any

from django.db import models
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.widgets import SlugInput


def our_slug_input() -> SlugInput:
    """Return a slug field that turns «Đường Đê» into ``duong-de``; Wagtail's own table says ``djuong-dje``."""
    return SlugInput(formatters=[("[đĐ]", "d")])


def use_our_slugs() -> None:
    """Make every form of the desk use it. A slug may stay empty: the page makes one from its title when saved."""
    register_form_field_override(models.SlugField, override=_slug_field)


def _slug_field(field: models.Field) -> dict[str, Any]:
    return {"widget": our_slug_input(), "required": field.name != "slug" and not field.blank}
