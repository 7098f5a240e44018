"""One document, named where a path could stand: `kb lint esa:1`, `kb show esa:1 --findings`, `kb triage --page`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.lint.engine import work

Call = Callable[..., Any]

BAD = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号発行が停止したため。

## 対応
番号発行を再起動した。

## 再発防止
TODO
"""
LINKED = BAD.replace("TODO", "- [ ] 監視を足す（#45 / 担当: 野口）")
KEPT_PASSWORD = "- パスワード: Kumo7-Hikari\n"


@pytest.fixture
def team(posts: Any) -> Any:
    posts.put((1, "番号が発行されない", BAD), (2, "また発行されない", BAD), (3, "昼", "昼の献立。\n"))
    posts.comment(1, 9, KEPT_PASSWORD)
    return posts


def test_a_named_document_is_judged_alone_and_as_with_all(kb: Call, team: Any) -> None:
    every = [row for row in kb("lint", "--format", "jsonl").rows if row["doc"] == "esa:1"]
    alone = kb("lint", "esa:1", "--format", "jsonl")
    assert alone.rows == every
    assert {row["part"] for row in alone.rows} == {"body", "comment:9"}
    assert alone.code == 1
    assert "文書 1 件" in alone.err


@pytest.mark.parametrize("typed", ["1", "https://docs.esa.io/posts/1"])
def test_it_is_named_as_kb_show_takes_it(kb: Call, team: Any, typed: str) -> None:
    assert {doc for doc, _ in kb("lint", typed, "--format", "jsonl").codes} == {"esa:1"}


def test_only_the_named_document_is_read(kb: Call, team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    real = work.read_document
    monkeypatch.setattr(
        work, "read_document", lambda document, *more: (read.append(document.doc), real(document, *more))[1]
    )
    work.build_judge.cache_clear()
    kb("lint", "esa:2")
    assert set(read) == {"esa:2"}
    kb("lint", "--exit-zero")
    assert read.count("esa:2") == 1  # what was judged alone is kept
    work.build_judge.cache_clear()


def test_a_look_at_one_document_leaves_the_record_to_the_next_whole_lint(kb: Call, team: Any) -> None:
    kb("lint")
    team.put((2, "また発行されない", BAD.replace("TODO", "検討中")), (4, "発行が止まる", BAD))
    assert ("esa:4", "INC402") in kb("lint", "esa:4", "--format", "jsonl").codes
    new = kb("lint", "--new-only", "--format", "jsonl").codes
    assert ("esa:4", "INC402") in new
    assert all(doc != "esa:1" for doc, _ in new)


def test_a_file_of_that_name_is_a_file(kb: Call, team: Any) -> None:
    (Path("1")).write_text(BAD, encoding="utf-8")
    assert {doc for doc, _ in kb("lint", "1", "--format", "jsonl").codes} == {"1"}


def test_what_is_not_mirrored_is_named_with_the_next_step(kb: Call, team: Any) -> None:
    team.bury(3)
    for typed, says in (("esa:77", "「esa:77」は手元にありません"), ("esa:3", "esa:3 は手元では「gone」です")):
        said = kb("lint", typed)
        assert said.code == 2
        assert says in said.err
        assert "→" in said.err


@pytest.mark.parametrize(
    "more",
    [("notes",), ("--input", "-"), ("--new-only",), ("--since", "2025-01-01"), ("--update-baseline",), ("--fix",)],
)
def test_flags_about_other_things_are_refused_beside_it(kb: Call, team: Any, more: tuple[str, ...]) -> None:
    said = kb("lint", "esa:1", *more)
    assert said.code == 2
    assert not said.out


def test_without_a_workspace_it_says_how_to_begin(kb: Call, folder: Path) -> None:
    said = kb("lint", "esa:1")
    assert said.code == 2
    assert "kb init" in said.err


def test_the_lines_lead_to_the_page_and_from_there_to_the_decision(kb: Call, team: Any) -> None:
    assert "kb show esa:2 --findings" in kb("lint").out
    assert kb("lint", "esa:1").err.rstrip().endswith("→ kb show esa:1 --findings")
    assert kb("show", "esa:1", "--findings").err.rstrip().endswith("→ kb triage --page esa:1")
    assert kb("lint", "--for", "ono", "--select", "INC").code in (0, 1)


def test_a_page_is_shown_with_its_findings_below_their_lines(kb: Call, team: Any) -> None:
    said = kb("show", "esa:1", "--findings")
    lines = said.out.splitlines()
    below = lines[lines.index("TODO") + 1]
    assert below.lstrip().startswith("↑ エラー INC402 再発防止がまだ決まっていません")
    comment = next(number for number, line in enumerate(lines) if "comment:9" in line)
    assert any("SEC101" in line for line in lines[comment:])
    assert "Kumo7-Hikari" not in said.out
    assert said.code == 0
    assert [line for line in lines if "↑" not in line] == kb("show", "esa:1").out.splitlines()


def test_a_page_without_findings_says_so(kb: Call, team: Any) -> None:
    said = kb("show", "esa:3", "--findings")
    assert "指摘はありません" in said.err
    assert "↑" not in said.out


def test_what_was_set_aside_is_counted_below_the_page(kb: Call, team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("r a 廃止のため\nq\n"))
    assert kb("triage", "--page", "esa:2", "--select", "INC402", "--by", "大野").code == 0
    said = kb("show", "esa:2", "--findings")
    assert "INC402" not in said.out
    assert "出していないもの" in said.err


def test_triage_goes_through_one_page(kb: Call, team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n" * 50))
    said = kb("triage", "--page", "https://docs.esa.io/posts/2", "--by", "大野")
    places = {line.split()[1].split("#")[0] for line in said.out.splitlines() if line.startswith("場所 ")}
    assert {place if place.count(":") == 1 else place.rpartition(":")[0] for place in places} == {"esa:2"}
    assert "→ kb triage esa:2" in said.err


def test_triage_of_a_page_refuses_what_is_none(kb: Call, team: Any) -> None:
    said = kb("triage", "--page", "notes/memo.md")
    assert said.code == 2
    assert "notes/memo.md" in said.err


def test_triage_for_a_member_is_what_lint_shows_for_them(kb: Call, team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    team.put((5, "担当つき", BAD.replace("TODO", "- [ ] 監視を足す（担当: 野口 / 期限: 2025-06-20）")))
    theirs = {code for _, code in kb("lint", "--for", "野口", "--format", "jsonl").codes}
    assert theirs
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n" * 50))
    said = kb("triage", "--for", "野口", "--by", "大野")
    shown = [line.split()[2] for line in said.out.splitlines() if "/" in line.split(" ")[0] and "─" in line]
    assert set(shown) == theirs
    assert "→ kb triage --for '野口'" in said.err
    assert "→ kb triage --for '野口'" in kb("lint", "--for", "野口").err
