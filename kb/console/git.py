"""Read git repositories: nothing is checked out, fetched, locked or asked for."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from kb.console.run_program import capture
from kb.errors import ToolError
from kb.text.display import sanitize
from kb.text.lang import t

GIT_TIMEOUT_S = 30.0
_KEPT = ("PATH", "HOME", "GIT_DIR", "GIT_WORK_TREE", "XDG_CONFIG_HOME")
_OTHER = ("PATH", "HOME", "XDG_CONFIG_HOME")


def run_git(place: Path, *words: str, text: bytes | None = None, elsewhere: bool = False) -> bytes:
    """Return the output of git, which reads `text`. `elsewhere`: GIT_DIR of this environment is about another place.

    Raises ToolError if it fails, hangs or is not installed.
    """
    kept = _OTHER if elsewhere else _KEPT
    environment = {key: os.environ[key] for key in kept if key in os.environ}
    environment |= {
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    try:
        command = ["git", "--no-pager", *words]
        done = capture(command, folder=place, environment=environment, timeout_s=GIT_TIMEOUT_S, text=text)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolError(
            t(f"git を動かせません（{type(error).__name__}）。", f"git cannot be run ({type(error).__name__})."),
            t("git が入っているか確かめてください。", "see whether git is installed."),
        ) from None
    if done.returncode != 0:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = sanitize(lines[0])[:160] if lines else f"exit {done.returncode}"
        raise ToolError(
            t(f"git から読めませんでした（{reason}）。", f"git could not be read ({reason})."),
            t("git のリポジトリの中で実行してください。", "run it inside a repository of git."),
        )
    return done.stdout
