"""Posts of limited categories stand in no plan that may go into git, and their number is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.store import Mirror
from kb.plan.file.parse import parse_plan
from kb.sources.esa import rows

Call = Callable[..., Any]

OPEN, SECRET = "[運用] 再起動の手順", "[人事] 来期の異動案"
RETITLE = ("plan", "retitle", "-o", "plan.toml", "--match", r"\[(.+)\] (.+)", "--to", r"【\1】\2")
SAID = "1 件はメンバー全員には見えないので、この変更案には入れていません"


def put(root: Path, number: int, title: str, category: str) -> None:
    post = {
        "number": number, "name": title, "category": category, "body_md": "本文です。\n", "tags": [], "wip": False,
        "created_by": {"screen_name": "sato"}, "updated_by": {"screen_name": "sato"},
        "created_at": "2025-05-03T09:00:00+09:00", "updated_at": "2025-06-01T09:00:00+09:00",
        "revision_number": 2, "url": f"https://docs.esa.io/posts/{number}", "message": "Update post.", "comments": [],
    }  # fmt: skip
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(rows.post_rows(post))


@pytest.fixture
def team(workspace: Path) -> Path:
    """A team one of whose categories only some may read."""
    toml = workspace / "kb.toml"
    toml.write_text(toml.read_text("utf-8").replace('team = "docs"', 'team = "docs"\nlimited = ["人事/**"]'), "utf-8")
    put(workspace, 1, OPEN, "運用")
    put(workspace, 2, SECRET, "人事/評価")
    return workspace


def targets(path: Path) -> list[str]:
    return [each.target for each in parse_plan(path.read_text("utf-8"), path.name).changes]


def test_a_plan_for_git_leaves_them_out_and_says_how_many(kb: Call, team: Path) -> None:
    said = kb(*RETITLE)
    assert targets(team / "plan.toml") == ["esa:1"]
    assert SAID in said.err
    assert "-o " in said.err
    assert "異動" not in said.out + said.err + (team / "plan.toml").read_text("utf-8")
    assert "1 change of what not every member can see: left out" in kb("--lang", "en", *RETITLE, "--force").err


def test_a_plan_below_kb_has_them(kb: Call, team: Path) -> None:
    said = kb(*RETITLE, "-o", ".kb/plan.toml")
    assert targets(team / ".kb" / "plan.toml") == ["esa:1", "esa:2"]
    assert "メンバー全員" not in said.err


def test_where_all_of_them_are_limited_nothing_is_written(kb: Call, team: Path) -> None:
    put(team, 1, "手順", "運用")
    said = kb(*RETITLE)
    assert not (team / "plan.toml").exists()
    assert "変更するものはありません" in said.err
    assert SAID in said.err


def test_refresh_takes_out_what_became_limited(kb: Call, team: Path) -> None:
    kb(*RETITLE, "-o", ".kb/plan.toml")
    (team / ".kb" / "plan.toml").rename(team / "plan.toml")
    said = kb("plan", "refresh", "plan.toml")
    assert targets(team / "plan.toml") == ["esa:1"]
    assert SAID in said.err
    assert "異動" not in said.out + said.err


def test_no_table_of_them_is_written_beside_the_settings(kb: Call, team: Path) -> None:
    kb(*RETITLE, "-o", ".kb/plan.toml")
    said = kb("plan", "to-csv", ".kb/plan.toml", "plan.csv")
    assert said.code == 2
    assert "メンバー全員には見えないものの変更が 1 件" in said.err
    assert not (team / "plan.csv").exists()
    assert kb("plan", "to-csv", ".kb/plan.toml", ".kb/plan.csv").code == 0


def test_an_announcement_counts_them_without_a_word(kb: Call, team: Path) -> None:
    kb(*RETITLE, "-o", ".kb/plan.toml")
    said = kb("review", ".kb/plan.toml", "--accept", "all")
    said = kb("review", ".kb/plan.toml", "--announce")
    assert said.code == 0
    assert not {"異動", "人事"} & {word for word in ("異動", "人事") if word in said.out}
