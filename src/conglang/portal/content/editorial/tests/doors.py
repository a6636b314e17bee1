"""How somebody comes to the desk: a browser, a password, what it asks and answers about passkeys."""

import json

from django.conf import settings
from django.test import Client
from django.urls import reverse

PASSWORD = "mat-khau-thu"


def browser() -> Client:
    return Client(headers={"host": settings.DESK_HOST})


def give_password(name: str, client: Client | None = None, password: str = PASSWORD, **more: str):
    client = client or browser()
    answer = client.post("/login/", {"username": name, "password": password, "next": "", **more})
    return client, answer


def ask(client: Client, purpose: str) -> dict:
    return client.post(reverse("editorial_passkey_ask"), {"purpose": purpose}).json()


def answer(client: Client, credential: dict, **more: str):
    body = json.dumps({"credential": credential, **more})
    return client.post(reverse("editorial_passkey_answer"), body, content_type="application/json")


def is_in(client: Client) -> bool:
    return client.get("/").status_code == 200
