"""Bring a plan's file up to date with the mirror, and add the links that were written since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import kb
from kb.execute.plan_store import drop_limited
from kb.execute.preflight.link_changes import propose_link_changes
from kb.execute.preflight.mirror_state import mirror_lookup, rehold_plan
from kb.mirror.store import Mirror
from kb.model.plan import Change, Plan, sort_key
from kb.plan.links.change import is_link
from kb.plan.propose.post import Proposals, check_sendable, has_secret
from kb.plan.rebase import Contradiction, RebasedPlan, RebaseOutcome, rebase
from kb.settings.workspace import Workspace
from kb.text.lang import t

FOUND_SINCE = t("（あとから見つかったもの）", " (found since)")
"""What the group of a link is called that a refresh adds: groups that were decided on stay as they are."""


@dataclass(frozen=True, slots=True)
class RefreshedPlan:
    """A plan as it is now, what became of its changes, and how many this file may not hold."""

    plan: Plan
    rebased: RebasedPlan
    hidden: int

    @property
    def newly_held(self) -> int:
        """The number of changes that collide now and are no longer accepted."""
        pairs = zip(self.rebased.plan.changes, self.plan.changes, strict=True)
        return sum(one.accept and not other.accept for one, other in pairs)

    def is_same_as(self, old: Plan) -> bool:
        """Whether nothing differs from the plan as it was."""
        kept = all(outcome is RebaseOutcome.KEPT for _, outcome in self.rebased.outcomes)
        same = self.plan.digest == old.digest and self.plan.decisions == old.decisions
        return kept and not self.hidden and same and self.plan == self.rebased.plan


def refresh_plan(
    workspace: Workspace,
    mirror: Mirror,
    plan: Plan,
    path: Path,
    created: str,
    contradicts: Callable[[Change, bool], Contradiction | None],
) -> RefreshedPlan:
    """Bring the plan of a file up to date with the mirror; decisions and edits by hand stay."""
    found = rebase(plan, mirror_lookup(mirror), created, kb.__version__, has_secret, contradicts)
    allowed = drop_limited(found.plan.changes, workspace, path)
    if hidden := len(found.plan.changes) - len(allowed):
        targets = {each.target for each in found.plan.changes} - {each.target for each in allowed}
        outcomes = tuple((change, outcome) for change, outcome in found.outcomes if change.target not in targets)
        found = replace(found, plan=replace(found.plan, changes=allowed), outcomes=outcomes)
    found = _add_links(workspace, mirror, found, path)
    reset = {each.id for outcome in (RebaseOutcome.RESET, RebaseOutcome.EXPIRED) for each in found.those(outcome)}
    return RefreshedPlan(rehold_plan(workspace, mirror, found.plan, reset), found, hidden)


def _add_links(workspace: Workspace, mirror: Mirror, found: RebasedPlan, path: Path) -> RebasedPlan:
    """Return the plan with the links that lead to what it moves and were written since."""
    esa, plan = workspace.settings.esa, found.plan
    moves = [each for each in plan.changes if not is_link(each)]
    if esa is None or not any(map(is_link, plan.changes)) or not moves:
        return found
    proposed = check_sendable(Proposals(propose_link_changes(mirror, esa.team, moves).changes, {})).changes
    now = {_place_of(each): each for each in proposed}
    kept = [_with_new_link(each, now.pop(_place_of(each), None)) if is_link(each) else each for each in plan.changes]
    added = [
        replace(each, id=each.own_id, proposed=each.accept, group=f"{each.group}{FOUND_SINCE}")
        for each in drop_limited(tuple(now.values()), workspace, path)
    ]
    made = replace(plan, changes=tuple(sorted((*kept, *added), key=sort_key)))
    return replace(found, plan=made)


def _place_of(change: Change) -> tuple[str, int, int]:
    return change.target, change.seen.line, change.seen.column


def _with_new_link(change: Change, proposed: Change | None) -> Change:
    """Return a link as it has to be now that what it follows goes elsewhere; one written by hand stays."""
    if proposed is None or change.edited or change.after == proposed.after or change.before != proposed.before:
        return change
    made = replace(change, after=proposed.after, group=proposed.group, reason=proposed.reason)
    return replace(made, id=made.own_id)
