"""Read Redmine through python-redmine: raw rows, paged by key, rights checked first.

Requests (measured on Redmine 6.0.5; at most 100 rows a page; N tickets): start 5 (user, statuses, trackers,
priorities, projects; +1 per further 100 projects) · every ticket without notes ⌈N/100⌉ · one ticket with its notes 1 ·
what changed 1 when nothing did · their number 1 · their ids ⌈N/100⌉ · index of a wiki 1 · one wiki page 1.
Every method raises the errors of kb.errors only, with credentials masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import quote

from kb.errors import AnswerError
from kb.settings.kb_toml import RedmineSettings
from kb.settings.workspace import is_plain_http
from kb.sources.redmine import protocol
from kb.sources.redmine.protocol import RedmineAbilities, RedmineIdentity, RedmineLookups, TicketAnswer
from kb.sources.redmine.requests import (
    RedmineRequests,
    RedmineVersions,
    RedmineWorkflow,
    RedmineWrites,
    open_redmine_access,
)
from kb.sources.redmine.rights import RedmineRights
from kb.sources.transport.access import Access, Client
from kb.sources.transport.answers import ListLimit, optional_field, require_field, require_object, require_rows
from kb.sources.transport.call import Row, RowPage
from kb.sources.transport.pacing import run_parallel
from kb.sources.transport.redaction import redact_errors
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.transport.connect import ConnectOptions


PER_PAGE = 100
"""The most rows Redmine gives at once; it silently lowers what is above."""

INCLUDES = "journals,attachments,relations,children,watchers"
"""What one ticket is asked with: python-redmine would fetch each of them unasked, one request each."""

LISTED = "attachments"
"""What lists are asked with (Redmine 3.4 on): names of files ride along. Notes never do."""

WORKERS = 4
"""Tickets read at once. More only loads the server: one show is 45 ms of its CPU, 3 ms of ours."""


class Redmine(Client):
    """One Redmine, seen with one key."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.abilities = RedmineAbilities()
        self._ask = RedmineRequests(access)
        self.past = RedmineVersions(access, self._ask)
        self.writes = RedmineWrites(access, self._ask)
        self.workflow = RedmineWorkflow(access, self._ask)
        self.rights = RedmineRights(access, self._ask)

    @classmethod
    def connect(cls, settings: RedmineSettings, **options: Unpack[ConnectOptions]) -> Redmine:
        """Return the Redmine of `settings`. Sends nothing yet.

        Raises CredentialError without a key, ConfigError for an unsafe address.
        """
        return cls(open_redmine_access(settings, **options))

    @redact_errors
    def identify(self) -> RedmineIdentity:
        """Return whose key this is. Raises CredentialError when it is wrong or REST is off.

        Call it before anything is believed: a wrong key reads lists as an anonymous user, and every private ticket
        would look deleted. The answer holds the key itself and is dropped here. An administrator's key is refused where
        it travels in clear: who reads it may do anything.
        """
        path = "/users/current.json"
        answer = self._ask.get(path, {}, allow=(401, 403, 404))
        if answer.status != 200:
            raise protocol.no_identity_error(answer, self.access.base, self.access.variable)
        user = require_field(require_object(answer.data, path), "user", dict, path)
        user_id = require_field(user, "id", int, path, "user.")
        self.access.limiter.share(f"{self.access.host}/{user_id}")
        admin = optional_field(user, "admin", bool, False, path, "user.")
        if admin and is_plain_http(self.access.base):
            raise protocol.admin_over_http_error(self.access.host, self.access.variable)
        names = (optional_field(user, key, str, "", path, "user.") for key in ("lastname", "firstname"))
        return RedmineIdentity(
            user_id,
            require_field(user, "login", str, path, "user."),
            " ".join(name for name in names if name),
            admin,
            self.access.server_time(answer.headers),
        )

    @redact_errors
    def user(self, user_id: int) -> Row | None:
        """Return an account, with login and, where this key may read it, mail address: one request.

        None for a locked one unless the key is an administrator's, and for a group. Of an administrator's key the
        answer holds the account's own key: it is left out here.
        """
        path = f"/users/{user_id}.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status != 200:
            return None
        user = require_field(require_object(answer.data, path), "user", dict, path)
        return {key: user[key] for key in ("id", "login", "mail", "lastname", "firstname") if key in user}

    @redact_errors
    def tables(self) -> RedmineLookups:
        """Return statuses, trackers, priorities and projects, closed ones too: four requests. Sets `abilities`."""
        statuses = self._table("/issue_statuses.json", "issue_statuses")
        trackers = self._table("/trackers.json", "trackers")
        priorities = self._table("/enumerations/issue_priorities.json", "issue_priorities")
        projects = self._projects()
        self.abilities = self.abilities.seen_in_tables(projects)
        return RedmineLookups(statuses, trackers, priorities, projects)

    def _table(self, path: str, key: str) -> tuple[Row, ...]:
        rows = require_rows(self._ask.get(path, {}).data, key, path)
        for row in rows:
            require_field(row, "id", int, path, f"{key}[].")
            require_field(row, "name", str, path, f"{key}[].")
        return tuple(rows)

    def _projects(self) -> tuple[Row, ...]:
        """Return open and closed projects; `status=1|5` shows the closed ones (Redmine 4.1)."""
        found: dict[int, Row] = {}
        path = "/projects.json"
        extent = ListLimit("Redmine", path)
        while True:
            params = {"status": "1|5", "include": "enabled_modules", "limit": PER_PAGE, "offset": len(found)}
            page, known = self._ask.page(path, "projects", params), len(found)
            for row in page:
                require_field(row, "identifier", str, path, "projects[].")
                found[row["id"]] = row
            if not page or len(found) >= page.total:
                return tuple(found.values())
            if len(found) == known:
                raise extent.endless()
            extent.goes_on(len(page), len(found) - known, page.total)

    @redact_errors
    def issues_after(self, issue_id: int = 0, *, project: str | None = None) -> Iterator[RowPage]:
        """Every ticket with an id above `issue_id`, ascending, open or closed, without notes.

        Pages by id, so tickets updated meanwhile move nothing. `project` (identifier or id) takes
        its subprojects in. Where the server ignores the id filter, pages by position.
        """
        last = issue_id
        extent = ListLimit("Redmine", "/issues.json")
        while True:
            page = self._issues({**_project(project), "issue_id": f">={last + 1}", "sort": "id"})
            if any(row["id"] <= before for row, before in zip(page, [last, *(r["id"] for r in page)], strict=False)):
                break
            if page:
                yield page
                last = page.rows[-1]["id"]
            if len(page) >= page.total or not page:
                return
            extent.goes_on(len(page), len(page), page.total)
        self.abilities = self.abilities.without_id_filter()
        yield from self._by_position(last, project)

    def _by_position(self, above: int, project: str | None) -> Iterator[RowPage]:
        """All tickets by offset, sorted by id; steps back a page when the list shrank meanwhile."""
        offset, size, total, again = 0, 0, -1, False
        extent = ListLimit("Redmine", "/issues.json")
        seen: set[int] = set()
        while True:
            page = self._issues({**_project(project), "sort": "id", "offset": offset})
            if offset and page.total < total:
                total, offset, again = page.total, max(0, offset - size), True
                continue
            total = page.total
            new = tuple(row for row in page if row["id"] not in seen)
            seen.update(row["id"] for row in new)
            if rows := tuple(row for row in new if row["id"] > above):
                yield RowPage(rows, total)
            if page and not (new or again):
                raise extent.endless()  # the offset is ignored: the next pages would be the same one
            size = len(page)
            offset += size
            if offset >= total or not page or not extent.goes_on(len(page), len(new), total):
                return
            again = False

    @redact_errors
    def issues_updated(self, since: str | datetime, *, project: str | None = None) -> Iterator[RowPage]:
        """Yield tickets updated at or after `since` (ISO with zone, or an aware datetime), oldest first.

        Advances by the last row's time, never by position, which would lose rows. A ticket updated meanwhile comes
        again with its new time. Raises AnswerError when the server ignores the filter: it would show everything.
        """
        asked = moment = protocol.filter_time(since)
        extent = ListLimit("Redmine", "/issues.json")
        offset = 0
        seen: set[tuple[int, str]] = set()
        while True:
            params = {"updated_on": f">={moment}", "sort": "updated_on,id", "offset": offset}
            page = self._issues({**_project(project), **params})
            protocol.check_updated(page, asked)
            fresh = tuple(row for row in page if (row["id"], row["updated_on"]) not in seen)
            seen.update((row["id"], row["updated_on"]) for row in fresh)
            if fresh:
                yield RowPage(fresh, page.total)
            # A page of known rows is right where its second began on the page before, and only as its first.
            if page and offset and not fresh:
                raise extent.endless()
            if not page or offset + len(page) >= page.total:
                return
            if not extent.goes_on(len(page), len(fresh), page.total):
                return
            latest = page.rows[-1]["updated_on"]
            moment, offset = (moment, offset + len(page)) if latest <= moment else (latest, 0)

    @redact_errors
    def latest_issues(self) -> RowPage:
        """Return the hundred tickets that changed last, without notes: one request."""
        return self._issues({"sort": "updated_on:desc"})

    @redact_errors
    def count(self, *, project: str | None = None) -> int:
        """Return how many tickets this key sees, open and closed: one request."""
        return self._issues({**_project(project), "limit": 1}).total

    @redact_errors
    def issue_ids(self, *, project: str | None = None) -> Iterator[list[int]]:
        """Yield the ids of all tickets this key sees, ascending, at most 100 at a time."""
        for page in self.issues_after(project=project):
            yield [row["id"] for row in page]

    @redact_errors
    def issue(self, issue_id: int) -> Row | None:
        """Return a ticket with notes, attachments, relations, children; None on 404.

        Raises AnswerError with `status` 403 when this key may not read it: that is not "gone".
        """
        shown = self._show(issue_id)
        if shown.hidden:
            what = t(f"チケット #{issue_id} はこのキーでは読めません。", f"this key may not read ticket #{issue_id}.")
            step = t("キーの持ち主の権限を確かめてください。", "check the rights of the key's owner.")
            raise AnswerError(what, step, status=403)
        return shown.issue

    @redact_errors
    def issues(self, ids: Iterable[int]) -> Iterator[TicketAnswer]:
        """Yield tickets as they come, four at a time, fewer when the server slows. The first error ends it."""
        yield from run_parallel(self._show, ids, width=WORKERS)

    def _show(self, issue_id: int) -> TicketAnswer:
        path = f"/issues/{issue_id}.json"
        answer = self._ask.get(path, {"include": INCLUDES}, allow=(403, 404))
        if answer.status == 404:
            protocol.require_json_404(answer, path)
        if answer.status != 200:
            return TicketAnswer(issue_id, None, hidden=answer.status == 403)
        row = protocol.issue_of(answer, path)
        if row["id"] != issue_id:
            raise AnswerError(
                t(
                    f"チケット #{issue_id} を求めましたが #{row['id']} が返りました。",
                    f"ticket #{issue_id} was asked for, #{row['id']} came back.",
                ),
                t("もう一度実行してください。", "run it again."),
            )
        self.abilities = self.abilities.seen_in_issue(row)
        return TicketAnswer(issue_id, row)

    def _issues(self, params: dict[str, Any]) -> RowPage:
        params = {"status_id": "*", "limit": PER_PAGE, "include": LISTED, **params}
        page = self._ask.page("/issues.json", "issues", params)
        for row in page:
            protocol.check_issue(row, "/issues.json")
        return page

    @redact_errors
    def wiki_index(self, project: str) -> list[Row] | None:
        """Return a wiki's pages without text; None when the project has none for this key (403, 404)."""
        path = f"/projects/{quote(project, safe='')}/wiki/index.json"
        answer = self._ask.get(path, {}, allow=(403, 404))
        if answer.status != 200:
            protocol.require_json_404(answer, path)
            return None
        return [protocol.check_wiki(row, path) for row in require_rows(answer.data, "wiki_pages", path)]

    @redact_errors
    def wiki_page(self, project: str, title: str) -> Row | None:
        """Return a wiki page with its text; None on 404. Raises AnswerError 403 when hidden."""
        path = f"/projects/{quote(project, safe='')}/wiki/{quote(title, safe='')}.json"
        answer = self._ask.get(path, {"include": "attachments"}, allow=(404,))
        if answer.status == 404:
            protocol.require_json_404(answer, path)
            return None
        return protocol.wiki_page_of(answer, path)


def _project(project: str | None) -> dict[str, str]:
    return {"project_id": project} if project else {}
