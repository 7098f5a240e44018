"""Archiving, appending, prepending and rolling back through the API."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.box import Box, post


@pytest.fixture
def box(filled) -> Box:
    box: Box = filled(post(1, "題", category="運用/手順", tags=["a"], body_md="一\r\n二"), post(2, "別", body_md=""))
    box.freeze()
    return box


def act(box: Box, what: str, number: int = 1, **fields: Any) -> dict[str, Any]:
    answer = box.write("POST", f"/posts/{number}/{what}", {"post": fields} if fields else None)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def archive(box: Box, number: int = 1, **fields: Any) -> dict[str, Any]:
    return act(box, "archive", number, **fields)


def test_archiving_moves_below_archived_and_again_does_nothing(box: Box) -> None:
    first = archive(box, message="終わり")
    assert (first["category"], first["message"], first["revision_number"]) == ("Archived/運用/手順", "終わり", 2)
    again = archive(box, message="もう一度")
    assert (again["category"], again["message"], again["revision_number"]) == ("Archived/運用/手順", "終わり", 2)


def test_what_has_no_category_is_archived_into_archived_itself(box: Box) -> None:
    assert archive(box, 2)["category"] == "Archived"
    assert archive(box, 2)["category"] == "Archived"


def test_archiving_without_a_message_keeps_the_last_one_unless_that_was_a_default(box: Box) -> None:
    assert archive(box, 2)["message"] == "Archived!"
    box.edit("update", 1, fields={"wip": False, "message": "確認済み"})
    assert archive(box)["message"] == "確認済み"


@pytest.mark.parametrize("status", [404, 405])
def test_older_deployments_know_no_archiving(box: Box, status: int) -> None:
    box.toggle(archive_status=status)
    assert box.write("POST", "/posts/1/archive").status_code == status
    assert box.get("/posts/1").json()["category"] == "運用/手順"


def test_a_text_is_appended_on_a_line_of_its_own_with_plain_line_ends(box: Box) -> None:
    after = act(box, "append", content="三\r\n四")
    assert (after["body_md"], after["message"], after["wip"]) == ("一\n二\n三\n四", "Updated via API.", False)
    assert (after["revision_number"], after["updated_by"]["myself"]) == (2, True)
    assert act(box, "append", 2, content="初め", wip=True, message="足した")["body_md"] == "初め"


def test_a_text_is_prepended(box: Box) -> None:
    after = act(box, "prepend", content="零", wip=True, message="前に")
    assert (after["body_md"], after["wip"], after["message"]) == ("零\n一\n二", True, "前に")


def test_both_can_join_texts_as_they_are(box: Box) -> None:
    box.toggle(append_on_new_line=False)
    assert act(box, "append", content="三")["body_md"] == "一\n二三"


def test_appending_reaches_a_post_that_is_open_in_an_editor(box: Box) -> None:
    box.edit("open", 1, fields={"times": 1})
    assert act(box, "append", content="三")["revision_number"] == 2
    assert box.write("PATCH", "/posts/1", {"post": {"wip": True}}).status_code == 409


def test_without_content_nothing_is_appended(box: Box) -> None:
    for body in (None, {"content": "x"}, {"post": {"content": ""}}, {"post": {"wip": True}}):
        assert box.write("POST", "/posts/1/append", body).status_code == 400, body
    assert box.write("POST", "/posts/99/prepend", {"post": {"content": "x"}}).status_code == 404


@pytest.fixture
def changed(box: Box) -> Box:
    """The second revision is another title, place, tag, text and WIP."""
    fields = {"name": "新", "category": "保管", "tags": ["b"], "body_md": "別", "wip": True, "message": "書き直し"}
    assert box.write("PATCH", "/posts/1", {"post": fields}).json()["revision_number"] == 2
    return box


def test_rolling_back_brings_everything_back_as_a_new_revision(changed: Box) -> None:
    after = act(changed, "revisions/1/rollback")
    assert (after["full_name"], after["body_md"], after["wip"]) == ("運用/手順/題 #a", "一\r\n二", False)
    assert (after["revision_number"], after["message"]) == (3, "Roll back to rev 1: Update post.")
    again = act(changed, "revisions/2/rollback", wip=False, message="やはり")
    assert (again["full_name"], again["wip"], again["message"]) == ("保管/新 #b", False, "やはり")
    assert [row["number"] for row in changed.get("/posts/1/revisions").json()["revisions"]] == [4, 3, 2, 1]


def test_the_current_revision_is_none_to_roll_back_to(changed: Box) -> None:
    assert changed.write("POST", "/posts/1/revisions/2/rollback").status_code == 400
    assert changed.write("POST", "/posts/1/revisions/9/rollback").status_code == 404
    assert changed.get("/posts/1").json()["revision_number"] == 2
