"""Comments of the sandbox's esa."""

from __future__ import annotations

import pytest
from sandbox.box import Box, comment, post


@pytest.fixture
def box(filled) -> Box:
    return filled(
        post(
            1,
            comments=[
                comment(10, created_at="2026-02-03T00:00:00+09:00"),
                comment(13, created_at="2026-02-01T00:00:00+09:00"),
            ],
        ),
        post(2, comments=[comment(12, "**太字**", created_at="2026-02-02T00:00:00+09:00", by="ito")]),
    )


def test_the_team_feed_begins_with_what_was_made_last(box: Box) -> None:
    feed = box.get("/comments").json()
    assert [(row["id"], row["post_number"]) for row in feed["comments"]] == [(10, 1), (12, 2), (13, 1)]
    assert (feed["total_count"], feed["next_page"]) == (3, None)


def test_an_edited_comment_moves_in_its_post_and_not_in_the_feed(box: Box) -> None:
    assert [row["id"] for row in box.get("/posts/1/comments").json()["comments"]] == [10, 13]
    box.edit("update-comment", id=13, fields={"body": "直した"})
    assert [row["id"] for row in box.get("/posts/1/comments").json()["comments"]] == [13, 10]
    assert [row["id"] for row in box.get("/comments").json()["comments"]] == [10, 12, 13]


def test_one_comment_can_be_read(box: Box) -> None:
    shown = box.get("/comments/12").json()
    assert set(shown) == {
        *("id", "body_md", "body_html", "created_at", "updated_at", "post_number", "url", "created_by"),
        *("stargazers_count", "star"),
    }
    assert shown["body_html"] == "<p><strong>太字</strong></p>\n"
    assert shown["url"] == "https://docs.esa.io/posts/2#comment-12"
    assert shown["created_by"]["screen_name"] == "ito"
    assert box.get("/comments/11").status_code == 404


def test_a_comment_leaves_its_post_alone_unless_told_otherwise(box: Box) -> None:
    before = box.get("/posts/1").json()["updated_at"]
    box.edit("comment", 1, fields={"body": "一つ"})
    assert box.get("/posts/1").json()["updated_at"] == before
    box.toggle(comment_touches_post=True)
    box.edit("comment", 1, fields={"body": "二つ"})
    assert box.get("/posts/1").json()["updated_at"] > before
    assert box.get("/posts/1").json()["comments_count"] == 4
