"""Bringing sites to the public: one, or all of them; and telling the signer again."""

from conglang.portal.publishing.rendering.locks import SiteBusy
from conglang.wire.release import SignerUnavailable

from .many import publish_all
from .releasing import ReleaseRefused, SiteReport, disagreeing_sites, publish_site, resync

__all__ = [
    "ReleaseRefused", "SignerUnavailable", "SiteBusy", "SiteReport", "disagreeing_sites", "publish_all",
    "publish_site", "resync",
]  # fmt: skip
