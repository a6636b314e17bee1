"""Where the desk plugs in what happens when an editor asks to see a draft. Pages do not know the desk."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase

_opener: list[Callable[[Any, Any], HttpResponseBase]] = []


def open_with(opener: Callable[[Any, Any], HttpResponseBase]) -> None:
    """Let ``opener(page, request)`` answer every preview from now on."""
    _opener[:] = [opener]


def answer(page: Any, request: Any) -> HttpResponseBase:
    """Return the answer to «show me this draft». RuntimeError when no desk is installed."""
    if not _opener:
        raise RuntimeError("No desk is installed that could show a draft.")
    return _opener[0](page, request)
