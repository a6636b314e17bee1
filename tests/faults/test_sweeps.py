"""kill -9, a broken disk and a full one at every tenth step of signer, edge and publisher; the others in the bench."""

import os
import random
from pathlib import Path

import pytest

from conglang.portal.publishing.releases.tests.signer_process import Signer

from .edge_scene import EdgeScene
from .publisher_scene import PublisherScene
from .scene import Scene, one_in, points, sweep
from .signer_scene import SignerScene

pytestmark = [pytest.mark.fault, pytest.mark.usefixtures("can_trace")]
SEED = int(os.environ.get("CONGLANG_SEED") or random.randrange(10**6))


def _all_hold(scene: Scene, *, at_least: int, every: int = 10) -> None:
    """Every tenth point, or more; the seed is printed with a failure: CONGLANG_SEED=… repeats it."""
    print(f"CONGLANG_SEED={SEED}")
    chosen = one_in(every, scene, points(scene), SEED)
    tried = list(sweep(scene, chosen))
    wrong = [f"{one.fault} at {one.wrong}" for one in tried if one.wrong]
    assert not wrong, "\n".join(wrong)
    reached = sum(one.reached for one in tried)
    assert reached >= at_least, f"only {reached} of {len(tried)} points were reached"


def test_edge_shows_one_edition_or_the_other_wherever_a_pull_is_stopped(folder: Path) -> None:
    _all_hold(EdgeScene(folder), at_least=60)


def test_signer_has_signed_the_old_or_the_new_wherever_he_is_stopped(folder: Path) -> None:
    _all_hold(SignerScene(folder), at_least=12)


def test_signer_whose_first_start_is_stopped_anywhere_starts_again(folder: Path) -> None:
    _all_hold(SignerScene(folder, first=True), at_least=30)


def test_published_change_is_public_once_and_whole_wherever_the_publisher_is_stopped(signer: Signer) -> None:
    _all_hold(PublisherScene(signer.data), at_least=12, every=6)  # one edition has few calls
