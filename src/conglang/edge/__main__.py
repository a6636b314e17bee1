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
    if not pin_root(root, Path(options.pin or data / "keys" / "root.json")):
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


def pin_root(folder: Path, offered: Path) -> bool:
    """Make sure the edge has a pinned root. It is copied once, on the first start, and never replaced by this."""
    from conglang.wire import durable

    if (folder / "root.json").exists():
        return True
    if not offered.exists():
        return False
    folder.mkdir(parents=True, exist_ok=True)
    durable.write(folder / "root.json", offered.read_bytes())
    return True


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
