"""No page of the desk has a script inside it: quick, for every form; the browser's word is in tests/journeys."""

import re

import pytest
from django.test import Client

from conglang.portal.content.editorial.tests.conftest import at_desk, desk  # noqa: F401  (fixtures)

INSIDE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(?:application/json|text/[a-z-]*template)\")[^>]*>", re.I
)
BY_ATTRIBUTE = re.compile(r"<[^>]+\son[a-z]+\s*=", re.I)


@pytest.mark.parametrize("who", ["author", "admin"])
def test_forms_of_pages_and_files_have_no_script_inside(desk, at_desk, who):  # noqa: F811
    client: Client = at_desk(who)
    pages = (desk.articles["badinh"].pk, desk.sections["badinh"].pk)
    screens = [f"/pages/{pk}/edit/" for pk in pages] + [
        "/",
        "/images/add/",
        "/documents/multiple/add/",
        "/login/",
    ]

    for screen in screens:
        answer = client.get(screen, follow=True)
        html = answer.content.decode()
        outside = re.sub(r'<script[^>]*type="text/[a-z-]*template".*?</script>', "", html, flags=re.S)
        assert not INSIDE.findall(outside), screen
        assert not BY_ATTRIBUTE.findall(outside), screen
        assert "script-src 'self';" in answer["Content-Security-Policy"], screen


def test_chooser_names_what_is_to_be_started(desk, at_desk):  # noqa: F811
    html = at_desk("author").get(f"/pages/{desk.articles['badinh'].pk}/edit/").content.decode()

    assert 'data-desk-start="ImageChooser"' in html
    assert 'data-desk-start="initDateChooser"' in html
