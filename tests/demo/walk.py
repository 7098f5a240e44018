"""A walkthrough of docs/ as a newcomer runs it: what each command printed, and the folder it left."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from servers import warm_kb

from kb.sandbox.demo.steps import step_environment


@dataclass(frozen=True, slots=True)
class Walk:
    """What the script printed, command by command, and the folder it left."""

    code: int
    steps: tuple[tuple[str, str], ...]
    folder: Path
    everything: str

    def said(self, start: str) -> list[str]:
        """Return what each command that starts so printed."""
        return [output for command, output in self.steps if command.startswith(start)]


def run_walkthrough(script: Path, place: Path, environment: Mapping[str, str]) -> Walk:
    """Run a script in the folder `team` of `place`.

    `environment` holds keys and settings that must not be used: whoever tries the script may have real ones about.
    """
    (place / "bin").mkdir()
    warm_kb().write(place / "bin" / "kb")
    env = step_environment() | dict(environment)
    env |= {"PATH": f"{place / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    argv = ["bash", "-c", 'exec bash "$0" "$1" 2>&1', str(script), str(place / "team")]
    done = subprocess.run(argv, env=env, stdout=subprocess.PIPE, text=True, timeout=240, check=False)
    pieces = re.split(r"^\$ (.+)\n", done.stdout, flags=re.M)
    steps = tuple(zip(pieces[1::2], pieces[2::2], strict=True))
    return Walk(done.returncode, steps, place / "team", done.stdout)
