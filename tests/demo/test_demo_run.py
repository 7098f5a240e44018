"""The whole of `kb demo`, against the real commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from kb.commands.demo_steps import environment
from kb.errors import Exit


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
    folder = tmp_path / "kb-demo"
    assert os.stat(folder / ".kb").st_mode & 0o077 == 0
    token_free = (folder / "kb.toml").read_text("utf-8")
    assert "token =" not in token_free
    show = done.stdout.split("kb show ")[1].split()[0]
    assert "delivery-api-2.8.1-hotfix" in kb("show", show, cwd=folder).stdout
    assert kb("lint", cwd=folder).returncode == Exit.FINDINGS
    assert "web-03" in kb("search", "adsv-prd-web-03", cwd=folder).stdout
