"""What the network publishes is written down: every registered family of outputs has its heading."""

import re

from conglang.portal.publishing.rendering import registry

from .house import ROOT

PAGE = ROOT / "docs" / "reference" / "outputs.md"


def test_every_family_of_outputs_is_explained_and_none_that_is_gone() -> None:
    explained = set(re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    registered = {family.name for family in registry.families()}

    assert registered, "No family is registered: the apps' ready() did not run."
    assert explained == registered
