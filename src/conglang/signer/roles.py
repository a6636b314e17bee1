"""Which on-line roles there are, and who says whose key counts. A new role is one line here and one in `wire.repo`.

root names the keys of `snapshot` and `timestamp`; top-level targets those of DELEGATED; the role `sites` that of
`site`, which signs for every single site.
"""

from conglang.wire.repo import (
    AUDIT_PATTERN,
    AUDIT_ROLE,
    HOSTS_TARGET,
    NETWORK_ROLE,
    SITES_ROLE,
    STATE_PATTERN,
    STATE_ROLE,
)

# role → the paths it may sign; the first pattern that fits decides, so `sites` comes last
DELEGATED = {
    NETWORK_ROLE: HOSTS_TARGET,
    STATE_ROLE: STATE_PATTERN,
    AUDIT_ROLE: AUDIT_PATTERN,
    SITES_ROLE: "*/*",
}
SHARED = (STATE_ROLE,)  # duty people's own keys stand beside the on-line key
IN_SNAPSHOT = (NETWORK_ROLE, SITES_ROLE)
NAMED_BY_ROOT = ("snapshot", "timestamp")
