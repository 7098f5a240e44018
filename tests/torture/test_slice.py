"""A slice of `make torture`: the whole of it is bench/torture.py."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import Sandbox
from torture_kit.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_a_few_kills_lose_nothing() -> None:
    command = [sys.executable, ROOT / "bench" / "torture.py", "--kills", "7", "--storms", "0"]
    command += ["--posts", "130", "--tickets", "16", "--seed", "5", "--out", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["kills"]["total"] == 7
    assert result["comparisons"] > 7
    assert result["differences"] == []


def test_the_comparison_sees_what_is_wrong(sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    rows = [
        {"number": n, "name": f"記事 {n}", "body_md": "本文", "comments": [{"id": n, "body_md": "返信"}]}
        for n in (1, 2, 3)
    ]
    workspace = Workspace.make(tmp_path, sandbox("--profile", "nolimit", data=rows))
    assert workspace.sync()[0] == 0
    assert workspace.differences() == []
    workspace.sandbox.edit("esa", "update", number=1, fields={"body_md": "静かに"}, quiet=True)
    workspace.sandbox.edit("esa", "delete-comment", id=2, quiet=True)
    workspace.sandbox.edit("esa", "move", number=3, fields={"category": "他"}, quiet=True)
    found = workspace.differences()
    assert [each.partition(":")[0] + each.partition(":")[2][:15] for each in found if "body is" in each]
    assert len(found) == 3
    assert len(workspace.differences(quiet={"esa:1", "esa:2"})) == 1
