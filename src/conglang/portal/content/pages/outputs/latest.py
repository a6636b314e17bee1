"""«Tin mới» as one small file per site, read by script: a publish changes this file, not every page."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from conglang.portal.identity.sites.models import Site
from conglang.portal.publishing.rendering.rules import Output, Rendered, Subject

from .. import keys
from ..compose.gathering import Gathered, technical_source
from ..queries.details import newest_articles

PATH = "/_/latest.json"
KINDS = ("news", "notices")
COUNT = 8


class LatestFamily:
    """Form: ``{"v": 1, "entries": [{"title", "url", "kind", "published_at"}]}``, newest first."""

    name = "latest"
    rank = 20
    version = "1"
    ident = "latest"

    def subjects(self, site: str) -> Iterable[str]:
        return [self.ident] if Site.objects.filter(key=site).exists() else []

    def born_of(self, changed: Collection[str]) -> Iterable[Subject]:
        return [
            Subject(self.name, key.removeprefix("structure:"), self.ident)
            for key in changed
            if key.startswith("structure:")
        ]

    def render(self, site: str, idents: Sequence[str], *, at: datetime) -> Iterator[Rendered]:
        pk = Site.objects.filter(key=site).values_list("pk", flat=True).first()
        if pk is None or self.ident not in idents:
            return
        gathered = Gathered(reads={keys.newest(site, kind, COUNT) for kind in KINDS})
        gathered.sources.add(technical_source("latest", site))
        entries = []
        for entry in newest_articles(pk, KINDS, COUNT):
            gathered.name(entry.row)
            at_first = entry.row.first_at.isoformat() if entry.row.first_at else None
            entries.append(
                {
                    "title": entry.row.title,
                    "url": entry.row.path,
                    "kind": entry.row.kind,
                    "published_at": at_first,
                }
            )
        body = json.dumps({"v": 1, "entries": entries}, ensure_ascii=False, separators=(",", ":")).encode()
        yield Rendered(
            self.ident, (Output(PATH, body=body),), frozenset(gathered.reads), frozenset(gathered.sources)
        )
