"""The write side of esa, for whoever applies an accepted plan: a few posts as they are now, and single edits.

Requests: up to 100 posts by their numbers 1 · an edit 1 · a whole category 1 · an old revision 1.

A write is sent once and its answer given back whatever its status: what it means for a plan is not
decided here. The gate must be open (`Access.writing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kb.errors import AnswerError
from kb.lang import t
from kb.sources import esa_rows
from kb.sources.call import Answer, Row
from kb.sources.esa_query import PER_PAGE, below
from kb.sources.sealed import sealed
from kb.sources.shape import an_object, maybe, rows_of

if TYPE_CHECKING:
    from kb.sources.access import Access
    from kb.sources.esa_requests import EsaRequests

AT_ONCE = 100
"""The most posts one request names: a page holds 100 (esa API v1, pagination)."""


class EsaWrites:
    """Edits of one team. Made by `kb.sources.esa.Esa`."""

    def __init__(self, access: Access, ask: EsaRequests) -> None:
        self.access = access
        self._ask = ask

    @sealed
    def numbered(self, numbers: Sequence[int]) -> dict[int, Row]:
        """Up to 100 posts as they are now, without comments: one request. Those that are not there are left out.

        Where the search does not know numbers, or its index lags behind, what is missing is asked for one by one.
        """
        wanted = set(numbers)
        found = self._searched(wanted)
        for number in sorted(wanted - found.keys()):
            row = self._one(number)
            if row is not None:
                found[number] = row
        return found

    def _searched(self, wanted: set[int]) -> dict[int, Row]:
        path = self._ask.in_team("/posts")
        query = " OR ".join(f"number:{number}" for number in sorted(wanted))
        answer = self._ask.get(path, {"q": query, "sort": "number", "order": "asc", "per_page": PER_PAGE}, allow=(400,))
        if answer.status != 200:
            return {}
        rows = [esa_rows.checked_post(row, path) for row in rows_of(answer.data, "posts", path)]
        return {row["number"]: row for row in rows if row["number"] in wanted}

    def _one(self, number: int) -> Row | None:
        path = f"/posts/{number}"
        answer = self._ask.get(self._ask.in_team(path), {}, allow=(403, 404))
        return None if answer.status != 200 else _this(answer, number, path)

    @sealed
    def subtree(self, category: str) -> dict[int, Row]:
        """All posts of a category and of those below it, 100 a request; none when there are none."""
        path = self._ask.in_team("/posts")
        params = {"q": below(category), "sort": "number", "order": "asc", "per_page": PER_PAGE}
        found: dict[int, Row] = {}
        for rows in self._ask.lists(path, "posts", first=params):
            for row in rows:
                place = esa_rows.checked_post(row, path).get("category") or ""
                if place == category or place.startswith(category + "/"):
                    found[row["number"]] = row
        return found

    @sealed
    def update(self, number: int, fields: Mapping[str, Any], message: str) -> Answer:
        """Change these fields of a post, and no other. The answer's data is the post when the status is 200."""
        return self._write("PATCH", f"/posts/{number}", edit_of(fields, message), number)

    def url(self, number: int) -> str:
        """Where an edit of a post is sent to."""
        return self._ask.url(self._ask.in_team(f"/posts/{number}"))

    @sealed
    def archive(self, number: int, message: str) -> Answer:
        """Move a post to `Archived/…` (2026-08; older teams answer 404 or 405)."""
        return self._write("POST", f"/posts/{number}/archive", {"post": {"message": message}}, number)

    @sealed
    def move_category(self, source: str, target: str) -> Answer:
        """Give a category, with all below it, another name. `data["count"]` is how many categories that changed."""
        return self._write("POST", "/categories/batch_move", {"from": source, "to": target})

    @sealed
    def revision(self, number: int, revision: int) -> Row | None:
        """One revision of a post; None when esa has none of that number."""
        path = f"/posts/{number}/revisions/{revision}"
        answer = self._ask.get(self._ask.in_team(path), {}, allow=(403, 404))
        if answer.status != 200:
            return None
        row = an_object(an_object(answer.data, path).get("revision"), path)
        return esa_rows.checked_revision(row, path)

    def _write(self, method: str, path: str, body: dict[str, Any], number: int = 0) -> Answer:
        """The answer to one write; with a `number` it shows that post when it is 200."""
        answer = self._ask.send(method, self._ask.in_team(path), body)
        if answer.status in (401, 402, 403):
            raise self._ask.refusal(answer, self._ask.in_team(path), writing=True)
        if answer.status == 200 and number:
            _this(answer, number, path)
        return answer


def edit_of(fields: Mapping[str, Any], message: str) -> dict[str, Any]:
    """The JSON of an edit of a post."""
    return {"post": {**fields, "message": message}}


def _this(answer: Answer, number: int, path: str) -> Row:
    """The post of an answer, which must be the one that was named. Raises AnswerError."""
    row = esa_rows.checked_post(an_object(answer.data, path), path)
    maybe(row, "overlapped", bool, False, path)  # of another type it might be a yes
    if row["number"] != number:
        raise AnswerError(
            t(
                f"記事 {number} を求めましたが {row['number']} が返りました。",
                f"post {number} was asked for, {row['number']} came back.",
            ),
            t("もう一度実行してください。", "run it again."),
        )
    return row
