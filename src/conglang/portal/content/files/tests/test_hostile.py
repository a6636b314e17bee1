"""Files made to do harm: each is refused in words that help, or kept without what it was made for."""

from collections import Counter
from io import BytesIO

import pikepdf
import pytest
from django.utils.translation import override

from conglang.portal.content.files.examination import walls
from conglang.portal.content.files.examination.verdicts import Kind, Passed, Reason, Refused
from conglang.portal.content.files.words import REFUSALS, sentence

from . import ordinary
from .hostile import CASES, Case

NEXT_STEP = ("ông/bà", "thử lại")


def everything_in(passed: Passed) -> bytes:
    """All bytes of a kept file, those in its packages and streams unpacked too."""
    if passed.kind is Kind.PDF:
        with pikepdf.open(BytesIO(passed.data)) as pdf:
            return passed.data + b"".join(
                one.read_raw_bytes() + repr(one).encode() for one in pdf.objects if isinstance(one, pikepdf.Stream)
            ) + b"".join(repr(one).encode() for one in pdf.objects)  # fmt: skip
    if passed.kind.measure == "office":
        return passed.data + b"".join(ordinary.parts(passed.data).values())
    return passed.data


def test_there_are_more_than_eighty_in_more_than_ten_families() -> None:
    families = Counter(case.family for case in CASES)

    assert len(CASES) >= 80 and len(families) >= 15


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.family}: {case.name} ({case.says or 'kept'})"
)
def test_hostile_file_is_refused_in_words_or_kept_without_its_sting(case: Case) -> None:
    data = case.build()
    if case.says is not None:
        with pytest.raises(Refused) as told, override("vi"):
            walls.examined(data, case.name, picture=case.picture)
        with override("vi"):
            text = sentence(told.value)
        assert case.says in text and any(step in text.lower() for step in NEXT_STEP), text
    else:
        assert all(one in data or _is_packed(one) for one in case.gone)
        passed = walls.examined(data, case.name, picture=case.picture)
        found = everything_in(passed)
        assert passed.removed == case.removed
        assert not [one for one in case.gone if one in found]
        assert walls.examined(passed.data, "a", picture=case.picture).removed == ()


def _is_packed(piece: bytes) -> bool:
    """What lies in a package cannot be seen from outside; the builder put it there."""
    return piece in (b"192.0.2.1", b"CANARY-OF-THE-UPLOAD")


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_says_in_vietnamese_what_to_do_next(reason: Reason) -> None:
    with override("vi"):
        text = str(REFUSALS[reason])

    assert reason is Reason.TOO_LARGE or any(step in text.lower() for step in NEXT_STEP), text
    assert "&" not in text
