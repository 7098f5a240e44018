"""What applying a plan would come to, told before: from the mirror and the limiter's last figures. Asks no system."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from kb.execute.batch_move import subtrees
from kb.execute.journal.runs import Runs, sent_on
from kb.execute.preflight.check import over_limits
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import Change, merged
from kb.plan.collide import collisions
from kb.plan.collide.board import Collision
from kb.plan.impact import Audience, Consequences, consequences
from kb.plan.impact.duration import FRESH, Budget
from kb.plan.limits import Refusal
from kb.settings.kb_toml import EsaSettings
from kb.settings.workspace import Workspace
from kb.sources.esa import requests
from kb.sources.transport import credentials
from kb.sources.transport.limiter import Limiter
from kb.text.json_fields import table, tables, text, whole


@dataclass(frozen=True, slots=True)
class Foresight:
    """The consequences of accepted changes; what apply would refuse of them, and what is only worth saying."""

    consequences: Consequences
    refused: tuple[Collision, ...] = ()
    remarks: tuple[Collision, ...] = ()
    over: tuple[Refusal, ...] = ()


def foreseen(
    workspace: Workspace,
    mirror: Mirror,
    accepted: tuple[Change, ...],
    *,
    per_day: int | None = None,
    without_note: bool = False,
    clock: Callable[[], float] = time.time,
) -> Foresight:
    """What these changes would do, and what would be refused. Raises StoreError."""
    esa, redmine = reader(mirror, "esa"), reader(mirror, "redmine")
    settings = workspace.settings
    key = settings.redmine.write_key_command if settings.redmine else ""
    esa_apart = is_written_apart(settings.esa)
    redmine_apart = credentials.writes_apart(credentials.WRITE_KEY, key)
    wholes = not per_day
    collided = collisions(
        accepted,
        queries.places(mirror.database),
        personal=settings.people.folders,
        me="" if esa_apart else text(esa.get("name")),
    )
    found = consequences(
        accepted,
        audiences(mirror, accepted),
        budget=budget(workspace, {} if esa_apart else esa, clock()),
        subtrees=_wholes(mirror, accepted) if wholes else (),
        per_day=per_day or 0,
        sent_today=_sent_today(workspace, clock()) if per_day else 0,
        without_note=without_note,
        editor="" if esa_apart else text(esa.get("name")),
        author="" if redmine_apart else text(redmine.get("name")),
        me=0 if redmine_apart else whole(redmine.get("id")),
    )
    return Foresight(found, collided.refused, collided.remarks, over_limits(workspace, mirror, accepted))


def is_written_apart(settings: EsaSettings | None) -> bool:
    """Whether posts are written with a token of its own, whose owner is not known before it is used."""
    return credentials.writes_apart(credentials.WRITE_TOKEN, settings.write_token_command if settings else "")


def _wholes(mirror: Mirror, accepted: tuple[Change, ...]) -> list[int]:
    """How many posts each category holds that is moved as a whole."""
    posts = merged(each for each in accepted if each.source is Source.ESA)
    places = ((number, place[0]) for number, place in queries.places(mirror.database))
    return [len(each.numbers) for each in subtrees(posts, places)]


def _sent_today(workspace: Workspace, now: float) -> int:
    runs = Runs(workspace.private / "runs")
    return sent_on(runs, datetime.fromtimestamp(now, UTC), workspace.settings.timezone)


def budget(workspace: Workspace, me: Mapping[str, Any], now: float) -> Budget:
    """Where esa's limit stands for the token's owner, as the last kb of this machine left it."""
    limiter = Limiter("esa", folder=workspace.cache)
    limiter.share(f"{urlsplit(requests.esa_base()).netloc}/{whole(me.get('id'))}")
    window = limiter.window(now)
    if window is not None:
        return Budget(window.limit, window.remaining, window.reset_in_s)
    limit = limiter.limit() or FRESH.limit  # that of a window that is over, which the next one has again
    return Budget(limit, limit)


def reader(mirror: Mirror, source: str) -> Mapping[str, Any]:
    """Whose token the mirror was read with: `id` and `name`; empty when it is not known."""
    found = json.loads(mirror.mark(f"{source}.reader") or "{}")
    return found if isinstance(found, dict) else {}


def hidden(mirror: Mirror, accepted: tuple[Change, ...]) -> frozenset[str]:
    """The posts among the targets that not all members may read."""
    numbers = {each.number for each in accepted if each.source is Source.ESA}
    narrow = queries.narrow(mirror.database)
    return frozenset(f"esa:{number}" for number in numbers & narrow)


# Who has to do with the tickets of a plan, as the mirror has it.


def audiences(mirror: Mirror, changes: Iterable[Change]) -> dict[str, Audience]:
    """By target, those of the tickets that change, and of those that change along; what is not mirrored is left out.

    Watchers are known of tickets that were read one by one, and only to a key that may see them.
    """
    wanted = {each.target for each in changes if each.source is Source.REDMINE}
    wanted |= {other for each in changes for other in each.along}
    found: dict[str, Audience] = {}
    for target in sorted(wanted):
        row = mirror.ticket(int(target.rpartition(":")[2]))
        if row is not None:
            raw = row.raw
            watchers = raw.get("watchers")
            found[target] = Audience(
                author=whole(table(raw.get("author")).get("id")),
                assignee=whole(table(raw.get("assigned_to")).get("id")),
                watchers=tuple(whole(each.get("id")) for each in tables(watchers))
                if isinstance(watchers, list)
                else None,
                watcher_count=whole(raw.get("watchers_count")),
            )
    return found
