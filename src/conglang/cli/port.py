"""Whether the port citizens will use is free."""

import errno
import socket
from contextlib import AbstractContextManager, nullcontext, suppress

import psutil

from conglang.cli.words import Trouble, _


def check_port(port: int) -> None:
    """Raise Trouble, naming who holds the port where the system tells us."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):  # noqa: S104 (tried, not served)
        with _tolerance(family), socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                trial.bind((address, port))
            except PermissionError as error:
                raise Trouble(
                    _(
                        "Only root may use port %(port)s. Nothing was changed: choose one from 1024 with --port."
                    )
                    % {"port": port}
                ) from error
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise Trouble(
                        _("Port %(port)s is already used%(by)s. Nothing was changed: stop that, or choose another "
                          "port with --port.") % {"port": port, "by": _holder(port)}
                    ) from error  # fmt: skip
                raise


def _tolerance(family: socket.AddressFamily) -> AbstractContextManager[None]:
    """A machine without IPv6 is no trouble; one without IPv4 is not expected."""
    return suppress(OSError) if family == socket.AF_INET6 else nullcontext()


def _holder(port: int) -> str:
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                name = psutil.Process(connection.pid).name() if connection.pid else "?"
                return _(" by %(name)s (process %(pid)s)") % {"name": name, "pid": connection.pid or "?"}
    return ""
