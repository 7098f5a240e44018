"""`kb doctor`: every fault has a sentence and a remedy; looking changes nothing."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.cli.app import run
from kb.model.health import CheckStatus, check_clock
from kb.reports.store_health import check_store
from kb.settings.kb_toml import Settings
from kb.settings.workspace import Workspace
from kb.sources.esa.source import _token

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def test_without_a_workspace_the_next_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["doctor"]) == 2
    out = capsys.readouterr().out
    assert "✗ kb.toml が見つかりません" in out
    assert "kb init" in out


def test_a_missing_token_is_a_fault_and_looking_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kb.toml").write_text('[esa]\nteam = "docs"\n[redmine]\nurl = "http://127.0.0.1:9"\n', encoding="utf-8")
    assert run(["doctor"]) == 3
    out = capsys.readouterr().out
    assert "ESA_ACCESS_TOKEN" in out
    assert "REDMINE_API_KEY" in out
    assert not (tmp_path / ".kb").exists()


def test_a_folder_others_can_read_is_told(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, Settings())
    workspace.private.mkdir(mode=0o755)
    os.chmod(workspace.private, 0o755)
    facts = [check for check in check_store(workspace) if "0755" in check.fact.ja]
    assert [check.sign for check in facts] == [CheckStatus.NOTE]
    assert facts[0].remedy is not None
    assert "chmod 700" in facts[0].remedy.ja


def test_a_synced_folder_is_told(tmp_path: Path) -> None:
    root = tmp_path / "Dropbox/kb"
    root.mkdir(parents=True)
    assert any("dropbox" in check.fact.ja for check in check_store(Workspace(root, Settings())))


def test_a_broken_store_is_a_fault(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, Settings())
    workspace.private.mkdir(mode=0o700)
    workspace.mirror.write_bytes(b"not a database at all, but long enough to be read" * 40)
    assert [check.sign for check in check_store(workspace)][-1] is CheckStatus.FAULT


@pytest.mark.parametrize(("seconds", "told"), [(0, 0), (59, 0), (61, 1), (-4000, 1)])
def test_clocks_are_compared(seconds: int, told: int) -> None:
    server = (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(list(check_clock("esa", server, NOW))) == told


@pytest.mark.parametrize(
    ("info", "signs"),
    [
        (None, []),
        ({"scope": ["read:post"], "expires_in": None}, []),
        ({"scope": "read write"}, [CheckStatus.NOTE]),
        ({"scope": ["read:post"], "expires_in": 3 * 86400}, [CheckStatus.NOTE]),
        ({"scope": [], "expires_in_seconds": 90 * 86400}, [CheckStatus.OK]),
        ({"scope": [1, {}], "expires_in": "soon"}, []),
    ],
)
def test_what_esa_says_of_the_token(info: dict[str, object] | None, signs: list[CheckStatus]) -> None:
    assert [check.sign for check in _token(info)] == signs
