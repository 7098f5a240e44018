"""What Redmine keeps beside tickets and pages: old versions of wiki pages, and what is in their files.

One request each. Files are asked for under the configured address by their id: the address that an
answer names is made from a header, and may be somebody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from kb.errors import AnswerError
from kb.sources import redmine_rows
from kb.sources.call import Call, Row
from kb.sources.sealed import sealed
from kb.sources.shape import an_object, maybe, need
from kb.sources.wire import decode

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.redmine_requests import RedmineRequests


_ONE_TICKET = 8 * 1024 * 1024


class RedminePast:
    """Old versions and files of one Redmine. Made by `kb.sources.redmine.Redmine`."""

    def __init__(self, access: Access, ask: RedmineRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def wiki_version(self, project: str, title: str, version: int) -> Row | None:
        """An old version of a wiki page; None when there is none of this number.

        Raises AnswerError with `status` 403 where this key may not see old versions.
        """
        path = f"/projects/{quote(project, safe='')}/wiki/{quote(title, safe='')}/{version}.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status == 403:
            raise redmine_rows.no_old_versions(project)
        if answer.status == 404:
            redmine_rows.require_json_404(answer, path)
            return None
        row = redmine_rows.checked_wiki(need(an_object(answer.data, path), "wiki_page", dict, path), path)
        maybe(row, "text", str, "", path)
        return row

    @sealed
    def file(self, number: int, most: int) -> bytes | None:
        """What is in an attachment; None when it is gone, or not for this key.

        Raises AnswerError: with `status` 413 when it has more than `most` bytes, 3xx for a redirect.
        """
        answer = self.access.perform(Call("GET", f"{self.access.base}/attachments/download/{number}", most=most))
        return answer.body if answer.status == 200 else None

    @sealed
    def shows_tickets_to_nobody(self) -> bool:
        """Whether somebody without a login reads tickets here: one request without credentials."""
        url = f"{self.access.base}/issues.json?status_id=%2A&limit=1"
        try:
            answer = self.access.perform(Call("GET", url, most=_ONE_TICKET, as_nobody=True))
            data = decode(answer.body) if answer.status == 200 else None
        except (AnswerError, ValueError):  # a way to a login page, or the page itself
            return False
        return isinstance(data, dict) and bool(data.get("issues"))
