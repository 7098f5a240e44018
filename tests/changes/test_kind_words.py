"""The words of plans, reviews and runs: whoever reads them is not blamed, and nobody is said to have left."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "kb"
PLACES = sorted(
    path for room in ("plan", "execute", "commands/change", "commands/flows") for path in (ROOT / room).rglob("*.py")
)
BLAME = re.compile(
    "間違[いえっ]|違反|怠[りっ]|忘れ|失念|不正な|ちゃんと|勝手に|なさい|べきです|退職者|辞めた|おかしな|ダメ|だめです|"
    r"\b(?:careless|forgot|fault of|stupid|illegal|sloppy|mistakes?|wrongly|your fault|you failed|left the team)\b",
    re.I,
)


def pairs() -> Iterator[tuple[str, str, str]]:
    """File and line, Japanese and English of every pair of texts."""
    for path in PLACES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                ja, en = (ast.unparse(argument) for argument in node.args)
                yield f"{path.relative_to(ROOT)}:{node.lineno}", ja, en


def test_no_text_blames_anybody() -> None:
    found = list(pairs())
    assert len(found) > 300
    assert [(where, ja, en) for where, ja, en in found if BLAME.search(ja) or BLAME.search(en)] == []


def test_what_looks_for_blame_finds_it() -> None:
    for words in (
        "書き忘れています",
        "分類が間違っています",
        "規則に違反しています",
        "you forgot the category",
        "an illegal title",
    ):
        assert BLAME.search(words)
