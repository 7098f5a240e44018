"""The commit that files of a git tree are from, for the words below a picture."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

_WAIT_S = 10
_HASH = re.compile(r"[0-9a-f]{7,40}")


def commit(files: Sequence[Path]) -> str:
    """The last commit that changed these files, as git shortens it.

    "" where there is no git, no commit, or where they are not as any commit has them.
    """
    if not files:
        return ""
    folder = files[0].parent
    names = [path.name for path in files]
    changed = _git(folder, "status", "--porcelain", "--", *names)
    if changed is None or changed.strip():
        return ""
    said = (_git(folder, "log", "-1", "--format=%h", "--", *names) or "").strip()
    return said if _HASH.fullmatch(said) else ""


def _git(folder: Path, *words: str) -> str | None:
    """What git says; None where it is not there, takes long, or refuses."""
    env = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *words], cwd=folder, env=env, capture_output=True, text=True, errors="replace", timeout=_WAIT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
