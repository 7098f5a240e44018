"""`kb sync` as people call it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_rows import ticket
from servers import Sandbox

from kb.cli.app import run
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source

POSTS = [{"number": n, "name": f"記事 {n}", "category": "運用", "body_md": "本文"} for n in (1, 2)]


@pytest.fixture
def box(sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    started = sandbox("--profile", "nolimit", data=[*POSTS, ticket(1)])
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("---\ntitle: 議事\n---\n# 議事\n\n- [ ] やること\n", encoding="utf-8")
    (tmp_path / "kb.toml").write_text(
        f'[esa]\nteam = "docs"\n[redmine]\nurl = "{started.redmine}"\n'
        '[[source]]\nkind = "files"\nname = "minutes"\npath = "notes"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    started.use(monkeypatch)
    return started


def test_json_has_whole_numbers_and_nothing_else(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--json"]) == 0
    sources = json.loads(capsys.readouterr().out)["sources"]
    assert list(sources) == ["esa", "redmine", "files"]
    for figures in sources.values():
        assert list(figures) == ["requests", "added", "changed", "deleted", "waited_s", "audit_requests"]
        assert all(type(value) is int for value in figures.values())
    assert [sources[name]["added"] for name in sources] == [2, 1, 1]


def test_what_history_and_files_cost_is_told_apart(
    box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box.edit("esa", "update", number=2, fields={"body_md": "直した"})
    box.edit("redmine", "attach", id=1, fields={"filename": "db.conf", "content": "host = db01"})
    assert run(["sync"]) == 0
    assert "履歴" not in capsys.readouterr().out
    assert run(["sync", "--attachments", "--json"]) == 0
    sources = json.loads(capsys.readouterr().out)["sources"]
    assert [sources[name].get("history_requests") for name in sources] == [0, 1, None]
    kb_toml = tmp_path / "kb.toml"
    kb_toml.write_text(
        kb_toml.read_text(encoding="utf-8").replace('team = "docs"', 'team = "docs"\nhistory = true'), encoding="utf-8"
    )
    assert run(["sync"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"^esa: 追加 0・変更 0・削除 0（\d+ リクエスト.*、履歴と添付 1）$", told, re.MULTILINE)
    assert "履歴" not in told.split("Redmine:")[1]
    assert run(["--lang", "en", "sync", "--full"]) == 0
    assert "history and files" not in capsys.readouterr().out


def test_the_last_line_counts_and_names_the_next_command(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync"]) == 0
    told = capsys.readouterr()
    assert re.search(r"^esa: 追加 2・変更 0・削除 0（\d+ リクエスト.*）$", told.out, re.MULTILINE)
    assert re.search(r"^Redmine: 追加 1・変更 0・削除 0（\d+ リクエスト.*）$", told.out, re.MULTILINE)
    assert told.err.rstrip().endswith("次は: kb lint")
    assert run(["--lang", "en", "sync"]) == 0
    assert "esa: 0 added, 0 changed, 0 deleted (" in capsys.readouterr().out


def test_a_source_that_fails_does_not_lose_the_others(
    box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    box.fault(system="esa", kind="403")
    assert run(["sync", "--json"]) == 3
    told = capsys.readouterr()
    sources = json.loads(told.out)["sources"]
    assert (sources["esa"]["added"], sources["redmine"]["added"], sources["files"]["added"]) == (0, 1, 1)
    assert "→" in told.err
    assert box.token not in told.out + told.err
    with StateDb(tmp_path / ".kb" / "state.db", readonly=True) as state:
        last = state.last("sync")
        assert last is not None
        assert (last.exit_code, last.figures["redmine"]["added"]) == (3, 1)
        assert state.last("sync", good=True) is None


def test_one_source_alone(box: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sync", "--json", "--source", "redmine"]) == 0
    assert list(json.loads(capsys.readouterr().out)["sources"]) == ["redmine"]
    assert box.requests("esa")["total"] == 0
    assert run(["sync", "--json", "--project", "1"]) == 0
    assert list(json.loads(capsys.readouterr().out)["sources"]) == ["redmine"]
    assert run(["sync", "--project", "1", "--source", "esa"]) == 2


def test_files_keep_the_lines_of_the_file(box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def text() -> str:
        with Mirror.open(tmp_path / ".kb" / "mirror.db", readonly=True) as mirror:
            stored = mirror.find(Source.FILES, Kind.FILE, "minutes/a.md")
            assert stored is not None
            assert stored.document.title == "議事"
            return stored.document.body if stored.state == "live" else stored.state

    assert run(["sync", "--source", "files"]) == 0
    assert text().split("\n")[5] == "- [ ] やること"
    note = tmp_path / "notes" / "a.md"
    note.write_text(note.read_text(encoding="utf-8") + "追記\n", encoding="utf-8")
    (tmp_path / "notes" / "b.md").write_text("# 別\n", encoding="utf-8")
    assert run(["sync", "--source", "files"]) == 0
    assert "追記" in text()
    note.unlink()
    assert run(["sync", "--source", "files"]) == 0
    assert text() == "gone"
    (tmp_path / "notes" / "b.md").unlink()
    (tmp_path / "notes" / "c.md").write_text("# もう一つ\n", encoding="utf-8")
    assert run(["sync", "--source", "files"]) == 0


def test_a_folder_that_is_suddenly_empty_is_held(
    box: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes" / "b.md").write_text("# 別\n", encoding="utf-8")
    assert run(["sync", "--source", "files"]) == 0
    for name in ("a.md", "b.md"):
        (tmp_path / "notes" / name).unlink()
    assert run(["sync", "--source", "files"]) == 3
    assert "2 件のうち 2 件" in capsys.readouterr().err


def test_nothing_configured_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "kb.toml").write_text("# kb\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run(["sync"]) == 2
    assert run(["sync", "--source", "esa"]) == 2
    assert "kb init" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["esa", "redmine"])
def test_a_mirror_that_is_not_whole_says_so(box: Sandbox, capsys: pytest.CaptureFixture[str], source: str) -> None:
    assert run(["sync", "--source", source, "--limit", "1"]) == 0
    capsys.readouterr()
    assert run([]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["写しはまだ途中までです。", "次は: kb sync（続きを写す）"]
    assert run(["sync", "--source", source]) == 0
    capsys.readouterr()
    assert run([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "次は: kb lint"
    assert run(["lint", "--exit-zero"]) == 0
    capsys.readouterr()
    assert run([]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "次は: kb report（1 件ずつ決めるなら kb triage）"
