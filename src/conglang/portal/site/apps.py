from django.apps import AppConfig


class PortalSiteConfig(AppConfig):
    name = "conglang.portal.site"
    label = "portal_site"

    def ready(self) -> None:
        from .widgets import start_choosers_from_our_file

        start_choosers_from_our_file()
