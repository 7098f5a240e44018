"""`kb demo`: its folder, its steps, its summary, and the whole run against the real commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kb.errors import Exit, ToolError, UsageError
from kb.sandbox.demo import process
from kb.sandbox.demo import steps as demo
from kb.sandbox.demo.process import RequestCounts, RunningSandbox, run_sandbox
from kb.sandbox.demo.summary import DemoResult, summarize_demo
from kb.sandbox.team import InventedTeam, build, write


@pytest.fixture(scope="module")
def team() -> InventedTeam:
    return build(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))


def test_a_new_or_empty_folder_is_taken(tmp_path: Path) -> None:
    assert demo.prepare_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    (tmp_path / "empty").mkdir()
    demo.prepare_folder(tmp_path / "empty")
    assert (tmp_path / "empty" / demo.DEMO_MARK).is_file()


def test_an_earlier_demo_is_made_anew_and_a_persons_file_in_it_stays(tmp_path: Path) -> None:
    folder = demo.prepare_folder(tmp_path / "kb-demo")
    (folder / "kb.toml").write_text("old")
    (folder / ".kb").mkdir()
    (folder / ".kb" / "mirror.db").write_text("old")
    (folder / "plan.toml").write_text("mine")
    (folder / "listings" / "hosts").mkdir(parents=True)
    (folder / demo.PLAN_FILE).write_text("old")
    demo.prepare_folder(folder)
    assert sorted(path.name for path in folder.iterdir()) == [demo.DEMO_MARK, "plan.toml"]


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kb.toml").write_text('[esa]\nteam = "mine"\n')
    with pytest.raises(UsageError, match=r"kb demo のフォルダーではありません.*--keep"):
        demo.prepare_folder(tmp_path)
    assert (tmp_path / "kb.toml").read_text() == '[esa]\nteam = "mine"\n'
    assert not (tmp_path / demo.DEMO_MARK).exists()


def test_a_file_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(UsageError):
            demo.prepare_folder(tmp_path / name)


def test_a_linked_store_loses_its_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    folder = demo.prepare_folder(tmp_path / "kb-demo")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("kept")
    (folder / ".kb").symlink_to(tmp_path / "precious")
    demo.prepare_folder(folder)
    assert (tmp_path / "precious" / "file").read_text() == "kept"


def test_a_step_never_sees_the_persons_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ESA_ACCESS_TOKEN", "REDMINE_API_KEY", "KB_CONFIG"):
        monkeypatch.setenv(name, "mine")
    env = demo.step_environment()
    assert "mine" not in env.values()
    assert demo.step_environment({"ESA_ACCESS_TOKEN": "x"})["ESA_ACCESS_TOKEN"] == "x"
    assert "127.0.0.1" in env["NO_PROXY"]


def test_a_failing_step_is_named_with_its_code(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"kb explain NOSUCH.*終了コード 2"):
        demo._check(("explain", "NOSUCH"), 2, (Exit.OK,))


def test_a_line_is_what_a_person_would_type() -> None:
    assert demo.format_command_line(("search", "配信 停止", "--open-tasks")) == "kb search '配信 停止' --open-tasks"


def test_the_summary_counts_and_stays_within_ten_lines(team: InventedTeam) -> None:
    rows = [
        {"doc": "esa:1", "kind": "incident", "is_incident": True},
        {"doc": "esa:2", "kind": "incident", "is_incident": True},
        {"doc": "esa:3", "kind": "minutes", "is_incident": False},
        *({"doc": "esa:1", "code": f"INC{code}", "rule": f"rule-{code}"} for code in (401, 402, 402, 203, 302, 999)),
        {"doc": "esa:1", "code": "SEC101", "rule": "password", "opens": "admin"},
        {"doc": "esa:3", "code": "SEC107", "rule": "api-token", "opens": "cloud"},
        {"doc": "redmine:7", "code": "SEC201", "rule": "left-in-history", "opens": "root"},
    ]
    text = summarize_demo(
        DemoResult(team, RequestCounts(5, 220), RequestCounts(4, 9), "\n".join(map(json.dumps, rows)), 41.6)
    )
    assert "投稿 300 件" in text
    assert "初回 esa 5・Redmine 220、2 回目 esa 4・Redmine 9" in text
    assert "不具合のページ 2 件のうち 1 件に、指摘が 6 件" in text
    assert "INC402 rule-402: 2" in text
    assert "書かれた秘密 3 か所（esa 2、Redmine 1）。管理者のもの 2、履歴にだけ残るもの 1" in text
    assert len(text.splitlines()) <= 10


def test_the_next_commands_name_a_page_that_exists(team: InventedTeam, tmp_path: Path) -> None:
    text = demo.next_steps(tmp_path, team)
    number = int(text.split("kb show esa:")[1].split()[0])
    assert number in {post["number"] for post in team.posts}


def test_the_next_commands_are_those_a_week_is_made_of(team: InventedTeam, tmp_path: Path) -> None:
    text = demo.next_steps(tmp_path, team)
    places = [
        text.index(f"kb {words}")
        for words in (
            "diagram check --drift",
            "lint --all",
            "secrets list",
            "triage",
            "incidents --by cause",
            "explain",
            "history",
        )
    ]
    assert places == sorted(places)


def test_the_next_commands_make_a_plan_before_it_is_reviewed(team: InventedTeam, tmp_path: Path) -> None:
    text = demo.next_steps(tmp_path, team)
    assert text.index("kb plan done") < text.index("kb review done.toml")
    assert "from-findings" not in text  # that asks Redmine, which has ended
    script = text.split("bash ")[1].split()[0]
    assert Path(script).is_file()


def test_no_repr_shows_what_opens_a_sandbox() -> None:
    shown = repr(RunningSandbox("http://127.0.0.1:1", "http://127.0.0.1:1/redmine", "sesame", "open"))
    assert "sesame" not in shown
    assert "open" not in shown


def test_the_sandbox_serves_the_team_and_ends_with_the_block(team: InventedTeam, tmp_path: Path) -> None:
    with run_sandbox(write(team, tmp_path), demo.step_environment()) as sandbox:
        assert sandbox.requests() == RequestCounts(0, 0)
        assert set(sandbox.credentials) == {"ESA_API_BASE_URL", "ESA_ACCESS_TOKEN", "REDMINE_API_KEY"}
    with pytest.raises(OSError, match="refused"):
        sandbox.requests()


def test_a_demo_that_is_interrupted_while_its_sandbox_starts_leaves_none_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    class Interrupted(subprocess.Popen[str]):
        """Ctrl-C arrives when the process is there, and before whoever asked for it is told so."""

        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            started.append(self.pid)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(process.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt), run_sandbox([], demo.step_environment()):
        pass
    with pytest.raises(ChildProcessError):  # it has ended, and was waited for
        os.waitpid(started[0], os.WNOHANG)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)  # as before


def test_a_sandbox_that_cannot_start_is_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.jsonl").write_text("not json\n")
    with (
        pytest.raises(ToolError, match="動き始めませんでした"),
        run_sandbox([tmp_path / "bad.jsonl"], demo.step_environment()),
    ):
        pass
    assert "bad.jsonl" in capfd.readouterr().err
