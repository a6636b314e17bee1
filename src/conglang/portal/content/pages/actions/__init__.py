"""What changes pages: giving sites their tree, publishing, taking down, remembering former addresses."""

from .keeping import publish, remember_former_paths
from .provisioning import provision, provision_all, record_hosts
from .withdrawing import CannotWithdraw, confirm_withdrawal, end_withdrawal, undo_withdrawal, withdraw

__all__ = [
    "CannotWithdraw", "confirm_withdrawal", "end_withdrawal", "provision", "provision_all", "publish", "record_hosts",
    "remember_former_paths", "undo_withdrawal", "withdraw",
]  # fmt: skip
