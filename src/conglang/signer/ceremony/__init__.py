"""What the off-line keys sign: whose keys count (root), and who may speak for hosts, sites, state (targets).

In production this happens on a machine without network, one holder after the other; one small file travels:

    proposal   the signer's machine writes what must be signed     (`conglang keys request`)
    holder     each holder's machine adds its signatures           (`conglang keys sign`)
    verdict    everything is checked, on both sides
    pending    the checked file waits for the signer, who makes it true in one swap (`conglang keys install`)

A development network has the off-line keys at hand and goes the same way by itself.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuf.api.metadata import Key


def entrust_state(keys_dir: Path, duty: "Mapping[str, Key]", now: datetime) -> None:
    """Give the role `state` to the on-line key and to these personal ones (by key id), each of them alone.

    CeremonyRefused when the off-line key `targets` is not at hand. The signer passes it on at its next look.
    """
    from conglang.signer.ceremony import at_hand

    at_hand.hold(keys_dir, now, duty=duty)
