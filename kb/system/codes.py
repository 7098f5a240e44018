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
