from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "conglang.portal.content.files"
    label = "files"
    verbose_name = _("Pictures and files")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from conglang.portal.publishing.rendering import holders

        from . import door, models, policies, receivers, storing  # noqa: F401

        storing.open_door(door.admit)
        policies.register()

        holders.register(models.Derivative, "digest")
        holders.register(models.Document, "digest")
