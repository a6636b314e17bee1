"""`python -m conglang.edge --data DIR --name 1`: one edge's puller and its app. Holds no secret, opens no database."""

import argparse
import logging
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conglang.edge.folder import EdgeFolder
    from conglang.edge.puller import Puller
    from conglang.edge.shared import SharedState


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns 0 when stopped, 2 when there is no pinned root."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s edge %(levelname)s %(message)s")
    data = Path(options.data)
    root = data / "edge" / options.name
    offered = Path(options.pin or data / "keys" / "root.json")
    try:
        pinned = pin_root(root, offered)
    except NotARoot:
        sys.stderr.write(f"{offered} is not the root.json of a network; nothing was pinned.\n")
        return 2
    if not pinned:
        sys.stderr.write(
            f"{root / 'root.json'} is missing: this edge does not know whom to trust. "
            "Copy keys/root.json of the signer there; nothing was changed.\n"
        )
        return 2
    from conglang.edge.folder import EdgeFolder, FolderBusy

    try:
        with EdgeFolder(root).alone():
            follow(EdgeFolder(root), options.source or str(data / "store"), options)
    except FolderBusy:
        sys.stderr.write(f"{root}: another process pulls into this folder; nothing was changed.\n")
        return 2
    return 0


def follow(
    folder: "EdgeFolder",
    source: str,
    options: argparse.Namespace,
    *,
    tell: "Callable[[Puller, int], None]" = lambda puller, sites: None,
) -> None:
    """Pull, audit and answer until SIGTERM or SIGINT. `tell` hears after each pull how many sites changed."""
    from conglang.edge.puller import Puller
    from conglang.edge.shared import SharedState
    from conglang.edge.source import Source

    puller = Puller(folder, Source(source), accept_expired=options.accept_expired)
    shared = SharedState(folder, Source(source))
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=puller.run, args=(stop,), kwargs={"tell": lambda sites: tell(puller, sites)}, name="puller"
        ),
        threading.Thread(target=shared.run, args=(stop,), name="shared"),
    ]
    for thread in threads:
        thread.start()
    try:
        _serve(puller, shared, options)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


class NotARoot(ValueError):
    """What was offered to be pinned is not the root of trust of any network."""


def pin_root(folder: Path, offered: Path) -> bool:
    """Make sure the edge has a pinned root. It is copied once, on the first start, and never replaced by this.

    False when nothing is offered. Raises NotARoot, and pins nothing, for a file that is no root of trust.
    """
    from conglang.wire import durable

    if (folder / "root.json").exists():
        return True
    if not offered.exists():
        return False
    data = offered.read_bytes()
    _check_root(data)
    folder.mkdir(parents=True, exist_ok=True)
    durable.write(folder / "root.json", data)
    return True


def _check_root(data: bytes) -> None:
    """A root signs itself. What does not would be kept for ever, and every honest store refused."""
    from tuf.api.exceptions import RepositoryError
    from tuf.api.metadata import Metadata, Root
    from tuf.api.serialization import DeserializationError

    try:
        metadata: Metadata[Root] = Metadata.from_bytes(data)
        if not isinstance(metadata.signed, Root):
            raise NotARoot
        metadata.signed.verify_delegate("root", metadata.signed_bytes, metadata.signatures)
    except (DeserializationError, RepositoryError, RecursionError) as error:
        raise NotARoot from error


def _serve(puller: "Puller", shared: "SharedState", options: argparse.Namespace) -> None:
    import uvicorn

    from conglang.edge.app import EdgeApp
    from conglang.edge.report import report

    app = EdgeApp(puller.folder, report=lambda: report(puller, shared, name=options.name))
    where = {"port": options.port, "host": "127.0.0.1"} if options.port else {"uds": _socket(options)}
    uvicorn.run(app, **where, log_level="warning", access_log=False, server_header=False, lifespan="off")


def _socket(options: argparse.Namespace) -> str:
    path = Path(options.socket or Path(options.data) / "spool" / f"edge-{options.name}.sock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    return str(path)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conglang.edge", description=__doc__)
    parser.add_argument(
        "--data", required=True, help="the data folder (edge/, and store/ unless --source is given)"
    )
    parser.add_argument("--name", default="1", help="which edge of this machine; folder DATA/edge/NAME")
    parser.add_argument("--source", help="folder or http(s) address of the store; default DATA/store")
    parser.add_argument("--pin", help="root.json to trust on the first start; default DATA/keys/root.json")
    parser.add_argument(
        "--accept-expired",
        action="store_true",
        help="a new edge begins with a signed state although its timestamp has run out: it may be an old one",
    )
    parser.add_argument("--socket", help="UNIX socket of the app; default DATA/spool/edge-NAME.sock")
    parser.add_argument("--port", type=int, help="loopback port of the app instead of a socket")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
