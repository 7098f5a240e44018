"""What a run over Redmine carries along: client, job, the parts that are followed, the server's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kb.errors import UsageError
from kb.mirror.sync.job import DAY, SyncJob
from kb.sources.redmine.rows import RowContext
from kb.text.json_fields import int_field, object_field, text_field
from kb.text.lang import t

SETTLE_S = 2.0
"""Times are whole seconds: what changed just now is shown when its second is surely over, so that
the same time later means the same text."""

UNSURE_S = 300.0
"""The same where the server does not tell its clock (no `Date` header, as a bare puma sends none):
ours stands in for it, and may differ."""


class RedmineReads(Protocol):
    """What is asked of Redmine; kb.sources.redmine.client.Redmine is one."""

    past: Any

    def identify(self) -> Any: ...
    def tables(self) -> Any: ...
    def issues_after(self, issue_id: int = 0, *, project: str | None = None) -> Iterator[Any]: ...
    def issues_updated(self, since: str | datetime, *, project: str | None = None) -> Iterator[Any]: ...
    def count(self, *, project: str | None = None) -> int: ...
    def issue_ids(self, *, project: str | None = None) -> Iterator[list[int]]: ...
    def issues(self, ids: Iterable[int]) -> Iterator[Any]: ...
    def wiki_index(self, project: str) -> list[dict[str, Any]] | None: ...
    def wiki_page(self, project: str, title: str) -> dict[str, Any] | None: ...


@dataclass(slots=True)
class ProjectScope:
    """A part of Redmine that is followed on its own: a project with its subprojects, or everything.

    `places` are the identifiers in it, None for everything.
    """

    project: str | None
    places: frozenset[str] | None

    def mark(self, name: str) -> str:
        """The name of a mark of this part."""
        return f"{name}@{self.project}" if self.project else name


@dataclass(slots=True)
class RedmineSync:
    """One run: the client, the job, the world the rows stand in, and the server's clock.

    `started` is the server's time when `began` was read from our monotonic clock; `young` are the
    tickets that were last read in the very second of their last change.
    """

    redmine: RedmineReads
    job: SyncJob
    world: RowContext
    projects: tuple[Mapping[str, Any], ...]
    started: str
    began: float
    young: set[int]
    sleep: Callable[[float], None] = time.sleep

    def settle(self, changed: Iterable[str]) -> None:
        """Wait until the second of the latest of these changes is over; never longer than it takes."""
        wait = self._to_settle(max(changed, default=""))
        if self.started and 0 < wait <= SETTLE_S:
            self.sleep(wait)

    def now(self) -> float:
        """The server's clock in epoch seconds, as the first answer told it; ours when it did not."""
        if not self.started:
            return time.time()
        return datetime.fromisoformat(self.started).timestamp() + time.monotonic() - self.began

    def read(self, number: int, changed: str, at: float) -> None:
        """Ticket `number`, last changed at `changed`, was read at `at` of the server's clock.

        When that second was not over, more can have happened in it afterwards: the ticket stays
        `young`, and the next run reads it again although its time is the same. A time a day and
        more ahead is an import's: nothing happens in it.
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


def find_scope(run: RedmineSync, project: str) -> ProjectScope:
    """The project (identifier or id) with its subprojects. Raises UsageError when it is not there."""
    found = next((row for row in run.projects if project in (row.get("identifier"), str(row.get("id")))), None)
    if found is None:
        raise UsageError(
            t(
                f"プロジェクト「{project}」はこのキーでは見えません。",
                f"this key does not see the project {project!r}.",
            ),
            t(
                "識別子（URL の /projects/ の後）を確かめてください。",
                "check its identifier (after /projects/ in its URL).",
            ),
        )
    family = {int_field(found.get("id"))}
    while True:
        below = {
            int_field(row.get("id"))
            for row in run.projects
            if int_field(object_field(row.get("parent")).get("id")) in family
        }
        if below <= family:
            break
        family |= below
    return ProjectScope(
        text_field(found.get("identifier")), frozenset(run.world.places[each].identifier for each in family)
    )
