from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagebaseConfig(AppConfig):
    name = "conglang.portal.content.pagebase"
    label = "pagebase"
    verbose_name = _("Base page")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import policies

        policies.register()
