"""Redmine as kb reads it: by key, with rights checked, and never fooled by a filter that was ignored."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from far_side import KEY, FarSide, in_turn

from kb.errors import AnswerError, CredentialError
from kb.sources.redmine.client import Redmine
from kb.sources.redmine.protocol import filter_time
from kb.text import lang

EPOCH = datetime(2026, 8, 1, tzinfo=UTC)


def at(minutes: float) -> str:
    return (EPOCH + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "project": {"id": 1, "name": "infra"},
        "status": {"id": 1, "name": "新規", "is_closed": False},
        "subject": f"障害 {number}",
        "description": "本文",
        "created_on": at(0),
        "updated_on": at(number),
        **more,
    }


@dataclass
class SmallRedmine:
    """Lists with the filters kb uses, shows, projects, a wiki. `ignored` names filters it does not know."""

    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    projects: int = 3
    before_list: Callable[[SmallRedmine, int], None] = lambda redmine, count: None
    lists: int = 0
    under_way: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["x-redmine-api-key"] == KEY
        assert "key" not in request.url.params
        path = request.url.path.removeprefix("/redmine")
        query = dict(request.url.params)
        if path == "/users/current.json":
            user = {"id": 5, "login": "bot", "lastname": "運用", "firstname": "ボット", "api_key": KEY}
            return httpx.Response(200, json={"user": user}, headers={"date": "Mon, 03 Aug 2026 00:00:00 GMT"})
        if path == "/issues.json":
            return self._list(query)
        if found := re.fullmatch(r"/issues/(\d+)\.json", path):
            return self._show(int(found[1]), query)
        if path == "/projects.json":
            rows = [{"id": n, "identifier": f"p{n}", "name": f"P{n}", "status": 1} for n in range(1, self.projects + 1)]
            return self._cut("projects", rows, query)
        for name, key in (
            ("issue_statuses", "issue_statuses"),
            ("trackers", "trackers"),
            ("enumerations/issue_priorities", "issue_priorities"),
        ):
            if path == f"/{name}.json":
                return httpx.Response(200, json={key: [{"id": 1, "name": "新規"}]})
        if path == "/projects/infra/wiki/index.json":
            page = {"title": "手順", "version": 3, "created_on": at(0), "updated_on": at(1)}
            return httpx.Response(200, json={"wiki_pages": [page]})
        if path == "/projects/infra/wiki/手順 a?.json":
            page = {"title": "手順 a?", "version": 3, "text": "本文", "updated_on": at(1)}
            return httpx.Response(200, json={"wiki_page": page})
        return httpx.Response(404, headers={"content-type": "application/json"})

    def _show(self, number: int, query: dict[str, str]) -> httpx.Response:
        with self.lock:
            self.under_way += 1
            self.at_once = max(self.at_once, self.under_way)
        threading.Event().wait(0.005)
        with self.lock:
            self.under_way -= 1
        if number == 403:
            return httpx.Response(403, headers={"content-type": "application/json"})
        row = self.tickets.get(number)
        if row is None:
            return httpx.Response(404, headers={"content-type": "application/json"})
        journals = [{"id": number * 10, "notes": "メモ", "created_on": at(1), "details": []}]
        return httpx.Response(
            200, json={"issue": {**row, **({"journals": journals} if "journals" in query["include"] else {})}}
        )

    def _list(self, query: dict[str, str]) -> httpx.Response:
        self.lists += 1
        self.before_list(self, self.lists)
        assert query["status_id"] == "*"
        rows = list(self.tickets.values())
        if "issue_id" in query and "issue_id" not in self.ignored:
            rows = [row for row in rows if row["id"] >= int(query["issue_id"].removeprefix(">="))]
        if "updated_on" in query and "updated_on" not in self.ignored:
            assert query["updated_on"].endswith("Z")
            rows = [row for row in rows if row["updated_on"] >= query["updated_on"].removeprefix(">=")]
        keys = query.get("sort", "id").split(",")
        rows.sort(key=lambda row: tuple(row[key] for key in keys))
        return self._cut("issues", rows, query)

    @staticmethod
    def _cut(key: str, rows: list[Any], query: dict[str, str]) -> httpx.Response:
        limit, offset = min(100, int(query.get("limit", 25))), int(query.get("offset", 0))
        body = {key: rows[offset : offset + limit], "total_count": len(rows), "offset": offset, "limit": limit}
        return httpx.Response(200, content=json.dumps(body).encode())


def world(count: int, **more: Any) -> SmallRedmine:
    return SmallRedmine({number: ticket(number) for number in range(1, count + 1)}, **more)


def client(handler: SmallRedmine) -> Redmine:
    return FarSide(handler).redmine()


def test_the_start_costs_five_requests_and_tells_who_asks() -> None:
    redmine = client(world(3))
    who = redmine.identify()
    assert (who.login, who.name, who.admin, who.server_time) == ("bot", "運用 ボット", False, "2026-08-03T00:00:00Z")
    tables = redmine.tables()
    assert redmine.access.requests == 5
    assert [row["identifier"] for row in tables.projects] == ["p1", "p2", "p3"]
    assert KEY not in repr(who)


def test_many_projects_are_paged() -> None:
    redmine = client(world(0, projects=250))
    assert len(redmine.tables().projects) == 250
    assert redmine.access.requests == 6


def test_five_hundred_tickets_are_read_by_id_in_pages_of_a_hundred() -> None:
    redmine = client(world(528))
    assert [row["id"] for page in redmine.issues_after() for row in page] == list(range(1, 529))
    assert redmine.access.requests == 6
    assert redmine.count() == 528
    assert [number for part in redmine.issue_ids() for number in part] == list(range(1, 529))
    assert redmine.access.requests == 13


def test_tickets_updated_while_paging_are_not_lost() -> None:
    def meanwhile(redmine: SmallRedmine, count: int) -> None:
        redmine.tickets[3]["updated_on"] = at(9000 + count)

    redmine = client(world(528, before_list=meanwhile))
    assert len([row for page in redmine.issues_after() for row in page]) == 528


def test_an_ignored_id_filter_is_noticed_said_and_nothing_is_lost() -> None:
    redmine = client(world(250, ignored=("issue_id",)))
    assert [row["id"] for page in redmine.issues_after() for row in page] == list(range(1, 251))
    assert [row["id"] for page in redmine.issues_after(120) for row in page] == list(range(121, 251))
    assert "先頭から読みます" in str(redmine.abilities.degraded())


def test_by_position_a_shrinking_list_is_read_again() -> None:
    def meanwhile(redmine: SmallRedmine, count: int) -> None:
        if count == 4:
            for number in range(1, 51):
                redmine.tickets.pop(number)

    small = world(400, ignored=("issue_id",), before_list=meanwhile)
    numbers = [row["id"] for page in client(small).issues_after() for row in page]
    assert set(small.tickets) <= set(numbers)
    assert len(numbers) == len(set(numbers))


def test_nothing_changed_costs_one_request() -> None:
    redmine = client(world(300))
    assert list(redmine.issues_updated(at(301))) == []
    assert redmine.access.requests == 1


def test_what_changed_comes_by_time_and_nothing_is_lost_when_a_row_jumps_to_the_end() -> None:
    def meanwhile(redmine: SmallRedmine, count: int) -> None:
        if count == 2:
            redmine.tickets[50]["updated_on"] = at(9000)

    redmine = client(world(250, before_list=meanwhile))
    rows = [row for page in redmine.issues_updated(at(1)) for row in page]
    assert {row["id"] for row in rows} == set(range(1, 251))
    assert rows[-1]["id"] == 50
    assert redmine.access.requests <= 4


def test_more_than_a_page_in_one_second_is_read_through() -> None:
    small = world(250)
    for row in small.tickets.values():
        row["updated_on"] = at(7)
    redmine = client(small)
    assert {row["id"] for page in redmine.issues_updated(at(7)) for row in page} == set(range(1, 251))
    assert redmine.access.requests == 3
    redmine = client(small)
    assert {row["id"] for page in redmine.issues_updated(at(1)) for row in page} == set(range(1, 251))


def test_an_ignored_update_filter_is_an_error_not_a_full_list() -> None:
    with pytest.raises(AnswerError, match="更新日の絞り込みを無視"):
        list(client(world(30, ignored=("updated_on",))).issues_updated(at(20)))


def test_times_are_sent_in_utc_and_must_have_a_zone() -> None:
    assert filter_time("2026-10-13T11:00:00+09:00") == "2026-10-13T02:00:00Z"
    assert filter_time(EPOCH) == "2026-08-01T00:00:00Z"
    with pytest.raises(ValueError, match="without a zone"):
        filter_time("2026-10-13T11:00:00")


def test_a_ticket_is_there_gone_or_hidden() -> None:
    redmine = client(world(3))
    row = redmine.issue(2)
    assert row is not None
    assert row["journals"][0]["notes"] == "メモ"
    assert redmine.issue(9) is None
    with pytest.raises(AnswerError, match="#403 はこのキーでは") as caught:
        redmine.issue(403)
    assert caught.value.status == 403


def test_tickets_come_four_at_a_time_each_once() -> None:
    small = world(60)
    redmine = client(small)
    shown = {each.id: each for each in redmine.issues([*range(1, 61), 403, 999])}
    assert len(shown) == 62
    assert shown[403].hidden
    assert (shown[999].issue, shown[999].hidden) == (None, False)
    assert all(shown[n].issue is not None and shown[n].issue["id"] == n for n in range(1, 61))
    assert 1 < small.at_once <= 4
    assert redmine.access.requests == 62


def test_an_error_in_one_of_the_threads_ends_it_here() -> None:
    small = world(50)
    small.tickets[7]["subject"] = ["not", "a", "text"]
    with pytest.raises(AnswerError, match="#7 の応答を読めません: subject が配列"):
        list(client(small).issues(range(1, 51)))


def test_stopping_early_asks_for_no_more() -> None:
    small = world(500)
    redmine = client(small)
    shown = redmine.issues(range(1, 501))
    next(shown)
    shown.close()  # type: ignore[attr-defined]
    threading.Event().wait(0.3)
    asked = redmine.access.requests
    threading.Event().wait(0.3)
    assert redmine.access.requests == asked < 40


def test_an_interrupt_while_waiting_reaches_the_caller() -> None:
    def ids() -> Any:
        yield from range(1, 20)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(client(world(30)).issues(ids()))


def test_a_wiki_is_there_or_not_for_this_key() -> None:
    redmine = client(world(0))
    index = redmine.wiki_index("infra")
    assert index is not None
    assert index[0]["title"] == "手順"
    assert redmine.wiki_index("web") is None
    page = redmine.wiki_page("infra", "手順 a?")
    assert page is not None
    assert page["text"] == "本文"
    assert redmine.wiki_page("infra", "なし") is None


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (httpx.Response(401), CredentialError, "API キーを受け付けません.*REDMINE_API_KEY"),
        (httpx.Response(403), CredentialError, "REST API が無効.*RESTによるWebサービス"),
        (httpx.Response(404, html="<html>Not Found"), AnswerError, "Redmine が見つかりません.*redmine.url"),
        (httpx.Response(404), AnswerError, "Redmine が見つかりません.*redmine.url"),
        (httpx.Response(200, html="<html><title>Redmine - ログイン</title>"), AnswerError, "ログイン.*redmine.url"),
        (httpx.Response(302, headers={"location": "/login?back_url=x"}), AnswerError, "/login へ移るよう.*redmine.url"),
        (httpx.Response(200, json={"user": None}), AnswerError, "user がnull"),
        (httpx.Response(200, json=[]), AnswerError, "JSON が配列"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_believed(
    answer: httpx.Response, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        FarSide(in_turn(answer)).redmine().identify()


def test_an_html_404_never_means_that_a_ticket_or_a_wiki_is_gone() -> None:
    redmine = FarSide(in_turn(httpx.Response(404, html="<html>nginx"))).redmine()
    for ask in (lambda: redmine.issue(1), lambda: redmine.wiki_index("x"), lambda: redmine.wiki_page("x", "y")):
        with pytest.raises(AnswerError, match="HTML の 404"):
            ask()


def test_another_ticket_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(AnswerError, match="#9 を求めましたが #2"):
        FarSide(in_turn(httpx.Response(200, json={"issue": ticket(2)}))).redmine().issue(9)


def test_an_old_redmine_is_recognised_by_what_its_answers_lack() -> None:
    old = ticket(1, status={"id": 1, "name": "新規"}, journals=[{"id": 1, "notes": "x", "created_on": at(1)}])
    redmine = FarSide(in_turn(httpx.Response(200, json={"issue": old}))).redmine()
    assert redmine.abilities.degraded() == ()
    redmine.issue(1)
    assert not redmine.abilities.status_is_closed
    assert not redmine.abilities.journal_updates
    lang.set_language("en")
    assert "before Redmine 5.0" in str(redmine.abilities.degraded()[0])
    redmine = client(world(1))
    redmine.tables()
    assert not redmine.abilities.closed_projects
    assert not redmine.abilities.enabled_modules


def test_a_full_page_of_the_second_before_is_read_through() -> None:
    """Redmine's database holds fractions: its filter may show the second before the one asked for."""
    small = world(250)
    for row in small.tickets.values():
        row["updated_on"] = "2026-08-01T00:00:06Z"

    def handler(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        assert query["updated_on"] == ">=2026-08-01T00:00:07Z"
        return small._cut("issues", list(small.tickets.values()), query)

    rows = [row for page in FarSide(handler).redmine().issues_updated("2026-08-01T00:00:07Z") for row in page]
    assert {row["id"] for row in rows} == set(range(1, 251))
