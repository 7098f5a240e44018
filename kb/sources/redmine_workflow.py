"""What Redmine would let the key's owner do with a ticket: there is no API for workflows, but tickets tell.

Requests: the statuses one ticket can be given 1 · the versions of a project 1 (measured on Redmine 6.0.5).

What a ticket can be given depends on its tracker, its status, the roles of the key's owner in its project,
whether they wrote or have the ticket, and on what is open below or before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from kb.sources import redmine_rows
from kb.sources.call import Row
from kb.sources.sealed import sealed
from kb.sources.shape import an_object, maybe, need, rows_of

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.redmine_requests import RedmineRequests


@dataclass(frozen=True, slots=True)
class Allowed:
    """A ticket as it is now, with the statuses it can be given; None where the server does not tell (before 5.0)."""

    issue: Row
    statuses: tuple[Row, ...] | None


class RedmineWorkflow:
    """The workflow of one Redmine, as tickets show it. Made by `kb.sources.redmine.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def allowed(self, issue_id: int) -> Allowed | None:
        """What one ticket can be given; None when it is not there for this key (403, 404)."""
        path = f"/issues/{issue_id}.json"
        answer = self._ask.get(path, {"include": "allowed_statuses"}, allow=(403, 404))
        if answer.status == 404:
            redmine_rows.require_json_404(answer, path)
        if answer.status != 200:
            return None
        row = redmine_rows.checked_issue(need(an_object(answer.data, path), "issue", dict, path), path)
        if row.get("allowed_statuses") is None:
            return Allowed(row, None)
        statuses = rows_of(row, "allowed_statuses", path)
        for status in statuses:
            need(status, "id", int, path, "allowed_statuses[].")
            need(status, "name", str, path, "allowed_statuses[].")
            maybe(status, "is_closed", bool, False, path, "allowed_statuses[].")
        return Allowed(row, tuple(statuses))

    @sealed
    def versions(self, project: str) -> tuple[Row, ...] | None:
        """The versions a project can use, with their `status` (open, locked, closed); None where it shows none."""
        path = f"/projects/{quote(project, safe='')}/versions.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status != 200:
            redmine_rows.require_json_404(answer, path)
            return None
        return tuple(rows_of(answer.data, "versions", path))
