"""Edits as another person, loud and quiet."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.box import Box, comment, post


@pytest.fixture
def box(filled) -> Box:
    return filled(
        post(1, "題", category="運用/旧", tags=["a"], comments=[comment(10)]),
        post(2, category="運用/旧/下"),
        post(3, category="運用旧"),
    )


def shown(box: Box, number: int = 1) -> dict[str, Any]:
    answer: dict[str, Any] = box.get(f"/posts/{number}").json()
    return answer


def test_somebody_creates_a_post(box: Box) -> None:
    told = box.edit(
        "create", fields={"title": "新規", "category": "運用", "tags": ["t"], "body": "本文"}, **{"as": "kato"}
    )
    made = shown(box, told["number"])
    assert (made["full_name"], made["body_md"], made["wip"]) == ("運用/新規 #t", "本文", False)
    assert (made["revision_number"], made["message"]) == (1, "Create post.")
    assert made["created_by"]["screen_name"] == "kato"
    assert box.get("/members/kato").status_code == 200


def test_a_new_post_can_have_a_past_and_a_message(box: Box) -> None:
    fields = {"title": "昔", "created_at": "2020-01-01T00:00:00+09:00", "message": "移した", "wip": True}
    made = shown(box, box.edit("create", fields=fields)["number"])
    assert (made["created_at"], made["updated_at"]) == ("2020-01-01T00:00:00+09:00",) * 2
    assert (made["message"], made["wip"]) == ("移した", True)


def test_a_loud_update_moves_the_time_the_revision_and_the_name(box: Box) -> None:
    before = shown(box)
    box.edit("update", 1, fields={"title": "別の題", "body": "別", "tags": ["b", "c"], "wip": True}, **{"as": "kato"})
    after = shown(box)
    assert (after["full_name"], after["body_md"], after["wip"]) == ("運用/旧/別の題 #b #c", "別", True)
    assert after["updated_at"] > before["updated_at"]
    assert after["revision_number"] == before["revision_number"] + 1
    assert (after["updated_by"]["screen_name"], after["created_by"]["screen_name"]) == ("kato", "sato")
    assert after["message"] == "Update post."


def test_a_quiet_update_moves_nothing_but_the_text(box: Box) -> None:
    before = shown(box)
    box.edit("update", 1, fields={"body": "こっそり"}, quiet=True, **{"as": "kato"})
    after = shown(box)
    assert after.pop("body_md") == "こっそり"
    assert before.pop("body_md") == "本文"
    assert {**after, "body_html": ""} == {**before, "body_html": ""}


def test_a_move_is_loud_or_quiet(box: Box) -> None:
    before = shown(box)
    box.edit("move", 1, fields={"category": "静か"}, quiet=True)
    quiet = shown(box)
    assert (quiet["category"], quiet["updated_at"], quiet["revision_number"]) == ("静か", before["updated_at"], 1)
    box.edit("move", 1, fields={"category": ""})
    loud = shown(box)
    assert (loud["category"], loud["revision_number"]) == (None, 2)
    assert loud["updated_at"] > before["updated_at"]


def test_a_category_is_renamed_with_all_below_it_and_no_post_notices(box: Box) -> None:
    before = shown(box, 2)
    told = box.edit("rename-category", fields={"from": "/運用/旧/", "to": "保管/旧"})
    assert told == {"count": 2, "posts": 2}
    assert [shown(box, number)["category"] for number in (1, 2, 3)] == ["保管/旧", "保管/旧/下", "運用旧"]
    assert shown(box, 2)["updated_at"] == before["updated_at"]


def test_comments_are_made_changed_and_deleted(box: Box) -> None:
    made = box.edit("comment", 1, fields={"body": "質問"}, **{"as": "ito"})
    assert (made["id"], box.get(f"/comments/{made['id']}").json()["created_by"]["screen_name"]) == (11, "ito")
    before = box.get("/comments/10").json()
    box.edit("update-comment", id=10, fields={"body": "静かに"}, quiet=True)
    quiet = box.get("/comments/10").json()
    assert (quiet["body_md"], quiet["updated_at"]) == ("静かに", before["updated_at"])
    box.edit("update-comment", id=10, fields={"body": ""})
    assert box.get("/comments/10").json()["updated_at"] > before["updated_at"]
    box.edit("delete-comment", id=10)
    assert box.get("/comments/10").status_code == 404
    assert shown(box)["comments_count"] == 1


def test_members_join_and_leave(box: Box) -> None:
    box.edit("add-member", fields={"screen_name": "new", "name": "新人"})
    assert box.get("/members/new").json()["name"] == "新人"
    box.edit("update-member", fields={"screen_name": "new", "name": "もう新人ではない"})
    assert box.get("/members/new").json()["name"] == "もう新人ではない"
    box.edit("remove-member", fields={"screen_name": "sato"})
    assert box.get("/members/sato").status_code == 404
    assert shown(box)["created_by"]["screen_name"] == "sato"


def test_nobody_named_means_somebody_else(box: Box) -> None:
    assert box.edit("update", 1, fields={"body": "x"})["updated_by"] != "operator"


@pytest.mark.parametrize(
    ("order", "part"),
    [
        ({"action": "frobnicate"}, "create, update, move, rename-category"),
        ({"action": "update", "number": 99}, "number に 99 は使えません"),
        ({"action": "update", "number": "1"}, "number に '1' は使えません"),
        ({"action": "update", "number": 1, "fields": {"colour": "red"}}, "fields.colour に 'red'"),
        ({"action": "update", "number": 1, "fields": {"tags": "a"}}, "fields.tags に 'a'"),
        ({"action": "update", "number": 1, "fields": {"title": ""}}, "fields.name に ''"),
        ({"action": "update", "number": 1, "fields": []}, "fields に []"),
        (
            {"action": "update", "number": 1, "fields": {"created_at": "2026-01-01"}},
            "fields.created_at に '2026-01-01'",
        ),
        ({"action": "update", "number": 1, "fields": {"message": 1}}, "fields.message に 1"),
        ({"action": "update", "number": True}, "number に True"),
        ({"action": "create"}, "fields.name に None"),
        ({"action": "create", "fields": {"name": "x", "created_at": "soon"}}, "fields.created_at に 'soon'"),
        ({"action": "move", "number": 1}, "fields.category に None"),
        ({"action": "comment", "number": 1}, "fields.body_md に None"),
        ({"action": "delete-comment", "id": 99}, "id に 99"),
        ({"action": "remove-member", "fields": {"screen_name": "nobody"}}, "fields.screen_name に 'nobody'"),
        ({"action": "add-member", "fields": {"screen_name": "a b"}}, "screen_name に 'a b'"),
        ({"action": "limit", "fields": {"category": "a", "members": "sato"}}, "fields.members に 'sato'"),
        ({"action": "update", "number": 1, "as": "a b"}, "screen_name に 'a b'"),
        ({"system": "wiki", "action": "update"}, "esa, redmine"),
    ],
)
def test_an_edit_that_cannot_be_done_changes_nothing_and_says_why(box: Box, order: dict[str, Any], part: str) -> None:
    before = box.send("GET", "/_sandbox/dump/esa").text
    answer = box.send("POST", "/_sandbox/edit", json=order)
    assert answer.status_code == 400
    assert part in answer.json()["message"]
    assert box.send("GET", "/_sandbox/dump/esa").text == before
