"""`Masked` says that a text's credentials are covered, so only what covers them may make one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MAKERS = {
    "kb/model/masked.py": "defines it; a part of a masked text is masked",
    "kb/ingest/document.py": "finds credentials and covers them",
    "kb/secrets/mask_document.py": "finds credentials and puts stars in their place",
    "kb/rules/suppress.py": "spells a suppression as the masked page has it",
    "kb/rules/suppressions.py": "a suppression's reason, read from the masked page",
    "kb/diagram/model/rules.py": "words of the team's own model, which come from no page",
}
"""The files that may make a `Masked`, and why."""

TYPES = ("Masked", "MaskedDocument")


def made(tree: ast.AST) -> Iterator[int]:
    """The lines that call `Masked(…)`, or `cast` to it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func).rpartition(".")[2]
            target = ast.unparse(node.args[0]).strip("'\"") if called == "cast" and node.args else ""
            if called == "Masked" or target in TYPES or "Masked]" in target:
                yield node.lineno


def test_only_what_covers_credentials_makes_masked_text() -> None:
    paths = [path for room in ("kb", "linters") for path in sorted((ROOT / room).rglob("*.py"))]
    found = {
        str(path.relative_to(ROOT)): lines
        for path in paths
        if "Masked" in (text := path.read_text(encoding="utf-8")) and (lines := [*made(ast.parse(text))])
    }
    assert {name: lines for name, lines in found.items() if name not in MAKERS} == {}
    assert MAKERS.keys() == found.keys(), "an exception nobody needs any more"


@pytest.mark.parametrize(
    ("line", "makes"),
    [
        ("Masked(title)", True),
        ("masked.Masked(title)", True),
        ("cast(Masked, title)", True),
        ("cast('Masked', title)", True),
        ("cast('list[Masked]', titles)", True),
        ("typing.cast(MaskedDocument, document)", True),
        ("mask_text(title)", False),
        ("cast(str, title)", False),
    ],
)
def test_makers_are_found(line: str, makes: bool) -> None:
    assert bool([*made(ast.parse(line))]) is makes
