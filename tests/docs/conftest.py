"""A workspace with the demo's team, made once, and a shell that runs the manual's commands in it.

`kb` is forked there from a process that has imported what a lint needs: a start takes longer than most examples.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from docs.manual import Typed
from servers import run_sandbox, warm_kb

from kb.sandbox.demo.steps import step_environment
from kb.sandbox.team import build, write

STATED_REDMINE = "https://redmine.example.jp"
_MARK = "==kb-manual=="


@dataclass(frozen=True, slots=True)
class Home:
    """A synced workspace, the environment its commands run in, and where its Redmine is."""

    folder: Path
    env: dict[str, str] = field(repr=False)
    redmine: str
    reset: Callable[[], None]

    def run(self, commands: list[Typed], folder: Path) -> list[tuple[str, int]]:
        """What each command prints, both streams, and its exit code. One shell runs them all, in `folder`."""
        lines = ["exec 2>&1"]
        for each in commands:
            lines += [each.command.replace(STATED_REDMINE, self.redmine), f"printf '\\n{_MARK} %s\\n' $?"]
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)], cwd=folder, env=self.env, capture_output=True, text=True, timeout=120
        )
        pieces = re.split(rf"\n{_MARK} (\d+)\n", done.stdout.replace(self.redmine, STATED_REDMINE))
        return list(zip(pieces[::2], map(int, pieces[1::2]), strict=False))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    place = tmp_path_factory.mktemp("manual")
    team = build(datetime.now(UTC))
    (place / "bin").mkdir()
    plain = step_environment() | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    plain.pop("COLUMNS", None)
    with run_sandbox("--profile", "nolimit", files=write(team, place / "data")) as sandbox:
        warm_kb().write(place / "bin" / "kb")
        env = plain | sandbox.credentials | {"PATH": f"{place / 'bin'}:{plain['PATH']}"}
        home = Home(place / "team", env, sandbox.redmine, lambda: sandbox.reset(data=True))
        home.folder.mkdir()
        first = [
            Typed(f"kb init --team {team.name} --redmine-url {STATED_REDMINE} --yes", ()),
            Typed("kb sync", ()),
            Typed("kb lint --exit-zero", ()),
        ]
        for output, code in home.run(first, home.folder):
            assert code == 0, output
        yield home


@pytest.fixture
def workspace(home: Home, tmp_path: Path) -> Path:
    """A copy of the workspace for one page, whose commands may leave things behind, on this machine and elsewhere."""
    home.reset()
    folder = tmp_path / "team"
    shutil.copytree(home.folder, folder)
    os.chmod(folder / ".kb", 0o700)
    return folder
