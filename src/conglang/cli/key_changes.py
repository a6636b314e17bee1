"""`conglang keys rotate` and `revoke`: a successor is made, signed for where that needs the off-line keys, taken up."""

import json
import subprocess
import sys
from datetime import UTC, datetime

from conglang.cli.accounts import as_signer
from conglang.cli.data_folder import DataFolder
from conglang.cli.key_words import sentence
from conglang.cli.words import Trouble, _, say
from conglang.signer import keys, pem
from conglang.wire.release import KeysInForce, SignerClient, SignerUnavailable, keys_from_json


def replace(data: DataFolder, name: str, *, revoked: bool) -> int:
    """Replace one key; 0 when the new one is in force, 1 when the holders of the off-line keys are needed first.

    Killed at any moment, the same command finishes it. Raises Trouble in words.
    """
    if not (data.keys / "root.json").exists():
        raise Trouble(_("There is no network with keys in %s. Nothing was changed.") % data.root)
    if name in keys.OFFLINE:
        if not keys.has_offline(data.keys):
            say(_("The off-line keys are not on this machine, as it should be. Write a request for their holders:\n"
                  "  ./conglang keys request --replace %s FILE") % name)  # fmt: skip
            return 1
        _hold_here(data, replaced=[name])
    else:
        pem.prepare_next(data.keys / "online", name)
        if name != "site" and not keys.has_offline(data.keys):
            say(_("The new key of %(name)s is made and waits. The holders of the off-line keys must sign for it:\n"
                  "  ./conglang keys request FILE\nUntil their file is installed the old key goes on signing.")
                % {"name": name})  # fmt: skip
            return 1
        if name != "site":
            _hold_here(data)
    force = take_up(data)
    _say_done(name, force, revoked=revoked)
    return 0


def _hold_here(data: DataFolder, replaced: list[str] | None = None) -> None:
    from conglang.signer.ceremony import at_hand
    from conglang.signer.ceremony.document import CeremonyRefused

    try:
        at_hand.hold(data.keys, datetime.now(UTC), replace=replaced or ())
    except CeremonyRefused as error:
        raise Trouble(sentence(error)) from error


def _say_done(name: str, force: KeysInForce, *, revoked: bool) -> None:
    if name in force.waiting:
        raise Trouble(
            _("The signer did not take up the new key of %s; its log says why. The old one still counts.")
            % name
        )
    say(_("%(name)s has a new key, and everything it signs is signed again (root %(root)s, targets %(targets)s).")
        % {"name": name, "root": force.root, "targets": force.targets})  # fmt: skip
    if revoked:
        say(_("The old key of %s is refused from now on by every edge that can reach us, and it is no longer on this "
              "machine. An edge that is cut off believes it until its next pull.") % name)  # fmt: skip


def take_up(data: DataFolder) -> KeysInForce:
    """Have what waits in `keys/` taken up: by the signer that runs, else by one that starts for this and ends again."""
    try:
        return SignerClient(data.signer_socket).reload()
    except SignerUnavailable:
        pass
    command = [sys.executable, "-m", "conglang.signer", "--data", str(data.root), "--once", *as_signer(data)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    if done.returncode != 0:
        raise Trouble(
            _(
                "What was prepared is kept, but no signer could take it up; the next ./conglang up does. It said:\n%s"
            )
            % done.stderr.strip()[-600:]
        )
    return keys_from_json(json.loads(done.stdout.splitlines()[-1]))
