"""The desk: Wagtail's admin at the root of its own host. No API, no public documents, no public pages."""

from django.urls import include, path
from wagtail.admin import urls as admin_urls
from wagtail.admin.auth import require_admin_access

from conglang.portal.content.editorial import people
from conglang.portal.content.editorial.account import Account

urlpatterns = [
    path("moi/<str:token>/", people.accept, name="editorial_accept"),  # before anybody is signed in
    path("account/", require_admin_access(Account.as_view()), name="wagtailadmin_account"),
    path("", include(admin_urls)),
]

handler500 = "conglang.portal.site.trouble.server_error"
