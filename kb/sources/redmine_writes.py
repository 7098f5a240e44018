"""The write side of Redmine, for whoever applies an accepted plan.

Requests: up to 100 tickets by their ids 1 · an edit 1 · one ticket with its notes 1.

A 204 proves nothing (Redmine 6.0.5 answers so to what its workflow forbids, and posts the note all the
same): the caller reads back. The gate must be open (`Access.writing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kb.sources import redmine_rows
from kb.sources.call import Answer, Row
from kb.sources.sealed import sealed
from kb.sources.shape import an_object, need

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.redmine_requests import RedmineRequests

AT_ONCE = 100
"""The most tickets one request names: a page holds 100 (measured on Redmine 6.0.5)."""


class RedmineWrites:
    """Edits of one Redmine. Made by `kb.sources.redmine.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def numbered(self, ids: Sequence[int]) -> dict[int, Row]:
        """Up to 100 tickets as they are now, with their relations: one request. What is not seen is left out."""
        wanted = set(ids)
        params = {
            "issue_id": ",".join(str(each) for each in sorted(wanted)),
            "status_id": "*",
            "include": "relations",
            "limit": AT_ONCE,
            "sort": "id",
        }
        path = "/issues.json"
        # A filter that a server does not know is ignored without a word: each row is looked at again.
        rows = [row for row in self._ask.page(path, "issues", params) if row["id"] in wanted]
        return {row["id"]: redmine_rows.checked_issue(row, path) for row in rows}

    @sealed
    def whole(self, issue_id: int) -> Row | None:
        """One ticket with its journals, relations and children; None when it is not there for this key."""
        path = _path(issue_id)
        answer = self._ask.get(path, {"include": "journals,children,relations"}, allow=(403, 404))
        if answer.status != 200:
            return None
        return redmine_rows.checked_issue(need(an_object(answer.data, path), "issue", dict, path), path)

    @sealed
    def update(self, issue_id: int, fields: Mapping[str, Any]) -> Answer:
        """Change these fields of a ticket (and post `notes`); 422 carries `errors` in the user's language.

        Raises CredentialError when the key itself is refused (401).
        """
        path = _path(issue_id)
        answer = self._ask.put(path, {"issue": dict(fields)})
        if answer.status == 401:
            raise redmine_rows.refusal(answer, path)
        return answer

    def url(self, issue_id: int) -> str:
        """Where an edit of a ticket is sent to."""
        return f"{self.access.base}{_path(issue_id)}"


def _path(issue_id: int) -> str:
    return f"/issues/{issue_id}.json"
