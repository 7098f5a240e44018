"""Moving categories through the API."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.box import Box, post


@pytest.fixture
def box(filled) -> Box:
    return filled(
        post(1, category="運用/旧", body_md="一"),
        post(2, category="運用/旧/下"),
        post(3, category="運用旧"),
        post(4, category="保管/下"),
        post(5, category="運用/旧/下"),
    )


def move(box: Box, source: str = "運用/旧", target: str = "保管", status: int = 200) -> Any:
    answer = box.write("POST", "/categories/batch_move", {"from": source, "to": target})
    assert answer.status_code == status, answer.text
    return answer.json()


def places(box: Box) -> list[str]:
    return [box.get(f"/posts/{number}").json()["category"] for number in range(1, 6)]


def test_a_category_moves_with_all_below_it_into_what_is_there(box: Box) -> None:
    assert move(box, "/運用/旧/", "/保管/") == {"count": 2, "from": "/運用/旧/", "to": "/保管/"}
    assert places(box) == ["保管", "保管/下", "運用旧", "保管/下", "保管/下"]
    assert box.numbers(q='on:"保管/下"', sort="number") == [5, 4, 2]


def test_a_category_can_move_below_itself(box: Box) -> None:
    assert move(box, "運用/旧", "運用/旧/旧")["count"] == 2
    assert places(box)[:2] == ["運用/旧/旧", "運用/旧/旧/下"]
    assert move(box, "運用旧", "運用旧")["count"] == 0


def test_moving_leaves_time_and_revision_alone_or_by_choice_does_not(box: Box) -> None:
    before = box.get("/posts/1").json()
    move(box, "運用/旧", "甲")
    quiet = box.get("/posts/1").json()
    assert (quiet["updated_at"], quiet["revision_number"]) == (before["updated_at"], 1)
    box.toggle(move_touches=True)
    move(box, "甲", "乙")
    touched = box.get("/posts/1").json()
    assert touched["updated_at"] > before["updated_at"]
    assert touched["revision_number"] == 1
    box.toggle(move_touches=False, move_revises=True)
    move(box, "乙", "丙")
    revised = box.get("/posts/1").json()
    assert (revised["updated_at"], revised["revision_number"]) == (touched["updated_at"], 2)
    assert [row["category"] for row in box.get("/posts/1/revisions").json()["revisions"]] == ["丙", "乙"]
    assert box.control("notifications", method="GET")["esa"]["notices"] == 3


def test_a_category_nobody_has_counts_nought_or_by_choice_is_404(box: Box) -> None:
    assert move(box, "どこにも")["count"] == 0
    box.toggle(move_missing_status=404)
    assert move(box, "どこにも", status=404)["error"] == "not_found"


def test_a_move_can_break_off_in_the_middle(box: Box) -> None:
    box.toggle(move_stops_after=1)
    assert move(box, status=500)["error"] == "internal_server_error"
    assert places(box)[:2] == ["保管", "運用/旧/下"]


@pytest.mark.parametrize("body", [{"from": "運用"}, {"to": "運用"}, {"from": "", "to": "運用"}, {"from": 1}, None])
def test_both_ends_must_be_named(box: Box, body: dict[str, Any] | None) -> None:
    answer = box.write("POST", "/categories/batch_move", body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("param is missing or the value is empty or invalid: ")


def test_what_the_token_may_not_see_stays_behind(box: Box) -> None:
    box.edit("hide", 2)
    narrow = box.new_token(categories=["運用"])
    answer = box.write("POST", "/categories/batch_move", {"from": "運用/旧", "to": "甲"}, token=narrow)
    assert answer.json()["count"] == 2
    box.edit("unhide", 2)
    assert places(box)[:2] == ["甲", "運用/旧/下"]
    reader = box.new_token(scopes=["read"])
    assert box.write("POST", "/categories/batch_move", {"from": "甲", "to": "乙"}, token=reader).status_code == 403
