"""Writing comments, stars and watches through the API."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sandbox.box import Box, comment, post


@pytest.fixture
def box(filled) -> Box:
    return filled(post(1, comments=[comment(10, by="ito")], watchers=["ito"]), post(2), {"screen_name": "abe"})


def write(
    box: Box, path: str = "/posts/1/comments", method: str = "POST", token: str = "", **fields: Any
) -> httpx.Response:
    return box.write(method, path, {"comment": fields} if fields else None, token=token or None)


def test_a_comment_is_made_with_201(box: Box) -> None:
    answer = write(box, body_md="**確認** しました")
    made = answer.json()
    assert (answer.status_code, made["id"], made["post_number"]) == (201, 11, 1)
    assert (made["body_md"], made["created_by"]["myself"]) == ("**確認** しました", True)
    assert box.get("/posts/1").json()["comments_count"] == 2
    assert box.control("notifications", method="GET")["esa"] == {"notices": 2, "webhooks": 1}


def test_a_comment_needs_a_text_a_wrapper_and_a_post(box: Box) -> None:
    assert write(box).status_code == 400
    assert write(box, body_md="").status_code == 400
    assert box.write("POST", "/posts/1/comments", {"body_md": "x"}).status_code == 400
    assert write(box, "/posts/99/comments", body_md="x").status_code == 404


def test_an_owner_comments_as_somebody_else(box: Box) -> None:
    assert write(box, body_md="x", user="abe").json()["created_by"]["screen_name"] == "abe"
    assert write(box, body_md="x", user="nobody").status_code == 400
    assert write(box, body_md="x", user="ito", token=box.new_token(user="abe")).status_code == 400


def test_a_comment_is_changed_and_deleted(box: Box) -> None:
    before = box.get("/comments/10").json()
    after = write(box, "/comments/10", "PATCH", body_md="直した").json()
    assert (after["body_md"], after["created_by"]["screen_name"]) == ("直した", "ito")
    assert after["updated_at"] > before["updated_at"] == after["created_at"]
    assert write(box, "/comments/10", "PATCH").status_code == 400
    answer = write(box, "/comments/10", "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    assert write(box, "/comments/10", "DELETE").status_code == 404


def test_only_an_owner_with_the_scope_changes_what_others_said(box: Box) -> None:
    member, plain = box.new_token(user="abe"), box.new_token(scopes=["write:comment"])
    for token in (member, plain):
        assert write(box, "/comments/10", "PATCH", token, body_md="x").status_code == 403
        assert write(box, "/comments/10", "DELETE", token).status_code == 403
    assert write(box, "/comments/10", "PATCH", box.new_token(user="ito"), body_md="自分の").status_code == 200
    assert write(box, "/comments/10", "DELETE", box.new_token(legacy=True)).status_code == 204


def test_a_comment_written_moves_its_post_only_by_choice(box: Box) -> None:
    before = box.get("/posts/1").json()["updated_at"]
    write(box, body_md="一つ")
    assert box.get("/posts/1").json()["updated_at"] == before
    box.toggle(comment_touches_post=True)
    write(box, body_md="二つ")
    assert box.get("/posts/1").json()["updated_at"] > before


@pytest.mark.parametrize(
    ("what", "count", "mine", "people"),
    [
        ("/posts/1/star", "stargazers_count", "star", "/posts/1/stargazers"),
        ("/posts/2/watch", "watchers_count", "watch", "/posts/2/watchers"),
        ("/comments/10/star", "stargazers_count", "star", "/comments/10/stargazers"),
    ],
)
def test_stars_and_watches_are_set_once_and_taken_back(box: Box, what: str, count: str, mine: str, people: str) -> None:
    place = what.rpartition("/")[0]
    for method, number in (("POST", 1), ("POST", 1), ("DELETE", 0), ("DELETE", 0)):
        assert box.write(method, what).status_code == 204
        shown = box.get(place).json()
        assert (shown[count], shown[mine], box.get(people).json()["total_count"]) == (number, number == 1, number)


def test_a_star_moves_a_post_in_the_order_of_stars(box: Box) -> None:
    assert box.numbers(sort="stars") == [2, 1]
    box.write("POST", "/posts/1/star", {"body": "引用"})
    assert box.numbers(sort="stars") == [1, 2]
    shown = box.get("/posts/1", include="comments.stargazers,stargazers").json()
    assert [row["user"]["screen_name"] for row in shown["stargazers"]] == ["operator"]
    assert shown["comments"][0]["stargazers"] == []
