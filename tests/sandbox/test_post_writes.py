"""Creating, updating and deleting posts through the API."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.box import TEAM, Box, comment, post

META = {"category": "運用/手順", "tags": ["a"], "body_md": "一\n二", "watchers": ["ito", "operator"]}


@pytest.fixture
def box(filled) -> Box:
    box: Box = filled(post(1, "題", **META), post(2, "別"), {"screen_name": "abe"})
    box.freeze()
    return box


def update(box: Box, number: int = 1, **fields: Any) -> dict[str, Any]:
    answer = box.write("PATCH", f"/posts/{number}", {"post": fields})
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def refused(box: Box, fields: dict[str, Any] | None, token: str | None = None) -> str:
    before = box.send("GET", "/_sandbox/dump/esa").text
    answer = box.write("PATCH", "/posts/1", fields, token=token)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")
    assert box.send("GET", "/_sandbox/dump/esa").text == before
    return str(answer.json()["message"])


def test_only_the_keys_given_change_and_a_revision_is_added(box: Box) -> None:
    before = box.get("/posts/1").json()
    after = update(box, wip=True)
    assert after.pop("overlapped") is False
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"wip", "revision_number", "updated_at", "updated_by"}
    assert (after["wip"], after["message"], after["revision_number"]) == (True, "Update post.", 2)
    assert (after["updated_at"], after["updated_by"]["myself"]) == ("2026-11-25T09:00:00+09:00", True)
    assert box.get("/posts/1").json()["revision_number"] == 2


def test_every_field_can_be_changed_at_once(box: Box) -> None:
    after = update(box, name="新", category="/保管/", tags=["b", "b", "c"], body_md="- [ ] 三", message="直した")
    assert (after["full_name"], after["body_md"], after["message"]) == ("保管/新 #b #c", "- [ ] 三", "直した")
    assert after["tasks_count"] == 1
    assert box.numbers(q='on:"保管"') == [1]


@pytest.mark.parametrize("none", ["", None])
def test_no_category_is_said_by_an_empty_text_or_null(box: Box, none: str | None) -> None:
    assert update(box, category=none)["category"] is None


def test_an_empty_list_clears_the_tags(box: Box) -> None:
    assert update(box, tags=[])["full_name"] == "運用/手順/題"


@pytest.mark.parametrize(
    ("sent", "category", "name", "tags"),
    [
        ({"name": "甲/乙/題名"}, "甲/乙", "題名", ["a"]),
        ({"name": "題名 #b #c"}, "運用/手順", "題名", ["a", "b", "c"]),
        ({"name": "甲/題名 #b", "tags": ["d"]}, "甲", "題名", ["d", "b"]),
        ({"name": "甲/題名", "category": "乙"}, "乙", "甲/題名", ["a"]),
        ({"name": "C# と F#"}, "運用/手順", "C# と F#", ["a"]),
        ({"name": "甲 &#35;1 &#47; 乙"}, "運用/手順", "甲 #1 / 乙", ["a"]),
        ({"name": "/題名"}, None, "題名", ["a"]),
    ],
)
def test_a_name_is_read_as_category_title_and_tags(
    box: Box, sent: dict[str, Any], category: str | None, name: str, tags: list[str]
) -> None:
    after = update(box, **sent)
    assert (after["category"], after["name"], after["tags"]) == (category, name, tags)


def test_entities_in_a_title_can_stay_as_they_were_sent(box: Box) -> None:
    box.toggle(title_entities="as sent")
    assert update(box, name="甲 &#35;1 &#47; 乙")["name"] == "甲 &#35;1 &#47; 乙"


def test_the_revisions_keep_what_stood_there_also_what_somebody_changed_quietly(box: Box) -> None:
    box.edit("update", 1, fields={"body": "こっそり", "title": "静かな題"}, quiet=True)
    update(box, body_md="上書き", wip=True)
    newest, before = box.get("/posts/1/revisions").json()["revisions"]
    assert (newest["number"], newest["body_md"], newest["wip"]) == (2, "上書き", True)
    assert (before["number"], before["body_md"], before["name"], before["wip"]) == (1, "こっそり", "静かな題", False)


def test_an_update_that_changes_nothing_is_a_revision_or_by_choice_none(box: Box) -> None:
    assert update(box, name="題")["revision_number"] == 2
    box.toggle(noop_revises=False)
    same = update(box, name="題", tags=["a"], message="何も")
    assert (same["revision_number"], same["message"]) == (2, "Update post.")
    assert update(box, tags=["b"])["revision_number"] == 3


def test_a_time_a_client_sends_is_taken_or_by_choice_ignored(box: Box) -> None:
    assert update(box, wip=True, updated_at="2020-01-02T03:04:05+09:00")["updated_at"] == "2020-01-02T03:04:05+09:00"
    assert update(box, wip=True, updated_at="昔")["updated_at"] == "2026-11-25T09:00:00+09:00"
    box.toggle(honours_updated_at=False)
    assert update(box, wip=True, updated_at="2020-01-02")["updated_at"] == "2026-11-25T09:00:00+09:00"


def test_a_body_without_the_wrapper_is_400(box: Box) -> None:
    message = "param is missing or the value is empty or invalid: post"
    for body in (None, {}, {"wip": True}, {"post": {}}, {"post": "題"}, {"post": None}):
        assert refused(box, body) == message, body
    headers = {"Authorization": f"Bearer {box.token}", "Content-Type": "application/x-www-form-urlencoded"}
    form = box.send("PATCH", f"{TEAM}/posts/1", content='{"post": {"wip": true}}', headers=headers)
    assert (form.status_code, form.json()["message"]) == (400, message)


@pytest.mark.parametrize("body", ["{", '{"post": {"name": "\\ud800"}}', "[" * 5000, '{"post": {"wip": NaN}}'])
def test_bad_json_is_400(box: Box, body: str) -> None:
    headers = {"Authorization": f"Bearer {box.token}", "Content-Type": "application/json"}
    answer = box.send("PATCH", f"{TEAM}/posts/1", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "bad_request")


def test_a_title_cannot_be_empty(box: Box) -> None:
    for name in ("", None, "  ", "甲/", " #a"):
        assert refused(box, {"post": {"name": name}}) == "name can't be blank"


def test_unknown_keys_and_values_of_a_wrong_shape_are_ignored(box: Box) -> None:
    before = box.get("/posts/1").json()
    after = update(box, colour="red", url="x", tags="b", body_md=["x"], wip="false", name=True)
    assert {name for name in before if after.get(name) != before[name]} == {
        *("revision_number", "updated_at", "updated_by", "backlinks_count")
    }
    assert update(box, name=2026)["name"] == "2026"


def test_only_an_owner_says_who_it_was(box: Box) -> None:
    after = update(box, wip=True, updated_by="abe", created_by="esa_bot")
    assert (after["updated_by"]["screen_name"], after["created_by"]["screen_name"]) == ("abe", "esa_bot")
    assert refused(box, {"post": {"updated_by": "nobody"}}) == "updated_by is invalid"
    member = box.new_token(user="abe")
    assert refused(box, {"post": {"wip": False, "updated_by": "abe"}}, member) == (
        "updated_by can be given by owners only"
    )


def test_what_cannot_be_read_cannot_be_written(box: Box) -> None:
    narrow = box.new_token(categories=["公開"])
    assert box.write("PATCH", "/posts/1", {"post": {"wip": True}}, token=narrow).status_code == 404
    assert box.write("PATCH", "/posts/99", {"post": {"wip": True}}).status_code == 404
    reader = box.new_token(scopes=["read:post"])
    assert box.write("PATCH", "/posts/1", {"post": {"wip": True}}, token=reader).status_code == 403
    assert box.get("/posts/1").json()["revision_number"] == 1


def test_a_post_open_in_an_editor_refuses_so_many_writes(box: Box) -> None:
    box.edit("open", 1, fields={"times": 2})
    for method, path in (("PATCH", "/posts/1"), ("POST", "/posts/1/archive")):
        answer = box.write(method, path, {"post": {"wip": True}})
        assert (answer.status_code, answer.json()["error"]) == (409, "conflict")
        assert "x-ratelimit-remaining" in answer.headers
    assert update(box, 2, wip=True)["wip"] is True
    assert update(box, wip=True)["revision_number"] == 2


def test_409_can_be_ordered_for_a_path(box: Box) -> None:
    box.control("faults", {"system": "esa", "kind": "409", "path": "/posts/1$", "times": 2, "method": "PATCH"})
    answers = [box.write("PATCH", f"/posts/{number}", {"post": {"wip": True}}) for number in (1, 2, 1, 1)]
    assert [answer.status_code for answer in answers] == [409, 200, 409, 200]
    assert answers[0].json() == {"error": "conflict", "message": "The post is being edited"}
    assert box.get("/posts/1").json()["revision_number"] == 2


def told(box: Box) -> dict[str, int]:
    counts: dict[str, int] = box.control("notifications", method="GET")["esa"]
    return counts


def test_every_write_tells_the_watchers_and_the_author_unless_it_is_silent(box: Box) -> None:
    update(box, wip=True)
    assert told(box) == {"notices": 2, "webhooks": 1}
    update(box, wip=False, message="古い [skip notice]")
    assert told(box) == {"notices": 2, "webhooks": 1}
    box.toggle(skip_notice_silences_webhooks=False)
    update(box, wip=False, message="[skip notice]")
    assert told(box) == {"notices": 2, "webhooks": 2}
    box.write("PATCH", "/posts/1", {"post": {}})
    box.edit("update", 1, fields={"body": "他の人"})
    assert told(box) == {"notices": 2, "webhooks": 2}
    box.control("reset", {"counters": True})
    assert told(box) == {"notices": 0, "webhooks": 0}


def test_writes_are_counted_by_route(box: Box) -> None:
    update(box, wip=True)
    box.write("POST", "/posts/1/archive")
    box.write("DELETE", "/posts/1")
    assert box.control("requests", method="GET")["esa"] == {
        **{"total": 3, "PATCH /posts/{number}": 1, "POST /posts/{number}/archive": 1},
        **{"DELETE /posts/{number}": 1},
    }


def create(box: Box, **fields: Any) -> dict[str, Any]:
    answer = box.write("POST", "/posts", {"post": fields})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def test_a_new_post_is_wip_unless_it_says_otherwise(box: Box) -> None:
    made = create(box, name="運用/新しい #a", body_md="- [x] 済み")
    assert (made["number"], made["full_name"], made["wip"], made["message"]) == (
        3,
        "運用/新しい #a",
        True,
        "Create post.",
    )
    assert (made["revision_number"], made["created_by"]["myself"], made["done_tasks_count"]) == (1, True, 1)
    assert "overlapped" not in made
    shipped = create(box, name="題", category="甲", tags=["b"], wip=False, message="出した")
    assert (shipped["full_name"], shipped["wip"], shipped["message"]) == ("甲/題 #b", False, "出した")
    assert create(box, name="題")["category"] is None


def test_a_new_post_needs_a_name_and_the_wrapper(box: Box) -> None:
    for body in (None, {"name": "題"}, {"post": {}}, {"post": {"body_md": "x"}}, {"post": {"name": " #a"}}):
        assert box.write("POST", "/posts", body).status_code == 400, body
    assert box.get("/posts").json()["total_count"] == 2


def test_an_owner_writes_as_somebody_else(box: Box) -> None:
    made = create(box, name="題", user="abe")
    assert (made["created_by"]["screen_name"], made["updated_by"]["screen_name"]) == ("abe", "abe")
    both = create(box, name="題", created_by="esa_bot", updated_by="abe")
    assert (both["created_by"]["screen_name"], both["updated_by"]["screen_name"]) == ("esa_bot", "abe")
    member = box.new_token(user="abe")
    refused = box.write("POST", "/posts", {"post": {"name": "題", "user": "abe"}}, token=member)
    assert refused.status_code == 400


def test_a_template_gives_what_is_not_said(filled) -> None:
    box = filled(
        post(1, "%{Year}-%{month}-%{day}", category="Templates/日報", body_md="%{me} %{weekday} %{unknown}"),
        post(2, "README", category="Templates", body_md="説明"),
        post(3, "下書き", category="Templates", wip=True, body_md="まだ"),
        {"screen_name": "abe", "me": True},
    )
    box.freeze()
    made = create(box, template_post_id=1)
    assert (made["full_name"], made["body_md"], made["wip"]) == ("日報/2026-11-25", "abe 水曜日 %{unknown}", True)
    assert create(box, template_post_id=1, name="別")["full_name"] == "別"
    for number in (2, 3, 99):
        assert create(box, template_post_id=number, name="題")["body_md"] == "", number


def test_how_a_new_post_begins_can_be_asked(box: Box) -> None:
    assert box.get("/posts/new").json() == {"post": {"name": "", "body_md": ""}}
    assert box.get("/posts/new", category_path="/運用/").json()["post"]["name"] == "運用/"
    assert box.get("/posts/new", parent_post_id=1).json() == {"post": {"name": "運用/手順/題", "body_md": "一\n二"}}
    assert box.get("/posts/new", parent_post_id=99).status_code == 404


def test_a_post_is_deleted_with_204_and_gone(box: Box) -> None:
    answer = box.write("DELETE", "/posts/1")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert box.write("DELETE", "/posts/1").status_code == 404
    assert box.numbers() == [2]
    assert create(box, name="次")["number"] == 3


def test_a_deleted_post_comes_back_only_in_the_browser(filled) -> None:
    box = filled(post(1, "題", comments=[comment(10)]))
    box.write("DELETE", "/posts/1")
    assert box.get("/comments").json()["total_count"] == 0
    assert box.edit("restore", 1)["full_name"] == "題"
    assert [row["id"] for row in box.get("/posts/1/comments").json()["comments"]] == [10]
    assert box.send("POST", "/_sandbox/edit", json={"action": "restore", "number": 1}).status_code == 400


def merged(box: Box, sent: str, number: int = 1, **more: Any) -> tuple[str, bool]:
    original = {"body_md": BASE, "number": number, "user": "sato", **more}
    after = update(box, body_md=sent, original_revision=original)
    return after["body_md"], after["overlapped"]


BASE = "一\n二\n三\n四\n五"


@pytest.fixture
def moved_on(filled) -> Box:
    """Somebody has changed the second line since."""
    box: Box = filled(post(1, "題", body_md=BASE))
    box.edit("update", 1, fields={"body": BASE.replace("二", "弐")})
    return box


def test_an_update_is_merged_with_what_came_between(moved_on: Box) -> None:
    assert merged(moved_on, BASE.replace("四", "肆")) == ("一\n弐\n三\n肆\n五", False)


def test_lines_changed_on_both_sides_overlap_and_are_saved_all_the_same(moved_on: Box) -> None:
    text, overlapped = merged(moved_on, BASE.replace("二", "貳"))
    assert (text, overlapped) == ("一\n<<<<<<< current\n弐\n=======\n貳\n>>>>>>> yours\n三\n四\n五", True)
    assert moved_on.get("/posts/1").json()["body_md"] == text


@pytest.mark.parametrize(
    ("style", "between"),
    [
        ("diff3", "<<<<<<< current\n弐\n||||||| original\n二\n=======\n貳\n>>>>>>> yours"),
        ("sent", "貳"),
    ],
)
def test_what_stands_where_a_merge_overlaps_is_a_choice(moved_on: Box, style: str, between: str) -> None:
    moved_on.toggle(conflict_style=style)
    assert merged(moved_on, BASE.replace("二", "貳")) == (BASE.replace("二", between), True)


def test_without_a_known_revision_the_last_write_wins(moved_on: Box) -> None:
    sent = BASE.replace("四", "肆")
    assert merged(moved_on, sent, number=9) == (sent, False)
    assert update(moved_on, body_md=sent, original_revision={"body_md": BASE})["body_md"] == sent
    assert update(moved_on, body_md=BASE)["overlapped"] is False


def test_the_text_to_merge_from_is_the_stored_one_or_by_choice_the_one_sent(moved_on: Box) -> None:
    moved_on.edit("update", 1, fields={"body": BASE.replace("五", "伍")}, quiet=True)
    sent = BASE.replace("四", "肆")
    moved_on.toggle(merge_base="sent")
    assert merged(moved_on, sent, number=2) == (
        "一\n二\n三\n<<<<<<< current\n四\n伍\n=======\n肆\n五\n>>>>>>> yours",
        True,
    )
    moved_on.toggle(merge_base="stored")
    moved_on.edit("update", 1, fields={"body": BASE.replace("五", "伍")}, quiet=True)
    assert merged(moved_on, sent, number=3) == (sent, False)
