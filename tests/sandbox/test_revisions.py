"""Revisions of the sandbox's esa."""

from __future__ import annotations

import pytest
from sandbox.box import Box, post


@pytest.fixture
def box(filled) -> Box:
    box = filled(post(1, "古い題", category="a", tags=["x"], body_md="一\n二\n三", revision_number=4))
    box.edit("update", 1, fields={"body": "一\n<二>\n三", "message": "直した"}, **{"as": "ito"})
    box.edit("update", 1, fields={"title": "新しい題", "wip": True})
    return box


def test_revisions_are_listed_newest_first_as_far_as_they_are_known(box: Box) -> None:
    listed = box.get("/posts/1/revisions").json()
    assert [row["number"] for row in listed["revisions"]] == [6, 5, 4]
    newest, middle, oldest = listed["revisions"]
    assert (newest["name"], newest["wip"], oldest["name"], oldest["wip"]) == ("新しい題", True, "古い題", False)
    assert (middle["message"], middle["created_by"]["screen_name"]) == ("直した", "ito")
    assert (oldest["body_md"], middle["body_md"]) == ("一\n二\n三", "一\n<二>\n三")
    assert (middle["full_name"], middle["category"], middle["tags"]) == ("a/古い題 #x", "a", ["x"])
    assert oldest["diff"] is None
    assert '<li class="ins">&lt;二&gt;</li>' in middle["diff"]
    assert box.get("/posts/1/revisions", per_page=1, page=2).json()["revisions"][0]["number"] == 5


def test_one_revision_can_be_read(box: Box) -> None:
    shown = box.get("/posts/1/revisions/5").json()["revision"]
    assert (shown["number"], shown["url"]) == (5, "https://docs.esa.io/posts/1/revisions/5")
    assert box.get("/posts/1/revisions/3").status_code == 404
    assert box.get("/posts/1/revisions/7").status_code == 404


def test_two_revisions_can_be_compared(box: Box) -> None:
    diff = box.get("/posts/1/revisions/compare/4...5").json()["diff"]
    assert (diff["from_revision_number"], diff["to_revision_number"]) == (4, 5)
    assert diff["diff_text"] == "@@ -1,3 +1,3 @@\n 一\n-二\n+<二>\n 三"
    assert '<li class="del">二</li>' in diff["diff_html"]
    for odd in ("4..5", "4...", "a...b", "3...4"):
        assert box.get(f"/posts/1/revisions/compare/{odd}").status_code == 404, odd
