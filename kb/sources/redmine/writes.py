"""The write side of Redmine, for whoever applies an accepted plan.

Requests: up to 100 tickets by their ids 1 · an edit 1 · one ticket with its notes 1.

A 204 proves nothing (Redmine 6.0.5 answers so to what its workflow forbids, and posts the note all the
same): the caller reads back. The gate must be open (`Access.writing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kb.sources.redmine import protocol
from kb.sources.transport.answers import optional_field, require_field, require_rows
from kb.sources.transport.call import Answer, Row
from kb.sources.transport.redaction import redact_errors

if TYPE_CHECKING:
    from kb.sources.redmine.requests import RedmineRequests
    from kb.sources.transport.access import Access


AT_ONCE = 100
"""The most tickets one request names: a page holds 100 (measured on Redmine 6.0.5)."""


class RedmineWrites:
    """Edits of one Redmine. Made by `kb.sources.redmine.client.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
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
        return {row["id"]: protocol.check_issue(row, path) for row in rows}

    @redact_errors
    def whole(self, issue_id: int) -> Row | None:
        """One ticket with its journals, relations and children; None when it is not there for this key."""
        path = _path(issue_id)
        answer = self._ask.get(path, {"include": "journals,children,relations"}, allow=(403, 404))
        if answer.status != 200:
            return None
        return protocol.issue_of(answer, path)

    @redact_errors
    def update(self, issue_id: int, fields: Mapping[str, Any]) -> Answer:
        """Change these fields of a ticket (and post `notes`); 422 carries `errors` in the user's language.

        Raises CredentialError when the key itself is refused (401).
        """
        path = _path(issue_id)
        answer = self._ask.put(path, {"issue": dict(fields)})
        if answer.status == 401:
            raise protocol.refusal_error(answer, path)
        return answer

    def url(self, issue_id: int) -> str:
        """Where an edit of a ticket is sent to."""
        return f"{self.access.base}{_path(issue_id)}"


def _path(issue_id: int) -> str:
    return f"/issues/{issue_id}.json"


# What Redmine would let the key's owner do with a ticket: there is no API for workflows, but tickets tell.
#
# Requests: the statuses one ticket can be given 1 · the versions of a project 1 (measured on Redmine 6.0.5).
#
# What a ticket can be given depends on its tracker, its status, the roles of the key's owner in its project,
# whether they wrote or have the ticket, and on what is open below or before it.


@dataclass(frozen=True, slots=True)
class StatusChoices:
    """A ticket as it is now, with the statuses it can be given; None where the server does not tell (before 5.0)."""

    issue: Row
    statuses: tuple[Row, ...] | None


class RedmineWorkflow:
    """The workflow of one Redmine, as tickets show it. Made by `kb.sources.redmine.client.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @redact_errors
    def allowed(self, issue_id: int) -> StatusChoices | None:
        """What one ticket can be given; None when it is not there for this key (403, 404)."""
        path = _path(issue_id)
        answer = self._ask.get(path, {"include": "allowed_statuses"}, allow=(403, 404))
        if answer.status == 404:
            protocol.require_json_404(answer, path)
        if answer.status != 200:
            return None
        row = protocol.issue_of(answer, path)
        if row.get("allowed_statuses") is None:
            return StatusChoices(row, None)
        statuses = require_rows(row, "allowed_statuses", path)
        for status in statuses:
            require_field(status, "id", int, path, "allowed_statuses[].")
            require_field(status, "name", str, path, "allowed_statuses[].")
            optional_field(status, "is_closed", bool, False, path, "allowed_statuses[].")
        return StatusChoices(row, tuple(statuses))

    @redact_errors
    def versions(self, project: str) -> tuple[Row, ...] | None:
        """The versions a project can use, with their `status` (open, locked, closed); None where it shows none."""
        path = f"/projects/{quote(project, safe='')}/versions.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status != 200:
            protocol.require_json_404(answer, path)
            return None
        return tuple(require_rows(answer.data, "versions", path))
