"""What failed, as the office says it: what, why, what to do now; the program's own words for whoever mends it."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_RAISED = re.compile(r"[A-Z]\w+: ")  # «ZeroDivisionError: …»: a program's words, not an office's
_SPAM = re.compile(r"spam words? (?P<words>«.+»)")
_PLANTED = re.compile(r"script|frame from|hidden text|element <|<meta>|sends elsewhere")
_ADDRESS_TAKEN = re.compile(r"\bslug\b|url_path")

_KINDS: dict[str, str | Promise] = {
    "page": gettext_lazy("A page"),
    "withdrawn": gettext_lazy("The notice in place of a page"),
    "redirect": gettext_lazy("The way from a former address"),
    "latest": gettext_lazy("The list of the latest news"),
    "feed": gettext_lazy("The news feed"),
    "sitemap": gettext_lazy("The site map for search engines"),
    "errors": gettext_lazy("The pages for addresses that are not there"),
    "emergency": gettext_lazy("The page of urgent announcements"),
    "assets": gettext_lazy("Typefaces, styles and drawings"),
    "pinned": gettext_lazy("A page that is held at an earlier edition"),
}


@dataclass(frozen=True)
class Told:
    """`why` and what to do (`advice`) in sentences; `detail`: what the program said, empty when that is all of it."""

    why: str
    advice: str = ""
    detail: str = ""


def told(error: str) -> Told:
    """Say an error for the people at the desk."""
    if found := _SPAM.search(error):
        why = _("The signer refuses it: it contains %(words)s, as planted advertisements do.")
        return Told(
            why % found.groupdict(),
            _("Find out how that came into the text. Take it out and publish again."),
            error,
        )
    if _PLANTED.search(error):
        return Told(
            _("The signer refuses it: it contains a program, a foreign frame or hidden text."),
            _("Open the text, take out what was pasted from elsewhere and publish again. Tell the security officer on "
              "duty."),
            error,
        )  # fmt: skip
    if _RAISED.match(error) and _ADDRESS_TAKEN.search(error):
        return Told(
            _("Another page has this address by now."),
            _(
                "Open the text, press “Cancel scheduled publish”, give it another address and set the time again."
            ),
            error,
        )
    if _RAISED.match(error):
        return Told(
            _("The program could not make it."),
            _("Open the text, look through what was changed last and publish again. If that does not help, pass on to "
              "the administrator of the network what the program said."),
            error,
        )  # fmt: skip
    return Told(error)


def kind_of(what: str) -> str:
    """Name what failed and is no page of somebody's: «sitemap 2026-11» → what readers know it as; a path stays."""
    return str(_KINDS.get(what.partition(" ")[0], what))
