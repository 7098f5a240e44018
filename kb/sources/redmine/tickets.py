"""Sync tickets with their notes: everything by id, what changed by time, what vanished by number.

No list carries notes, so each ticket that can have one is shown once: those changed more than two seconds after they
were made, then each that is new or changed. Deletions show in the number of tickets (1 request). Edited or emptied
notes, new relations and attachments move no time at all: a rotating audit shows some tickets again each run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from kb.mirror import queries
from kb.mirror.sync.job import DAY, SyncJob, future_limit
from kb.mirror.writer import MirrorWriter
from kb.model.document import Kind, Source
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.rows import RowContext
from kb.text.json_fields import int_field, utc_field
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.redmine.client import Redmine

OVERLAP = timedelta(minutes=1)
"""How far before the last watermark a run reads again."""

QUIET = timedelta(seconds=2)
"""A ticket changed within this of being made has no note yet (measured on Redmine 6.0.5)."""

ALWAYS = timedelta(days=-36500)
"""In place of QUIET: read notes whatever the times say."""


SETTLE_S = 2.0
"""Times are whole seconds: what changed just now is read when its second is over, so that one time means one text."""

UNSURE_S = 300.0
"""The same where the server does not tell its clock (a bare puma sends no `Date`): ours may differ."""


@dataclass(slots=True)
class ProjectScope:
    """A project with its subprojects (`places`), synced on its own; None for everything."""

    project: str | None
    places: frozenset[str] | None

    def mark(self, name: str) -> str:
        return f"{name}@{self.project}" if self.project else name


@dataclass(slots=True)
class RedmineSync:
    """One run. `started` is the server's time when `began` was read from our monotonic clock.

    `young` are the tickets last read in the very second of their last change.
    """

    redmine: Redmine
    job: SyncJob
    world: RowContext
    projects: tuple[Mapping[str, Any], ...]
    started: str
    began: float
    young: set[int]
    sleep: Callable[[float], None] = time.sleep

    def settle(self, changed: Iterable[str]) -> None:
        """Wait until the second of the latest of these changes is over."""
        wait = self._to_settle(max(changed, default=""))
        if self.started and 0 < wait <= SETTLE_S:
            self.sleep(wait)

    def now(self) -> float:
        """Return the server's clock in epoch seconds as the first answer told it, else ours."""
        if not self.started:
            return time.time()
        return datetime.fromisoformat(self.started).timestamp() + time.monotonic() - self.began

    def read(self, number: int, changed: str, at: float) -> None:
        """Note that a ticket last changed at `changed` was read at `at` of the server's clock.

        While that second was not over, more can happen in it: the ticket stays `young`, and the next run reads it
        again although its time is the same. A time a day or more ahead is an import's: nothing happens in it.
        """
        if 0 < self._to_settle(changed, at) < DAY.total_seconds():
            self.young.add(number)
        else:
            self.young.discard(number)

    def _to_settle(self, changed: str, at: float | None = None) -> float:
        now = self.now() if at is None else at
        if not changed:
            return 0.0
        return (SETTLE_S if self.started else UNSURE_S) - (now - datetime.fromisoformat(changed).timestamp())


def sync_tickets(run: RedmineSync, scope: ProjectScope) -> bool:
    """Sync the tickets of one part; return False when the limit ended it."""
    job = run.job
    watermark = max(filter(None, (job.time_mark(scope.mark("watermark")), job.time_mark("watermark"))), default=None)
    if job.full or watermark is None or job.mark(scope.mark("full")) is not None:
        return _copy(run, scope) and _settle(run, scope)
    if not _updated(run, scope, watermark):
        return False
    _compare(run, scope)
    with job.auditing():
        _audit(run, scope)
    return _settle(run, scope)


def _copy(run: RedmineSync, scope: ProjectScope) -> bool:
    """Read every ticket by id, resumed where it stopped. The watermark is the run's start."""
    job = run.job
    state = job.mark(scope.mark("full")) or {"after": 0, "started": run.started, "newest": ""}
    done = 0
    for page in run.redmine.issues_after(state["after"], project=scope.project):
        rows = list(page)
        newest = max(state["newest"], *(utc_field(row.get("updated_on")) for row in rows))
        state = {**state, "newest": newest}
        state["after"] = _store(run, scope, rows, state["after"], "full", state)
        done += len(rows)
        job.tell(done, done + page.total - len(rows))
        if job.limit and done >= job.limit:
            job.notes.append(
                t(
                    f"--limit で止めました（#{state['after']} まで）。続きは kb sync で。",
                    f"stopped by --limit (up to #{state['after']}); kb sync goes on from there.",
                )
            )
            return False
    with job.write() as writer:
        writer.add_suspects(_between(run, scope, state["after"], queries.LAST).values())
        job.set_mark(writer, scope.mark("watermark"), _not_later(state["newest"], state["started"]) or run.started)
        job.set_mark(writer, scope.mark("full"), None)
        job.set_mark(writer, scope.mark("audit"), 0)
    return True


def _store(
    run: RedmineSync,
    scope: ProjectScope,
    rows: list[dict[str, Any]],
    after: int,
    mark: str,
    state: Mapping[str, Any] | None = None,
    quiet: timedelta = QUIET,
) -> int:
    """Store tickets of a walk by id with their notes; those missing between are suspects.

    The mark then holds the last id: in `state`, as `after`, or alone.
    """
    last = max(int_field(row["id"]) for row in rows)
    asked = [row for row in rows if _can_have_notes(row, quiet)]
    shown = _shown(run, asked)
    with run.job.write() as writer:
        _put(writer, run, rows, asked, shown)
        numbers = {int_field(row["id"]) for row in rows}
        here = _between(run, scope, after, last)
        writer.add_suspects(each for number, each in here.items() if number not in numbers)
        run.job.set_mark(writer, scope.mark(mark), last if state is None else {**state, "after": last})
    return last


def _shown(run: RedmineSync, rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return those of these tickets this key still sees, with their notes."""
    if not rows:
        return {}
    run.settle(utc_field(row.get("updated_on")) for row in rows)
    at = run.now()
    shown = {each.id: each.issue for each in run.redmine.issues([int_field(row["id"]) for row in rows])}
    found = {number: issue for number, issue in shown.items() if issue is not None}
    for number, issue in found.items():
        run.read(number, utc_field(issue.get("updated_on")), at)
    return found


def _put(
    writer: MirrorWriter,
    run: RedmineSync,
    rows: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    shown: dict[int, dict[str, Any]],
) -> None:
    """Store tickets: those `asked` for as they were `shown`, if they were, the others as listed."""
    numbers = {int_field(row["id"]) for row in asked}
    for row in rows:
        number = int_field(row["id"])
        if number not in numbers:
            run.read(number, utc_field(row.get("updated_on")), run.now())
            writer.put(redmine_rows.ticket_rows(row, run.world, notes=False))
        elif number in shown:
            writer.put(redmine_rows.ticket_rows(shown[number], run.world, notes=True))
    run.job.set_mark(writer, "young", sorted(run.young) or None)


def _can_have_notes(row: Mapping[str, Any], quiet: timedelta) -> bool:
    try:
        made = datetime.fromisoformat(utc_field(row.get("created_on")))
        changed = datetime.fromisoformat(utc_field(row.get("updated_on")))
    except ValueError:
        return True
    return changed - made > quiet


def _updated(run: RedmineSync, scope: ProjectScope, watermark: str) -> bool:
    """Read what was updated since the watermark, oldest first; return False when the limit ended it."""
    job, db = run.job, run.job.mirror.database
    since = datetime.fromisoformat(watermark) - OVERLAP
    newest, done, future = watermark, 0, future_limit(run.started)
    for page in run.redmine.issues_updated(since, project=scope.project):
        rows = list(page)
        before = queries.change_times(db, Source.REDMINE, Kind.TICKET, (int_field(row["id"]) for row in rows))
        changed = [
            row
            for row in rows
            if before.get(int_field(row["id"])) != utc_field(row.get("updated_on")) or int_field(row["id"]) in run.young
        ]
        shown = _shown(run, changed)
        with job.write() as writer:
            _put(writer, run, changed, changed, shown)
        newest = max(newest, *(utc_field(row.get("updated_on")) for row in rows))
        done += len(changed)
        job.tell(done, done)
        if job.limit and done >= job.limit:
            return False
        if future and newest > future:
            break  # times in the future, as imports bring them: what happened until now stands before
    with job.write() as writer:
        job.set_mark(writer, scope.mark("watermark"), _not_later(newest, run.started))
    return True


def _not_later(moment: str, clock: str) -> str:
    """Return a watermark, never later than the server's clock when the run began."""
    return min(moment, clock) if moment and clock else moment or clock


def _between(run: RedmineSync, scope: ProjectScope, low: int, high: int) -> dict[int, int]:
    return queries.numbers_between(
        run.job.mirror.database, Source.REDMINE, Kind.TICKET, low, high, categories=scope.places
    )


def _compare(run: RedmineSync, scope: ProjectScope) -> None:
    """Compare the number of tickets, and where it differs their ids."""
    job = run.job
    here = _between(run, scope, 0, queries.LAST)
    theirs = run.redmine.count(project=scope.project)
    if theirs == len(here):
        return
    job.hold(len(here) - theirs, len(here))
    seen = {number for page in run.redmine.issue_ids(project=scope.project) for number in page}
    with job.write() as writer:
        writer.add_suspects(each for number, each in here.items() if number not in seen)
    unknown = [{"id": number} for number in sorted(seen - here.keys())]
    shown = _shown(run, unknown)
    with job.write() as writer:
        _put(writer, run, unknown, unknown, shown)


def _settle(run: RedmineSync, scope: ProjectScope) -> bool:
    """Show each suspect ticket: 404 is gone, 403 hidden from this key, else it is where it is."""
    job, db = run.job, run.job.mirror.database
    suspects = {}
    for here in job.suspects():
        kind, key = queries.key_of(db, here)
        if kind is Kind.TICKET:
            suspects[int(key)] = here
    job.hold(len(suspects), len(_between(run, scope, 0, queries.LAST)))
    at = run.now()
    for found in run.redmine.issues(list(suspects)) if suspects else ():
        with job.write() as writer:
            if found.issue is None:
                writer.mark_gone(suspects[found.id], hidden=found.hidden)
            else:
                row = {"id": found.id}
                run.read(found.id, utc_field(found.issue.get("updated_on")), at)
                _put(writer, run, [row], [row], {found.id: found.issue})
                writer.clear_suspects([suspects[found.id]])
    return True


def _audit(run: RedmineSync, scope: ProjectScope) -> None:
    """Show again as many tickets as the settings say, from where the last run stopped, and around."""
    job = run.job
    after, left = int_field(job.mark(scope.mark("audit"))), job.audit
    if not left:
        return
    for page in run.redmine.issues_after(after, project=scope.project):
        rows = list(page)[:left]
        after = _store(run, scope, rows, after, "audit", quiet=ALWAYS)
        left -= len(rows)
        if left <= 0:
            return
    with job.write() as writer:
        writer.add_suspects(_between(run, scope, after, queries.LAST).values())
        job.set_mark(writer, scope.mark("audit"), 0)
