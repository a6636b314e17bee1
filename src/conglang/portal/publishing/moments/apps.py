from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MomentsConfig(AppConfig):
    name = "conglang.portal.publishing.moments"
    label = "moments"
    verbose_name = _("Scheduled moments")
    default_auto_field = "django.db.models.BigAutoField"
