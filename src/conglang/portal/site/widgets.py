"""Wagtail's choosers without a script inside the page: static/desk/starts.js starts them (docs/reference/desk.md)."""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from wagtail.admin.widgets import BaseChooser


def render(self: Any, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
    """Return the chooser as Wagtail draws it, with a mark instead of its script."""
    ident = (attrs or {})["id"]  # as in Wagtail: a chooser cannot be drawn without
    chosen = self.get_value_data(value)
    options = self.get_js_init_options(ident, name, chosen)
    return format_html(
        '{}<template data-desk-start="{}" data-id="{}" data-options="{}"></template>',
        self.render_html(name, chosen, attrs), self.js_constructor, ident, json.dumps(options),
    )  # fmt: skip


def start_choosers_from_our_file() -> None:
    """Make every chooser of the desk draw itself so, those of screens that Wagtail makes too."""
    BaseChooser.render = render
