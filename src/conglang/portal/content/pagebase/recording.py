"""A page as what an act of the audit record is about."""

from conglang.portal.identity.audit.rules import Thing, ThingKind

from .models import BasePage


def thing_of(page: BasePage) -> Thing:
    """The page by its lasting identity, and the unit whose it is."""
    return Thing(ThingKind.PAGE, str(page.uuid), str(page.unit.code) if page.unit else "")
