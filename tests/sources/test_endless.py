"""Lists without an end: followed as far as their first total goes, then an error; the mirror keeps what is true."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from far_side import FarSide, Handler, SmallEsa, comment, post

from kb.errors import AnswerError
from kb.mirror.store import Mirror
from kb.mirror.sync.job import SyncJob
from kb.model.document import Kind, Source
from kb.sources.esa import sync

SINCE = "2026-08-01T00:00:00Z"


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "created_on": SINCE, "updated_on": SINCE, **more}


def answering(rows: Callable[[int], dict[str, Any]]) -> FarSide:
    """A server whose n-th answer (from 0) is `rows(n)`."""
    far = FarSide(lambda _: httpx.Response(200, json=rows(len(far.asked) - 1)))
    return far


def spent(pages: Iterator[Any]) -> tuple[list[Any], AnswerError | None]:
    """All rows of a walk, and the error that ended it."""
    found: list[Any] = []
    try:
        for page in pages:
            found += page
    except AnswerError as error:
        return found, error
    return found, None


def check(error: AnswerError | None, *words: str) -> None:
    """The error says so, names the next step, and is there in both languages."""
    assert error is not None
    for word in ("に終わりがありません", *words):
        assert word in error.what.ja, error.what.ja
    assert "does not end" in error.what.en
    assert error.next_step.ja


# -- the same page again and again --------------------------------------------------------------


ESA_WALKS: dict[str, Callable[[Any], Iterator[Any]]] = {
    "posts_after": lambda esa: esa.posts_after(),
    "posts_in": lambda esa: esa.posts_in(["運用"]),
    "posts_updated": lambda esa: esa.posts_updated(),
}


@pytest.mark.parametrize("walk", ESA_WALKS)
@pytest.mark.parametrize("total", [2, 1000, 10**30, 10**200])
def test_posts_that_come_again_and_again_are_an_error(walk: str, total: int) -> None:
    far = answering(lambda _: {"posts": [post(1)], "total_count": total, "next_page": 2})
    found, error = spent(ESA_WALKS[walk](far.esa()))
    check(error, "esa の /teams/docs/posts", "1 件を返し", "…" if total >= 10**30 else f"最初に {total:,} 件")
    assert {row["number"] for row in found} == {1}
    assert len(far.asked) <= 6


@pytest.mark.parametrize("walk", ESA_WALKS)
def test_a_next_page_after_all_that_was_named_ends_the_walk_without_an_error(walk: str) -> None:
    far = answering(lambda _: {"posts": [post(1)], "total_count": 1, "next_page": 2})
    found, error = spent(ESA_WALKS[walk](far.esa()))
    assert error is None
    assert {row["number"] for row in found} == {1}
    assert len(far.asked) <= 6


@pytest.mark.parametrize("next_page", [1, 2, "following"])
@pytest.mark.parametrize("named", [{}, {"total_count": 500}])
def test_members_that_come_again_and_again_are_an_error(next_page: int | str, named: dict[str, int]) -> None:
    far = answering(
        lambda at: (
            {"members": [{"screen_name": "a"}], "next_page": at + 2 if next_page == "following" else next_page} | named
        )
    )
    with pytest.raises(AnswerError) as caught:
        far.esa().members()
    check(caught.value, "/teams/docs/members", "500" if named else "?")
    assert len(far.asked) <= 4


@pytest.mark.parametrize("total", [2, 250])
def test_a_redmine_that_ignores_the_offset_is_an_error(total: int) -> None:
    far = answering(lambda _: {"issues": [ticket(1)], "projects": [{"id": 1, "identifier": "p"}], "total_count": total})
    redmine = far.redmine()
    found, error = spent(redmine.issues_after())
    check(error, "Redmine の /issues.json", f"{total} 件", "1 件を返し")
    assert {row["id"] for row in found} == {1}
    assert len(far.asked) <= 4
    found, error = spent(redmine.issues_updated(SINCE))
    check(error, "Redmine の /issues.json")
    assert len(found) == 1
    far.asked.clear()
    tables = {"issue_statuses": [], "trackers": [], "issue_priorities": []}
    projects = {"projects": [{"id": 1, "identifier": "p"}], "total_count": total}
    with pytest.raises(AnswerError) as caught:
        answering(lambda _: {**tables, **projects}).redmine().tables()
    check(caught.value, "Redmine の /projects.json", f"{total} 件")


def test_an_empty_page_is_an_end_for_redmine() -> None:
    far = answering(lambda _: {"issues": [], "total_count": 1000})
    assert spent(far.redmine().issues_updated(SINCE)) == ([], None)
    assert spent(far.redmine().issues_after()) == ([], None)
    assert len(far.asked) == 2


# -- ever new rows ------------------------------------------------------------------------------


@pytest.mark.parametrize("growing", [False, True])
def test_ever_new_posts_end_by_the_first_total(growing: bool) -> None:
    def page(at: int) -> dict[str, Any]:
        rows = [post(number) for number in range(at * 10 + 1, at * 10 + 11)]
        return {"posts": rows, "total_count": 30 + at * 100 * growing, "next_page": at + 2}

    for walk in ESA_WALKS.values():
        far = answering(page)
        found, error = spent(walk(far.esa()))
        check(error, "最初に 30 件", f"{len(found)} 件を返し")
        assert len(far.asked) <= 3 + 12


@pytest.mark.parametrize("growing", [False, True])
def test_ever_new_comments_members_and_revisions_end_by_the_first_total(growing: bool) -> None:
    def page(at: int) -> dict[str, Any]:
        numbers = range(10**6 - at * 10, 10**6 - at * 10 - 10, -1)
        return {
            "comments": [comment(number) for number in numbers],
            "members": [{"screen_name": f"m{number}"} for number in numbers],
            "revisions": [{"number": number, "body_md": ""} for number in numbers],
            "total_count": 30 + at * 100 * growing,
            "next_page": at + 2,
        }

    walks: dict[str, Callable[[Any], Iterator[Any]]] = {
        "/teams/docs/comments": lambda esa: esa.comment_feed(),
        "/posts/1/revisions": lambda esa: esa.past.revisions(1),
        "/teams/docs/members": lambda esa: (esa.members() for _ in range(1)),
    }
    for path, walk in walks.items():
        far = answering(page)
        _, error = spent(walk(far.esa()))
        check(error, f"esa の {path}", "最初に 30 件")
        assert len(far.asked) <= 3 + 12


@pytest.mark.parametrize("growing", [False, True])
def test_ever_new_tickets_end_by_the_first_total(growing: bool) -> None:
    def page(at: int) -> dict[str, Any]:
        rows = [ticket(number, updated_on=f"2026-08-01T00:{at:02}:00Z") for number in range(at * 10 + 1, at * 10 + 11)]
        return {"issues": rows, "total_count": 30 + at * 100 * growing}

    for walk in (lambda redmine: redmine.issues_after(), lambda redmine: redmine.issues_updated(SINCE)):
        far = answering(page)
        _, error = spent(walk(far.redmine()))
        check(error, "最初に 30 件")
        assert len(far.asked) <= 3 + 12


def test_a_total_that_goes_up_and_down_ends_too() -> None:
    by_position = re.compile(r"[?&]q=")

    def esa(request: httpx.Request) -> httpx.Response:
        if by_position.search(str(request.url)):
            return httpx.Response(400, json={"error": "bad_request"})
        page = int(request.url.params.get("page", 1))
        rows = [post(number) for number in range(page * 10 - 9, page * 10 + 1)]
        return httpx.Response(200, json={"posts": rows, "total_count": 50 if page % 2 else 40, "next_page": page + 1})

    def redmine(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        rows = [ticket(number) for number in range(offset + 1, offset + 11)]
        return httpx.Response(200, json={"issues": rows[::-1], "total_count": 50 if offset % 20 == 0 else 40})

    for far, walk in (
        (FarSide(esa), lambda far: far.esa().posts_after()),
        (FarSide(redmine), lambda far: far.redmine().issues_after()),
    ):
        _, error = spent(walk(far))
        check(error)
        assert len(far.asked) <= 12


@pytest.mark.parametrize("meanwhile", [0, 900])
def test_what_came_meanwhile_is_read_whole(meanwhile: int) -> None:
    esa = SmallEsa({number: post(number) for number in range(1, 251)})
    esa.before_page = lambda esa, count: (
        esa.posts.update({n: post(n) for n in range(251, 251 + meanwhile)}) if count == 2 else None
    )
    found, error = spent(FarSide(esa).esa().posts_after())
    assert error is None
    assert [row["number"] for row in found] == list(range(1, 251 + meanwhile))


# -- what the mirror believes -------------------------------------------------------------------


class Endless:
    """A small esa one of whose lists begins to repeat its first page, with a next page for ever."""

    def __init__(self, esa: SmallEsa, path: str) -> None:
        self.esa, self.path, self.on = esa, path, False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not self.on or not re.search(self.path, str(request.url)):
            return self.esa(request)
        answer = self.esa(httpx.Request("GET", request.url.copy_set_param("page", 1)))
        page = int(request.url.params.get("page", 1))
        return httpx.Response(200, json={**answer.json(), "total_count": 10_000, "next_page": page + 1})


def synced(mirror: Mirror, handler: Handler) -> AnswerError | None:
    with FarSide(handler).esa() as esa:
        try:
            sync.sync_posts(esa, SyncJob(mirror, esa.access, Source.ESA))
        except AnswerError as error:
            return error
    return None


def marks(mirror: Mirror) -> dict[str, str | None]:
    return {name: mirror.mark(f"esa.{name}") for name in ("watermark", "comments", "full")}


LISTS = {
    "posts": r"/posts\?.*sort=updated",
    "members": r"/members",
    "comments": r"/docs/comments",
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_without_an_end_moves_no_mark_and_deletes_nothing(tmp_path: Path, name: str) -> None:
    small = SmallEsa({number: post(number) for number in range(1, 121)}, members=120)
    small.posts[1]["comments"] = [comment(number, created_at="2026-08-01T09:00:00+09:00") for number in range(1, 121)]
    handler = Endless(small, LISTS[name])
    with Mirror.open(tmp_path / "mirror.db") as mirror:
        assert synced(mirror, handler) is None
        before, people = marks(mirror), mirror.things(Source.ESA, "member")
        for number in range(1, 121):
            small.posts[number] = post(number, updated_at="2026-08-03T09:00:00+09:00", body_md="直した")
        small.posts[1]["comments"] = [
            comment(number, created_at="2026-08-03T09:00:00+09:00") for number in range(1001, 1121)
        ]
        handler.on = True
        check(synced(mirror, handler))
        after = marks(mirror)
        mark = "watermark" if name == "posts" else "comments"
        assert after[mark] == before[mark]
        assert after["full"] is None
        assert mirror.things(Source.ESA, "former-member") == {}
        assert mirror.things(Source.ESA, "member") == people
        assert mirror.database.value("SELECT count(*) FROM documents WHERE state != 'live' AND kind = 'post'") == 0
        handler.on = False
        assert synced(mirror, handler) is None
        for number in range(1, 121):
            stored = mirror.find(Source.ESA, Kind.POST, str(number))
            assert stored is not None
            assert stored.document.body == "直した"


def test_a_first_copy_goes_on_where_the_list_stopped_making_sense(tmp_path: Path) -> None:
    small = SmallEsa({number: post(number) for number in range(1, 251)}, ignores_q=True)
    with Mirror.open(tmp_path / "mirror.db") as mirror:
        repeating = Endless(small, r"/posts\?")
        repeating.on = True
        check(synced(mirror, repeating), "10,000 件", "100 件を返し")
        assert mirror.count(Source.ESA) == 100
        assert mirror.mark("esa.watermark") is None
        repeating.on = False
        assert synced(mirror, repeating) is None
        assert mirror.count(Source.ESA) == 250
