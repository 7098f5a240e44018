"""Read esa.io: raw rows, as few requests as the API allows.

Requests (esa API v1: at most 100 rows a page; N posts, M members): identify 1 · members ⌈M/100⌉ · everything with its
comments ⌈N/100⌉ · what changed 1 when nothing did · newest comments 1 · posts per category 1, whole team · one post 1.
Every method raises the errors of kb.errors only, with credentials masked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from kb.errors import AnswerError, CredentialError
from kb.settings.kb_toml import EsaSettings
from kb.sources.esa import protocol
from kb.sources.esa.requests import EsaRequests, open_esa_access
from kb.sources.esa.writes import EsaUploads, EsaWrites
from kb.sources.transport.access import Access, Client
from kb.sources.transport.answers import ListLimit, optional_field, require_field, require_object, require_rows
from kb.sources.transport.call import Row, RowPage
from kb.sources.transport.redaction import redact_errors
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sources.transport.connect import ConnectOptions


@dataclass(frozen=True, slots=True)
class EsaIdentity:
    """The token's owner, the teams esa lists for it (none if it does not), the server's clock (UTC, "" if untold)."""

    user_id: int
    screen_name: str
    name: str
    teams: tuple[str, ...]
    server_time: str


@dataclass(frozen=True, slots=True)
class MemberList:
    """The members esa lists. `complete`: as many as it says there are; `denied`: the token may not ask."""

    rows: tuple[Row, ...] = ()
    total: int = -1
    denied: bool = False

    @property
    def complete(self) -> bool:
        return 0 <= self.total <= len({row["screen_name"] for row in self.rows})


class Esa(Client):
    """One team of esa.io, seen with one token."""

    def __init__(self, team: str, access: Access) -> None:
        from kb.sources.esa.revisions import EsaRevisions

        self.team = team
        self.access = access
        self._ask = EsaRequests(team, access)
        self.past = EsaRevisions(access, self._ask)
        self.writes = EsaWrites(access, self._ask)
        self.uploads = EsaUploads(access, self._ask)

    @classmethod
    def connect(cls, settings: EsaSettings, **options: Unpack[ConnectOptions]) -> Esa:
        """Return the team of `settings`. Sends nothing yet.

        Raises CredentialError without a token, ConfigError for an unsafe address.
        """
        return cls(settings.team, open_esa_access(settings, **options))

    @redact_errors
    def identify(self) -> EsaIdentity:
        """Return whose token this is. Raises CredentialError when it is wrong or may not even say that.

        Call it before anything is believed: a narrowed token sees less and makes no error. It also shares the rate
        limit with other processes of the same user. The first request that names the team says whether it may in.
        """
        path = "/user"
        answer = self._ask.get(path, {"include": "teams"})
        row = require_object(answer.data, path)
        user_id = require_field(row, "id", int, path)
        self.access.limiter.share(f"{self.access.host}/{user_id}")
        teams = require_rows(row, "teams", path) if row.get("teams") is not None else []
        self._ask.teams = tuple(require_field(each, "name", str, path, "teams[].") for each in teams)
        return EsaIdentity(
            user_id,
            require_field(row, "screen_name", str, path),
            optional_field(row, "name", str, "", path),
            self._ask.teams,
            self.access.server_time(answer.headers),
        )

    @redact_errors
    def posts_after(self, number: int = 0) -> Iterator[RowPage]:
        """Yield every post above `number`, ascending, with all its comments.

        Pages by number, so posts that appear or vanish meanwhile move nothing. Where the server ignores or refuses
        the query, pages by position and rereads a page when the list shrank.
        """
        last, expected = number, None
        extent = ListLimit("esa", self._ask.in_team("/posts"))
        while True:
            query = {"q": f"number:>{last}"} if last else {}
            params = {**query, "sort": "number", "order": "asc", "page": 1}
            try:
                page, more, named = self._posts(params)
            except AnswerError as error:
                if error.status != 400 or not last:
                    raise
                break
            if not protocol.is_ascending_above(page, last) or (not page and (more or (last and expected != 0))):
                break
            if page:
                yield page
                last = page.rows[-1]["number"]
            expected = page.total - len(page)
            if not more or not extent.goes_on(len(page), len(page), named):
                return
        yield from self._by_position({"sort": "number", "order": "asc"}, above=last)

    @redact_errors
    def posts_updated(self, page_number: int = 1) -> Iterator[RowPage]:
        """Yield posts with their comments, last updated first; the caller stops when it knows the rest.

        A row may come twice after an edit meanwhile. Take the next watermark from the first page: later edits jump
        above it. Raises AnswerError when page after page shows nothing new.
        """
        extent = ListLimit("esa", self._ask.in_team("/posts"), skipped=(page_number - 1) * protocol.ESA_PER_PAGE)
        seen: set[int] = set()
        while True:
            page, more, named = self._posts({"sort": "updated", "order": "desc", "page": page_number})
            if page:
                yield page
            known = len(seen)
            seen.update(row["number"] for row in page)
            if not more or not extent.goes_on(len(page), len(seen) - known, named):
                return
            page_number += 1

    @redact_errors
    def posts_in(self, categories: Iterable[str | None]) -> Iterator[RowPage]:
        """Yield the posts exactly in one of `categories` (None: in none); `total` counts what the searches matched."""
        wanted = {category or None for category in categories}
        for query in protocol.queries_in_categories(wanted):
            params = {"sort": "number", "order": "asc", **({"q": query} if query else {})}
            for page in self._by_position(params):
                rows = tuple(row for row in page if (row.get("category") or None) in wanted)
                if rows:
                    yield RowPage(rows, page.total)

    @redact_errors
    def post(self, number: int) -> Row | None:
        """Return a post with all its comments; None on 404.

        Raises AnswerError with `status` 403 when this token may not see it: that does not prove it gone.
        """
        path = f"/posts/{number}"
        answer = self._ask.get(self._ask.in_team(path), {"include": "comments"}, allow=(403, 404))
        if answer.status == 404:
            return None
        if answer.status == 403:
            what = t(f"記事 {number} はこのトークンでは読めません。", f"this token may not read post {number}.")
            step = "トークンの権限とアクセスポリシーを確かめてください。"
            raise AnswerError(what, t(step, "check the token's scopes and access policy."), status=403)
        return self._with_all_comments(protocol.post_of(answer, number, path))

    @redact_errors
    def comments(self, number: int) -> list[Row]:
        """Return all comments of a post. Raises AnswerError with `status` 404 when the post is gone."""
        found: dict[int, Row] = {}
        for rows in self._ask.lists(self._ask.in_team(f"/posts/{number}/comments"), "comments"):
            found.update((row["id"], protocol.check_comment(row, "comments")) for row in rows)
        return [found[key] for key in sorted(found)]

    @redact_errors
    def comment_head(self) -> list[Row]:
        """Return the team's newest comments, at most 100, newest first: one request."""
        return [row for page in itertools.islice(self.comment_feed(), 1) for row in page]

    @redact_errors
    def comment_feed(self, page_number: int = 1) -> Iterator[RowPage]:
        """Yield the team's comments, newest first, 100 at a time; a page's total is -1 where esa names none."""
        first = {"per_page": protocol.ESA_PER_PAGE, "page": page_number}
        for page in self._ask.lists(self._ask.in_team("/comments"), "comments", first=first):
            for row in page:
                protocol.check_comment(row, "comments")
                require_field(row, "post_number", int, "comments")
            yield page

    @redact_errors
    def category_counts(self) -> dict[str | None, int]:
        """Return the number of posts in each category (None: in none): one request for the team, without `v=2`."""
        counts: dict[str | None, int] = {}
        path = self._ask.in_team("/categories/paths")
        for rows in self._ask.lists(path, "categories", first={}):
            for row in rows:
                counts[optional_field(row, "path", str, "", path) or None] = require_field(row, "posts", int, path)
        return counts

    @redact_errors
    def members(self) -> MemberList:
        """Return the members; `denied` where this token may not ask, which is no error: the next request tells more."""
        path = self._ask.in_team("/members")
        rows: list[Row] = []
        total = -1
        try:
            for page in self._ask.lists(path, "members"):
                rows += page
                total = page.total  # of the last page: who came or left meanwhile counts
        except CredentialError:
            return MemberList(denied=True)
        for row in rows:
            require_field(row, "screen_name", str, path)
        return MemberList(tuple(rows), total)

    @redact_errors
    def token_info(self) -> Row | None:
        """Return what esa says of the token (scopes, expiry); None where it does not."""
        answer = self._ask.at_root("/oauth/token/info", {})
        return answer.data if answer.status == 200 and isinstance(answer.data, dict) else None

    def _by_position(self, params: dict[str, Any], above: int = 0) -> Iterator[RowPage]:
        """Yield a list page by page, rereading the page before when it shrank meanwhile."""
        extent = ListLimit("esa", self._ask.in_team("/posts"))
        seen: set[int] = set()
        page_number, total = 1, -1
        while True:
            page, more, named = self._posts({**params, "page": page_number})
            if named is not None and page_number > 1 and named < total:
                total, page_number = named, page_number - 1
                continue
            total = -1 if named is None else named
            new = tuple(row for row in page if row["number"] not in seen)
            seen.update(row["number"] for row in new)
            if rows := tuple(row for row in new if row["number"] > above):
                yield RowPage(rows, page.total)
            if not more or not extent.goes_on(len(page), len(new), named):
                return
            page_number += 1

    def _posts(self, params: dict[str, Any]) -> tuple[RowPage, bool, int | None]:
        """Return a page of posts with all comments, whether another follows, and the total if it is named."""
        path = self._ask.in_team("/posts")
        allow = (400,) if "q" in params else ()
        answer = self._ask.get(path, {**params, "include": "comments", "per_page": protocol.ESA_PER_PAGE}, allow=allow)
        if answer.status == 400:
            raise AnswerError(
                t("esa が検索条件を受け付けません。", "esa refuses the query."),
                t("もう一度実行してください。", "run it again."),
                status=400,
            )
        data = require_object(answer.data, path)
        rows = [
            protocol.check_post(row, f"{path} posts[{at}]") for at, row in enumerate(require_rows(data, "posts", path))
        ]
        named = optional_field(data, "total_count", int, -1, path)
        whole = tuple(self._with_all_comments(row) for row in rows)
        more = optional_field(data, "next_page", int, 0, path) > 0
        return RowPage(whole, named if named >= 0 else len(rows)), more, named if named >= 0 else None

    def _with_all_comments(self, row: Row) -> Row:
        """Return a row with as many comments as it counts: embedding may be capped."""
        held = row.get("comments") or []
        if optional_field(row, "comments_count", int, len(held), "posts") > len(held):
            try:
                held = self.comments(row["number"])
            except AnswerError as error:
                if error.status != 404:  # deleted since the list was made: the next sync sees it
                    raise
        return {**row, "comments": held}
