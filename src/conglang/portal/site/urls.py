"""The desk: Wagtail's admin at the root of its own host. No API, no public documents, no public pages."""

from django.urls import include, path
from wagtail.admin import urls as admin_urls

from conglang.portal.content.editorial import people

urlpatterns = [
    path("moi/<str:token>/", people.accept, name="editorial_accept"),  # before anybody is signed in
    path("", include(admin_urls)),
]

handler500 = "conglang.portal.site.trouble.server_error"
