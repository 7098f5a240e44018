"""A source that is one folder and one entry: every command that speaks of sources knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.cli.app import run
from kb.errors import RefusedError
from kb.execute.apply import prepare_apply
from kb.execute.preflight.check import check_team
from kb.execute.run_control import ApplyOptions, RunOptions
from kb.model.document import Source
from kb.model.facts import Confidence
from kb.model.plan import Change, SeenState, Verb, new_plan
from kb.settings.workspace import open_workspace
from kb.sources import registry
from kb.sources.registry import source_kinds

INCIDENT = "## 影響\n\n入稿が 30 分できなかった。\n\n## 原因\n\nディスクが満杯になった。\n\n## 再発防止\n\nTBD\n"
SECRET = "手順です。\n\nDB のパスワード: kT7wQ2mX9p\n"


def page(key: str, title: str, body: str, category: str = "障害") -> dict[str, str]:
    return {"id": key, "title": title, "body": body, "category": category, "at": "2026-04-01T00:00:00Z"}


Say = Callable[..., str]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    file = tmp_path / "pages.json"
    rows = [page("a1", "4/1 入稿が停止した障害", INCIDENT), page("b2", "接続の手順", SECRET, "運用")]
    file.write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "kb.toml").write_text('[toy]\npath = "pages.json"\n', encoding="utf-8")
    return file


@pytest.fixture
def say(pages: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Run a command in a workspace with the toy as its one source; what it says, on both streams."""
    monkeypatch.setattr(registry, "MODULES", (*registry.MODULES, "toy.source"))
    monkeypatch.chdir(pages.parent)

    def say(*words: str, code: int = 0) -> str:
        assert run(list(words)) == code, words
        told = capsys.readouterr()
        return told.out + told.err

    return say


def test_every_command_knows_a_source_of_one_folder(say: Say, pages: Path) -> None:
    assert "Toy: ページ 2 件" in say("doctor")
    assert "Toy: 追加 2・変更 0・削除 0" in say("sync")
    told = [json.loads(line) for line in say("lint", "--format", "jsonl", code=1).splitlines() if line[0] == "{"]
    assert {("toy:a1", "INC402"), ("toy:b2", "SEC101")} <= {(row["doc"], row["code"]) for row in told if "code" in row}
    assert "Toy: pages.json" in (status := say())
    assert "Toy のページ: 2 件" in status
    assert "toy:a1" in say("search", "入稿")
    assert "ディスクが満杯になった" in say("show", "toy:a1")
    assert "ディスクが満杯になった" in say("show", "https://toy.example.jp/posts/a1")
    assert "kT7wQ2mX9p" not in say("show", "toy:b2")
    assert "（Toy 1）" in say("secrets", "list")
    report = json.loads(say("report", "--format", "json"))
    assert [row["label"] for row in report["sources"]] == ["Toy（pages.json）"]
    assert "アカウント ono" in say("doctor", "--handover")
    assert "新規 2" in say("export", "out")
    assert [path.name for path in (pages.parent / "out").glob("toy/*/*.md")]


def test_what_changed_and_what_vanished_is_told(say: Say, pages: Path) -> None:
    say("sync")
    pages.write_text(json.dumps([page("a1", "直した題名", INCIDENT)]), encoding="utf-8")
    assert "Toy: 追加 0・変更 1・削除 1" in say("sync", "--source", "toy")
    assert "手元では「gone」です" in say("show", "toy:b2", code=2)
    pages.unlink()
    assert "Toy のページを読めません。" in say("sync", code=2)
    assert "Toy のページを読めません。" in say("doctor", code=2)


def test_a_link_to_a_page_that_vanished_is_found(say: Say, pages: Path) -> None:
    link = "手順は https://toy.example.jp/posts/b2 にあります。\n"
    rows = [page("a1", "手順の案内", link, "運用"), page("b2", "接続の手順", "手順です。\n", "運用")]
    pages.write_text(json.dumps(rows), encoding="utf-8")
    say("sync")
    pages.write_text(json.dumps(rows[:1]), encoding="utf-8")
    say("sync")
    found = json.loads(say("lint", "--format", "jsonl").splitlines()[0])
    assert found["message"] == "リンク先は削除されています。リンクを直してください。"
    assert "toy:b2" in found["evidence"]


def test_a_page_is_linted_from_input_as_its_source_writes_it(say: Say, pages: Path) -> None:
    file = pages.parent / "rows.jsonl"
    row: dict[str, Any] = {"id": "a1", "source": "toy", "title": "4/1 入稿が停止した障害", "body": INCIDENT}
    file.write_text(json.dumps(row), encoding="utf-8")
    assert '"INC402"' in say("lint", "--input", str(file), "--format", "jsonl", code=1)


def test_a_mistyped_setting_of_its_table_is_told_with_its_line(say: Say, pages: Path) -> None:
    (pages.parent / "kb.toml").write_text('[toy]\npahts = "pages.json"\n', encoding="utf-8")
    told = say("sync", code=2)
    assert "kb.toml 2 行目" in told
    assert "path ではありませんか" in told


@pytest.mark.parametrize("kind", source_kinds(), ids=lambda kind: str(kind.source))
def test_input_may_name_every_source(kind: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"id": 1, "source": kind.source.value, "body": "本文"}), encoding="utf-8")
    assert run(["lint", "--input", str(file), "--format", "jsonl"]) == 0
    assert capsys.readouterr().err.count("\n") <= 1


def test_a_source_is_one_object_whatever_made_it() -> None:
    assert Source("toy") is Source("toy")
    assert list(Source) == [Source.ESA, Source.REDMINE, Source.FILES]
    for wrong in ("", "a b", "Toy", "toy:1"):
        with pytest.raises(ValueError, match="not a valid Source"):
            Source(wrong)


@pytest.mark.parametrize("table", ['toy = "pages.json"\n', "[[toy]]\n"])
def test_its_settings_are_a_table(say: Say, pages: Path, table: str) -> None:
    (pages.parent / "kb.toml").write_text(table, encoding="utf-8")
    assert "toy は表（[toy]）で書きます" in say("report", code=2)


def test_init_takes_it_and_writes_its_table(say: Say, pages: Path) -> None:
    (pages.parent / "kb.toml").unlink()
    assert "NAME: esa、redmine、toy" in say("init", "--yes", "--source", "wiki=x", code=2)
    assert "「」は指定できません" in say("init", "--yes", "--source", "=x", "--source", "toy=y", code=2)
    for words in (["--no-redmine", "--source", "redmine=https://x.jp"], ["--source", "toy=a", "--source", "toy=b"]):
        assert "が 2 回指定されています" in say("init", "--yes", *words, code=2)
    assert "kb.toml を書きました" in say("init", "--yes", "--source", "toy=pages.json")
    assert '[toy]\npath = "pages.json"\n' in (pages.parent / "kb.toml").read_text("utf-8")
    assert "Toy: 追加 2" in say("sync")


def test_a_workflow_hands_it_its_credential(say: Say, pages: Path) -> None:
    with (pages.parent / "kb.toml").open("a", encoding="utf-8") as file:
        file.write('[esa]\nteam = "docs"\n')
    say("init", "--github", "--out", "flows", "--kb-source", "kb-steward==1.0")
    weekly = (pages.parent / "flows" / "kb-weekly.yml").read_text("utf-8")
    assert "TOY_TOKEN: ${{ secrets.TOY_TOKEN }}" in weekly
    assert "Toy のトークン" in weekly


def test_its_findings_go_along_in_a_state_file(say: Say, pages: Path) -> None:
    say("sync")
    say("lint", code=1)
    say("state", "export", "state.kb")
    told = (pages.parent / "state.kb").read_text("utf-8")
    assert told.count('"of":"toy"') >= 2
    (pages.parent / ".kb" / "state.db").unlink()
    assert "指摘" in say("state", "import", "state.kb")


def renamed(number: int, title: str) -> Change:
    """A change of a title that says 手順 so far."""
    return Change(
        *(Verb.RETITLE, f"toy:{number}", {"title": "手順"}, {"title": title}),
        *(SeenState("2026-04-01T00:00:00Z"), "題名を直す", "理由", Confidence.HIGH),
    )


def test_a_plan_is_applied_to_it_as_far_as_nobody_touched_its_pages(say: Say, pages: Path) -> None:
    rows = [page(str(number), "手順", "本文\n") for number in (1, 2, 3)]
    pages.write_text(json.dumps(rows), encoding="utf-8")
    say("sync")
    rows[1]["title"] = "人が直した題名"
    pages.write_text(json.dumps(rows), encoding="utf-8")
    plan = new_plan("", "2026-04-02T00:00:00Z", "1.0", [renamed(1, "新しい手順"), renamed(2, "別の手順")])
    with prepare_apply(open_workspace(), plan, ApplyOptions()) as ready:
        done = ready.apply(RunOptions())
    assert (done.stats.done, done.stats.stale) == (1, 1)
    assert [row["title"] for row in json.loads(pages.read_text("utf-8"))] == ["新しい手順", "人が直した題名", "手順"]
    assert "1 件" in say("undo", "last", "--yes")
    assert json.loads(pages.read_text("utf-8"))[0]["title"] == "手順"
    missing = new_plan("", "", "", [renamed(9, "x")])
    with (
        pytest.raises(RefusedError, match="toy:9 は手元の写しにありません"),
        prepare_apply(open_workspace(), missing, ApplyOptions()),
    ):
        pass
    with pytest.raises(RefusedError, match="別の Toy"):
        check_team(open_workspace(), new_plan("docs", "", "", [renamed(1, "x")]))
