"""How long a sign-in lasts, as data: an installation chooses a profile (setting SIGN_IN_POLICY). Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType


@dataclass(frozen=True)
class SignInPolicy:
    """``idle``: without a request; ``absolute``: since signing in; ``proof``: how long ago somebody may have proved who
    they are, for what concerns other people's rights. After ``tries`` wrong passwords or codes the door is shut for
    ``shut_for``. A person may do without a second step for ``grace`` after their first sign-in, an administrator of the
    city for ``administrators_grace``; who has given the password has ``pending`` for the second step. An account that
    nobody used for ``idle_account`` is closed. ``source`` says where the figures come from, and how certain."""

    idle: timedelta
    absolute: timedelta
    proof: timedelta
    tries: int
    shut_for: timedelta
    grace: timedelta
    administrators_grace: timedelta
    pending: timedelta
    idle_account: timedelta
    source: str


PROFILES: Mapping[str, SignInPolicy] = MappingProxyType(
    {
        "cap-do-3": SignInPolicy(
            idle=timedelta(minutes=15), absolute=timedelta(hours=12), proof=timedelta(minutes=15),
            tries=5, shut_for=timedelta(minutes=15),
            grace=timedelta(days=7), administrators_grace=timedelta(days=1), pending=timedelta(minutes=5),
            idle_account=timedelta(days=45),
            source="Information system of level 3: 15 minutes without use and 5 tries, as secondary reports of TCVN"
            " 14423:2026 [S] suggest it for business applications; 45 days without use likewise. The others are ours.",
        ),
        "nist": SignInPolicy(
            idle=timedelta(minutes=30), absolute=timedelta(hours=12), proof=timedelta(minutes=15),
            tries=10, shut_for=timedelta(minutes=15),
            grace=timedelta(days=7), administrators_grace=timedelta(days=1), pending=timedelta(minutes=5),
            idle_account=timedelta(days=90),
            source="NIST SP 800-63B asks for limits of all three kinds; the figures are ours.",
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Instants of one sign-in, in seconds since the epoch."""

    began: float
    seen: float

    def is_over(self, now: float, policy: SignInPolicy) -> bool:
        """Whether the sign-in has run out; an instant in the future (a clock stepped back) counts as now."""
        return (
            now - self.seen > policy.idle.total_seconds()
            or now - self.began > policy.absolute.total_seconds()
        )
