"""What a password must be: long, and not one that is easily guessed. No rules about kinds of characters, no expiry.

NIST SP 800-63B: length and a list of known and contextual words protect; composition rules and forced changes do not.
"""

import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from conglang.wire.folding import host_label

from . import rules
from .models import User


class NoPatternValidator:
    """Refuses what is long but has almost nothing in it: repetitions and rows of keys or numbers."""

    def validate(self, password: str, user: User | None = None) -> None:
        if rules.is_pattern(password):
            raise ValidationError(
                _("This password repeats or counts. Use several unrelated words."), "pattern"
            )

    def get_help_text(self) -> str:
        return _("Not a repetition, and not a row of keys or numbers.")


class OwnWordsValidator:
    """Refuses a password that is little more than the person's or the office's own words."""

    def validate(self, password: str, user: User | None = None) -> None:
        if rules.is_own_words(host_label(password), self._words(user)):
            raise ValidationError(
                _(
                    "This password is made of the name of the person, the unit or the city. Add unrelated words."
                ),
                "own-words",
            )

    def get_help_text(self) -> str:
        return _("Not just your name, your unit's name or the city's name.")

    def _words(self, user: User | None) -> Iterable[str]:
        words = {"conglang", "hanoi", "thanhpho", "thudo", "ubnd", "matkhau", "password", "quantri", "phuong"}
        if user is not None:
            words |= {user.username, user.first_name, user.last_name, user.email.partition("@")[0]}
            if user.pk:
                words |= set(user.holdings.values_list("office__unit__name", flat=True))
        return {host_label(word) for word in words if len(host_label(word)) >= 3}


def random_password() -> str:
    """Return 20 characters in five groups, about 98 bits, without letters that look alike."""
    groups = ("".join(secrets.choice(rules.CLEAR_CHARACTERS) for _ in range(4)) for _ in range(5))
    return "-".join(groups)
