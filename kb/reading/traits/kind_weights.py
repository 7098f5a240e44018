"""What pages of a kind count where incidents are looked for."""

from __future__ import annotations

from kb.model.facts import PageKind

HANDLING = frozenset({PageKind.RUNBOOK, PageKind.FAQ})
"""Kinds that tell what to do."""
OTHERS_WEIGHT = 0.5
_WEIGHTS = {PageKind.INCIDENT: 1.0, PageKind.OTHER: 0.7, **dict.fromkeys(HANDLING, 0.6)}


def weigh_kind(kind: PageKind) -> float:
    """Return what the score of a page of a kind is multiplied by: past incidents are asked for."""
    return _WEIGHTS.get(kind, OTHERS_WEIGHT)
