"""The families of public outputs made of pages. One module each; all registered when the application starts."""

from conglang.portal.publishing.rendering import registry

from .assets import AssetsFamily
from .emergency import EmergencyFamily
from .errors import ErrorsFamily
from .feed import FeedFamily
from .latest import LatestFamily
from .page import PageFamily
from .redirect import RedirectFamily
from .sitemap import SitemapFamily
from .withdrawn import WithdrawnFamily

FAMILIES = (
    AssetsFamily,
    EmergencyFamily,
    ErrorsFamily,
    FeedFamily,
    LatestFamily,
    PageFamily,
    RedirectFamily,
    SitemapFamily,
    WithdrawnFamily,
)


def register_all() -> None:
    for family in FAMILIES:
        registry.register(family())
