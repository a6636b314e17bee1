"""Bringing sites to the public: one, or all of them; telling the signer again; showing an older edition again."""

from conglang.portal.publishing.rendering.locks import SiteBusy
from conglang.wire.release import SignerUnavailable

from .many import publish_all
from .rebuilding import NoReason, close_rebuilds, count_subjects, left_of, start_rebuild
from .releasing import ReleaseRefused, SiteReport, disagreeing_sites, publish_site, resync
from .retaining import forget_editions, tidy
from .rolling_back import CannotRollBack, lift, roll_back
from .together import publish_together

__all__ = [
    "CannotRollBack", "NoReason", "ReleaseRefused", "SignerUnavailable", "SiteBusy", "SiteReport", "close_rebuilds",
    "count_subjects", "disagreeing_sites", "forget_editions", "left_of", "lift", "publish_all", "publish_site",
    "publish_together", "resync", "roll_back", "start_rebuild", "tidy",
]  # fmt: skip
