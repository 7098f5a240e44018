"""The hook of pre-commit reads Markdown in a repository that knows nothing of kb."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from deploy.conftest import ROOT

pytestmark = pytest.mark.packaging

BAD = "# 障害\n\n## 概要\n止まった。\n## 原因\n不明\n## 再発防止\nTODO\n"


def test_pre_commit_stops_a_commit_with_what_needs_mending(tmp_path: Path) -> None:
    venv, repository = tmp_path / "venv", tmp_path / "notes"
    uv = Path(sys.executable).with_name("uv")
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    env |= {"PRE_COMMIT_HOME": str(tmp_path / "home"), "GIT_CONFIG_GLOBAL": "/dev/null"}

    def run(*words: str | Path, code: int = 0, cwd: Path = tmp_path) -> str:
        done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    run(uv, "venv", "-q", "--python", sys.executable, venv)
    run(uv, "pip", "install", "-q", "--python", venv / "bin/python", "pre-commit>=4,<5")
    repository.mkdir()
    run("git", "init", "-q", cwd=repository)
    (repository / "bad.md").write_text(BAD, encoding="utf-8")
    (repository / "fine.md").write_text("# 手順\n\n1. 入る\n2. 見る\n", encoding="utf-8")
    (repository / "bad.txt").write_text(BAD, encoding="utf-8")
    released = tmp_path / "kb"  # one revision of this checkout as it stands, which is installed once for both runs
    run("git", "clone", "-q", ROOT, released)
    git = ("git", "--git-dir", released / ".git", "--work-tree", ROOT)
    run(*git, "add", "-u", cwd=ROOT)
    run(*git, "-c", "user.name=a", "-c", "user.email=a@example.jp", "commit", "-q", "--allow-empty", "-m", "a release")
    revision = run(*git, "rev-parse", "HEAD").strip()
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {released}, rev: {revision}, hooks: [{{id: kb-lint}}]}}]\n", encoding="utf-8"
    )
    run("git", "add", ".", cwd=repository)
    hook = (venv / "bin/pre-commit", "run", "kb-lint", "--files")
    said = run(*hook, "bad.md", "fine.md", "bad.txt", code=1, cwd=repository)
    assert "INC402" in said
    assert "bad.md:8" in said
    assert "bad.txt" not in said
    assert "Passed" in run(*hook, "fine.md", cwd=repository)
