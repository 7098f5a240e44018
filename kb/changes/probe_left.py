"""What a probe that ended early has left behind, and the plan that archives it."""

from __future__ import annotations

from dataclasses import replace

import kb
from kb.changes.book import values_in
from kb.changes.plan import Change, Key, Plan, Seen, Verb
from kb.changes.probe_scene import ARCHIVE
from kb.changes.runs import PROBE, Run, Told
from kb.lang import t
from kb.model import Confidence


def is_probe(run: Run) -> bool:
    """Whether a run was a probe."""
    return run.plan == PROBE


def archiving(run: Run) -> Plan:
    """The plan that archives the posts a probe has left; without changes when it has left none."""
    changes = tuple(change for told in run.told.values() if (change := _archiving(run, told)) is not None)
    return Plan(run.team, run.at, kb.__version__, changes)


def archived(category: str) -> bool:
    """Whether a category is below Archived."""
    return category == ARCHIVE or category.startswith(f"{ARCHIVE}/")


def _archiving(run: Run, told: Told) -> Change | None:
    state = told.result.get("state") or {}
    values = values_in(told.intend.get("before")) | values_in(state.get("values"))
    place = str(values.get(Key.CATEGORY, ""))
    if archived(place):
        return None
    why = str(t(f"{run.name} の確認で作った記事", f"made by the probe {run.name}"))
    change = Change(
        kind=Verb.ARCHIVE,
        target=told.target,
        before={Key.CATEGORY: place},
        after={Key.CATEGORY: f"{ARCHIVE}/{place}" if place else ARCHIVE},
        seen=Seen(str(state.get("updated_at", "")), int(state.get("revision") or 0)),
        group=why,
        reason=why,
        confidence=Confidence.HIGH,
        title=told.title,
    )
    return replace(change, id=change.own_id)
