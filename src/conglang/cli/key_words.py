"""What a person is told when a ceremony file is not accepted."""

from conglang.cli.words import _
from conglang.signer.ceremony.document import CeremonyRefused, Wrong

_SENTENCES = {
    Wrong.UNREADABLE: _(
        "This is not a ceremony file, or it is damaged: ask for a new one (./conglang keys request)."
    ),
    Wrong.OTHER_NETWORK: _(
        "This file belongs to another network. Nothing was signed or changed: find out where it came from."
    ),
    Wrong.OLDER: _(
        "This file is older than what is known here already. Nothing was changed: write a new request."
    ),
    Wrong.CHAIN: _("The file's chain of roots does not hold: somebody changed it. Nothing was changed here."),
    Wrong.VERSION: _(
        "This file is not the next step of this network: another ceremony came in between. Write a new request."
    ),
    Wrong.ROOT_SIGNATURES: _(
        "Root signatures are missing; those named can still give them. Nothing is in force yet."
    ),
    Wrong.TARGETS_SIGNATURES: _("The signature of the targets key is missing. Nothing is in force yet."),
    Wrong.SHAPE: _(
        "The file asks for more than another key or another year. Nothing was signed or changed: find out who wrote it."
    ),
    Wrong.EXPIRY: _(
        "The file's end is past or too far away: check the clocks of both machines, then write a new request."
    ),
    Wrong.KEY_NOT_HERE: _(
        "The signer does not hold a key the file names and could sign nothing. Nothing was changed: ask anew."
    ),
    Wrong.KEY_MISSING: _(
        "A successor is not in the file yet. Its holder first runs: ./conglang keys sign --new NAME"
    ),
    Wrong.NO_ROOT_BESIDE: _(
        "No root.json lies beside the off-line keys, so nobody can tell whose network the file is. Copy keys/root.json "
        "there from a place you trust."
    ),
    Wrong.NO_KEY_OF_OURS: _("No key in this folder has a say in what is to be signed. Nothing was changed."),
    Wrong.NOTHING_TO_SIGN: _("The file proposes nothing. Nothing was changed."),
}


def sentence(error: CeremonyRefused) -> str:
    """What is wrong, what was kept, what to do next."""
    words = _SENTENCES[error.why]
    return f"{words} ({error.detail})" if error.detail else words
