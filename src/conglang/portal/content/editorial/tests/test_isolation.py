"""Every address of the desk, asked for with another ward's objects: no byte of the answer is theirs, and nothing of
theirs changes. An address that this test does not know how to ask for fails it.
"""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from PIL import Image as Picture
from wagtail.admin.models import EditingSession

from conglang.portal.content.approval import actions as approval
from conglang.portal.content.approval.models import Decision, Delegation, Proposal
from conglang.portal.content.editorial.models import DeskGroup
from conglang.portal.content.files.models import Document, Image
from conglang.portal.content.files.tests.made import pdf_file
from conglang.portal.identity.accounts.models import (
    Invitation,
    Passkey,
    Recovery,
    RoleHolding,
    SignedIn,
    User,
)
from conglang.portal.identity.accounts.rules import Role
from conglang.portal.publishing.moments.models import Moment

from .conftest import Desk, _person

CANARY = "BIMATDONGDA"
METHODS = ("get", "post")
REQUESTS: tuple[tuple[str, dict[str, str]], ...] = (("get", {}), ("get", {"q": CANARY[:6]}), ("post", {}))
# Addresses that name an object which is nobody's, and why an answer of 200 is right.
NOT_ABOUT_AN_OBJECT = {
    "wagtailadmin_pages:type_use": "where a type of page is used; the list is of one's own sites",
    "wagtailadmin_pages:type_use_results": "the same",
    "wagtailadmin_pages:choose_parent": "where one may write; the choice is of one's own sites",
    "wagtailadmin_tag_model_autocomplete": "words of tags",
    "wagtail_bulk_action": "names its objects in the query, which the test fills",
    "wagtailadmin_editing_sessions:release": "ends one's own alone, and says the same of every number",
}
# Faults of Wagtail's own that tell nothing; whoever sends this has no form of ours before them.
FAULTS_OF_WAGTAIL = {
    "get wagtailadmin_error_test": "fails on purpose",
    "post wagtailadmin_error_test": "fails on purpose",
    "post wagtailadmin_choose_page_external_link": "a form without its fields",
    "post wagtailusers_users:delete": "administrators alone; whoever has acted is protected by the database",
}
OPEN_TO_STRANGERS = frozenset(
    {"wagtailadmin_login", "wagtailadmin_javascript_catalog", "wagtailadmin_sprite", "editorial_accept"}
    | {"editorial_recover", "editorial_second_step", "editorial_passkey_ask", "editorial_passkey_answer"}
    | {"wagtailadmin_logout"}
)


@dataclass
class Foreign:
    """One of each thing of the other ward, with the word in every field that takes words."""

    by_namespace: dict[str, Any] = field(default_factory=dict)
    by_name: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def foreign(desk: Desk) -> Foreign:
    desk.users["manager"] = _person("manager", Role.UNIT_MANAGER, desk.sites["badinh"].office)
    return populated(desk, "dongda", CANARY)


def populated(desk: Desk, key: str, CANARY: str) -> Foreign:  # noqa: N803 (it stands in most lines below)
    """Give a ward one of each thing that a screen may show."""
    office, site, article = desk.sites[key].office, desk.sites[key], desk.articles[key]
    author = _person(f"{CANARY}-soan", Role.UNIT_AUTHOR, office)
    approver = _person(f"{CANARY}-duyet", Role.UNIT_APPROVER, office)
    article.title = article.draft_title = article.summary = CANARY
    article.save()
    revision = article.save_revision(user=author)
    request = approval.ask(article, by=author, note=CANARY)
    approval.send_back(request, by=approver, remark=CANARY)
    request = approval.ask(article, by=author, note=CANARY)
    collection = DeskGroup.objects.get(key=f"site:{key}").collection
    proposal = Proposal.objects.create(act="take-down", page=article, site=site, by=author, reason=CANARY)
    stream = io.BytesIO()
    Picture.new("RGB", (40, 30), "red").save(stream, "PNG")
    words = {"title": CANARY, "collection": collection, "office": office}
    image = Image.objects.create(
        file=ContentFile(stream.getvalue(), f"{CANARY}.png"), alt_text=CANARY, origin=CANARY, licence="own",
        width=40, height=30, **words,
    )  # fmt: skip
    document = Document.objects.create(file=pdf_file(f"{CANARY}.pdf", CANARY), **words)
    moment = Moment.objects.create(
        planner="page", ident=str(article.uuid), due=timezone.now() + timedelta(hours=1), site=key,
        title=CANARY, path="/",
    )  # fmt: skip
    invitation = Invitation.objects.create(
        digest=key.ljust(64, "0"), office=office, role=Role.UNIT_AUTHOR.value, name=CANARY, by=author,
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    session = EditingSession.objects.create(
        user=author, content_type=article.cached_content_type, object_id=str(article.pk),
        last_seen_at=timezone.now(),
    )  # fmt: skip
    signed_in = SignedIn.objects.create(user=author, session_key=key.ljust(32, "0"), agent=CANARY)
    passkey = Passkey.objects.create(user=author, credential_id=key.encode(), credential=b"", label=CANARY)
    recovery = Recovery.objects.create(
        user=author, asked_by=approver, expires_at=timezone.now() + timedelta(hours=1)
    )
    delegation = Delegation.objects.create(
        giver=approver, receiver=author, office=office, role=Role.UNIT_APPROVER.value,
        first_day=timezone.localdate(), last_day=timezone.localdate(),
    )  # fmt: skip
    section = desk.sections[key].pk
    holding = RoleHolding.objects.get(user=author)
    return Foreign(
        by_namespace={
            "wagtailadmin_api:pages": {"pk": article.pk}, "wagtailadmin_api:images": {"pk": image.pk},
            "wagtailadmin_api:documents": {"pk": document.pk}, "wagtailadmin_pages": {"pk": article.pk},
            "wagtailadmin_collections": {"pk": collection.pk}, "wagtailadmin_workflows": {"pk": 1},
            "wagtailusers_users": {"pk": author.pk}, "wagtailusers_groups": {"pk": author.groups.first().pk},
            "wagtaildocs_chooser": {"pk": document.pk}, "wagtailimages_chooser": {"pk": image.pk},
            "wagtailsites": {"pk": 1}, "editorial_calendar_retry": {"pk": moment.pk},
            "editorial_approval": {"pk": request.pk}, "editorial_proposal": {"pk": proposal.pk},
            "editorial_sign_in_end": {"pk": signed_in.pk},
            "editorial_people_end": {"pk": holding.pk}, "editorial_passkey_remove": {"pk": passkey.pk},
            "editorial_recovery": {"pk": recovery.pk}, "editorial_recovery_ask": {"pk": holding.pk},
            "editorial_account_open": {"pk": author.pk}, "editorial_delegation_end": {"pk": delegation.pk},
            "editorial_people_move": {"pk": holding.pk}, "editorial_people_withdraw": {"pk": invitation.pk},
            "wagtailadmin_editing_sessions": {"app_label": "pages", "model_name": "articlepage"},
        },
        by_name={
            "page_id": article.pk, "page_to_move_id": article.pk, "page_pk": article.pk, "parent_page_id": section,
            "destination_id": section, "revision_id": revision.pk, "revision_id_a": revision.pk,
            "revision_id_b": "latest", "content_type_app_name": "pages", "content_type_model_name": "articlepage",
            "app_label": "pages", "model_name": "articlepage", "app_name": "pages", "action_name": "delete",
            "action": "delete", "task_state_id": 1, "task_id": 1, "workflow_state_id": 1, "workflow_pk": 1,
            "collection_id": collection.pk, "image_id": image.pk, "document_id": document.pk, "doc_id": document.pk,
            "uploaded_file_id": 1, "filter_spec": "width-20", "object_id": article.pk, "session_id": session.pk,
            "link": uuid.uuid4(),
            "key": site.key, "number": 1, "name": image.file.name, "token": "khong-co", "uidb64": "MQ",
        },
    )  # fmt: skip


def addresses(
    resolver: URLResolver | None = None, space: tuple[str, ...] = ()
) -> Iterator[tuple[str, URLPattern]]:
    """Every named address of the desk, with the namespaces before its name."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, (*space, one.namespace) if one.namespace else space)
        elif one.name:
            yield ":".join((*space, one.name)), one


def filled(name: str, pattern: URLPattern, foreign: Foreign) -> str:
    """The address with the other ward's objects in it. KeyError for a parameter this test has never heard of."""
    spaces = [
        known
        for known in foreign.by_namespace
        if name == known or name.startswith((f"{known}:", f"{known}_"))
    ]
    special = foreign.by_namespace[max(spaces, key=len)] if spaces else {}
    wanted = pattern.pattern.regex.groupindex
    url = reverse(name, kwargs={key: special.get(key, foreign.by_name.get(key)) for key in wanted})
    return url + f"?id={foreign.by_name['page_id']}" if name == "wagtail_bulk_action" else url


def names_an_object(name: str, pattern: URLPattern) -> bool:
    return bool(pattern.pattern.regex.groupindex) and name not in NOT_ABOUT_AN_OBJECT


def state_of_the_other_ward() -> list[Any]:
    from conglang.portal.content.pages.models import ArticlePage

    article = ArticlePage.objects.get(title=CANARY)
    return [
        article.path,
        article.live,
        article.slug,
        article.locked,
        article.get_latest_revision().pk,
        list(Image.objects.order_by("pk").values_list("pk", "title")),
        list(Document.objects.order_by("pk").values_list("pk", "title")),
        list(
            RoleHolding.objects.filter(user__username__startswith=CANARY)
            .order_by("pk")
            .values_list("pk", "valid_to")
        ),
        list(Invitation.objects.order_by("pk").values_list("pk", "withdrawn_at", "used_at")),
        SignedIn.objects.filter(agent=CANARY).count(),
        Passkey.objects.filter(label=CANARY).count(),
        list(Delegation.objects.order_by("pk").values_list("pk", "ended_at")),
        list(Recovery.objects.order_by("pk").values_list("pk", "agreed_by", "ended_at")),
        EditingSession.objects.filter(user__username__startswith=CANARY).count(),
        list(Decision.objects.order_by("pk").values_list("pk", flat=True)),
        list(Proposal.objects.order_by("pk").values_list("pk", "outcome")),
        list(Moment.objects.order_by("pk").values_list("pk", "state", "tries")),
        list(
            User.objects.filter(username__startswith=CANARY)
            .order_by("pk")
            .values_list("username", "is_active", "password")
        ),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("who", ["author", "manager"])
def test_no_address_of_the_desk_shows_or_changes_anything_of_another_ward(desk, foreign, who, at_desk):
    client, before, wrong = at_desk(who), state_of_the_other_ward(), []
    client.raise_request_exception = False
    for name, pattern in addresses():
        if name == "wagtailadmin_logout":
            continue
        url = filled(name, pattern, foreign)
        for method, values in REQUESTS:
            answer = getattr(client, method)(url, values if "?" not in url else {})
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if CANARY.encode() in body:
                wrong.append(f"{method} {name}: shows a word of theirs")
            if answer.status_code >= 500 and f"{method} {name}" not in FAULTS_OF_WAGTAIL:
                wrong.append(f"{method} {name}: {answer.status_code}")
            if names_an_object(name, pattern) and answer.status_code == 200:
                wrong.append(f"{method} {name}: 200 for an object of theirs")

    assert not wrong, "\n".join(wrong)
    assert state_of_the_other_ward() == before


def test_stranger_reads_nothing_but_how_to_sign_in(desk, foreign):
    client = Client(headers={"host": settings.DESK_HOST}, raise_request_exception=False)
    wrong = []
    for name, pattern in addresses():
        for method in METHODS:
            answer = getattr(client, method)(filled(name, pattern, foreign))
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            if CANARY.encode() in body:
                wrong.append(f"{method} {name}: shows a word of theirs")
            if name not in OPEN_TO_STRANGERS and answer.status_code not in (302, 401, 403, 404, 405):
                wrong.append(f"{method} {name}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)


def test_every_parameter_of_an_address_is_known_here(desk, foreign):
    unknown = {
        f"{name}: {key}"
        for name, pattern in addresses()
        for key in pattern.pattern.regex.groupindex
        if key != "pk" and key not in foreign.by_name
    }

    assert unknown == set(), "Say in this test what of another ward stands there."
