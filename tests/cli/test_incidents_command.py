"""`kb incidents` from a mirror: which pages, which codes, and what must not be passed on."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility

OPEN = """## 影響
2025/06/03 の 09:40 から、adsv-prd-db-01 で新規登録 62 件の番号が空になった。#12

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [x] 補充の手順を自動化した（担当: 大野）
- [ ] 残数が 1 万件を切ったら通知する（担当: 野口 / 期限: 2025/6/20）
"""
BLANK = """## 影響
2025/05/01 の 10:00 に停止した。

## 原因
サーバが停止したため。

## 対応
再起動した。

## 再発防止
TODO
"""
DONE = OPEN.replace("- [ ]", "- [x]").replace("2025/06/03", "2025/04/02")
MEMO = "昼の献立。\n"
PATTERN = "[hosts]\npattern = '[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}'\n"

Call = Callable[..., Any]


@pytest.fixture
def team(posts: Any, workspace: Path) -> Path:
    """Three incidents, one of them done, and a page that is none."""
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(PATTERN)
    posts.put((1, "番号が発行されない", OPEN), (2, "停止した", BLANK), (3, "【完了】古い件", DONE))
    posts.put((4, "昼", MEMO), category="雑談")
    return workspace


def rows(said: Any) -> dict[str, dict[str, Any]]:
    return {row["doc"]: row for row in json.loads(said.out)["incidents"]}


def test_every_incident_is_a_row(kb: Call, team: Path) -> None:
    said = kb("incidents", "--format", "json", "--now", "2025-07-01")
    assert said.code == 0
    made = rows(said)
    assert list(made) == ["esa:1", "esa:2", "esa:3"]
    first = made["esa:1"]
    assert (first["day"], first["dated"], first["age_days"]) == ("2025-06-03", True, 28)
    assert (first["standing"], first["cause"], first["prevention"]) == ("open", "good", "measures")
    assert (first["done"], first["measures"], first["owners"], first["next_due"]) == (1, 2, ["野口"], "2025-06-20")
    assert (first["tickets"], first["nodes"]) == (["#12"], ["adsv-prd-db-01"])
    second = made["esa:2"]
    assert (second["cause"], second["fix"], second["prevention"]) == ("shallow", "restart", "placeholder")
    assert {"INC203", "INC302", "INC402"} <= set(second["codes"])
    assert made["esa:3"]["standing"] == "done"
    assert "障害の記事 3 件（対応中 2 件）。" in said.err


@pytest.mark.parametrize(
    ("words", "docs"),
    [
        ((), ["esa:1", "esa:2", "esa:3"]),
        (("--open",), ["esa:1", "esa:2"]),
        (("--since", "2025-05-01"), ["esa:1", "esa:2"]),
        (("--code", "INC402"), ["esa:2"]),
        (("--code", "prevention-placeholder,INC302"), ["esa:2"]),
        (("--code", "INC4", "--since", "2026-01-01"), []),
    ],
)
def test_only_what_was_asked_for(kb: Call, team: Path, words: tuple[str, ...], docs: list[str]) -> None:
    assert list(rows(kb("incidents", "--format", "json", "--now", "2025-06-10", *words))) == docs


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "きのう"), "--since「きのう」を日付として読めません"),
        (("--now", "never"), "--now「never」"),
        (("--code", "INC999"), "「INC999」という規則はありません"),
        (("--by", "owner"), "--by に「owner」は使えません"),
    ],
)
def test_wrong_words_are_told(kb: Call, team: Path, words: tuple[str, ...], said: str) -> None:
    told = kb("incidents", *words)
    assert told.code == 2
    assert said in told.err
    assert told.out == ""


def test_without_a_mirror_there_is_a_next_step(kb: Call, workspace: Path) -> None:
    said = kb("incidents")
    assert said.code == 2
    assert "kb sync" in said.err


def test_groups_have_counts(kb: Call, team: Path) -> None:
    said = kb("incidents", "--by", "cause")
    assert "現象だけ  1 件（対応中 1 件）" in said.out.splitlines()
    assert "理由まで  2 件（対応中 1 件）" in said.out.splitlines()
    groups = json.loads(kb("incidents", "--by", "node", "--format", "json").out)["groups"]
    assert [(group["key"], group["count"]) for group in groups] == [("adsv-prd-db-01", 2), ("", 1)]


def test_an_alias_and_a_title_count_for_the_host(kb: Call, team: Path, posts: Any) -> None:
    with (team / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('names = ["drawbridge"]\n[hosts.aliases]\ndb-01 = "adsv-prd-db-01"\n')
    posts.put((5, "db-01 が停止した", BLANK), (6, "停止した", BLANK + "\n踏み台は drawbridge。drawbridge-old は別。\n"))
    groups = json.loads(kb("incidents", "--by", "node", "--format", "json").out)["groups"]
    assert [(group["key"], group["count"]) for group in groups] == [("adsv-prd-db-01", 3), ("drawbridge", 1), ("", 1)]


def test_without_host_names_there_is_a_way_to_them(kb: Call, workspace: Path, posts: Any) -> None:
    posts.put((1, "停止した", BLANK))
    assert "→ kb init --hosts" in kb("incidents", "--by", "node").err
    assert "kb init" not in kb("incidents").err
    with (workspace / "kb.toml").open("a", encoding="utf-8") as file:
        file.write(PATTERN)
    assert "kb init" not in kb("incidents", "--by", "node").err


def private(team: Path) -> None:
    """Tickets with an incident each: one that every member sees, one that is private."""
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put(
            SourceRow(
                Source.REDMINE,
                Kind.TICKET,
                str(number),
                f"redmine:{number}",
                title,
                BLANK,
                {},
                created_at="2025-05-01T00:00:00Z",
                updated_at="2025-05-01T00:00:00Z",
                visibility=seen_by,
            )
            for number, title, seen_by in (
                (71, "みんなに見える障害", Visibility.MEMBERS),
                (72, "人事の障害", Visibility.PRIVATE),
                (73, "一部の障害", Visibility.LIMITED),
            )
        )


@pytest.mark.parametrize("format", ["csv", "markdown", "html"])
def test_what_is_passed_on_holds_nothing_that_not_every_member_sees(kb: Call, team: Path, format: str) -> None:
    private(team)
    said = kb("incidents", "--format", format)
    assert "みんなに見える障害" in said.out
    assert "人事の障害" not in said.out
    assert "一部の障害" not in said.out
    assert "メンバー全員には見えない 2 件を除きました" in said.err
    said = kb("incidents", "--format", format, "--include-private")
    assert "人事の障害" in said.out
    assert "除きました" not in said.err


@pytest.mark.parametrize("format", ["text", "json"])
def test_what_stays_here_holds_everything(kb: Call, team: Path, format: str) -> None:
    private(team)
    said = kb("incidents", "--format", format)
    assert "人事の障害" in said.out
    assert "除きました" not in said.err


def test_a_second_run_gives_the_same_index(kb: Call, team: Path) -> None:
    first = kb("incidents", "--format", "markdown", "--now", "2025-06-10")
    second = kb("incidents", "--format", "markdown", "--now", "2025-06-11")
    assert first.out == second.out
    assert "番号が発行されない" in first.out


def test_the_index_that_was_posted_is_not_listed_and_not_linted(kb: Call, team: Path, posts: Any) -> None:
    index = kb("incidents", "--format", "markdown").out
    posts.put((9, "過去のトラブル", index))
    assert "esa:9" not in rows(kb("incidents", "--format", "json"))
    found = [json.loads(line)["doc"] for line in kb("lint", "--format", "jsonl", "--exit-zero").out.splitlines()]
    assert "esa:2" in found
    assert "esa:9" not in found
    assert kb("incidents", "--format", "markdown").out == index


def test_decisions_take_a_code_off_the_row(kb: Call, team: Path) -> None:
    found = [json.loads(line) for line in kb("lint", "--format", "jsonl", "--exit-zero").out.splitlines()]
    mark = next(row["fingerprint"] for row in found if row["doc"] == "esa:2" and row["code"] == "INC302")
    (team / "kb-decisions.toml").write_text(
        f'[[decision]]\nfingerprint = "{mark}"\ndoc = "esa:2"\ncode = "INC302"\nwhat = "accept"\nreason = "x"\n',
        encoding="utf-8",
    )
    assert "INC302" not in rows(kb("incidents", "--format", "json"))["esa:2"]["codes"]


def test_csv_opens_in_a_spreadsheet(team: Path) -> None:
    import subprocess

    done = subprocess.run(
        [sys.executable, "-m", "kb", "incidents", "--format", "csv"], cwd=team, capture_output=True, check=True
    )
    assert done.stdout.startswith(b"\xef\xbb\xbf")
    assert done.stdout.count(b"\r\n") == done.stdout.count(b"\n") == 4
    cells = list(csv.reader(io.StringIO(done.stdout.decode("utf-8-sig"), newline="")))
    assert cells[1][3] == "番号が発行されない"


def test_no_page_is_opened(kb: Call, team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kb.lint.engine import work

    kb("lint", "--exit-zero")

    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a page was read")

    monkeypatch.setattr(work, "read_document", opened)
    work.build_judge.cache_clear()
    try:
        said = kb("incidents", "--format", "json")
    finally:
        work.build_judge.cache_clear()
    assert said.code == 0
    assert len(rows(said)) == 3
