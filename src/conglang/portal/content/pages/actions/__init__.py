"""What changes pages: giving sites their tree, publishing, remembering former addresses."""

from .keeping import publish, remember_former_paths
from .provisioning import provision, provision_all, record_hosts

__all__ = ["provision", "provision_all", "publish", "record_hosts", "remember_former_paths"]
