"""Counts read the same in each command: 12,345."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

from kb.text.lang import count_noun

KB = Path(__file__).parents[2] / "kb"
GROUPED_ALREADY = {"named", "told", "len(plan.changes)", "number", "evidence.what"}
"""Words for a count that was written before: `1,234`, or `…` where nobody knows."""


def test_each_number_before_its_counter_has_thousands_separators() -> None:
    bare = [
        f"{path}:{part.lineno}: {ast.unparse(part.value)}"
        for path in sorted(KB.rglob("*.py"))
        if "sandbox" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for part, after in pairwise(node.values)
        if isinstance(part, ast.FormattedValue) and part.format_spec is None
        if isinstance(after, ast.Constant) and re.match(" ?件(?!目)", str(after.value))
        if ast.unparse(part.value) not in GROUPED_ALREADY
    ]
    assert bare == []


def test_an_english_count_has_them_too() -> None:
    assert [count_noun(number, "page") for number in (0, 1, 1234)] == ["0 pages", "1 page", "1,234 pages"]
