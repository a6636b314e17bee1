from django.apps import AppConfig


class PortalSiteConfig(AppConfig):
    name = "conglang.portal.site"
    label = "portal_site"
