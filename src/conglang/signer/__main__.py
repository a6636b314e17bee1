"""`python -m conglang.signer --data DIR`: the process that holds the signing keys. Opens no database, no network."""

import argparse
import json
import logging
import os
import signal
import socket
import socketserver
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conglang.signer.office import Office

RENEW_SECONDS = 300.0
log = logging.getLogger("conglang.signer")


class Listener(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Accepts at once; the first requests wait until the office has read its keys."""

    daemon_threads = True
    request_queue_size = 256
    office: "Office | None" = None

    def __init__(self, path: str, handed: socket.socket | None = None) -> None:
        super().__init__(path, Counter, bind_and_activate=handed is None)
        if handed is not None:
            self.socket.close()
            self.socket = handed
        self.ready = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        log.exception("a request was not answered; what was signed before it is as it was")


class Counter(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        from conglang.wire.release import LINE_LIMIT

        line = self.rfile.readline(LINE_LIMIT)
        assert isinstance(self.server, Listener)
        self.server.ready.wait()
        if line and self.server.office is not None:
            answer = self.server.office.answer(line)
            with suppress(ConnectionError):  # who asked has gone; asking again finds it done
                self.wfile.write(answer)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 2 keys missing or closed, 3 another runs."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s signer %(levelname)s %(message)s")
    os.umask(0o022)  # what is signed is public; keys are made 0600 each
    data = Path(options.data)
    keys_dir = data / "keys"
    from conglang.signer import account, keys

    try:
        keys.create(keys_dir)
        if options.account:
            account.hand_over(data, options.account)
        held = keys.lock(keys_dir)
    except (keys.KeysIncomplete, PermissionError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BlockingIOError:
        sys.stderr.write(f"Another signer already serves {data}. Nothing was changed; stop it first.\n")
        return 3
    try:
        return _once(data, options.account) if options.once else _serve(data, options)
    except account.Closed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        os.close(held)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conglang.signer", description=__doc__)
    parser.add_argument("--data", required=True, help="the data folder (keys/, store/, spool/)")
    parser.add_argument("--socket", help="default: what systemd hands over, else DATA/spool/signer.sock")
    parser.add_argument("--as", dest="account", default="", metavar="USER",
                        help="as root: give keys/ and store/repo to this account and become it")  # fmt: skip
    parser.add_argument("--once", action="store_true", help="take up waiting keys, say what counts, end")
    parser.add_argument(
        "--after-restore", action="store_true", help="raise every version: the store came from a backup"
    )
    return parser.parse_args(arguments)


def _once(data: Path, user: str) -> int:
    """Without serving: for `conglang keys` while no signer runs. Prints what `reload` answers."""
    from conglang.signer import account
    from conglang.signer.office import Office

    account.become(user, data)
    sys.stdout.write(json.dumps(Office(data).reload()) + "\n")
    return 0


def _serve(data: Path, options: argparse.Namespace) -> int:
    socket_path = Path(options.socket or data / "spool" / "signer.sock")
    listener = _listen(socket_path)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    _open_office(listener, data, options)
    while not stop.wait(RENEW_SECONDS):
        _renew(listener)
    listener.shutdown()
    with suppress(
        OSError
    ):  # under an account of its own it may not remove what root made; the next start does
        if not _handed_over():
            socket_path.unlink(missing_ok=True)
    return 0


def _listen(path: Path) -> Listener:
    """The socket systemd has opened for us (sd_listen_fds(3)), else one of our own that only its user may use."""
    if _handed_over():
        return Listener("", handed=socket.socket(fileno=3))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    previous = os.umask(0o177)
    try:
        return Listener(str(path))
    finally:
        os.umask(previous)


def _handed_over() -> bool:
    return os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1"


def _open_office(listener: Listener, data: Path, options: argparse.Namespace) -> None:
    """Read keys and repository, sign a fresh timestamp, then let waiting requests in."""
    from conglang.signer import account, audit_desk
    from conglang.signer.office import Office

    account.become(options.account, data)
    named = os.environ.get("CONGLANG_NETWORK")
    origin = os.environ.get("CONGLANG_ORIGIN", "")
    office = Office(data, network=Path(named) if named else None, origin=origin)
    if options.after_restore:
        office.repository.leap()
        audit_desk.allow_break(data, "restored from a backup")
    office.renew()
    office.take_over()
    listener.office = office
    listener.ready.set()
    log.info("signing %d sites as %s", len(office.repository.editions()), account.name())


def _renew(listener: Listener) -> None:
    """Edges call an hour without a fresh timestamp stale; a full disk now may be an empty one in five minutes."""
    assert listener.office is not None
    try:
        listener.office.renew()
    except OSError:
        log.exception("the timestamp could not be signed; the old one stays valid for at most an hour")


if __name__ == "__main__":
    sys.exit(main())
