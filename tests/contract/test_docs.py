"""docs/sandbox-redmine.md lists every trap with its test, no more and no fewer than there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOC = Path(__file__).parents[2] / "docs" / "sandbox-redmine.md"
ROW = re.compile(r"^\| (\d+) \| .+ \| `(test_\w+)` \|$", re.MULTILINE)


def functions_in(*names: str) -> list[str]:
    """The test functions of some files, in order."""
    found = []
    for name in names:
        tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
        found += [
            node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]
    return found


@pytest.mark.parametrize(
    ("part", "files", "count"),
    [
        (0, ("test_lists", "test_tickets", "test_rights"), "traps"),
        (1, ("test_writes",), "traps of writing"),
        (2, ("test_redmine_3_4",), "differences"),
    ],
)
def test_the_table_names_every_test_once(part: int, files: tuple[str, ...], count: str) -> None:
    text = DOC.read_text(encoding="utf-8").split("\n## ")[part]
    rows = ROW.findall(text)
    assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
    assert sorted(test for _, test in rows) == sorted(functions_in(*files))
    assert f"\n{len(rows)} {count}.\n" in text
    assert len(rows) == text.count("\n| ") - 1, "a row of the table cannot be read"


def test_the_manual_names_every_edit() -> None:
    from kb.sandbox.redmine.edits import projects, tickets

    table = DOC.read_text(encoding="utf-8").split("## Edits by other people")[1]
    first_cells = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first_cells)) == set(tickets.ACTIONS) | set(projects.ACTIONS)
