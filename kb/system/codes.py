"""The names of all that can be found about a system, which `[[ignore]]` may set aside. Pure."""

from __future__ import annotations

from typing import Final

CODES: Final = frozenset(
    {
        "ambiguous-match",
        "broken-link",
        "count-out-of-range",
        "dead-deploy-filter",
        "ghost-node",
        "ignore-expired",
        "lifecycle-unknown",
        "mention-nowhere",
        "missing-deploy-group",
        "no-owner",
        "no-runbook",
        "noisy-trigger",
        "overdue-retire",
        "picture-stale",
        "source-shrunk",
        "source-stale",
        "stale-container",
        "stale-jar",
        "stale-monitoring",
        "stopped-instance",
        "unknown-instance",
        "unmanaged-deploy-group",
        "unmonitored",
    }
)

NUMBERS: Final = {
    "SYS101": "no-owner",
    "SYS102": "no-runbook",
    "SYS103": "overdue-retire",
    "SYS104": "lifecycle-unknown",
    "SYS105": "broken-link",
    "SYS106": "ignore-expired",
    "SYS107": "picture-stale",
}
"""What the rules are called beside their names; `[[ignore]]` takes the names."""
