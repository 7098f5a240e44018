"""kb plan move --map: a table of categories as people save it, what moves by it, and what is told of it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from changes.site import opened, posts
from servers import Sandbox

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
    return moves, [str(each) for each in (*found.find_unknown(CATEGORIES), *found.find_kept(), *found.find_chains())]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_map_moves_or_is_told(case: dict[str, Any]) -> None:
    moves, said = read(case)
    assert moves == case.get("moves", {})
    for wanted in (*case.get("says", ()), *case.get("errors", ())):
        assert any(wanted in each for each in said), said
    assert len(said) == (len(case["errors"]) if "errors" in case else bool(case.get("says"))), said
    assert not any(hidden in each for hidden in case.get("hides", ()) for each in said)


def test_a_table_with_mistakes_writes_no_plan_and_another_tells_what_it_does_not_know(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = opened(sandbox("--profile", "nolimit", data=posts(3, "旧運用")), tmp_path, monkeypatch, capsys)
    table = tmp_path / "old-new.csv"
    here.kb("plan", "move", "--map", "old-new.csv", code=2)
    assert "kb inventory --format csv" in here.said
    table.write_text("old,new\n旧運用,\n" + "旧運用,運用\n" * 30, encoding="utf-8")
    here.kb("plan", "move", "--map", "old-new.csv", code=2)
    assert here.said.count("行目: ") == 20
    assert "使えないところが 30 か所あります。変更案は書いていません。" in here.said
    assert not (tmp_path / "plan.toml").exists()
    table.write_text("old,new\n旧運用,運用\n手順書,手順\n", encoding="utf-8")
    here.kb("plan", "move", "--map", "old-new.csv")
    assert "3 行目: 「手順書」とその下には、記事がありません。" in here.said
    assert "plan.toml に変更 3 件" in here.said
    here.kb("plan", "move", "--map", "old-new.csv", "--from", "旧運用", code=2)
