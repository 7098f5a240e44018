"""The sandbox's Redmine by itself: what is loaded, edited, reset, and who the key belongs to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sample_rows
from servers import Sandbox
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from kb.errors import InputError
from kb.sandbox.redmine.world import RedmineWorld

GENERATOR = Path(__file__).parents[2] / "bench" / "make_corpus.py"
Row = dict[str, Any]


class Clock:
    """A time that moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 9, 0, 0, 500, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ticket(number: int = 1, **fields: Any) -> Row:
    """A ticket with no more than it must have."""
    given = {
        "author": {"id": 7, "name": "佐藤"},
        "subject": f"チケット {number}",
        "description": "一行目\n二行目",
        "created_on": "2026-11-01T09:00:00+09:00",
        "updated_on": "2026-11-02T09:00:00+09:00",
    }
    return sample_rows.ticket(number, **given | fields)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> RedmineWorld:
    world = RedmineWorld(clock)
    world.load([ticket(1), ticket(2, status={"id": 5, "name": "終了"}), ticket(3, is_private=True)])
    return world


def client(world: RedmineWorld, key: str | None = None) -> TestClient:
    app = Starlette(routes=[Mount("/redmine", routes=world.routes())])
    headers = {"X-Redmine-API-Key": world.api_key if key is None else key}
    return TestClient(app, "http://sandbox", root_path="", headers=headers)


def get(world: RedmineWorld, path: str, key: str | None = None) -> Any:
    answer = client(world, key).get(f"/redmine{path}")
    assert answer.status_code == 200, (path, answer.status_code, answer.text)
    return answer.json()


def test_tickets_of_the_generator_load_as_they_are(clock: Clock) -> None:
    made = subprocess.run(
        [sys.executable, GENERATOR, "--kind", "tickets", "--docs", "200", "--out", "-"], capture_output=True, check=True
    )
    rows: list[Row] = [msgspec.json.decode(line) for line in made.stdout.splitlines()]
    world = RedmineWorld(clock)
    world.load(rows)
    page = get(world, "/issues.json?status_id=*&limit=100&sort=id")
    assert page["total_count"] == 200
    assert [row["subject"] for row in page["issues"]] == [row["subject"] for row in rows[:100]]
    noted = next(row for row in rows if len(row["journals"]) > 2)
    shown = get(world, f"/issues/{noted['id']}.json?include=journals")["issue"]
    assert [each["notes"] for each in shown["journals"]] == [each["notes"] for each in noted["journals"] if shows(each)]
    assert shown["author"] == noted["author"]


def shows(journal: Row) -> bool:
    """Whether Redmine shows a journal: it has notes or details."""
    return bool(journal["notes"] or journal["details"])


def test_times_are_turned_to_utc_and_newlines_to_crlf(world: RedmineWorld) -> None:
    row = get(world, "/issues/1.json")["issue"]
    assert (row["created_on"], row["updated_on"]) == ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    assert row["description"] == "一行目\r\n二行目"


def test_the_key_belongs_to_a_member_who_is_no_administrator(world: RedmineWorld) -> None:
    user = get(world, "/users/current.json?include=memberships")["user"]
    assert (user["login"], user["admin"]) == ("kb", False)
    assert [each["project"]["id"] for each in user["memberships"]] == [1]
    assert get(world, "/issues.json?status_id=*")["total_count"] == 3
    assert get(world, "/issues.json?status_id=*", "wrong")["total_count"] == 2


def test_the_keys_owner_takes_no_id_of_a_loaded_person(clock: Clock) -> None:
    world = RedmineWorld(clock)
    world.load([ticket(1, author={"id": 1, "name": "伊藤"})])
    assert get(world, "/issues/1.json")["issue"]["author"] == {"id": 1, "name": "伊藤"}
    assert get(world, "/users/current.json")["user"]["id"] != 1


def test_a_world_names_whose_key_it_is(clock: Clock) -> None:
    world = RedmineWorld(clock, api_key="k" * 40)
    roles = [{"id": 1, "name": "報告者", "permissions": ["view_issues"]}]
    users = [{"id": 5, "login": "suzuki", "firstname": "一郎", "lastname": "鈴木"}]
    project = {"id": 1, "name": "基盤", "identifier": "infra", "is_public": False}
    member = {"project": project, "user": {"id": 5, "name": ""}, "roles": [{"id": 1, "name": "報告者"}]}
    whole = {"reader": "suzuki", "roles": roles, "users": users, "projects": [project], "memberships": [member]}
    world.load([whole, ticket(1)])
    assert get(world, "/users/current.json")["user"]["login"] == "suzuki"
    assert get(world, "/issues.json")["total_count"] == 1
    assert client(world, "wrong").get("/redmine/issues.json").json()["total_count"] == 0


def test_without_any_rows_there_is_a_working_redmine(clock: Clock) -> None:
    world = RedmineWorld(clock)
    assert get(world, "/issues.json")["issues"] == []
    assert [row["name"] for row in get(world, "/issue_statuses.json")["issue_statuses"]][-1] == "却下"
    assert get(world, "/projects.json")["total_count"] == 0


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ({"subject": "x"}, "project"),
        (ticket(1, subject=["x"]), "subject"),
        (ticket(1, status="新規"), "indices"),
        (ticket(1, created_on="昨日"), "昨日"),
        ({"issues": [{"id": 1}]}, "project"),
        ({"workflows": [{"from": 1}]}, "from"),
    ],
)
def test_a_row_that_is_none_is_named_and_nothing_is_loaded(world: RedmineWorld, broken: Row, word: str) -> None:
    with pytest.raises(InputError) as caught:
        world.load([ticket(9), broken])
    assert "5" in str(caught.value)
    assert word in str(caught.value)
    assert get(world, "/issues.json?status_id=*")["total_count"] == 3
    world.reset()
    assert get(world, "/issues.json?status_id=*")["total_count"] == 3


def test_reset_goes_back_to_what_was_loaded(world: RedmineWorld) -> None:
    before = list(world.dump())
    world.edit({"action": "delete", "id": 1})
    world.edit({"action": "update", "id": 2, "fields": {"subject": "別の題名"}})
    key = world.api_key
    assert list(world.dump()) != before
    world.reset()
    assert list(world.dump()) == before
    assert world.api_key == key


def test_an_edit_is_made_by_somebody_else_at_the_sandboxs_time(world: RedmineWorld, clock: Clock) -> None:
    clock.advance(60)
    world.edit({"action": "update", "id": 1, "as": "佐藤", "fields": {"status": "終了", "notes": "直しました。"}})
    row = get(world, "/issues/1.json?include=journals")["issue"]
    journal = row["journals"][-1]
    assert row["updated_on"] == row["closed_on"] == journal["created_on"] == "2026-11-25T09:01:00Z"
    assert journal["user"]["name"] == "佐藤"
    assert journal["details"] == [{"property": "attr", "name": "status_id", "old_value": "1", "new_value": "5"}]


def test_a_quiet_edit_moves_no_time_and_leaves_no_journal(world: RedmineWorld) -> None:
    world.edit({"action": "update", "id": 1, "quiet": True, "fields": {"description": "黙って変えた"}})
    row = get(world, "/issues/1.json?include=journals")["issue"]
    assert (row["description"], row["updated_on"], row["journals"]) == ("黙って変えた", "2026-11-02T00:00:00Z", [])


@pytest.mark.parametrize("action", ["close", "reopen", "move", "private", "note", "attach", "log_time", "relate"])
def test_every_edit_of_a_ticket_answers_with_its_id(world: RedmineWorld, action: str) -> None:
    fields = {"move": {"project": "基盤"}, "private": {"is_private": True}, "note": {"notes": "注記"}}
    fields |= {"attach": {"filename": "a.txt", "filesize": 3}, "relate": {"to": 2}}
    assert world.edit({"action": action, "id": 1, "fields": fields.get(action, {})})["id"] == 1


def test_a_created_ticket_has_the_next_id_and_is_listed(world: RedmineWorld) -> None:
    made = world.edit({"action": "create", "fields": {"project": "基盤", "subject": "新しい", "assigned_to": "佐藤"}})
    assert made == {"id": 4}
    row = get(world, "/issues.json")["issues"][0]
    assert (row["id"], row["subject"], row["assigned_to"]["name"]) == (4, "新しい", "佐藤")
    world.edit({"action": "delete", "id": 4})
    assert world.edit({"action": "create", "fields": {"subject": "次"}}) == {"id": 5}


def test_a_deleted_ticket_takes_those_below_it_along(clock: Clock) -> None:
    world = RedmineWorld(clock)
    world.load([ticket(1), ticket(2, parent={"id": 1}), ticket(3, parent={"id": 2})])
    assert get(world, "/issues/1.json?include=children")["issue"]["children"][0]["children"][0]["id"] == 3
    assert world.edit({"action": "delete", "id": 1}) == {"deleted": [1, 2, 3]}


def test_tickets_that_are_each_others_parents_end_in_an_answer(clock: Clock) -> None:
    world = RedmineWorld(clock)
    world.load([ticket(1, parent={"id": 2}), ticket(2, parent={"id": 1})])
    children = get(world, "/issues/1.json?include=children,allowed_statuses")["issue"]["children"]
    assert children[0]["id"] == 2
    assert get(world, "/issues.json?parent_id=~9")["total_count"] == 0


def test_wiki_pages_are_made_changed_renamed_and_deleted(world: RedmineWorld, clock: Clock) -> None:
    def index() -> list[tuple[str, int, str]]:
        pages = get(world, "/projects/1/wiki/index.json")["wiki_pages"]
        return [(page["title"], page["version"], page["updated_on"]) for page in pages]

    page = {"project": "基盤", "title": "接続 情報"}
    world.edit({"action": "wiki_create", "fields": {**page, "text": "一版"}})
    clock.advance(60)
    world.edit({"action": "wiki_update", "fields": {**page, "text": "二版"}})
    assert index() == [("接続_情報", 2, "2026-11-25T09:01:00Z")]
    world.edit({"action": "wiki_update", "quiet": True, "fields": {**page, "text": "黙って"}})
    assert index() == [("接続_情報", 2, "2026-11-25T09:01:00Z")]
    assert get(world, "/projects/1/wiki/接続_情報.json")["wiki_page"]["text"] == "黙って"
    assert get(world, "/projects/1/wiki/接続_情報/1.json")["wiki_page"]["text"] == "一版"
    world.edit({"action": "wiki_rename", "fields": {**page, "to": "接続先"}})
    assert index() == [("接続先", 2, "2026-11-25T09:01:00Z")]
    world.edit({"action": "wiki_delete", "fields": {"project": "基盤", "title": "接続先"}})
    assert index() == []


def test_renaming_a_person_moves_no_ticket(world: RedmineWorld) -> None:
    world.edit({"action": "rename", "id": 7, "fields": {"table": "users", "name": "改名 後"}})
    row = get(world, "/issues/1.json")["issue"]
    assert (row["author"]["name"], row["updated_on"]) == ("改名 後", "2026-11-02T00:00:00Z")


def test_a_key_narrowed_to_fewer_projects_sees_fewer_tickets(clock: Clock) -> None:
    world = RedmineWorld(clock)
    other = {"id": 2, "name": "非公開"}
    world.load(
        [{"projects": [{**other, "identifier": "closed", "is_public": False}]}, ticket(1), ticket(2, project=other)]
    )
    assert get(world, "/issues.json")["total_count"] == 2
    world.edit({"action": "member", "fields": {"project": "非公開", "user": "kb", "roles": []}})
    assert get(world, "/issues.json")["total_count"] == 1


@pytest.mark.parametrize(
    ("payload", "word"),
    [
        ({"action": "explode"}, "explode"),
        ({"action": "update", "id": 99}, "99"),
        ({"action": "update", "id": 1, "fields": {"status": "無い状態"}}, "無い状態"),
        ({"action": "update", "id": 1, "fields": {"subject": "半分", "priority": "無い優先度"}}, "無い優先度"),
        ({"action": "update", "id": 1, "as": "誰か"}, "誰か"),
        ({"action": "edit_note", "id": 12345}, "12345"),
        ({"action": "update", "id": 1, "fields": {"done_ratio": "半分"}}, "半分"),
        ({"action": "move", "id": 1, "fields": {"project": "無い場所"}}, "無い場所"),
        ({"action": "wiki_update", "fields": {"project": "基盤", "title": "無い"}}, "無い"),
        ({"action": "rename", "id": 1, "fields": {"table": "settings"}}, "settings"),
        ({"action": "update", "id": "一"}, "一"),
        ({"action": "update", "id": 1, "fields": "全部"}, "fields"),
    ],
)
def test_an_impossible_edit_says_what_is_missing_and_changes_nothing(
    world: RedmineWorld, payload: Row, word: str
) -> None:
    before = list(world.dump())
    with pytest.raises(InputError) as caught:
        world.edit(payload)
    assert word in str(caught.value)
    assert list(world.dump()) == before


def test_login_required_closes_what_anonymous_may_read(world: RedmineWorld) -> None:
    assert world.configure({"login_required": True})["login_required"]
    answer = client(world, "wrong").get("/redmine/issues.json")
    assert (answer.status_code, answer.content) == (401, b"")
    assert get(world, "/issues.json?status_id=*")["total_count"] == 3
    world.reset()
    assert client(world, "").get("/redmine/issue_statuses.json").status_code == 401
    with pytest.raises(InputError, match="text_formatting"):
        world.configure({"text_formatting": "textile"})


def test_under_a_sub_uri_file_addresses_keep_it(clock: Clock) -> None:
    world = RedmineWorld(clock)
    world.load([ticket(1, attachments=[{"id": 4, "filename": "手順 書.txt", "filesize": 5}])])
    file = get(world, "/issues/1.json?include=attachments")["issue"]["attachments"][0]
    assert file["content_url"] == "http://sandbox/redmine/attachments/download/4/%E6%89%8B%E9%A0%86%20%E6%9B%B8.txt"


@pytest.mark.parametrize("query", ["member_of_group=1", "spent_time=>=1", "f[]=status_id", "tracker_id=ev1"])
def test_what_redmine_has_and_the_sandbox_lacks_is_said_aloud(world: RedmineWorld, query: str) -> None:
    assert client(world).get(f"/redmine/issues.json?{query}").status_code == 501


@pytest.mark.parametrize(
    "query",
    [
        "issue_id=" + "9" * 400,
        "issue_id=>=" + "9" * 400,
        "limit=" + "9" * 400,
        "offset=" + "9" * 400,
        "done_ratio=>=1e999",
        "created_on=>=9999-12-31",
        "created_on=>=0001-01-01",
        "created_on=>=0001-01-01T00:00:00Z",
        "created_on=<=9999-12-31",
        "created_on=>t-99999999999",
        "sort=" + "id," * 500,
        "subject=~%00",
        "status_id=%F0%9F%8D%A3",
        "parent_id=~" + "9" * 400,
        "updated_on=><2026-01-01",
        "estimated_hours=>=1",
        "cf_1=1|2",
        "include=,,,",
    ],
)
def test_no_query_brings_it_down(world: RedmineWorld, query: str) -> None:
    assert client(world).get(f"/redmine/issues.json?{query}").status_code in (200, 422)


def test_thousands_of_tickets_come_page_after_page(clock: Clock) -> None:
    world = RedmineWorld(clock)
    world.load(ticket(number) for number in range(1, 2_051))
    asked = client(world)
    last, seen = 0, 0
    while True:
        path = f"/redmine/issues.json?status_id=*&limit=100&sort=id&issue_id=>={last + 1}"
        rows = asked.get(path).json()["issues"]
        if not rows:
            break
        seen, last = seen + len(rows), rows[-1]["id"]
    assert seen == 2_050


def test_over_http_edits_and_counters_reach_redmine(sandbox: Callable[..., Sandbox]) -> None:
    server = sandbox(data=[ticket(1)])
    server.reset(counters=True)
    with server.redmine_client() as http:
        before = http.get("/issues/1.json").json()["issue"]["updated_on"]
        server.edit("redmine", "note", id=1, fields={"notes": "別の人の注記"})
        after = http.get("/issues/1.json?include=journals").json()["issue"]
    assert after["updated_on"] > before
    assert after["journals"][0]["notes"] == "別の人の注記"
    assert server.requests("redmine") == {"total": 2, "GET /issues/{number}.json": 2}
