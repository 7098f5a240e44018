"""Data files and what cannot be used of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sample_rows import ticket
from sandbox.box import Box, comment, post

from kb.errors import InputError


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


TICKET = ticket(7, subject="夜間バッチが止まる")


def test_posts_tickets_and_members_are_told_apart_by_their_keys(tmp_path: Path) -> None:
    box = Box()
    box.sandbox.load_file(write(tmp_path / "d.jsonl", post(3), TICKET, "", {"screen_name": "abe"}))
    assert box.numbers() == [3]
    assert box.get("/members/abe").status_code == 200
    key = {"X-Redmine-API-Key": box.sandbox.api_key}
    listed = box.send("GET", "/redmine/issues.json", headers=key).json()["issues"]
    assert [row["id"] for row in listed] == [7]


def test_a_row_may_leave_out_what_can_be_made_up(filled) -> None:
    box = filled(
        {"id": "inc-1", "full_name": "障害/2026/DB停止 #db #重大", "tags": ["db", "重大"], "body_md": "a"},
        {"name": "題だけ", "body_md": ""},
        {"id": 40, "full_name": "a/b", "category": "a", "body_md": ""},
    )
    first = box.get("/posts/1").json()
    assert (first["category"], first["name"], first["full_name"]) == (
        "障害/2026",
        "DB停止",
        "障害/2026/DB停止 #db #重大",
    )
    assert box.get("/posts/2").json()["name"] == "題だけ"
    assert (box.get("/posts/40").json()["category"], box.get("/posts/40").json()["name"]) == ("a", "b")


def test_counts_follow_from_what_is_there(filled) -> None:
    box = filled(post(1, comments_count=9, tasks_count=9, stargazers_count=4, comments=[comment(10)]))
    shown = box.get("/posts/1").json()
    assert (shown["comments_count"], shown["tasks_count"], shown["stargazers_count"]) == (1, 0, 4)


@pytest.mark.parametrize(
    ("row", "part"),
    [
        ('{"body_md": ', "JSON のオブジェクトではありません"),
        ("[1]", "JSON のオブジェクトではありません"),
        ({"colour": "red"}, "項目 colour では"),
        (post(1), "number に 1"),
        (post(0), "number に 0"),
        (post(5, name=5), "name に 5"),
        ({"body_md": "題がない"}, "name に None"),
        (post(5, body_md=["a"]), "body_md に ['a']"),
        (post(5, tags="a"), "tags に 'a'"),
        (post(5, created_at="soon"), "created_at に 'soon'"),
        (post(5, comments="many"), "comments に 'many'"),
        (post(5, comments=["one"]), "comments に 'one'"),
        (post(5, comments=[comment(9), comment(9)]), "comments.id に 9"),
        (post(5, created_by={"screen_name": "a b"}), "screen_name に 'a b'"),
        (post(5, revision_number="3"), "revision_number に '3'"),
        ({**TICKET, "project": 3}, "Redmine"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, row: Any, part: str) -> None:
    path = write(tmp_path / "d.jsonl", post(1), row)
    with pytest.raises(InputError) as raised:
        Box().sandbox.load_file(path)
    assert part in str(raised.value)
    assert "d.jsonl 2 行目" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"missing\.jsonl を読めません"):
        Box().sandbox.load_file(tmp_path / "missing.jsonl")


def test_a_body_with_a_lone_surrogate_is_served_all_the_same(tmp_path: Path) -> None:
    box = Box()
    box.sandbox.load([post(1, body_md="a\ud800b", comments=[comment(10, "c\udfff")])])
    assert box.get("/posts/1", include="comments").json()["body_md"] == "a?b"
