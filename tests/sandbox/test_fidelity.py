"""docs/sandbox-fidelity.md: every test it names exists, and its own count is right."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "sandbox-fidelity.md"
FOLDERS = (ROOT / "tests" / "sandbox", ROOT / "tests" / "foreign")


def rows() -> list[tuple[str, str, str]]:
    """What esa does, its state, its tests; headings of groups left out."""
    found = []
    for line in DOC.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and not cells[0].startswith(("**", "--", "what esa")):
            found.append((cells[0], cells[1], cells[2]))
    return found


@cache
def functions_of(module: str) -> frozenset[str]:
    """The test functions of one file."""
    path = next((folder / f"{module}.py" for folder in FOLDERS if (folder / f"{module}.py").exists()), None)
    assert path is not None, f"no file {module}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("what", "state", "tests"), rows())
def test_what_is_built_names_tests_that_exist(what: str, state: str, tests: str) -> None:
    named = re.findall(r"`(test_\w+)::(test_\w+)`", tests)
    assert state == "built", what
    assert named, what
    assert len(named) == len(tests.split(",")), what
    for module, test in named:
        assert test in functions_of(module), f"{what}: {module}::{test}"


def test_the_table_counts_itself() -> None:
    counts = Counter(state for _, state, _ in rows())
    assert f"Built: {counts['built']}." in DOC.read_text(encoding="utf-8")
    assert counts["built"] > 90
