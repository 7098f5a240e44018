"""The number that rises: preventions open when the workspace began, and settled since."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from reports.week.test_gather import BAD, GOOD, MEASURE, Call, edited, week
from reports.week.test_gather import at as at
from reports.week.test_gather import team as team

OPEN = BAD + MEASURE.format(due="2026/8/20")


def settled(found: dict[str, Any]) -> tuple[int, int, int | None]:
    share = found["settled"]
    return share["count"], share["of"], share["before"]


def test_it_rises_with_what_was_open_at_the_first_lint_and_is_settled(
    kb: Call, posts: Any, team: Path, at: Any
) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD), (2, BAD), (3, OPEN), (4, GOOD))
    kb("lint")
    assert settled(week(kb)) == (0, 3, None)
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (1, OPEN), (5, BAD))  # decided on; and a page that is new
    assert settled(week(kb)) == (1, 3, None)  # the start was in that week
    at("2026-07-20T09:00")
    edited(posts, "2026-07-15", (3, GOOD))
    assert settled(week(kb)) == (2, 3, 1)
    assert "片付いた再発防止: 3 件中 2 件（週の初めは 1 件）" in kb("report").out
    at("2026-07-27T09:00")
    edited(posts, "2026-07-22", (1, BAD))
    posts.bury(3)
    assert settled(week(kb)) == (0, 2, 0)


@pytest.mark.parametrize("words", [("report",), ("lint", "--select", "SEC"), ("lint", "--new-only")])
def test_the_first_look_at_the_mirror_is_the_start_whatever_it_shows(
    kb: Call, posts: Any, team: Path, at: Any, words: tuple[str, ...]
) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    kb(*words)
    at("2026-07-13T09:00")
    edited(posts, "2026-07-08", (1, GOOD))
    assert settled(week(kb)) == (1, 1, None)


def test_a_page_marked_as_done_is_not_asked_for_its_boxes(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    list_item = BAD + "\n## 再発防止\n- 残数が 1 万件を切ったら通知する（担当: 野口）\n"
    posts.put(
        (1, "【完了】件 1", list_item), (2, "【完了】件 2", BAD), (3, "【完了】件 3", OPEN), (4, "件 4", list_item)
    )
    kb("lint")
    assert settled(week(kb)) == (0, 2, None)


def test_without_anything_open_at_the_start_there_is_no_number(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, GOOD))
    kb("lint")
    assert week(kb)["settled"] is None
    assert "片付いた再発防止" not in kb("report").out


def test_nothing_of_a_page_is_kept_for_it(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, OPEN))
    kb("lint")
    with closing(sqlite3.connect(team / ".kb" / "state.db")) as state:
        rows = state.execute("SELECT * FROM start_measures").fetchall()
    assert [(doc, part, at) for _, doc, part, at in rows] == [("esa:1", "body", "")]
    assert all(len(row[0]) == 32 and int(row[0], 16) for row in rows)


def test_it_stands_first_in_every_form(kb: Call, posts: Any, team: Path, at: Any) -> None:
    at("2026-07-06T09:00")
    edited(posts, "2026-06-10", (1, BAD))
    kb("lint")
    for words in ((), ("--format", "markdown"), ("--format", "html")):
        out = kb("report", *words).out
        assert out.index("片付いた再発防止") < (out.find("指摘のない障害の記事") % len(out) or len(out))
    assert json.loads(kb("report", "--format", "json").out)["settled"]["key"] == "settled"
