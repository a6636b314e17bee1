"""An editor at a desk of Wagtail, ours or a stock one: signs in, opens a form, presses «publish». Over HTTP.

Runs inside the portal's own Django only to know what a stored text looks like in the form; the request is what is
timed.
"""

from __future__ import annotations

import re
import time
from typing import Any

import httpx

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_FORM = re.compile(r'<form[^>]*\bid="([^"]+)"[^>]*data-edit-form|<form[^>]*data-edit-form[^>]*\bid="([^"]+)"')


class NotPublished(RuntimeError):
    """The desk did not take the form; the text is what it said."""


class Desk:
    """One signed-in person. `host` is the desk's, asked for at a loopback port."""

    def __init__(self, port: int, host: str, prefix: str = "") -> None:
        self._prefix = prefix
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Host": f"{host}:{port}"}, timeout=60
        )

    def sign_in(self, name: str, password: str) -> None:
        self._who = (name, password)
        address = f"{self._prefix}/login/"
        token = _token(self._client.get(address).text)
        data = {"username": name, "password": password, "csrfmiddlewaretoken": token, "next": ""}
        answer = self._client.post(address, data=data)
        if answer.status_code != 302:
            raise NotPublished(f"signing in as {name}: status {answer.status_code}")

    def open(self, page: Any) -> dict[str, Any]:
        """What the browser would send back of a page's form, untouched."""
        from wagtail.test.utils.form_data import querydict_from_html

        address = f"{self._prefix}/pages/{page.pk}/edit/"
        answer = self._client.get(address)
        if answer.status_code == 302:  # a quarter of an hour without use: the desk has signed us out
            self.sign_in(*self._who)
            answer = self._client.get(address)
        answer.raise_for_status()
        found = _FORM.search(answer.text)
        if found is None:
            raise NotPublished(f"page {page.pk} has no form to edit it")
        fields = querydict_from_html(answer.text, form_id=found[1] or found[2])
        form: dict[str, Any] = {name: fields.getlist(name) for name in fields}
        token = _token(answer.text)
        return form | body_fields(page.body) | {"csrfmiddlewaretoken": token}

    def send(self, page: Any, form: dict[str, Any], title: str) -> None:
        """Press «send for approval» with another title, at our desk."""
        data = {**form, "title": title, "action-ask-approval": "1"}
        answer = self._client.post(f"{self._prefix}/pages/{page.pk}/edit/", data=data)
        if answer.status_code != 302:
            raise NotPublished(f"page {page.pk}: status {answer.status_code} {_complaints(answer.text)}")

    def publish(self, page: Any, form: dict[str, Any], title: str) -> tuple[float, float]:
        """Press «publish» with another title: when it was pressed (monotonic), and how long the answer took."""
        data = {**form, "title": title, "action-publish": "action-publish"}
        begun = time.monotonic()
        answer = self._client.post(f"{self._prefix}/pages/{page.pk}/edit/", data=data)
        took = time.monotonic() - begun
        if answer.status_code != 302:
            raise NotPublished(f"page {page.pk}: status {answer.status_code} {_complaints(answer.text)}")
        return begun, took


class Approver(Desk):
    """A second person at our desk: what the first one sends for approval goes public when this one presses."""

    def publish_sent(self, author: Desk, page: Any, form: dict[str, Any], title: str) -> tuple[float, float]:
        """Have ``author`` send a title for approval and open it here; then press. When, and how long that took."""
        author.send(page, form, title)
        link, seen = self._waiting(page)
        answer = self._client.get(link)
        data = {"seen": seen, "csrfmiddlewaretoken": _token(answer.text)}
        begun = time.monotonic()
        answer = self._client.post(f"{link}dong-y/", data=data)
        took = time.monotonic() - begun
        if answer.status_code != 302 or answer.headers["location"] == link:
            raise NotPublished(f"page {page.pk}: approving it answered {answer.status_code}")
        return begun, took

    def _waiting(self, page: Any) -> tuple[str, str]:
        from conglang.portal.content.approval.models import Request

        row = Request.objects.get(page=page.pk, state=Request.State.WAITING)
        return f"/duyet/{row.pk}/", row.digest


def body_fields(body: Any) -> dict[str, str]:
    """A stored text as the fields its editor would send."""
    from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

    blocks: list[tuple[str, Any]] = []
    for block in body.raw_data:
        kind, value = block["type"], block["value"]
        if kind == "text":
            value = rich_text(value)
        elif kind == "table":
            rows = [_list(row) for row in _plain(value["rows"])]
            value = {
                **value,
                "header": _list(value["header"]),
                "rows": _list(rows),
                "first_column_is_head": "on",
            }
        blocks.append((kind, value))
    found: dict[str, str] = nested_form_data({"body": streamfield(blocks)})
    return found


def _plain(items: list[Any]) -> list[Any]:
    return [item["value"] if isinstance(item, dict) and "value" in item else item for item in items]


def _list(items: list[Any]) -> dict[str, Any]:
    """A list block's fields; Wagtail's helpers know only stream fields."""
    plain = items if items and isinstance(items[0], dict) and "count" in items[0] else _plain(items)
    found: dict[str, Any] = {"count": str(len(plain))}
    for number, value in enumerate(plain):
        found[str(number)] = {"value": value, "order": str(number), "deleted": "", "type": "item", "id": ""}
    return found


def _token(text: str) -> str:
    found = _TOKEN.search(text)
    if found is None:
        raise NotPublished("the desk's form carries no token")
    return found[1]


def _complaints(text: str) -> str:
    plain = re.sub(r"<[^>]+>", " ", " ".join(re.findall(r'class="error-message[^>]*>.*?</', text, re.S)))
    return " ".join(plain.split())[:300]
