"""`conglang keys show`: each key's place and privacy, and how long the off-line signatures last."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from conglang.cli.accounts import SIGNER, owner_of
from conglang.cli.data_folder import DataFolder
from conglang.cli.words import _, say
from conglang.signer import keys, pem


def show(data: DataFolder) -> int:
    """Print everything; 0 when every key that signs is there and private and nothing waits for repair."""
    if data.keys.exists() and not os.access(data.keys, os.R_OK | os.X_OK):
        say(_("%s is closed to you: run this as root or as the signer's account.") % data.keys, style="red")
        return 1
    if not _any_key(data.keys):
        say(_("root.json is missing: this network has no keys yet (./conglang keys create)."), style="red")
        return 1
    sound = True
    for folder, names in (("offline", keys.OFFLINE), ("online", keys.ONLINE)):
        for name in names:
            words, good = _state(data.keys / folder, name, needed=folder == "online")
            say(f"{folder + '/' + name:<18} {words}", style="" if good else "red")
            sound = sound and good
    if not (data.keys / "root.json").exists():
        say(_("root.json is missing: this network has no keys yet (./conglang keys create)."), style="red")
        return 1
    _say_validity(data)
    say(account_words(data))
    if keys.is_demo(data.keys):
        say(_("This is a demonstration network: content of kind «demo» is signed (keys/demo-network)."))
    return 0 if sound else 1


def _any_key(folder: Path) -> bool:
    """Whether this is, or was, a network: something of it is left that a backup would complete."""
    return (folder / "root.json").exists() or any(folder.glob("o*line/*.pem"))


def _state(folder: Path, name: str, *, needed: bool) -> tuple[str, bool]:
    file = folder / f"{name}.pem"
    if not file.exists():
        missing = (_("missing: restore it from the backup"), False)
        return missing if needed else (_("not on this machine: good"), True)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return _("others may read it: chmod 600 %s") % file, False
    try:
        keyid = pem.read(file).public_key.keyid[:12]
    except ValueError:
        return _("damaged: restore it from the backup"), False
    waits = " · " + _("a successor waits to be signed for") if pem.next_file(folder, name).exists() else ""
    return _("here, private") + f" · {keyid}{waits}", True


def _say_validity(data: DataFolder) -> None:
    from conglang.signer.ceremony import pending
    from conglang.signer.ceremony.proposal import RENEWED_BEFORE, in_force

    found = in_force(data.keys)
    root, targets = found.current.signed, found.targets.signed
    say(
        _("root %(root)s is valid until %(until)s, the delegations (targets %(targets)s) until %(then)s.")
        % {
            "root": root.version,
            "until": root.expires.date(),
            "targets": targets.version,
            "then": targets.expires.date(),
        }
    )
    if min(root.expires, targets.expires) - datetime.now(UTC) < RENEWED_BEFORE:
        say(
            _("That ends soon: ./conglang keys request FILE begins the ceremony for another year."),
            style="red",
        )
    if pending.file_of(data.keys).exists():
        say(_("A signed ceremony file waits for the signer (keys/install.json); it is taken up at its next start."),
            style="yellow")  # fmt: skip


def account_words(data: DataFolder) -> str:
    """Under whose account the keys lie."""
    owner = owner_of(data.keys)
    if owner == SIGNER:
        return _("The keys belong to %s, the signer's own account.") % owner
    shared = _(
        "The keys belong to %s, like the rest of the network: whoever breaks into the portal can read them. As root on "
        "Linux, ./conglang up gives the signer an account of its own."
    )
    return shared % owner
