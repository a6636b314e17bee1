from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RenderingConfig(AppConfig):
    name = "conglang.portal.publishing.rendering"
    label = "rendering"
    verbose_name = _("Rendering")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import holders, holding, models, registry

        for model in (models.Claim, models.Entry, models.Pin, models.Lingering):
            holders.register(model, "digest")
        holders.register_query(
            "SELECT output->>2 FROM rendering_prepared, jsonb_array_elements(outputs) AS output "
            "WHERE output->>2 IS NOT NULL"
        )
        for family in holding.FAMILIES:
            registry.register(family())
