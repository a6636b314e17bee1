"""First-run passwords: written down before the people exist, shown once, then forgotten.

The file is what makes "exactly once" true for a run killed in between: people without a file were shown already.
"""

import json
import os
from collections.abc import Mapping, Sequence

from conglang.cli.data_folder import DataFolder
from conglang.cli.words import _, say


def write_down(data: DataFolder, people: Sequence[Mapping[str, str]]) -> None:
    """Keep the people for `show_once`; call it inside the transaction that makes them."""
    if not people:
        return
    half = data.portal / "first-people.new"
    half.touch(mode=0o600)
    with half.open("w") as handle:
        json.dump(list(people), handle)
        handle.flush()
        os.fsync(handle.fileno())
    half.replace(data.portal / "first-people.json")


def show_once(data: DataFolder) -> None:
    """Print names and passwords, if nobody has seen them yet, and remove them from the disk."""
    file = data.portal / "first-people.json"
    if not file.exists():
        return
    say(
        _("First people of the desk. The passwords are shown this once: write them down."),
        style="bold yellow",
    )
    for person in json.loads(file.read_text()):
        say(f"  {person['username']:<12} {person['password']:<18} {person['title']}: {person['can']}")
    file.unlink()
