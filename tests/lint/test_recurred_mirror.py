"""INC601 on a mirror: what joins two pages, what undoes it, and what is computed again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.lint.cache import recurrences

Call = Callable[..., Any]
LINT = ("lint", "--format", "jsonl", "--select", "INC601", "--exit-zero", "--now", "2025-09-30")

FIRST = """## 概要
2025/03/02 期末テストの採点が返らない。

## 原因
grader-02 が画像入りの答案をまとめて読み、ヒープを使い切った。

## 対応
件数を減らした。

## 再発防止
TODO
"""
AGAIN = """## 概要
2025/09/05 採点が止まった。#1 と同じ。

## 原因
1 件ずつ読む修正が残っていた。

## 対応
件数を減らした。

## 再発防止
- [ ] 1 件ずつ読む（担当: 野口 / 期限: 10/20）
"""
LIKE = AGAIN.replace("#1 と同じ。", "").replace(
    "1 件ずつ読む修正が残っていた。", "画像入りの答案を grader-02 が一度に読み、ヒープが溢れた。"
)


def put(posts: Any, *rows: tuple[int, str, str], updated_at: str = "") -> None:
    """Each in the month it tells of."""
    for row in rows:
        written = "2025-03-05" if row[0] == 1 else f"2025-09-{5 + row[0]:02}"
        posts.put(row, created_at=f"{written}T00:00:00Z", updated_at=updated_at)


def told(said: Any) -> list[tuple[str, list[str], str, str]]:
    return [(row["doc"], row["same_as"], row["severity"], row["confidence"]) for row in said.rows]


def test_a_repeat_that_the_page_says_is_a_warning_with_what_became_of_the_first(kb: Call, posts: Any) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", AGAIN))
    said = kb(*LINT)
    assert told(said) == [("esa:2", ["esa:1"], "warning", "high")]
    assert said.rows[0]["evidence"] == "前にもありました。そのとき（2025-03-02、#1）の再発防止は TODO のままです"
    assert said.rows[0]["line"] == 2


def test_a_likely_one_is_a_question(kb: Call, posts: Any) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    said = kb(*LINT)
    assert told(said) == [("esa:2", ["esa:1"], "info", "medium")]
    assert said.rows[0]["message"].startswith("同じ障害ですか")


def test_a_severity_of_the_team_makes_no_question_an_error(kb: Call, posts: Any, workspace: Path) -> None:
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[lint.severity]\nINC601 = "error"\n')
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE), (3, "採点が返らない（3 回目）", AGAIN))
    assert [row[2] for row in told(kb(*LINT))] == ["info", "error"]


def test_what_changes_on_the_first_page_changes_the_second_ones_finding(kb: Call, posts: Any) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", AGAIN))
    kb(*LINT)
    done = FIRST.replace("TODO", "- [x] 1 件ずつ読む（野口、3/20 済）")
    put(posts, (1, "採点が返らない", done), updated_at="2025-09-10T00:00:00Z")
    assert kb(*LINT).rows[0]["evidence"].endswith("の再発防止は済んだとされています")
    posts.put((1, "昼の献立", "今日は鮭。\n"), category="雑談", updated_at="2025-09-11T00:00:00Z")
    assert told(kb(*LINT)) == []


def test_an_earlier_page_that_comes_later_is_found(kb: Call, posts: Any) -> None:
    put(posts, (2, "採点が止まった", LIKE))
    assert told(kb(*LINT)) == []
    put(posts, (1, "採点が返らない", FIRST))
    assert told(kb(*LINT)) == [("esa:2", ["esa:1"], "info", "medium")]


def test_nothing_is_compared_again_while_no_incident_changes(
    kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", AGAIN), (3, "昼", "今日は鮭。\n"))
    first = kb(*LINT)
    monkeypatch.setattr(recurrences, "_record", None)
    posts.put((3, "昼", "今日は鯖。\n"), updated_at="2025-09-11T00:00:00Z")
    assert kb(*LINT).rows == first.rows


@pytest.mark.parametrize(
    ("flag", "left"), [("--not-same-as", []), ("--same-as", [("esa:2", ["esa:1"], "warning", "high")])]
)
def test_an_answer_is_kept_for_all_later_runs(
    kb: Call, posts: Any, workspace: Path, flag: str, left: list[Any]
) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    assert told(kb(*LINT)) == [("esa:2", ["esa:1"], "info", "medium")]
    said = kb("triage", "--page", "esa:2", flag, "esa:1", "--by", "小野", "--now", "2025-09-30")
    assert said.code == 0
    kept = (workspace / "kb-decisions.toml").read_text(encoding="utf-8")
    assert 'other = "esa:1"' in kept
    assert 'by = "小野"' in kept
    assert told(kb(*LINT)) == left
    assert told(kb(*LINT)) == left


def test_an_answer_needs_two_documents_and_one_flag(kb: Call, posts: Any) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    assert kb("triage", "--same-as", "esa:1").code == 2
    assert kb("triage", "--page", "esa:2", "--same-as", "esa:1", "--not-same-as", "esa:1").code == 2
    assert kb("triage", "--page", "esa:2", "--same-as", "esa:2").code == 2
    assert kb("triage", "--page", "esa:2", "--same-as", "esa:99").code == 2


def test_a_person_answers_in_triage_once(
    kb: Call, posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    monkeypatch.setattr("sys.stdin", io.StringIO("n 設定が違う\n"))
    said = kb("triage", "--select", "INC601", "--by", "小野", "--now", "2025-09-30")
    assert "y 同じ障害" in said.out
    assert "別の障害と控えました" in said.out
    kept = (workspace / "kb-decisions.toml").read_text(encoding="utf-8")
    assert 'what = "not-same"' in kept
    assert "採点" not in kept
    assert kb("triage", "--select", "INC601", "--now", "2025-09-30").err.startswith("決めるべき指摘はありません。")


def test_other_findings_have_no_such_keys(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    posts.put((1, "採点が返らない", FIRST))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ns\n"))
    said = kb("triage", "--select", "INC402", "--by", "小野", "--now", "2025-09-30")
    assert "y 同じ障害" not in said.out
    assert "INC601" in said.out


@pytest.mark.parametrize("form", ["markdown", "html", "github", "junit", "sarif"])
def test_what_is_passed_on_tells_repeats_and_asks_nothing(kb: Call, posts: Any, form: str) -> None:
    words = ("lint", "--format", form, "--select", "INC601", "--exit-zero", "--now", "2025-09-30")
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    assert "同じ障害ですか" not in kb(*words).out
    put(posts, (2, "採点が止まった", AGAIN), updated_at="2025-09-11T00:00:00Z")
    assert "同じ障害が繰り返されています" in kb(*words).out


def test_the_author_is_asked_a_question_that_names_the_page_and_git_gets_none(
    kb: Call, posts: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", LIKE))
    monkeypatch.setattr("sys.stdin", io.StringIO("m\n"))
    said = kb("triage", "--select", "INC601", "--by", "小野", "--now", "2025-09-30")
    shown = said.out + said.err
    assert "同じ障害ですか" in shown
    assert "2025-03-02 の #1 と" in shown
    kept = (workspace / "kb-decisions.toml").read_text(encoding="utf-8")
    assert "同じ障害ですか" in kept
    assert "#1" not in kept


def test_what_an_answer_takes_away_was_mended_by_nobody(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(posts, (1, "採点が返らない", FIRST), (2, "採点が止まった", AGAIN))
    for at in ("2025-09-22T09:00:00+09:00", "2025-09-29T09:00:00+09:00"):
        monkeypatch.setenv("KB_NOW", at)
        kb("lint", "--exit-zero")
    assert kb("triage", "--page", "esa:2", "--not-same-as", "esa:1", "--by", "小野").code == 0
    monkeypatch.setenv("KB_NOW", "2025-10-06T09:00:00+09:00")
    found = json.loads(kb("report", "--format", "json").out)
    assert found["moved"]["fixed"] == 0
    gone = [(each["cause"], each["went"], "INC601" in each["codes"]) for each in found["otherwise"] if each["went"]]
    assert gone == [("aside", 1, True)]
