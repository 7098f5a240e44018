"""kb plan move --map: a table of categories as people save it, what moves by it, and what is told of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kb.errors import InputError
from kb.model.plan import Change
from kb.plan.category_map import read_category_map
from kb.plan.propose.by_rule import propose_move
from kb.plan.propose.post import PostHead

CASES = tomllib.loads((Path(__file__).parent / "maps" / "cases.toml").read_text("utf-8"))["case"]
CATEGORIES = ("旧運用/手順", "旧運用/手順/DB", "旧運用/監視", "議事録/2025", "運用", "FAQ")


def read(case: dict[str, Any]) -> tuple[dict[str, str], list[str]]:
    """The moves of a map, and all that is said of it."""
    data = bytes.fromhex(case["bytes"]) if "bytes" in case else case["text"].encode(case.get("encoding", "utf-8"))
    try:
        found = read_category_map(data, "old-new.csv")
    except InputError as error:
        return {}, [str(error)]
    if found.troubles:
        return {}, [str(each) for each in found.troubles]
    moves = {}
    for number, category in enumerate(CATEGORIES, 1):
        row = found.row_for(category)
        post = PostHead(number, "題名", category, created_at="2026-01-02T00:00:00Z")
        change = propose_move(post, (row.rule,), (), ZoneInfo("Asia/Tokyo")) if row else None
        if isinstance(change, Change):
            moves[category] = str(change.after["category"])
    said = (*found.find_unknown(CATEGORIES), *found.find_kept(), *found.find_cycles(), *found.find_chains())
    return moves, [str(each) for each in said]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_map_moves_or_is_told(case: dict[str, Any]) -> None:
    moves, said = read(case)
    assert moves == case.get("moves", {})
    for wanted in (*case.get("says", ()), *case.get("errors", ())):
        assert any(wanted in each for each in said), said
    assert len(said) == (len(case["errors"]) if "errors" in case else case.get("said", bool(case.get("says")))), said
    assert not any(hidden in each for hidden in case.get("hides", ()) for each in said)
