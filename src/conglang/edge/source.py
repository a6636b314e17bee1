"""Where an edge pulls from: the store as a folder, or the same tree behind an HTTP address."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    SlowRetrievalError,
)
from tuf.ngclient import FetcherInterface

from conglang.edge.impatient import cut_in_time
from conglang.wire.envelope import MOST_BYTES
from conglang.wire.objects import SUFFIXES, ObjectDamaged, open_plain
from conglang.wire.repo import STATE_TARGET

_CHUNK = 1 << 20
_TIMEOUT = 10.0
Away = Callable[[], AbstractContextManager[None]]


class SourceError(Exception):
    """The source does not have it or does not answer. What is applied stays; the next pull tries again."""


class Source(FetcherInterface):
    """`base`: a folder (`/var/lib/conglang/store`) or an address (`https://store.example/`) with objects/ and repo/.

    `away` is entered around every wait for the network.
    """

    def __init__(self, base: str) -> None:
        self._folder = None if base.startswith(("http://", "https://")) else Path(base).resolve()
        self.away: Away = nullcontext
        self.base = self._folder.as_uri() if self._folder else base.rstrip("/")
        self.metadata_url = f"{self.base}/repo/metadata/"
        self.targets_url = f"{self.base}/repo/targets/"

    @property
    def is_near(self) -> bool:
        """A folder of this machine: looking costs next to nothing."""
        return self._folder is not None

    @property
    def metadata(self) -> Path | None:
        """The folder the signer writes to, where it is on this machine."""
        return self._folder / "repo" / "metadata" if self._folder else None

    def timestamp(self) -> bytes:
        """The newest timestamp as it lies there, unverified: only to see whether a pull is worth while."""
        return self._get(f"{self.metadata_url}timestamp.json", 1 << 16)

    def object(self, digest: str, encoding: str | None, size: int) -> bytes:
        """At most `size` bytes of an object, unverified."""
        suffix = SUFFIXES[encoding] if encoding else ""
        if self._folder is None:
            return self._get(f"{self.base}/objects/{digest[:2]}/{digest}{suffix}", size)
        try:
            with open_plain(f"{self._folder}/objects/{digest[:2]}/{digest}{suffix}") as file:
                return file.read(size)
        except ObjectDamaged as error:
            raise SourceError(str(error)) from error
        except OSError as error:
            raise SourceError(f"{error.filename}: {error.strerror}") from error

    def state(self) -> bytes:
        """The shared state as it lies there, unverified, and at most as long as one may be."""
        return self._get(f"{self.base}/repo/{STATE_TARGET}", MOST_BYTES)

    def shard(self, site: str, shard: str, digest: str, size: int) -> bytes:
        """At most `size` bytes of the shard of this digest, unverified."""
        return self._get(f"{self.targets_url}{site}/{digest}.{shard}.json", size)

    def _get(self, url: str, limit: int) -> bytes:
        try:
            return self.download_bytes(url, limit)
        except DownloadError as error:
            raise SourceError(f"{url}: {error}") from error

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """As the base class does, without a temporary file."""
        data = bytearray()
        for chunk in self.fetch(url):
            data += chunk
            if len(data) > max_length:
                raise DownloadLengthMismatchError(f"{url} is longer than {max_length} bytes")
        return bytes(data)

    def _fetch(self, url: str) -> Iterator[bytes]:
        if not url.startswith(self.base + "/"):
            raise DownloadError(f"{url} is outside {self.base}")
        return self._from_disk(url) if self._folder else self._from_net(url)

    @staticmethod
    def _from_disk(url: str) -> Iterator[bytes]:
        try:
            with open_plain(unquote(urlsplit(url).path)) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except FileNotFoundError as error:
            raise DownloadHTTPError(f"{url} is not there", 404) from error
        except (OSError, ObjectDamaged) as error:
            raise DownloadError(f"{url}: {error}") from error

    def _from_net(self, url: str) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        try:
            yield from self._answered(url)
        except HTTPError as error:  # nobody there, or it breaks off
            raise DownloadError(f"{url}: {error}") from error

    def _answered(self, url: str) -> Iterator[bytes]:
        with self.away():
            answer = self._pool.request("GET", url, preload_content=False, timeout=_TIMEOUT, redirect=False)
        try:
            if answer.status != 200:
                raise DownloadHTTPError(f"{url}: status {answer.status}", answer.status)
            yield from self._body(url, answer)
        finally:
            answer.release_conn()

    def _more(self, answer: Any) -> bytes:
        with self.away():
            return bytes(answer.read1(_CHUNK))

    def _body(self, url: str, answer: Any) -> Iterator[bytes]:
        got = 0
        try:
            with cut_in_time(answer.socket) as hurry:
                while data := self._more(answer):
                    got += len(data)
                    hurry(got)
                    yield data
        except TimeoutError as error:
            raise SlowRetrievalError(f"{url} comes too slowly: {got} bytes so far") from error

    @cached_property
    def _pool(self) -> Any:
        from conglang.edge.impatient import impatient_pool

        return impatient_pool()
