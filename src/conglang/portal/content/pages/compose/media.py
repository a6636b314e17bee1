"""Pictures, files and links of one batch, as views; whoever uses one claims its bytes and notes what it read."""

from collections.abc import Sequence
from dataclasses import dataclass

from conglang.portal.content.files.rules import PLAIN
from conglang.portal.identity.units.models import Succession, Unit

from .. import keys
from ..public_views import FileLink, Picture
from ..queries import media, sites
from ..queries.media import DocumentFacts, ImageFacts, Target
from ..stream import Resolver, Wanted
from .gathering import Gathered
from .sites import SiteContext

Piece = tuple[str, str, bool, str, frozenset[str]]  # name, district, whole, detail, keys of these
DETAILS = {
    "whole": "toàn bộ",
    "area+population": "một phần diện tích và dân số",
    "area+all-population": "một phần diện tích, toàn bộ dân số",
    "area-only": "một phần diện tích, không có dân cư",
}


@dataclass
class Media:
    """What the pages of a batch refer to, loaded together."""

    images: dict[int, ImageFacts]
    documents: dict[int, DocumentFacts]
    targets: dict[int, Target]
    pieces: dict[int, list[Piece]]  # by pk of the unit that was formed of them

    @classmethod
    def load(cls, wanted: Wanted, contexts: Sequence[SiteContext]) -> "Media":
        """Load what pages of these sites refer to."""
        units = [context.facts.unit for context in contexts]
        pieces = sites.predecessors_of(units) if wanted.predecessors else {}
        return cls(
            media.images(wanted.images) if wanted.images else {},
            media.documents(wanted.documents) if wanted.documents else {},
            media.targets(wanted.pages),
            {unit: [_piece(one) for one in found] for unit, found in pieces.items()},
        )

    def picture(
        self, gathered: Gathered, pk: int | None, caption: str = "", *, decorative: bool = False
    ) -> Picture | None:
        """Return a picture of the batch, if it is there. A decorative one comes without words."""
        facts = self.images.get(pk) if pk else None
        if facts is None:
            return None
        gathered.reads.add(keys.image(facts.uuid))
        for made in facts.made:
            gathered.blob(made.path, made.digest)
        plain = next((made for made in facts.made if made.spec == PLAIN.name), facts.made[-1])
        sources = tuple((made.path, made.width) for made in facts.made if made.spec != PLAIN.name)
        if decorative:
            return Picture(plain.path, plain.width, plain.height, "", sources)
        gathered.reads.add(keys.image_words(facts.uuid))
        return Picture(plain.path, plain.width, plain.height, facts.alt, sources, facts.origin, caption)

    def file(self, gathered: Gathered, pk: int | None, title: str = "") -> FileLink | None:
        facts = self.documents.get(pk) if pk else None
        if facts is None:
            return None
        gathered.reads.add(keys.document(facts.uuid))
        gathered.blob(facts.path, facts.digest)
        return FileLink(title or facts.title, facts.path, facts.size, facts.media_type)

    def resolver(self, gathered: Gathered, context: SiteContext) -> Resolver:
        """Return what a walk through one page's body asks."""
        return Resolver(
            picture=lambda pk, caption: self.picture(gathered, pk, caption),
            file=lambda pk, title: self.file(gathered, pk, title),
            page=lambda pk: self.address(gathered, context, pk),
            predecessors=lambda: self._predecessors(gathered, context),
        )

    def address(self, gathered: Gathered, context: SiteContext, pk: int) -> str | None:
        """Return where a page is, as this site names it; None while it is not published."""
        target = self.targets.get(pk)
        if target is None:
            return None
        gathered.reads.add(keys.address(target.uuid))  # also while it is not published
        if target.row is None:
            return None
        if target.site_key == context.facts.site.key:
            return target.row.path
        gathered.reads.add(keys.host(target.site_key))
        origin = context.facts.origin
        return origin.url(origin.host_of(target.site_key, target.custom_host), target.row.path)

    def _predecessors(self, gathered: Gathered, context: SiteContext) -> list[tuple[str, str, bool, str]]:
        code, pieces = context.facts.unit.code, self.pieces.get(context.facts.unit.pk, [])
        gathered.reads |= {keys.origins(code), keys.pieces(code)}.union(*(piece[4] for piece in pieces))
        return [piece[:4] for piece in pieces]


def _piece(piece: Succession) -> Piece:
    former = piece.predecessor
    district = former.parent.full_name if former.parent else ""
    return former.full_name, district, piece.share == "whole", DETAILS[piece.detail], _read_of(former)


def _read_of(predecessor: Unit) -> frozenset[str]:
    """Its name, where it lay, and that one's name."""
    named = {keys.unit(one.code) for one in (predecessor, predecessor.parent) if one}
    return frozenset(named | {keys.within(predecessor.code)})
