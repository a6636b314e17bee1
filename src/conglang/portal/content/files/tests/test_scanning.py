"""With a virus scanner set, nothing is stored that it has not looked through; one that does not answer is no yes."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import override

from conglang.portal.content.files.examination.verdicts import Reason, Refused
from conglang.portal.content.files.models import Document
from conglang.portal.content.files.scanning import Scanner

from . import made
from .clamd import EICAR, Daemon
from .test_files import office  # noqa: F401  a fixture


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cl-") as name:  # short: a socket lies in it
        yield Path(name)


def refused(scanner: Scanner, data: bytes = b"%PDF-1.7") -> Reason:
    with pytest.raises(Refused) as told:
        scanner.check(data)
    return told.value.reason


@pytest.mark.parametrize("by", ["unix", "tcp"])
def test_file_goes_to_the_scanner_whole_and_a_virus_is_refused(folder: Path, by: str) -> None:
    with Daemon(folder / "clamd" if by == "unix" else None) as daemon:
        scanner, data = Scanner.parse(daemon.address), bytes(range(256)) * 4000
        scanner.check(data)
        assert daemon.received == data

        assert refused(scanner, data + EICAR) is Reason.VIRUS


@pytest.mark.parametrize("mood", ["hangs", "drops", "small", "talks"])
def test_scanner_that_gives_no_clear_answer_lets_nothing_in(folder: Path, mood: str) -> None:
    with Daemon(folder / "clamd", mood) as daemon:
        began = time.monotonic()

        assert refused(Scanner.parse(daemon.address), b"x" * 2_000_000) is Reason.NOT_SCANNED
        assert time.monotonic() - began < 4


def test_scanner_that_never_ends_is_given_up(folder: Path) -> None:
    with Daemon(folder / "clamd", "slow") as daemon:
        hasty = replace(Scanner.parse(daemon.address), patience=0.5)

        assert refused(hasty) is Reason.NOT_SCANNED


@pytest.mark.parametrize("address", ["unix:/khong/co/clamd.ctl", "tcp:127.0.0.1:9"])
def test_scanner_that_is_not_there_lets_nothing_in(address: str) -> None:
    assert refused(Scanner.parse(address)) is Reason.NOT_SCANNED


@pytest.mark.parametrize("text", ["clamd", "unix:clamd.ctl", "tcp:127.0.0.1", "tcp::3310", "http://a:1"])
def test_setting_that_names_no_place_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="neither unix:/PATH nor tcp:HOST:PORT"):
        Scanner.parse(text)


def test_upload_passes_the_scanner_before_it_is_examined_and_stored(
    office: Any,  # noqa: F811
    settings: Any,
    folder: Path,
) -> None:
    with Daemon(folder / "clamd") as daemon:
        settings.UPLOAD_SCANNER = Scanner.parse(daemon.address)
        document = Document(title="Đơn", office=office)
        document.file.save("Đơn.pdf", ContentFile(made.pdf("lành")), save=False)
        assert daemon.received == made.pdf("lành")

        infected = Document(title="Đơn", office=office)
        with pytest.raises(ValidationError), override("vi"):
            infected.file.save("Đơn.pdf", ContentFile(made.pdf() + EICAR), save=False)


def test_without_its_scanner_the_officer_is_asked_to_try_later(office: Any, settings: Any) -> None:  # noqa: F811
    settings.UPLOAD_SCANNER = Scanner.parse("unix:/khong/co/clamd.ctl")

    with override("vi"), pytest.raises(ValidationError) as told:
        Document(title="Đơn", office=office).file.save("a.pdf", ContentFile(made.pdf()), save=False)

    assert "Chưa kiểm tra được vi-rút" in told.value.messages[0] and "thử lại sau" in told.value.messages[0]
