"""`conglang audit restored`: after a restore, let the signer go on from an older entry; once, with a reason, signed."""

import argparse
from collections.abc import Sequence

from conglang.cli.data_folder import add_data_option, folder_of
from conglang.cli.words import Trouble, _, say
from conglang.signer.audit_desk import allow_break
from conglang.wire.audit import AuditError


def main(arguments: Sequence[str]) -> int:
    """0 when the signer may go on with the next checkpoint. Trouble for whoever may not say so."""
    parser = argparse.ArgumentParser(
        prog="conglang audit restored",
        description=_(
            "Say that the record was brought back from a backup, so that it goes on from an older entry."
        ),
    )
    parser.add_argument(
        "--reason", required=True, help=_("why, and on whose order; it is signed and stays readable")
    )
    add_data_option(parser)
    options = parser.parse_args(arguments)
    try:
        allow_break(folder_of(options.data).root, options.reason)
    except AuditError as empty:
        raise Trouble(
            _("Give a reason: it is what everybody reads who verifies the record later.")
        ) from empty
    except OSError as closed:
        raise Trouble(
            _(
                "The signer's folder is closed to you: run this as root or as its account. Nothing was changed."
            )
        ) from closed
    say(
        _("The next checkpoint (within five minutes) goes on from the record as it is, and says so for good.")
    )
    return 0
