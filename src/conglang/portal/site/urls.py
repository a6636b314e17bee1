"""The desk: Wagtail's admin at the root of its own host. No API, no public documents, no public pages."""

from django.urls import include, path
from wagtail.admin import urls as admin_urls
from wagtail.admin.auth import require_admin_access

from conglang.portal.content.editorial import own_keys, passkey_calls, people, recovery, second_step
from conglang.portal.content.editorial.account import Account

urlpatterns = [
    path("moi/<str:token>/", people.accept, name="editorial_accept"),  # before anybody is signed in
    path("khoi-phuc/<str:token>/", recovery.recover, name="editorial_recover"),
    path("login/", second_step.SignInView.as_view(), name="wagtailadmin_login"),
    path("buoc-hai/", second_step.second_step, name="editorial_second_step"),
    path("cach-dang-nhap/", own_keys.own_keys, name="editorial_own_keys"),
    path("khoa/hoi/", passkey_calls.ask, name="editorial_passkey_ask"),
    path("khoa/tra-loi/", passkey_calls.answer, name="editorial_passkey_answer"),
    path("account/", require_admin_access(Account.as_view()), name="wagtailadmin_account"),
    path("", include(admin_urls)),
]

handler500 = "conglang.portal.site.trouble.server_error"
