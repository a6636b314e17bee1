"""The programs of a running network: their command lines, and how each shows that it is ready."""

import os
import sys
import time

from conglang.cli.accounts import as_signer
from conglang.cli.asking import ask_socket, edge_status, worker_alive
from conglang.cli.installation import Installation
from conglang.cli.postgres import identity, let_server_through
from conglang.cli.supervisor import Program
from conglang.cli.words import Trouble
from conglang.wire import edges
from conglang.wire.release import SignerClient, SignerUnavailable

EDGE_NAME = "1"


def postgresql(installation: Installation) -> Program:
    """The embedded database. SIGINT is its fast shutdown: what was committed is kept."""
    from signal import SIGINT

    cluster = installation.cluster
    return Program(
        "postgresql",
        tuple(cluster.command()),
        ready=cluster.answers,
        identity=identity(),
        before=lambda: let_server_through(cluster.folder),
        stop_signal=SIGINT,
    )


def signer(installation: Installation, *, after_restore: bool = False) -> Program:
    """The one process that reads the signing keys; under an account of its own where we are root."""

    def answers() -> bool:
        try:
            SignerClient(installation.data.signer_socket).ping()
        except SignerUnavailable:
            return False
        return True

    options = as_signer(installation.data) + (["--after-restore"] if after_restore else [])
    return Program("signer", _module(installation, "conglang.signer", *options), ready=answers)


def edge(installation: Installation) -> Program:
    """The edge app and its puller. It is given the store to pull from and nothing secret."""
    socket = installation.data.run / "edge.sock"
    arguments = ("--name", EDGE_NAME, "--source", str(installation.data.store), "--socket", str(socket))
    return Program(
        "edge",
        _module(installation, "conglang.edge", *arguments),
        ready=lambda: bool(edge_status(socket)),
        before=lambda: socket.unlink(missing_ok=True),
    )


def name_own_edge(installation: Installation) -> None:
    """Have this machine's own edge asked like every other. A damaged list of edges is a Trouble."""
    socket = str(installation.data.run / "edge.sock")
    try:
        known = edges.read(installation.data.root)
        if known.get(EDGE_NAME) != socket:
            edges.write(installation.data.root, {**known, EDGE_NAME: socket})
    except edges.BadEdge as bad:
        raise Trouble(str(bad)) from bad


def portal(installation: Installation) -> Program:
    """The desk and the preview host, behind Caddy on a UNIX socket."""
    socket = installation.data.run / "portal.sock"
    command = (
        sys.executable, "-m", "uvicorn", "conglang.portal.site.asgi:application", "--uds", str(socket),
        "--proxy-headers", "--forwarded-allow-ips", "*", "--no-access-log", "--log-level", "warning",
        "--lifespan", "off", "--timeout-graceful-shutdown", "5",
    )  # fmt: skip
    return Program(
        "portal",
        command,
        ready=lambda: ask_socket(socket, "/_/health")[0] == 200,
        environment=installation.environment(),
        before=lambda: socket.unlink(missing_ok=True),
    )


def bulk_names() -> list[str]:
    """One for each of two cores, where there are two."""
    return [f"bulk-{number}" for number in range(1, min(2, os.cpu_count() or 1) + 1)]


def bulk_workers(installation: Installation) -> list[Program]:
    """Render and release what concerns many sites or many pages, beside the worker."""
    return [
        Program(
            name,
            (sys.executable, "-m", "conglang.cli.worker", "bulk"),
            ready=lambda: True,
            environment=installation.environment(),
        )
        for name in bulk_names()
    ]


def worker(installation: Installation) -> Program:
    """Renders and releases what editors change."""
    begun = time.time()
    return Program(
        "worker",
        (sys.executable, "-m", "conglang.cli.worker"),
        ready=lambda: worker_alive(installation.database_url, since=begun),
        environment=installation.environment(),
    )


def _module(installation: Installation, name: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, "--data", str(installation.data.root), *arguments)
