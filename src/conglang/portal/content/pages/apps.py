from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PagesConfig(AppConfig):
    name = "conglang.portal.content.pages"
    label = "pages"
    verbose_name = _("Pages")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from conglang.portal.publishing.moments import registry

        from . import receivers  # noqa: F401
        from .moments import Expiry, GoLive
        from .outputs import register_all

        register_all()
        registry.register(GoLive())
        registry.register(Expiry())
