"""Where e-mail is handed over, as one address of the environment."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True)
class MailServer:
    """``host`` is empty when there is none."""

    host: str = ""
    port: int = 0
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False

    @classmethod
    def parse(cls, address: str) -> "MailServer":
        """Read ``smtp://name:password@host:port``. Raises ValueError with what is wrong, never with the password."""
        if not address:
            return cls()
        parts = urlsplit(address)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError(
                "write smtp://name:password@host:587, smtps://…:465 or smtp+plain://127.0.0.1:25"
            )
        if parts.scheme == "smtp+plain" and not _is_here(parts.hostname):
            raise ValueError(
                "without encryption only a server on this machine is used; write smtp:// or smtps://"
            )
        return cls(
            parts.hostname, parts.port or PORTS[parts.scheme], unquote(parts.username or ""),
            unquote(parts.password or ""), starttls=parts.scheme == "smtp", tls=parts.scheme == "smtps",
        )  # fmt: skip


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
