"""`--for MEMBER`: what is one person's, in every form, together with what else was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.mirror.documents import SourceRow
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source, Visibility
from kb.sources.redmine import rows
from kb.sources.redmine.rows import RowContext

BODY = """## 概要
2025/06/03 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になったときに、空の番号を返す作りだった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [ ] 残数が 1 万件を切ったら通知する（担当: {} / 期限: 2025-06-20）
"""
MEMBERS = {"sato": "佐藤 健", "ono": "大野 花子", "imai": "今井"}
NOW = ("--now", "2025-07-01")
LINT = ("lint", *NOW, "--format", "jsonl", "--select", "INC407,TKT104,INC406")
BASE = "https://redmine.example.jp"

Call = Callable[..., Any]


def page(number: int, editor: str, owner: str, *, due: str = "2025-06-20", revision: int = 1) -> SourceRow:
    return SourceRow(
        Source.ESA,
        Kind.POST,
        str(number),
        f"esa:{number}",
        f"番号が空になる {number}",
        BODY.format(owner).replace("2025-06-20", due),
        {},
        number=number,
        category="不具合共有/2025",
        author="watanabe",
        edited_by=editor,
        created_at="2025-06-03T00:00:00Z",
        updated_at=f"2025-06-25T0{revision}:00:00Z",
        revision=revision,
    )


@pytest.fixture
def team(workspace: Path) -> Path:
    """Three pages, each edited by another member, with a measure of somebody else's; one ticket."""
    ticket = {
        "id": 7,
        "project": {"id": 1},
        "subject": "番号の通知",
        "status": {"id": 1, "name": "新規"},
        "description": "パスワード: hogehoge-" + "19Xq!",
        "assigned_to": {"id": 2, "name": "佐藤　健"},
        "author": {"id": 3, "name": "大野 花子"},
        "created_on": "2025-05-01T00:00:00Z",
    }
    with Mirror.open(workspace / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.things(Source.ESA, "member", {key: {"screen_name": key, "name": name} for key, name in MEMBERS.items()})
        write.things(Source.ESA, "former-member", {"watanabe": {"screen_name": "watanabe", "name": "渡辺"}})
        write.put([page(1, "ono", "佐藤"), page(2, "sato", "今井"), page(3, "imai", "watanabe")])
        world = RowContext(BASE, {1: rows.ProjectPlace("infra", Visibility.MEMBERS)}, frozenset({5}), None)
        write.put(rows.ticket_rows(ticket, world, notes=False))
    return workspace


def overdue(said: Any) -> list[object]:
    return [doc for doc, code in said.codes if code == "INC407"]


def test_a_persons_findings_are_those_of_their_pages_and_of_measures_that_name_them(kb: Call, team: Path) -> None:
    assert overdue(kb(*LINT)) == ["esa:1", "esa:2", "esa:3"]
    said = kb(*LINT, "--for", "sato")
    assert overdue(said) == ["esa:1", "esa:2"]
    assert said.code == kb(*LINT, "--for", "@佐藤健").code
    assert "佐藤 健さんの分: 指摘 2 件" in said.err
    assert "文書 3 件" in said.err  # a page with a measure of theirs, a page, and a ticket
    assert overdue(kb(*LINT, "--for", "imai")) == ["esa:2", "esa:3"]


def test_tickets_are_their_assignees(kb: Call, team: Path) -> None:
    ask = ("lint", *NOW, "--format", "jsonl", "--select", "SEC")
    assert [doc for doc, _ in kb(*ask, "--for", "sato").codes] == ["redmine:7"]
    assert kb(*ask, "--for", "ono").codes == []


def test_the_exit_code_is_that_of_what_is_theirs(kb: Call, team: Path) -> None:
    assert kb("lint", *NOW, "--select", "SEC", "--for", "sato").code == 1
    assert kb("lint", *NOW, "--select", "SEC", "--for", "ono").code == 0


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit", "markdown", "html"])
def test_every_form_holds_what_is_theirs_alone(kb: Call, team: Path, form: str) -> None:
    ask = ("lint", *NOW, "--select", "INC407", "--format", form)
    whole, theirs = kb(*ask).out, kb(*ask, "--for", "imai").out
    assert "番号が空になる 1" in whole or "esa:1" in whole
    assert "番号が空になる 1" not in theirs
    assert "esa:1" not in theirs
    assert "esa:3" in theirs or "番号が空になる 3" in theirs


def test_rules_of_kb_toml_decide_whose_a_page_is(kb: Call, team: Path) -> None:
    (team / "kb.toml").write_text(
        '[esa]\nteam = "docs"\n[[owners.rule]]\nplace = "不具合共有/**"\nto = "ono"\n', encoding="utf-8"
    )
    assert overdue(kb(*LINT, "--for", "ono")) == ["esa:1", "esa:2", "esa:3"]
    assert overdue(kb(*LINT, "--for", "sato")) == ["esa:1"]  # it is named there


def test_other_filters_hold_beside_it(kb: Call, team: Path) -> None:
    assert overdue(kb(*LINT, "--for", "sato", "--since", "2025-06-04")) == []
    assert overdue(kb(*LINT, "--for", "sato", "--ignore", "INC407")) == []
    pages = kb(*LINT, "--for", "imai", "--pages").rows
    assert [row["doc"] for row in pages if "kind" in row] == ["esa:2", "esa:3"]


def test_what_is_new_is_told_of_theirs_alone(kb: Call, team: Path) -> None:
    kb("lint", *NOW)
    with Mirror.open(team / ".kb" / "mirror.db") as mirror, mirror.write() as write:
        write.put([page(1, "ono", "大野", due="", revision=2), page(3, "imai", "今井", due="", revision=2)])
    said = kb("lint", *NOW, "--new-only", "--format", "jsonl", "--for", "imai")
    assert {doc for doc, _ in said.codes} == {"esa:3"}
    assert "今井さんの分" in said.err


@pytest.mark.parametrize(("name", "near"), [("satou", "sato"), ("おの", "スクリーンネーム"), ("", "スクリーンネーム")])
def test_a_name_nobody_has_is_told_before_anything_is_written(kb: Call, team: Path, name: str, near: str) -> None:
    for words in (("lint", "--format", "json"), ("search", "番号")):
        said = kb(*words, "--for", name)
        assert (said.code, said.out) == (2, "")
        assert near in said.err


def test_of_somebody_who_left_only_measures_that_still_name_them_are_told(kb: Call, team: Path) -> None:
    said = kb(*LINT, "--for", "watanabe")
    assert said.codes == [("esa:3", "INC407")]
    assert "渡辺さんはメンバーの一覧にいないので、名前の残っている対策だけです" in said.err


def test_a_baseline_is_everybodys(kb: Call, team: Path) -> None:
    assert kb("lint", "--update-baseline", "--for", "sato").code == 2
    assert not (team / "kb-baseline.toml").exists()


def test_files_of_ones_own_are_judged_without_a_workspace(kb: Call, folder: Path) -> None:
    (folder / "page.md").write_text(BODY.format("佐藤"), encoding="utf-8")
    ask = ("lint", "page.md", *NOW, "--format", "jsonl", "--select", "INC407")
    assert overdue(kb(*ask, "--for", "佐藤")) == ["page.md"]
    assert overdue(kb(*ask, "--for", "大野")) == []


def test_a_search_finds_what_is_theirs(kb: Call, team: Path) -> None:
    def found(*words: str) -> list[str]:
        return sorted(hit["doc"] for hit in json.loads(kb("search", "番号", "--json", *words).out)["hits"])

    assert found() == ["esa:1", "esa:2", "esa:3", "redmine:7"]
    assert found("--for", "sato") == ["esa:1", "esa:2", "redmine:7"]
    assert found("--for", "imai") == ["esa:2", "esa:3"]
    assert found("--for", "sato", "--open-tasks") == ["redmine:7"]
    said = kb("search", "番号", "--for", "大野花子")
    assert "大野 花子さんの分: 1 件。" in said.err
