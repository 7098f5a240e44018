"""Estimate the impact of applying a plan, from the mirror and the limiter's last figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from kb.execute.batch_move import find_subtrees
from kb.execute.journal.runs import Runs, count_sent_on
from kb.execute.preflight.check import check_limits
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source, parse_doc
from kb.model.plan import Change, group_by_target
from kb.plan.collide.board import Collision
from kb.plan.collide.find import find_collisions
from kb.plan.impact.duration import FULL_BUDGET, RateBudget
from kb.plan.impact.estimate import Impact, TicketAudience, estimate_impact
from kb.plan.limits import ExceededLimit
from kb.settings.kb_toml import EsaSettings
from kb.settings.workspace import Workspace
from kb.sources.esa import requests
from kb.sources.redmine.requests import write_key_spec
from kb.sources.transport.limiter import Limiter
from kb.text.json_fields import int_field, object_field, objects_field, text_field


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
    clock: Callable[[], float] = time.time,
) -> ApplyForecast:
    """Return what these changes would do, and what would be refused. Raises StoreError."""
    esa, redmine = queries.find_reader(mirror, "esa"), queries.find_reader(mirror, "redmine")
    settings = workspace.settings
    esa_apart = has_write_token(settings.esa)
    redmine_apart = settings.redmine is not None and write_key_spec(settings.redmine).is_given
    wholes = not per_day
    collided = find_collisions(
        accepted,
        queries.post_places(mirror.database),
        personal=settings.people.folders,
        me="" if esa_apart else text_field(esa.get("name")),
    )
    found = estimate_impact(
        accepted,
        find_audiences(mirror, accepted),
        budget=read_budget(workspace, {} if esa_apart else esa, clock()),
        subtrees=_subtree_sizes(mirror, accepted) if wholes else (),
        per_day=per_day or 0,
        sent_today=_sent_today(workspace, clock()) if per_day else 0,
        without_note=without_note,
        editor="" if esa_apart else text_field(esa.get("name")),
        author="" if redmine_apart else text_field(redmine.get("name")),
        me=0 if redmine_apart else int_field(redmine.get("id")),
    )
    return ApplyForecast(found, collided.refused, collided.remarks, check_limits(workspace, mirror, accepted))


def has_write_token(settings: EsaSettings | None) -> bool:
    """Whether posts are written with a separate token, whose owner is unknown until it is used."""
    return settings is not None and requests.write_token_spec(settings).is_given


def _subtree_sizes(mirror: Mirror, accepted: tuple[Change, ...]) -> list[int]:
    """Return the number of posts in each category that moves as a whole."""
    posts = group_by_target(each for each in accepted if each.source is Source.ESA)
    places = ((number, place[0]) for number, place in queries.post_places(mirror.database))
    return [len(each.numbers) for each in find_subtrees(posts, places)]


def _sent_today(workspace: Workspace, now: float) -> int:
    runs = Runs(workspace.private / "runs")
    return count_sent_on(runs, datetime.fromtimestamp(now, UTC), workspace.settings.timezone)


def read_budget(workspace: Workspace, me: Mapping[str, Any], now: float) -> RateBudget:
    """Return where esa's limit stands for the token's owner, as this machine last left it."""
    limiter = Limiter("esa", folder=workspace.cache)
    limiter.share(f"{urlsplit(requests.esa_base_url()).netloc}/{int_field(me.get('id'))}")
    window = limiter.window(now)
    if window is not None:
        return RateBudget(window.limit, window.remaining, window.reset_in_s)
    limit = limiter.limit() or FULL_BUDGET.limit  # of an expired window; the next one has it again
    return RateBudget(limit, limit)


def find_hidden_posts(mirror: Mirror, accepted: tuple[Change, ...]) -> frozenset[str]:
    """Return the targets that are posts not all members may read."""
    numbers = {each.number for each in accepted if each.source is Source.ESA}
    narrow = queries.limited_posts(mirror.database)
    return frozenset(f"esa:{number}" for number in numbers & narrow)


def find_audiences(mirror: Mirror, changes: Iterable[Change]) -> dict[str, TicketAudience]:
    """Map the mirrored tickets that change, or change along, to the people concerned.

    Watchers are known only of tickets that were read one by one, by a key that may see them.
    """
    wanted = {each.target for each in changes if each.source is Source.REDMINE}
    wanted |= {other for each in changes for other in each.along}
    found: dict[str, TicketAudience] = {}
    for target in sorted(wanted):
        row = mirror.ticket(parse_doc(target).number)
        if row is not None:
            raw = row.raw
            watchers = raw.get("watchers")
            found[target] = TicketAudience(
                author=int_field(object_field(raw.get("author")).get("id")),
                assignee=int_field(object_field(raw.get("assigned_to")).get("id")),
                watchers=tuple(int_field(each.get("id")) for each in objects_field(watchers))
                if isinstance(watchers, list)
                else None,
                watcher_count=int_field(raw.get("watchers_count")),
            )
    return found
