"""`kb sync` as typed: figures to stdout, and what went wrong to stderr, whatever the form."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.cli.app import run
from kb.mirror.history.state import StateDb
from kb.text.lang import t

HALF = '[esa]\nteam = "docs"\n[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n'
"""Without a token esa fails; the folder is read all the same."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kb.toml").write_text(HALF, encoding="utf-8")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("# 定例\n\n決定事項なし\n", encoding="utf-8")
    return tmp_path


def test_a_time_without_a_zone_is_the_teams_for_every_command(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_NOW", "2026-11-23T08:30")
    monkeypatch.setenv("KB_KEY", "5e" * 32)
    assert run(["sync", "--source", "files"]) == 0
    assert run(["lint", "--exit-zero"]) == 0
    assert run(["state", "export", "state.jsonl.gz"]) == 0
    with StateDb(workspace / ".kb" / "state.db") as state:
        last, ended = state.last("sync"), [each.ended_at for each in state.sources()]
        seen = state.history.previous(datetime(2030, 1, 1, tzinfo=UTC))
    assert last is not None
    with gzip.open(workspace / "state.jsonl.gz", "rt", encoding="utf-8") as file:
        made = json.loads(file.readline())["made"]
    assert {last.started_at, last.ended_at, *ended, seen, made} == {"2026-11-22T23:30:00Z"}


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_source_that_fails_is_told_in_both_forms(
    workspace: Path, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    assert run(["sync", *form]) == 3
    out, err = capsys.readouterr()
    assert "esa のアクセストークンが見つかりません。" in err
    assert "→ 渡し方: 環境変数 ESA_ACCESS_TOKEN" in err
    assert "Personal access tokens で作れます" in err
    assert "次は" not in err
    assert "トークン" not in out
    assert ("esa: 追加 0・変更 0・削除 0（0 リクエスト） 途中で終わりました" in out) is (not form)


def test_json_is_alone_on_stdout_and_counts_what_worked(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["sync", "--json"])
    figures = json.loads(capsys.readouterr().out)["sources"]
    assert figures["files"]["added"] == 1
    assert set(figures) == {"esa", "files"}
    assert all(type(value) is int for source in figures.values() for value in source.values())


def test_figures_name_each_source_and_the_next_command_follows(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sync", "--source", "files"]) == 0
    out, err = capsys.readouterr()
    assert out == "files: 追加 1・変更 0・削除 0（0 リクエスト）\n"
    assert err.splitlines()[-1] == "次は: kb lint"
    assert run(["sync", "--source", "files", "--json"]) == 0
    assert capsys.readouterr().err == ""


def test_a_sync_that_was_limited_may_go_on(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--source", "files", "--limit", "1"]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == "次は: kb sync（続きを写す）か kb lint"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source", "redmine"], "kb.toml に redmine の設定がありません。"),
        (["--source", "esa", "--project", "infra"], "--project は Redmine だけの指定です。"),
    ],
)
def test_what_is_not_configured_is_named(
    workspace: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert run(["sync", *words]) == 2
    assert said in capsys.readouterr().err


def test_how_each_source_ended_is_remembered_for_the_report(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state_db = workspace / ".kb" / "state.db"
    monkeypatch.setenv("KB_NOW", "2026-07-06T09:00+09:00")
    run(["sync"])
    with StateDb(state_db, readonly=True) as state:
        esa, files = state.sources()
        assert (esa.name, esa.failed, esa.good_at, esa.ended_at) == ("esa", True, "", "2026-07-06T00:00:00Z")
        assert str(esa.why) == "esa のアクセストークンが見つかりません。"
        assert (files.name, files.failed, files.good_at) == ("files:minutes", False, "2026-07-06T00:00:00Z")
        assert state.failed() == {"esa"}
    monkeypatch.setenv("KB_NOW", "2026-07-07T09:00+09:00")
    run(["sync", "--source", "files", "--limit", "1"])
    with StateDb(state_db, readonly=True) as state:
        esa, files = state.sources()
        assert esa.ended_at == "2026-07-06T00:00:00Z"
        assert (files.ended_at, files.good_at) == ("2026-07-07T00:00:00Z", "2026-07-06T00:00:00Z")


def test_what_a_server_says_in_its_trouble_is_kept_safe_and_short(tmp_path: Path) -> None:
    said = (
        "\x1b[31m応答\u202eが読めません\n（<b>password: Kumo7-Hikari-9x</b>）。詳しくは https://user:pw@example.jp を。"
    )
    with StateDb(tmp_path / ".kb" / "state.db") as state:
        state.ended({"redmine": t(said, "no answer. " + "x" * 500)})
        (ended,) = state.sources()
    assert "\x1b" not in ended.why.ja
    assert "\u202e" not in ended.why.ja
    assert "Kumo7" not in ended.why.ja
    assert "https" not in ended.why.ja
    assert ended.why.en == "no answer."
