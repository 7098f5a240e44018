"""How `kb` ends when nobody reads on: with 0, and in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BODY = "# 障害\n\n## 原因\n停止\n\n## 再発防止\n- 監視を追加する #12\n" * 20
KB = [sys.executable, "-m", "kb"]


@pytest.mark.parametrize(
    "words",
    [
        ("lint", "--all"),
        ("lint", "--format", "jsonl"),
        ("lint", "--format", "html"),
        ("search", "監視"),
        ("search", "監視", "--json"),
        ("history",),
        ("incidents",),
        ("show", "esa:1"),
        ("export", "out"),
        ("explain", "INC402"),
        ("lint", "--help"),
        (),
    ],
    ids=" ".join,
)
def test_a_reader_that_has_seen_enough_is_no_fault(posts: Any, workspace: Path, words: tuple[str, ...]) -> None:
    posts.put(*((number, f"検索が停止 {number}", BODY) for number in range(1, 4)))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([*KB, *words], cwd=workspace, stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
