"""`conglang keys request`, `sign`, `install`, `export-offline`: the ceremony with keys that lie elsewhere."""

import sys
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from conglang.cli.data_folder import DataFolder, explain
from conglang.cli.key_changes import take_up
from conglang.cli.key_words import sentence
from conglang.cli.words import Trouble, _, say
from conglang.signer import duty
from conglang.signer.ceremony import document, export_offline, holder, pending, proposal
from conglang.signer.ceremony.document import Ceremony, CeremonyRefused
from conglang.signer.ceremony.verdict import changes, missing_signatures


def request(data: DataFolder, file: Path, *, replace: Collection[str], renew: bool) -> int:
    """Write what must be signed. Nothing secret is in it; the same command writes the same request again."""
    if not (data.keys / "root.json").exists():
        raise Trouble(_("There is no network with keys in %s. Nothing was changed.") % data.root)
    personal = duty.wanted(data.keys)
    found = proposal.propose(data.keys, datetime.now(UTC), replace=replace, renew=renew, duty=personal)
    if found is None:
        say(_("Nothing has to be signed. Rotate a key first, or use --replace or --renew."))
        return 0
    try:
        document.save(found, file.absolute())
    except OSError as error:
        raise explain(error, file) from error
    _say_changes(found)
    _say_people(data)
    say(_("%s is written. Carry it to the machine with the off-line keys and run there:\n"
          "  ./conglang keys sign --offline DIR FILE") % file)  # fmt: skip
    return 0


def sign(file: Path, folder: Path, *, new: str | None, agreed: bool) -> int:
    """Add signatures, after saying what for. Needs this file, a folder with keys, and no network's data."""
    now = datetime.now(UTC)
    try:
        found = document.load(file)
        holder.check(found, folder, now)
        _say_changes(found)
        if not agreed and not _agrees():
            say(_("Nothing was signed."))
            return 1
        if new and holder.fill(found, folder, new):
            document.save(found, file.absolute())
            say(_("%(name)s has a successor in %(folder)s; keep it as you kept the old one.")
                % {"name": new, "folder": folder})  # fmt: skip
        if found.missing:
            say(
                _("Not signed yet: the holders of %s must add their new keys first.")
                % ", ".join(found.missing)
            )
            return 0
        signed = holder.sign(found, folder)
        document.save(found, file.absolute())
    except CeremonyRefused as error:
        raise Trouble(sentence(error)) from error
    except OSError as error:
        raise explain(error, Path(error.filename or file)) from error
    except ValueError as error:
        raise Trouble(
            _("A key in %(folder)s cannot be read: %(error)s") % {"folder": folder, "error": error}
        ) from error
    say(_("Signed by %s.") % ", ".join(signed))
    _say_missing(found)
    return 0


def _agrees() -> bool:
    if not sys.stdin.isatty():
        raise Trouble(_("Nobody is there to agree. Nothing was signed: read what changes, then use --yes."))
    return input(_("Sign this? (yes/no) ")).strip().lower() in (_("yes"), "yes")


def install(data: DataFolder, file: Path) -> int:
    """Check everything, lay the file down in one step, have the signer take it up. Twice is the same as once."""
    if not (data.keys / "root.json").exists():
        raise Trouble(_("There is no network with keys in %s. Nothing was changed.") % data.root)
    try:
        found = document.load(file)
        fresh = pending.submit(data.keys, found, datetime.now(UTC))
    except CeremonyRefused as error:
        raise Trouble(sentence(error)) from error
    force = take_up(data)
    if pending.file_of(data.keys).exists():
        raise Trouble(_("The signer did not take the file up; its log says why. What was in force still is."))
    done = _(
        "In force: root %(root)s, targets %(targets)s. Edges follow by themselves from the root they pinned."
    )
    before = _("That is in force already: root %(root)s, targets %(targets)s. Nothing was changed.")
    say((done if fresh else before) % {"root": force.root, "targets": force.targets})
    return 0


_MEANING = _(
    "What this means: root and delegations can now only be changed by a ceremony (keys request, sign, install), once a "
    "year at least. Give each key to another person, with root.json beside it. These keys have lain on this machine, "
    "and a deleted file can be found again: for a real network have the holders make new ones (keys request --replace "
    "root-1 --replace root-2 --replace root-3 --replace targets FILE)."
)


def export(data: DataFolder, folder: Path) -> int:
    """Move the off-line keys away: copied, synced and read back first, deleted here only then."""
    target = folder.absolute()
    if not (data.keys / "root.json").exists():
        raise Trouble(_("There is no network with keys in %s. Nothing was changed.") % data.root)
    if target.resolve().is_relative_to(data.root):
        raise Trouble(
            _("%s lies inside the data folder: choose a stick, or a folder on another machine.") % target
        )
    try:
        moved = export_offline.move(data.keys, target)
    except export_offline.Different as error:
        raise Trouble(
            _("%s is there already and holds another key. Nothing was deleted: choose an empty folder.")
            % error
        ) from error
    except OSError as error:
        raise explain(error, Path(error.filename or target)) from error
    if not moved:
        say(_("There are no off-line keys on this machine any more."))
        return 0
    say(_("%(names)s are in %(folder)s, read back and compared, and are deleted here.")
        % {"names": ", ".join(moved), "folder": target})  # fmt: skip
    if target.stat().st_dev == data.keys.stat().st_dev:
        say(_("That folder is on the same disk: carry it to a stick and delete it here."), style="yellow")
    say(_MEANING)
    return 0


def _say_changes(found: Ceremony) -> None:
    root, targets = found.root, found.delegations
    if root is not None:
        say(
            _("root %(version)s, valid until %(until)s")
            % {"version": root.signed.version, "until": root.signed.expires.date()}
        )
    if targets is not None:
        say(_("delegations (targets) %(version)s, valid until %(until)s")
            % {"version": targets.signed.version, "until": targets.signed.expires.date()})  # fmt: skip
    for name, old, new in changes(found):
        say(f"  {name}: {old[:12] or '–'} → {new[:12] or '–'}")
    for name in found.missing:
        say(_("  %s: a new key, which its holder makes (keys sign --new)") % name)


def _say_people(data: DataFolder) -> None:
    """Whose the personal keys are: the file that travels knows digits only."""
    for one in duty.known(data.keys):
        if one.wanted and not one.entitled:
            say(_("  %(keyid)s is the key of %(name)s, who may announce then.")
                % {"keyid": one.keyid[:12], "name": one.name})  # fmt: skip
        elif not one.wanted:
            say(_("  %(keyid)s is the key of %(name)s, who may not announce any more then.")
                % {"keyid": one.keyid[:12], "name": one.name})  # fmt: skip


def _say_missing(found: Ceremony) -> None:
    missing = [sentence(CeremonyRefused(why, detail)) for why, detail in missing_signatures(found)]
    for words in missing:
        say(words)
    if not missing:
        say(
            _("All signatures are there. Carry the file back and run: ./conglang keys install FILE"),
            style="bold",
        )
