"""Styles, scripts, fonts and marks of the design, on every host itself."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering import face
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.gathering import technical_source


class AssetsFamily:
    """One subject per site: all files of the design, addressed by their content."""

    name = "assets"
    rank = 20
    version = "1"
    ident = "design"

    def subjects(self, site: str) -> Iterable[str]:
        return [self.ident] if Site.objects.filter(key=site).exists() else []

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        return [
            Subject(self.name, key.removeprefix("site:"), self.ident)
            for key in changed
            if key.startswith("site:")
        ]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        if self.ident in idents and Site.objects.filter(key=site).exists():
            outputs = tuple(Output(path, body=data) for path, data in sorted(face.assets().items()))
            source = technical_source("design", face.digest())
            yield Rendered(self.ident, outputs, frozenset({keys.DESIGN}), frozenset({source}))
