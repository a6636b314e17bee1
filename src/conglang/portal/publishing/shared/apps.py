from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SharedConfig(AppConfig):
    name = "conglang.portal.publishing.shared"
    label = "shared"
    verbose_name = _("Announcements to all sites")
    default_auto_field = "django.db.models.BigAutoField"
