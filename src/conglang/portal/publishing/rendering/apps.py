from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenderingConfig(AppConfig):
    name = "conglang.portal.publishing.rendering"
    label = "rendering"
    verbose_name = _("Rendering")
    default_auto_field = "django.db.models.BigAutoField"
