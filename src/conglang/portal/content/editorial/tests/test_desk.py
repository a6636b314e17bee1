"""Who sees what at the desk."""

import io
import json
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conglang.portal.content.editorial import actions, queries
from conglang.portal.content.pages.models import ArticlePage, SectionPage
from conglang.portal.identity.accounts.models import RoleHolding, User
from conglang.portal.identity.accounts.rules import Role

CANARY = "Bản nháp riêng của Đống Đa"


def menu_names(client: Client) -> list[str]:
    html = client.get("/").content.decode()
    props = re.search(
        r'<script id="wagtail-sidebar-props" type="application/json">(.*?)</script>', html, re.S
    )
    assert props
    return re.findall(r'"name": "([a-z-]+)"', props.group(1))


def test_clerk_finds_five_things_in_front_and_no_settings_of_the_network(at_desk):
    names = menu_names(at_desk("author"))

    assert [name for name in names if name in {"my-work", "write", "own-site", "help-page", "more"}] == [
        "my-work", "write", "own-site", "help-page", "more",
    ]  # fmt: skip
    assert not {
        "users",
        "groups",
        "sites",
        "settings",
        "reports",
        "collections",
        "workflows",
        "redirects",
    } & set(names)


def test_administrator_finds_people_behind_more(at_desk):
    assert {"users", "groups"} <= set(menu_names(at_desk("admin")))


def test_somebody_without_a_role_does_not_enter(at_desk):
    response = at_desk("nobody").get("/")

    assert response.status_code == 302
    assert response.url.startswith("/login/")


def test_clerk_reads_no_word_of_another_wards_drafts(desk, at_desk):
    client = at_desk("author")
    screens = ["/", "/pages/", "/soan/", "/choose-page/", "/images/", "/documents/", "/tro-giup/"]

    for screen in [*screens, "/pages/search/?q=Bản"]:
        response = client.get(screen, follow=True)

        assert response.status_code == 200, screen
        assert CANARY not in response.content.decode(), screen


def test_clerk_gets_not_found_for_every_page_of_another_ward_by_number(desk, at_desk):
    client, foreign = at_desk("author"), desk.articles["dongda"]
    section = desk.sections["dongda"]
    screens = [
        reverse("wagtailadmin_pages:edit", args=[foreign.pk]),
        reverse("wagtailadmin_pages:view_draft", args=[foreign.pk]),
        reverse("wagtailadmin_pages:history", args=[foreign.pk]),
        reverse("wagtailadmin_pages:usage", args=[foreign.pk]),
        reverse("wagtailadmin_pages:copy", args=[foreign.pk]),
        reverse("wagtailadmin_pages:delete", args=[foreign.pk]),
        reverse("wagtailadmin_pages:move", args=[foreign.pk]),
        reverse("wagtailadmin_pages:preview_on_edit", args=[foreign.pk]),
        reverse("wagtailadmin_explore", args=[section.pk]),
        reverse("wagtailadmin_pages:add", args=["pages", "articlepage", section.pk]),
        reverse("wagtailadmin_pages:add_subpage", args=[section.pk]),
        reverse("wagtailadmin_choose_page_child", args=[section.pk]),
        reverse("wagtail_bulk_action", args=["pagebase", "basepage", "publish"]) + f"?id={foreign.pk}",
    ]

    assert {screen: client.get(screen).status_code for screen in screens} == dict.fromkeys(screens, 404)


def test_reports_of_the_whole_network_are_not_a_clerks(at_desk):
    assert at_desk("author").get("/reports/site-history/").status_code == 404


def form_of(client: Client, url: str) -> dict[str, str]:
    html = client.get(url).content.decode()
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', html))
    return found | {"body-count": "0", "comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}


def add_article(client: Client, section: SectionPage, title: str, **more: str):
    url = reverse("wagtailadmin_pages:add", args=["pages", "articlepage", section.pk])
    values = form_of(client, url) | {"title": title, "slug": "", "summary": "Một câu."} | more
    return client.post(url, values, follow=True)


def test_clerk_writes_a_draft_and_its_address_is_made_from_the_title(desk, at_desk):
    response = add_article(at_desk("author"), desk.sections["badinh"], "Đường Đê La Thành thông xe")

    assert response.status_code == 200
    article = ArticlePage.objects.get(slug="duong-de-la-thanh-thong-xe")
    assert not article.live
    assert article.site == desk.sites["badinh"]


def test_clerk_cannot_publish_even_by_hand_made_request(desk, at_desk):
    client, section = at_desk("author"), desk.sections["badinh"]

    add_article(client, section, "Bài tự công bố", **{"action-publish": "action-publish"})

    assert not ArticlePage.objects.get(title="Bài tự công bố").live
    page = client.get(reverse("wagtailadmin_pages:edit", args=[desk.articles["badinh"].pk])).content.decode()
    assert 'name="action-publish"' not in page


@pytest.mark.parametrize("who", ["centre", "city-approver", "admin"])
def test_nobody_of_the_city_publishes_alone_either(desk, at_desk, who):
    client = at_desk(who)
    add_article(client, desk.sections["hanoi"], "Lịch tiếp dân", **{"action-publish": "action-publish"})

    page = ArticlePage.objects.get(title="Lịch tiếp dân")
    assert not page.live
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert 'name="action-publish"' not in edit and 'name="action-ask-approval"' in edit


def test_role_that_ended_yesterday_opens_nothing_today(desk, at_desk):
    author = desk.users["author"]
    RoleHolding.objects.filter(user=author).update(valid_to=date.today() - timedelta(days=1))

    response = at_desk("author").get(reverse("wagtailadmin_pages:edit", args=[desk.articles["badinh"].pk]))

    assert response.status_code in (302, 404)
    assert not author.groups.exists()


def test_administrator_who_gives_up_the_role_is_one_no_more(desk):
    admin = desk.users["admin"]
    RoleHolding.objects.filter(user=admin).update(valid_to=date.today())

    actions.sync_memberships(User.objects.get(pk=admin.pk), on=date.today())

    assert not User.objects.get(pk=admin.pk).is_superuser


def test_setting_up_permissions_twice_changes_nothing(desk):
    assert actions.set_up_permissions() == 0


def test_each_ward_has_a_collection_of_its_own_that_others_do_not_see(desk):
    from wagtail.images import get_image_model
    from wagtail.permissions import policy_registry

    policy = policy_registry.get_by_type(get_image_model())

    def collections(action: str) -> set[str]:
        found = policy.collections_user_has_permission_for(desk.users["author"], action)
        return set(found.values_list("name", flat=True))

    assert collections("add") == {"Phường Ba Đình"}
    assert collections("choose") == {"Phường Ba Đình", "Kho dùng chung của Thành phố"}


def test_first_people_are_made_once(desk):
    assert actions.create_first_people() == []
    RoleHolding.objects.all().delete()
    User.objects.all().delete()

    people = actions.create_first_people()

    assert [person.username for person in people] == [
        "quantri", "bientap", "bientap-duyet", "badinh", "badinh-duyet",
    ]  # fmt: skip
    assert all(
        User.objects.get(username=person.username).check_password(person.password) for person in people
    )
    assert User.objects.get(username="quantri").is_superuser
    assert RoleHolding.objects.get(user__username="badinh").role == Role.UNIT_AUTHOR.value


def test_start_page_says_how_many_servers_show_the_last_edition(desk, at_desk):
    from conglang.portal.publishing.releases.models import EdgeReport, Edition

    Edition.objects.create(site="badinh", number=7, changed=3, removed=0)
    for name, edition in (("1", 7), ("2", 6)):
        sites = {"badinh": {"edition": edition}}
        EdgeReport.objects.create(name=name, address="/x", asked_at=timezone.now(), sites=sites)

    seen = queries.visibility("badinh")

    assert (seen.edition, seen.seen, seen.edges) == (7, 1, 2)
    assert "1/2" in at_desk("author").get("/").content.decode()


def test_desk_answers_on_its_own_host_only(db):
    assert Client(headers={"host": "badinh.hanoi.localhost:8000"}).get("/").status_code == 421
    assert Client(headers={"host": settings.PREVIEW_HOST}).get("/login/").status_code == 410
    assert Client(headers={"host": "127.0.0.1:9"}).get("/_/health").json() == {"status": "ok"}
    assert Client(headers={"host": "127.0.0.1:9"}).get("/login/").status_code == 421


def test_sign_in_page_speaks_vietnamese(db):
    page = Client(headers={"host": settings.DESK_HOST}).get("/login/").content.decode()

    assert "Đăng nhập bàn làm việc" in page
    assert "Wagtail" not in re.sub(r"<script.*?</script>|<[^>]+>", "", page, flags=re.S)


def test_browser_is_told_every_vietnamese_letter_for_the_address():
    from conglang.portal.content.editorial.forms import our_slug_input

    rules = json.loads(our_slug_input().attrs["data-w-slug-formatters-value"])
    words = "Đường Đê Nguyễn Ỷ Ưỡn ẵ ậ ệ ợ ự ỵ đ".replace(" ", "-")
    for (pattern, _flags), plain in rules:
        words = re.sub(pattern, plain, words)

    assert words.lower() == "duong-de-nguyen-y-uon-a-a-e-o-u-y-d"


def test_original_of_a_picture_is_shown_to_its_ward_and_to_nobody_else(desk, at_desk, settings, tmp_path):
    from PIL import Image as Picture
    from wagtail.models import Collection

    from conglang.portal.content.files.actions import add_image

    settings.MEDIA_ROOT = settings.DATA = tmp_path
    stream = io.BytesIO()
    Picture.new("RGB", (40, 30), "red").save(stream, "PNG")
    image = add_image(
        stream.getvalue(), "anh.png", office=desk.sites["dongda"].office, title="Ảnh", alt_text="Ô màu đỏ",
        origin="Phường Đống Đa",
    )  # fmt: skip
    image.collection = Collection.objects.get(name="Phường Đống Đa")
    image.save()

    assert at_desk("centre").get(image.file.url).status_code == 200
    assert at_desk("author").get(image.file.url).status_code == 404
    assert Client(headers={"host": settings.DESK_HOST}).get(image.file.url).status_code == 302
    assert Client(headers={"host": settings.PREVIEW_HOST}).get(image.file.url).status_code == 410


def test_second_notice_of_the_same_title_gets_an_address_of_its_own(desk, at_desk):
    client, section = at_desk("author"), desk.sections["badinh"]
    for _ in range(2):
        add_article(client, section, "Thông báo mời họp", slug="thong-bao-moi-hop")

    slugs = ArticlePage.objects.filter(title="Thông báo mời họp").values_list("slug", flat=True)

    assert set(slugs) == {"thong-bao-moi-hop", "thong-bao-moi-hop-2"}


def test_styles_of_the_desk_come_from_its_own_host_compressed_and_once(db):
    client = Client(headers={"host": settings.DESK_HOST})

    first = client.get("/static/desk/desk.css", headers={"accept-encoding": "gzip"})
    again = client.get("/static/desk/desk.css", headers={"if-none-match": first["ETag"]})

    assert first["Content-Encoding"] == "gzip"
    assert again.status_code == 304
    assert client.get("/static/../settings/base.py").status_code in (400, 404)
    assert Client(headers={"host": settings.PREVIEW_HOST}).get("/static/desk/desk.css").status_code == 410
