from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorialConfig(AppConfig):
    name = "conglang.portal.content.editorial"
    label = "editorial"
    verbose_name = _("Editorial")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import duties, forms, freshness, receivers, recording  # noqa: F401  (importing them connects them)
        from .views import preview_draft

        duties.register("freshness", freshness.owed_to)
        forms.use_our_slugs()
        from conglang.portal.content.pagebase import previews

        previews.open_with(preview_draft)
