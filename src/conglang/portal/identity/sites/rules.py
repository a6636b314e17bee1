"""Where sites live (scheme, domain, port, host), and when one is official. Plain Python."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

DESK = "quantri"
PREVIEW = "xemtruoc"
APPROVAL = "pheduyet"
RESERVED_LABELS = frozenset({"www", DESK, PREVIEW, APPROVAL, "api", "mail", "cdn"})
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
DEFAULT_PORTS = {"http": 80, "https": 443}

State = Literal["trial", "official"]


class BadOrigin(ValueError):
    """The text is not scheme://domain or scheme://domain:port."""


def is_host(text: str) -> bool:
    """Say whether ``text`` is a host name in lower-case ASCII, of two labels at least."""
    labels = text.split(".")
    return len(text) <= 253 and len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels)


@dataclass(frozen=True)
class Origin:
    """The one recorded input from which every absolute address of the network is made.

    ``domain`` is the city portal's host. ``city_key`` is the key of its site; without it the first label of the
    domain is taken, which is right for hanoi.gov.vn and hanoi.localhost.
    """

    scheme: str
    domain: str
    port: int
    city_key: str = ""

    @classmethod
    def parse(cls, text: str, city_key: str = "") -> "Origin":
        """Return the origin written as ``https://hanoi.gov.vn`` or ``http://hanoi.localhost:8000``.

        Raises BadOrigin, with a sentence that says what is wrong.
        """
        parts = urlsplit(text)
        if parts.scheme not in DEFAULT_PORTS or parts.path.strip("/") or parts.query or parts.fragment:
            raise BadOrigin(
                f"{text!r} is not an origin. Write scheme and domain, such as https://hanoi.gov.vn."
            )
        try:
            port = parts.port
        except ValueError as error:
            raise BadOrigin(f"{text!r} has no usable port. Use a number from 1 to 65535.") from error
        if parts.username is not None or not is_host(parts.hostname or ""):
            raise BadOrigin(f"{text!r} has no usable domain. Use lower-case ASCII with a dot: hanoi.gov.vn.")
        chosen = DEFAULT_PORTS[parts.scheme] if port is None else port
        return cls(parts.scheme, parts.hostname or "", chosen, city_key)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.domain}{self._port_part}"

    @property
    def _port_part(self) -> str:
        return "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"

    @property
    def is_local(self) -> bool:
        """True on one machine only: names under .localhost never leave it (RFC 6761, 6.3)."""
        return self.domain.endswith(".localhost")

    def host_of(self, key: str, custom_host: str = "") -> str:
        """Return the host of the site ``key``: its own when it has one, else the rule's; the city's is the domain.

        On *.localhost a host of its own cannot be reached, so the rule is used.
        """
        if key == (self.city_key or self.domain.partition(".")[0]):
            return self.domain
        return custom_host if custom_host and not self.is_local else f"{key}.{self.domain}"

    def url(self, host: str, path: str = "") -> str:
        """Return the absolute address of ``path`` (starting with a slash, or empty) on ``host``."""
        return f"{self.scheme}://{host}{self._port_part}{path}"

    @property
    def _tail(self) -> str:
        return "localhost" if self.is_local else self.domain

    @property
    def desk_host(self) -> str:
        return f"{DESK}.{self._tail}"

    @property
    def preview_host(self) -> str:
        return f"{PREVIEW}.{self._tail}"


def state_at(official_from: datetime | None, at: datetime) -> State:
    """Return whether a site is on trial (vận hành thử nghiệm) or official (chính thức) at the instant ``at``."""
    return "official" if official_from is not None and official_from <= at else "trial"
