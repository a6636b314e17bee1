"""How the desk's forms differ from Wagtail's."""

from django.db import models
from wagtail.admin.forms.models import register_form_field_override
from wagtail.admin.widgets import SlugInput


def our_slug_input() -> SlugInput:
    """Return a slug field that turns «Đường Đê» into ``duong-de``; Wagtail's own table says ``djuong-dje``."""
    return SlugInput(formatters=[("[đĐ]", "d")])


def use_our_slugs() -> None:
    """Make every form of the desk use it."""
    register_form_field_override(models.SlugField, override=lambda field: {"widget": our_slug_input()})
