"""What asks not to be told yet: nothing of it is in what is passed on, neither words nor title nor names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Markup, Source, Visibility

Call = Callable[..., Any]

SAID = ("ユニコーン計画", "有明移設", "紀伊国屋", "kb-prd-unicorn01", "蓬莱", "esa:1", "redmine:7")
BODY = """## 概要
2026/05/01 の 10:00 に kb-prd-unicorn01 が停止した。有明移設の準備中。この件は発表まで誰にも言わないでください。

## 原因
不明

## 対応
蓬莱さんに依頼した。

## 再発防止
- [ ] 監視を足す（紀伊国屋、6/1）
"""
WHEN = {"created_at": "2026-05-01T00:00:00Z", "updated_at": "2026-06-02T00:00:00Z"}


def row(source: Source, kind: Kind, key: str, title: str, body: str, **fields: Any) -> SourceRow:
    return SourceRow(source, kind, key, f"{source}:{key}", title, body, {}, **WHEN, **fields)


ROWS = (
    row(
        Source.ESA, Kind.POST, "1", "[ユニコーン計画] 停止", BODY, category="不具合共有/2026", number=1,
        author="kinokuniya", edited_by="kinokuniya", url="https://docs.esa.io/posts/1", visibility=Visibility.INTERNET,
    ),
    row(
        Source.REDMINE, Kind.TICKET, "7", "ユニコーン計画の停止", BODY, number=7, markup=Markup.MARKDOWN,
        category="infra", url="https://redmine.example.jp/issues/7",
        meta={"tracker": "障害", "status": "新規", "assigned_to": "紀伊国屋", "assigned_to_id": 3, "fields": []},
    ),
    row(Source.ESA, Kind.POST, "2", "[別件] 停止", "## 概要\n2026/05/02 に web01 が停止した。\n\n## 原因\n不明\n",
        category="不具合共有/2026", number=2, url="https://docs.esa.io/posts/2"),
)  # fmt: skip


@pytest.fixture
def put(kb: Call, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("KB_KEY", "11" * 32)
    monkeypatch.setenv("KB_NOW", "2026-06-03T09:00+09:00")

    def run(*opened: str) -> None:
        toml = workspace / "kb.toml"
        toml.write_text(f"{toml.read_text('utf-8')}\n[visibility]\nopen = {list(opened)!r}\n", "utf-8")
        with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
            write.set_terms(date(2026, 6, 3), opened)
            write.put(ROWS)
        kb("lint", "--exit-zero")  # what a state export has to tell

    return run


FACES = [
    *(("report", "--format", each) for each in ("markdown", "html")),
    *(("incidents", "--format", each) for each in ("markdown", "html", "csv")),
    ("incidents", "--by", "node", "--format", "markdown"),
    *(("lint", "--all", "--format", each) for each in ("sarif", "github", "junit", "markdown", "html")),
    ("plan", "retitle", "--match", r"\[(.+)\] (.+)", "--to", r"【\1】\2"),
    ("export", "out"),
    ("state", "export", "state.jsonl"),
    ("lint", "--update-baseline"),
]


def passed_on(kb: Call, root: Path) -> dict[str, set[str]]:
    """What of it each command passes on: prints, writes into a file that may leave the machine, or says beside."""
    found: dict[str, set[str]] = {}
    known: set[Path] = set()
    for words in FACES:
        said = kb(*words)
        assert said.code in (0, 1), said.err
        files = {each for each in root.rglob("*") if each.is_file() and not {".kb", "kb.toml"} & set(each.parts)}
        texts = [said.out, said.err, *(f"{each.name} {each.read_text('utf-8', 'replace')}" for each in files - known)]
        known |= files
        found[" ".join(words)] = {each for each in SAID for text in texts if each in text}
    return found


def test_nothing_of_it_is_passed_on(kb: Call, workspace: Path, put: Callable[..., None]) -> None:
    put()
    assert {words: found for words, found in passed_on(kb, workspace).items() if found} == {}


def test_once_it_is_open_the_same_commands_pass_it_on(kb: Call, workspace: Path, put: Callable[..., None]) -> None:
    """Or else the test above would look where nothing can be."""
    put("esa:1", "redmine:7")
    assert [words for words, found in passed_on(kb, workspace).items() if not found] == []


def test_whoever_runs_kb_is_told_how_many_and_where(kb: Call, put: Callable[..., None]) -> None:
    put()
    assert "まだ知らせないとあるようなので、この週から 2 件を、kb を動かす人だけのもの" in kb("report").err
    assert "2 pages became private this week" in kb("--lang", "en", "report", "--format", "html").err
    assert "この週から" not in kb("report", "--week", "2026-W21").err
    told = kb("doctor").out
    assert "esa:1: 2 行目に、まだ知らせないとあるようです。人が決めるまで、" in told
    assert "共有リンクで誰でも読めます" in told
    assert "[visibility] open" in told
