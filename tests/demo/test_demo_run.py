"""The whole of `kb demo`, against the real commands."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

from kb.commands.demo_steps import environment
from kb.errors import Exit


def said_by_kb(output: str) -> list[int]:
    """Requests of the two syncs as kb tells them: esa, Redmine, esa, Redmine."""
    told = re.findall(r"（(\d+) リクエスト(?:、点検 (\d+))?", output)
    return [int(requests) + int(audit or 0) for requests, audit in told]


def counted_by_the_servers(output: str) -> list[int]:
    """The same from the summary, where they come from the sandbox's counters."""
    line = next(line for line in output.splitlines() if "サーバー側の数" in line)
    return [int(number) for number in re.findall(r"(?:esa|Redmine) (\d+)", line)]


def test_the_whole_demo_runs_and_leaves_a_workspace_that_works_alone(tmp_path: Path) -> None:
    env = environment()

    def kb(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "kb", *words]
        return subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=280)

    done = kb("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("$ kb init --team adteam", "$ kb sync", "$ kb lint", "$ kb search agg-legacy", "まとめ"):
        assert line in done.stdout
    assert "\x1b" not in done.stdout
    assert said_by_kb(done.stdout) == counted_by_the_servers(done.stdout)
    folder = tmp_path / "kb-demo"
    assert os.stat(folder / ".kb").st_mode & 0o077 == 0
    token_free = (folder / "kb.toml").read_text("utf-8")
    assert "token =" not in token_free
    show = done.stdout.split("kb show ")[1].split()[0]
    assert "delivery-api-2.8.1-hotfix" in kb("show", show, cwd=folder).stdout
    assert kb("lint", cwd=folder).returncode == Exit.FINDINGS
    assert "web-03" in kb("search", "adsv-prd-web-03", cwd=folder).stdout


def test_a_demo_that_is_told_to_end_leaves_no_server_behind(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "kb", "demo"]
    with subprocess.Popen(argv, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        line = next(line for line in demo.stdout if "--redmine-url" in line)
        demo.terminate()
        demo.wait(60)
    port = int(line.split("127.0.0.1:")[1].split("/")[0])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
