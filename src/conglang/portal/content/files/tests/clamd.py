"""Something that speaks as clamd does, at a real socket, and in the ways it can fail."""

import socket
import struct
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Daemon:
    """``mood``: well, hangs (takes connections, says nothing), drops (hangs up), small (refuses what is large),
    talks (answers nonsense), slow (is there, and never finishes a file)."""

    def __init__(self, path: Path | None = None, mood: str = "well") -> None:
        self.mood, self.received = mood, b""
        if path is None:
            self.listening = socket.create_server(("127.0.0.1", 0))
            self.address = f"tcp:127.0.0.1:{self.listening.getsockname()[1]}"
        else:
            self.listening = socket.socket(socket.AF_UNIX)
            self.listening.bind(str(path))
            self.listening.listen()
            self.address = f"unix:{path}"
        self.kept: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in [*self.kept, self.listening]:
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            self.kept.append(line)
            if self.mood == "drops":
                line.close()
            elif self.mood != "hangs":
                threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with suppress(BrokenPipeError), line, line.makefile("rb") as heard:  # whoever asked may have given up
            command = b"".join(iter(lambda: heard.read(1), b"\0"))
            if command == b"zVERSION":
                line.sendall(b"ClamAV 1.4.6/27810/Thu Nov 26 08:23:19 2026\0")
            elif command == b"zINSTREAM":
                line.sendall(self._verdict(self._stream(heard)))

    def _stream(self, heard: object) -> bytes:
        data = b""
        while size := struct.unpack(">I", heard.read(4))[0]:  # type: ignore[attr-defined]
            data += heard.read(size)  # type: ignore[attr-defined]
            if self.mood == "small":
                return data
        self.received = data
        return data

    def _verdict(self, data: bytes) -> bytes:
        if self.mood == "slow":
            threading.Event().wait(30)
        if self.mood == "small":
            return b"INSTREAM size limit exceeded. ERROR\0"
        if self.mood == "talks":
            return b"stream: OK, I suppose\0"
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
