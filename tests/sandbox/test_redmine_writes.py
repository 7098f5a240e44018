"""Writes to the sandbox's Redmine that no contract test reaches: plain data, counts, what is not played."""

from __future__ import annotations

from typing import Any

import pytest
import sample_rows
from sandbox.box import Box

Row = dict[str, Any]


def ticket(number: int, **fields: Any) -> Row:
    """A ticket as bench/make_corpus.py makes it: no roles, no workflow."""
    given = {
        "status": {"id": 3, "name": "解決"},
        "author": {"id": 7, "name": "佐藤"},
        "assigned_to": {"id": 8, "name": "鈴木"},
        "updated_on": "2026-11-02T09:00:00+09:00",
    }
    return sample_rows.ticket(number, **given | fields)


@pytest.fixture
def box() -> Box:
    duplicate = {"id": 1, "issue_id": 2, "issue_to_id": 1, "relation_type": "duplicates"}
    box = Box()
    closed = ticket(3, status={"id": 5, "name": "終了"})
    box.sandbox.load([ticket(1), ticket(2, relations=[duplicate]), closed, ticket(4, author={"id": 8, "name": "鈴木"})])
    return box


def put(box: Box, number: int, body: object, key: str = "", **headers: str) -> int:
    headers = {"X-Redmine-API-Key": key or box.sandbox.api_key} | headers
    return box.send("PUT", f"/redmine/issues/{number}.json", json=body, headers=headers).status_code


def state(box: Box, number: int) -> Row:
    headers = {"X-Redmine-API-Key": box.sandbox.api_key}
    row: Row = box.send("GET", f"/redmine/issues/{number}.json?include=journals", headers=headers).json()["issue"]
    return row


def told(box: Box) -> Row:
    counts: Row = box.control("notifications", method="GET")["redmine"]
    return counts


def test_data_without_a_workflow_lets_the_keys_owner_set_every_status(box: Box) -> None:
    assert put(box, 4, {"issue": {"status_id": 5, "notes": "終了します。"}}) == 204
    row = state(box, 4)
    assert (row["status"]["name"], row["journals"][-1]["notes"]) == ("終了", "終了します。")
    assert put(box, 4, {"issue": {"status_id": 3}}) == 204
    assert state(box, 4)["status"]["name"] == "解決"
    assert put(box, 4, {"issue": {"status_id": 5}}, "0" * 40) == 401


def test_duplicates_stay_open_when_the_setting_is_off(box: Box) -> None:
    box.control("toggles", {"system": "redmine", "close_duplicate_issues": False})
    put(box, 1, {"issue": {"status_id": 5}})
    assert not state(box, 2)["status"]["is_closed"]
    put(box, 1, {"issue": {"status_id": 3}})
    box.control("toggles", {"system": "redmine", "close_duplicate_issues": True})
    put(box, 1, {"issue": {"status_id": 5, "notes": "重複も閉じます。"}})
    assert state(box, 2)["journals"][-1]["notes"] == "重複も閉じます。"


def test_two_tickets_that_are_duplicates_of_each_other_close_once(box: Box) -> None:
    back = {"id": 2, "issue_id": 1, "issue_to_id": 2, "relation_type": "duplicates"}
    box.sandbox.load([ticket(1, relations=[back])])
    assert put(box, 1, {"issue": {"status_id": 5, "notes": "両方"}}) == 204
    assert [len(state(box, number)["journals"]) for number in (1, 2)] == [1, 1]


def test_mails_and_people_are_counted_until_a_reset(box: Box) -> None:
    assert told(box) == {"mails": 0, "people": 0}
    put(box, 1, {"issue": {"status_id": 5, "notes": "終了します。"}})
    assert told(box) == {"mails": 2, "people": 1}
    put(box, 4, {"issue": {"subject": "新しい題名"}})
    assert told(box) == {"mails": 3, "people": 1}
    box.control("reset", {"counters": True})
    assert told(box) == {"mails": 0, "people": 0}
    put(box, 4, {"issue": {"notes": "一つ"}})
    rows = box.send("GET", "/_sandbox/dump/redmine").text.splitlines()
    assert sum('"kind":"mail"' in row for row in rows) == told(box)["mails"] == 1
    box.control("reset", {"data": True})
    assert told(box) == {"mails": 0, "people": 0}


def test_an_edit_by_somebody_else_is_no_mail_of_ours(box: Box) -> None:
    box.control("edit", {"system": "redmine", "action": "close", "id": 1, "fields": {"notes": "閉じました。"}})
    assert told(box) == {"mails": 0, "people": 0}


@pytest.mark.parametrize(
    "body",
    [
        {"issue": {"project_id": 2}},
        {"issue": {"tracker_id": 2}},
        {"issue": {"uploads": [{"token": "1.x"}]}},
        {"issue": {}, "time_entry": {"hours": 1}},
    ],
)
def test_what_is_not_played_is_501_and_changes_nothing(box: Box, body: Row) -> None:
    before = state(box, 1)
    assert put(box, 1, body) == 501
    assert state(box, 1) == before


def test_each_save_has_its_own_lock_version(box: Box) -> None:
    assert put(box, 1, {"issue": {"notes": "一つ目", "lock_version": 0}}) == 204
    assert put(box, 1, {"issue": {"notes": "二つ目", "lock_version": 0}}) == 422
    assert put(box, 1, {"issue": {"notes": "二つ目", "lock_version": "1"}}) == 204
    assert [journal["notes"] for journal in state(box, 1)["journals"]] == ["一つ目", "二つ目"]


def test_writes_are_counted_and_faults_strike_them(box: Box) -> None:
    box.control("faults", {"system": "redmine", "kind": "503", "times": 1})
    assert put(box, 1, {"issue": {"status_id": 5}}) == 503
    assert not state(box, 1)["status"]["is_closed"]
    assert put(box, 1, {"issue": {"status_id": 5}}) == 204
    counts = box.control("requests", method="GET")["redmine"]
    assert counts["PUT /issues/{number}.json"] == 2


def test_who_may_edit_only_their_own_tickets_edits_those(box: Box) -> None:
    permissions = ["view_issues", "edit_own_issues", "add_issue_notes"]
    box.sandbox.load(
        [
            {
                "roles": [{"id": 30, "name": "起票者", "permissions": permissions}],
                "users": [{"id": 7, "login": "sato", "lastname": "佐藤", "api_key": "7" * 40}],
                "memberships": [{"project": {"id": 1, "name": "基盤"}, "user": {"id": 7}, "roles": [{"id": 30}]}],
            }
        ]
    )
    assert put(box, 1, {"issue": {"subject": "直した題名"}}, "7" * 40) == 204
    assert state(box, 1)["subject"] == "直した題名"
    assert put(box, 4, {"issue": {"subject": "直した題名", "notes": "注記"}}, "7" * 40) == 204
    assert (state(box, 4)["subject"], state(box, 4)["journals"][-1]["notes"]) == ("件名 4", "注記")


@pytest.mark.parametrize(
    ("sharing", "home", "taken"),
    [("none", 1, True), ("none", 2, False), ("system", 2, True), ("descendants", 3, True), ("hierarchy", 4, True),
     ("descendants", 4, False), ("tree", 5, True), ("hierarchy", 5, False)],
)  # fmt: skip
def test_versions_are_offered_where_they_are_shared(box: Box, sharing: str, home: int, taken: bool) -> None:
    """Project 1 lies below 3 and above 4; 5 lies beside it, 2 apart."""
    places = [(3, None), (1, 3), (4, 1), (5, 3), (2, None)]
    projects = [
        {"id": number, "name": f"P{number}", "identifier": f"p{number}", "parent": {"id": above} if above else None}
        for number, above in places
    ]
    version = {"id": 9, "project": {"id": home, "name": "P"}, "name": "次", "sharing": sharing}
    box.sandbox.load([{"projects": projects, "versions": [version]}])
    assert put(box, 1, {"issue": {"fixed_version_id": 9}}) == (204 if taken else 422)
