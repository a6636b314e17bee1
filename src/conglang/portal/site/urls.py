"""The desk: Wagtail's admin at the root of its own host. No API, no public documents, no public pages."""

from django.urls import include, path
from wagtail.admin import urls as admin_urls

urlpatterns = [
    path("", include(admin_urls)),
]

handler500 = "conglang.portal.site.trouble.server_error"
