"""Estimate the impact of applying a plan, from the mirror and the limiter's last figures."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kb.execute.batch_move import plan_subtrees
from kb.execute.journal.runs import Runs, count_sent_on
from kb.execute.preflight.check import check_limits
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import Change
from kb.plan.collide.board import Collision
from kb.plan.collide.find import find_collisions
from kb.plan.impact.duration import FULL_BUDGET, RateBudget
from kb.plan.impact.estimate import Impact, TicketAudience, estimate_impact
from kb.plan.limits import ExceededLimit
from kb.settings.workspace import Workspace
from kb.sources.registry import writable_kinds, writable_sources
from kb.text.json_fields import int_field, text_field


@dataclass(frozen=True, slots=True)
class ApplyForecast:
    """The impact of accepted changes, what apply would refuse of them, and remarks."""

    consequences: Impact
    refused: tuple[Collision, ...] = ()
    remarks: tuple[Collision, ...] = ()
    over: tuple[ExceededLimit, ...] = ()


def forecast_apply(
    workspace: Workspace,
    mirror: Mirror,
    accepted: tuple[Change, ...],
    *,
    per_day: int | None = None,
    without_note: bool = False,
) -> ApplyForecast:
    """Return what these changes would do, and what would be refused. Raises StoreError."""
    settings = workspace.settings
    now = time.time()
    esa, redmine = (_find_writer(workspace, mirror, source) for source in (Source.ESA, Source.REDMINE))
    collided = find_collisions(
        accepted,
        queries.post_places(mirror.database),
        personal=settings.people.folders,
        me=text_field(esa.get("name")),
    )
    found = estimate_impact(
        accepted,
        find_audiences(mirror, accepted),
        budget=read_budget(workspace, mirror, now),
        subtrees=() if per_day else [len(each.numbers) for each in plan_subtrees(mirror, accepted)],
        per_day=per_day or 0,
        sent_today=_sent_today(workspace, now) if per_day else 0,
        without_note=without_note,
        editor=text_field(esa.get("name")),
        author=text_field(redmine.get("name")),
        me=int_field(redmine.get("id")),
    )
    return ApplyForecast(found, collided.refused, collided.remarks, check_limits(workspace, mirror, accepted))


def _find_writer(workspace: Workspace, mirror: Mirror, source: Source) -> Mapping[str, Any]:
    """Return the account that writes to a source; empty where a separate credential does, whose owner is unknown."""
    apart = any(each.writes_apart for each in writable_sources(workspace.settings) if each.source is source)
    return {} if apart else queries.find_reader(mirror, source)


def _sent_today(workspace: Workspace, now: float) -> int:
    runs = Runs(workspace.private / "runs")
    return count_sent_on(runs, datetime.fromtimestamp(now, UTC), workspace.settings.timezone)


def read_budget(workspace: Workspace, mirror: Mirror, now: float) -> RateBudget:
    """Return where the rate limit stands for who writes, as this machine last left it."""
    found = (each.read_budget(workspace, mirror, now) for each in writable_sources(workspace.settings))
    return next(filter(None, found), FULL_BUDGET)


def find_hidden_posts(mirror: Mirror, accepted: tuple[Change, ...]) -> frozenset[str]:
    """Return the targets that are posts not all members may read."""
    narrow = {f"esa:{number}" for number in queries.limited_posts(mirror.database)}
    return frozenset(each.target for each in accepted if each.target in narrow)


def find_audiences(mirror: Mirror, changes: Iterable[Change]) -> dict[str, TicketAudience]:
    """Map the mirrored targets that change, or change along, to the people mailed about it."""
    wanted = sorted({target for each in changes for target in (each.target, *each.along)})
    return {target: found for kind in writable_kinds() for target, found in kind.find_audiences(mirror, wanted).items()}
