"""`conglang keys permit`: a duty person allows what the portal alone may not: to take away pages, hosts, search."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conglang.cli import duty as duty_command
from conglang.cli.data_folder import add_data_option, explain, folder_of
from conglang.cli.words import Trouble, _, say
from conglang.signer import duty, permits
from conglang.signer.permits import EVERY_SITE, Permit, What
from conglang.wire.paths import is_site_key

MOST_HOURS = int(permits.LONGEST / timedelta(hours=1))


def main(arguments: Sequence[str]) -> int:
    """0 when the permit lies where the signer looks. Raises Trouble with what to do."""
    options = _parser().parse_args(arguments)
    data = folder_of(options.data)
    if not 1 <= options.hours <= MOST_HOURS:
        raise Trouble(_("A permit lasts 1 to %s hours. Nothing was allowed.") % MOST_HOURS)
    if options.site != EVERY_SITE and not is_site_key(options.site):
        raise Trouble(_("“%s” is not the key of a site. Nothing was allowed.") % options.site)
    try:
        signer = duty.load(options.key, duty_command.passphrase())
    except duty.DutyError as error:
        raise Trouble(duty_command.why(error.reason)) from error
    known = {one.keyid: one for one in duty.known(data.keys)} if data.keys.is_dir() else {}
    person = known.get(signer.public_key.keyid)
    if known and (person is None or not person.entitled):
        raise Trouble(
            _("This key does not count (yet). Nothing was allowed: ./conglang keys duty shows all.")
        )
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=options.hours)
    permit = Permit(What(options.what), options.site, until, options.cause)
    try:
        file = permits.put(data.root, permit, signer)
    except OSError as error:
        raise explain(error, Path(error.filename or data.root)) from error
    say(_("Allowed until %(until)s: %(file)s. What waits is published within a minute; remove the file to end it.")
        % {"until": until.astimezone().strftime("%H:%M, %d/%m/%Y"), "file": file})  # fmt: skip
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="conglang keys permit",
        description=_("Allow for some hours what the portal alone may not have published."),
    )
    parser.add_argument("what", choices=[one.value for one in What],
                        help=_("removal: many pages of a site; hosts: a host goes or shows another site; noindex: kept "
                               "from search"))  # fmt: skip
    parser.add_argument("--site", required=True, metavar="KEY", help=_("the key of the site, or * for all"))
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help=_("your duty key"))
    parser.add_argument("--hours", type=int, default=4, metavar="N", help=_("how long (default: 4)"))
    parser.add_argument("--cause", default="", help=_("why, for the record"))
    add_data_option(parser)
    return parser
