"""Choose today's three by what was shown before, and remember them in state.db."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress

from kb.errors import StoreError
from kb.mirror.history.shown_tasks import NOTHING_SHOWN, ShownTask
from kb.mirror.history.state import StateDb
from kb.reports.week.changes import week_name
from kb.reports.week.context import ReportContext
from kb.reports.week.today.choose import LOOK_BACK, Candidate, ChosenTasks, TaskMemory, choose_tasks


def choose_and_remember(context: ReportContext, state: StateDb, candidates: Iterable[Candidate]) -> ChosenTasks:
    """Return the three of the week that `context.now` is in, the same at every run of that week.

    They are the reader's: the team's, or the member's. Of those a report for fewer people showed, one for more shows
    what all of them may see, and others in place of the rest. Where state.db is locked or full, they are not kept.
    """
    shown = state.shown_tasks(_scope(context))
    name, audience = week_name(context.today), int(context.audience)
    kept = shown.week(name)
    now = tuple(each for each in kept if each.key and each.visibility >= audience)
    chosen = choose_tasks(candidates, context.today, TaskMemory(now, shown.weeks_before(name, LOOK_BACK)))
    with suppress(StoreError):
        new = [ShownTask(each.key, each.visibility, each.evidence) for each in chosen.new]
        shown.add(name, new or ([] if kept else [NOTHING_SHOWN]))
    return chosen


def _scope(context: ReportContext) -> str:
    """Return what stands for the reader in state.db: "" for the team, else a hash of the member's name."""
    if context.person is None:
        return ""
    return hashlib.blake2b(context.person.name.encode("utf-8", "replace"), digest_size=16).hexdigest()
