"""A team's repository with a kb.toml, the sandbox its tokens are for, and a kb that stands in no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from servers import Sandbox, run_sandbox, warm_kb
from teams import build_few
from warm import Warm

from kb.sandbox.team import write

ROOT = Path(__file__).parents[2]
KEY = "5e" * 32


@dataclass(frozen=True, slots=True)
class Site:
    """One repository, and the environment kb runs in there. `secrets` are what a workflow is given by name."""

    root: Path
    box: Sandbox
    env: dict[str, str]
    program: Path
    secrets: dict[str, str] = field(repr=False)

    def sh(
        self, *words: str, cwd: Path | None = None, env: dict[str, str] | None = None, code: int = 0
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(words, cwd=cwd or self.root, env=env or self.env, capture_output=True, text=True)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done

    def kb(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.sh(str(self.program), *words, env={**self.env, **self.secrets}, code=code)

    def git(self, *words: str) -> str:
        return self.sh("git", *words).stdout


@pytest.fixture(scope="session")
def deploy_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    place = tmp_path_factory.mktemp("team")
    with run_sandbox("--profile", "nolimit", files=write(build_few(datetime.now(UTC)), place)) as box:
        yield box


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a `python` that makes environments in no time: each is the same one, with kb in it.

    Its pip does nothing, and its `kb` is forked, as tests/warm.py does. That pip installs one that starts is shown by
    `test_installing_is_real` and tests/test_packaging.py.
    """
    place = tmp_path_factory.mktemp("installed")
    env = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_DEPS": "1", "PIP_NO_INDEX": "1"}
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True, env=env)
    words = [place / "venv" / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel]
    subprocess.run(words, check=True, env=env)
    kb = Warm(place / "venv" / "bin" / "python", env)
    kb.write(place / "venv" / "bin" / "kb")
    real = (place / "venv" / "bin" / "python").rename(place / "venv" / "bin" / "real")
    (place / "venv" / "bin" / "python").write_text(f'#!/bin/sh\n[ "$1 $2" = "-m pip" ] || exec "{real}" "$@"\n')
    (place / "venv" / "bin" / "python").chmod(0o755)
    (place / "bin").mkdir()
    python = place / "bin" / "python"
    python.write_text(f'#!/bin/sh\n[ "$1 $2" = "-m venv" ] || exit 9\nln -s "{place}/venv" "$3"\n')
    python.chmod(0o755)
    yield place / "bin"
    kb.close()


@pytest.fixture
def site(deploy_box: Sandbox, tmp_path: Path) -> Site:
    deploy_box.reset(data=True)
    root = tmp_path / "チーム 50% $HOME"
    root.mkdir()
    env = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "ESA_API_BASE_URL": deploy_box.esa,
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_NAME": "ono",
        "GIT_AUTHOR_EMAIL": "ono@example.jp",
        "GIT_COMMITTER_NAME": "ono",
        "GIT_COMMITTER_EMAIL": "ono@example.jp",
    }
    (tmp_path / "home").mkdir()
    fields = {"name": "週の報告", "category": "運用", "body_md": "毎週ここに載せます。\n"}
    post = deploy_box.edit("esa", "create", as_="sato", fields=fields)["number"]
    program = tmp_path / "forked" / "kb"
    program.parent.mkdir()
    warm_kb().write(program)
    secrets = {"ESA_ACCESS_TOKEN": deploy_box.token, "REDMINE_API_KEY": deploy_box.api_key, "KB_KEY": KEY}
    made = Site(root, deploy_box, env, program, secrets)
    (root / "kb.toml").write_text(
        f'[esa]\nteam = "adteam"\n[redmine]\nurl = "{deploy_box.redmine}"\n[incidents]\nplaces = ["不具合共有/**"]\n'
        f"[report]\nesa_post = {post}\n",
        encoding="utf-8",
    )
    made.git("init", "-q", "-b", "main")
    made.git("add", "kb.toml")
    made.git("commit", "-q", "-m", "first")
    return made
