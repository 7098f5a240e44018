"""A command that has to ask says so where standard input is closed, and leaves no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("words", ["init --team docs", "init", "secrets list --reveal 0000", "triage", "key import"])
def test_nobody_can_be_asked_where_stdin_is_closed(words: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m kb {words} <&-'], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    assert "予期しない" not in done.stderr
