"""What Wagtail does by signals for one saved page, done for many at once: the desk's search and its «used in»."""

from collections.abc import Mapping, Sequence

from modelsearch.backends import get_search_backends
from wagtail.models import ReferenceIndex

from .models import BasePage


def index_pages(by_type: Mapping[type[BasePage], Sequence[BasePage]]) -> None:
    """Make stored pages findable at the desk, and note which pictures, files and pages they refer to."""
    for backend in get_search_backends(with_auto_update=True):
        for model, group in by_type.items():
            backend.get_index_for_model(model).add_items(model, list(group))
    for group in by_type.values():
        for page in group:
            if any(True for _ in ReferenceIndex._extract_references_from_object(page)):
                ReferenceIndex.create_or_update_for_object(page)
