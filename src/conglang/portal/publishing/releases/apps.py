from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReleasesConfig(AppConfig):
    name = "conglang.portal.publishing.releases"
    label = "releases"
    verbose_name = _("Releases")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from conglang.portal.publishing.rendering import holders

        from . import models, receivers  # noqa: F401 (connects them)

        holders.register(models.Version, "digest")
