"""A team's folder with the demo's pages, and a shell that plays a script of commands in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers import warm_kb
from sitting import ops_pages, pages

from kb.sandbox.demo.steps import step_environment

HERE = Path(__file__).parent
_MARK = "==kb-sitting=="


@dataclass(frozen=True, slots=True)
class Played:
    """One command of a script: what it printed, both streams, without the seconds it took; its exit code."""

    command: str
    output: str
    code: int

    def figures(self, pattern: str) -> list[int]:
        """The whole numbers that a pattern's groups find in the output, which must hold it."""
        found = re.search(pattern, self.output)
        assert found, f"no {pattern!r} in the output of {self.command}:\n{self.output}"
        return [int(each) for each in found.groups()]


Play = Callable[..., list[Played]]


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """`play(*commands, lang=…)`: each command's outcome, all run by one shell in a new team's folder."""

    def run(*commands: str, lang: str = "ja") -> list[Played]:
        place = tmp_path_factory.mktemp("sitting")
        team = place / "team"
        shutil.copytree(HERE / "team", team, ignore=shutil.ignore_patterns("__pycache__"))
        pages.write(team / "kb-pages")
        ops_pages.write(team / "ops")
        warm_kb().write(place / "kb", *(() if lang == "ja" else ("--lang", lang)))
        env = _environment(place)
        env["PATH"] = f"{place}{os.pathsep}{env['PATH']}"
        lines = ["exec 2>&1", "set -o pipefail"]
        for command in commands:
            lines += [command, f"printf '\\n{_MARK} %s\\n' $?"]
        done = subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            cwd=team, env=env, capture_output=True, encoding="utf-8", timeout=280, check=False,
        )  # fmt: skip
        pieces = re.split(rf"\n{_MARK} (\d+)\n", done.stdout)
        outcomes = zip(commands, pieces[::2], map(int, pieces[1::2]), strict=False)
        return [Played(command, _steady(output), code) for command, output, code in outcomes]

    return run


def _environment(place: Path) -> dict[str, str]:
    env = step_environment() | {"LC_ALL": "C.UTF-8", "NO_COLOR": "1", "XDG_CACHE_HOME": str(place / "cache")}
    return {name: value for name, value in env.items() if name not in ("COLUMNS", "FORCE_COLOR")}


def _steady(output: str) -> str:
    return re.sub(r"\d+\.\d 秒。|\d+\.\d s\.", lambda found: re.sub(r"\d+\.\d", "…", found[0]), output).strip("\n")
