"""Personal data where kb.toml switches its rules on: `kb show`, `search` and `export` mask it, and else leave it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kb.rules import registry
from kb.rules.codes import enabled_personal_kinds, personal_kinds, select_rules

PHONE, CARD, DESK = "090-0173-4826", "4000 0027 1828 4597", "03-0482-1937"
PAGE = f"当番の田中 {PHONE}\n\nカード番号: {CARD}\n\n保守窓口 {DESK}\n"


@pytest.fixture
def team(posts: Any) -> None:
    posts.put((1, f"連絡先 {PHONE}", PAGE))


@pytest.fixture
def switch(workspace: Path) -> Callable[[str], None]:
    def write(select: str) -> None:
        toml = workspace / "kb.toml"
        toml.write_text(f"{toml.read_text('utf-8')}\n[lint]\nselect = {select}\n", "utf-8")

    return write


def told(kb: Callable[..., Any], tmp_path: Path) -> dict[str, str]:
    """What each command says of the page."""
    out = tmp_path / "out"
    assert kb("export", str(out)).code == 0
    written = "".join(f"{each}\n{each.read_text('utf-8')}" for each in out.rglob("*.md"))
    return {"show": kb("show", "esa:1").out, "search": kb("search", "田中", "当番").out, "export": written}


def test_what_is_switched_on_is_masked_and_the_number_of_a_desk_is_not(
    kb: Callable[..., Any], team: None, switch: Callable[[str], None], tmp_path: Path
) -> None:
    switch('["INC", "PII"]')
    said = told(kb, tmp_path)
    assert [name for name, text in said.items() if PHONE in text or CARD in text] == []
    assert DESK in said["show"]
    assert "当番の田中" in said["search"]


def test_only_the_kind_that_is_switched_on_is_masked(
    kb: Callable[..., Any], team: None, switch: Callable[[str], None], tmp_path: Path
) -> None:
    switch('["INC", "card"]')
    said = told(kb, tmp_path)
    assert CARD not in said["show"]
    assert all(PHONE in text for text in said.values())


def test_nothing_is_masked_where_nobody_asked(kb: Callable[..., Any], team: None, tmp_path: Path) -> None:
    assert all(PHONE in text for text in told(kb, tmp_path).values())


@pytest.mark.parametrize("ignore", [[], ["PII"], ["PII103"], ["card"], ["PII10"]])
@pytest.mark.parametrize(
    "select", [[], ["INC"], ["PII"], ["pii1", "SEC"], ["PII103"], [" card ", "phone"], ["KB", "P"]]
)
def test_masks_go_by_what_lint_selects(select: list[str], ignore: list[str]) -> None:
    assert enabled_personal_kinds(select, ignore) == personal_kinds(
        rule.code for rule in select_rules(registry.load_rules(), select, ignore)
    )
