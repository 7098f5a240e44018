"""`kb demo --stay`: what runs until Ctrl-C, and what is left of it; and the picture the demo draws."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.commands.setup import demo as command
from kb.diagram.model.toml import merge_texts
from kb.errors import ToolError
from kb.sandbox.demo import steps
from kb.sandbox.demo.estate import write_model
from kb.sandbox.demo.process import run_sandbox
from kb.sandbox.team import build

STAYING = """
from pathlib import Path
from kb.cli.exit import install_signal_handlers
from kb.commands.setup.demo import _stay
from kb.sandbox.demo.process import run_sandbox
from kb.sandbox.demo.steps import step_environment

install_signal_handlers()
with run_sandbox((), step_environment()) as sandbox:
    print(sandbox.process.pid)
    _stay(Path("."), sandbox)
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_what_to_do_and_ends_without_leaving_a_server_or_a_key(tmp_path: Path, end: signal.Signals) -> None:
    argv = [sys.executable, "-c", STAYING]
    env = steps.step_environment()
    with subprocess.Popen(argv, cwd=tmp_path, env=env, stdout=subprocess.PIPE, text=True) as staying:
        assert staying.stdout is not None
        lines = iter(staying.stdout)
        server = int(next(lines))
        said: list[str] = []
        while not said or "diagram publish" not in said[-1]:
            said.append(next(lines))
        variables = tmp_path / steps.VARIABLES_FILE
        assert variables.stat().st_mode & 0o777 == 0o600
        assert f"export ESA_API_BASE_URL={next(line for line in said if '  esa ' in line).split()[1]}" in (
            variables.read_text("utf-8")
        )
        text = "".join(said)
        assert "Ctrl-C で止まります" in text
        assert f"cd {'.'} && . ./{steps.VARIABLES_FILE}" in text
        staying.send_signal(end)
        try:
            assert staying.wait(30) == 0
        finally:
            staying.kill()
    assert not variables.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, 0)
    port = int(next(line for line in said if "  esa " in line).rpartition(":")[2])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_server_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    with run_sandbox((), steps.step_environment()) as sandbox:
        assert sandbox.process is not None
        sandbox.process.kill()
        with pytest.raises(ToolError, match="サンドボックスが終わりました"):
            command._stay(tmp_path, sandbox)
    assert not (tmp_path / steps.VARIABLES_FILE).exists()


def test_the_keys_stand_in_no_line_that_is_printed(tmp_path: Path) -> None:
    with run_sandbox((), steps.step_environment()) as sandbox:
        text = steps.describe_stay(tmp_path, sandbox)
    assert sandbox.token not in text
    assert sandbox.api_key not in text


def test_the_teams_model_is_valid_and_names_its_machines(tmp_path: Path) -> None:
    now = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
    team = build(now)
    write_model(tmp_path, team, now)
    text = (tmp_path / "diagrams" / "system.toml").read_text("utf-8")
    assert "{{" not in text
    model = merge_texts([("diagrams/system.toml", text)])
    servers = next(post for post in team.posts if post["name"] == "サーバ一覧")
    assert model.system.esa_post == servers["number"]
    known = {node.id for node in model.nodes}
    assert {end for edge in model.edges for end in (edge.source, edge.target)} <= known
    assert len(known) == 14
    runbooks = {post["url"] for post in team.posts if (post["category"] or "").startswith("手順書/")}
    assert {node.runbook for node in model.nodes} - {""} <= runbooks
    assert all(ignore.until > now.date().isoformat() and ignore.reason for ignore in model.ignores)
    for host in ("adsv-prd-web-01", "adsv-prd-db-01", "batch-02"):
        assert host in servers["body_md"]


def test_where_nothing_can_draw_it_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command._draw(tmp_path, steps.step_environment())
    (said,) = capsys.readouterr().out.strip().splitlines()
    assert said.startswith("構成図は描きません。Graphviz")
    assert not (tmp_path / "diagrams").exists()


def test_the_first_lines_say_what_is_going_to_be_seen() -> None:
    team = build(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))
    text = steps.introduce(team)
    assert f"esa の記事 {len(team.posts)} 件" in text.ja
    assert f"{len(team.members)} members" in text.en
