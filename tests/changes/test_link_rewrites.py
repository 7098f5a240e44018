"""What a plan makes of a page's links: the labelled cases of links/rewrites.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from changes.link_edits import apply_link_edits

from kb.plan.links.find import find_links
from kb.plan.links.mentions import PathNames, list_mentions
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links

HERE = Path(__file__).parent / "links"
CASES = tomllib.loads((HERE / "rewrites.toml").read_text("utf-8"))["case"]


def moves() -> PathMoves:
    lines = [line.split("\t") for line in (HERE / "tree.txt").read_text("utf-8").splitlines() if line[0] != "#"]
    return PathMoves.of(PostMove(*line[1:]) for line in lines)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_links_follow_what_they_lead_to(case: dict[str, Any]) -> None:
    text, page = case["text"], case.get("page", "案内")
    found, all_moves = find_links(text, "docs"), moves()
    edits = follow_links(text, found, all_moves, page, case.get("goes", page))
    sure = [each for each in edits if each.sure and not each.code]
    assert apply_link_edits(text, sure) == case.get("after", text)
    assert sum(not each.sure for each in edits) == case.get("unsure", 0)
    assert sum(each.code for each in edits) == case.get("code", 0)
    if "deep" in case:
        assert apply_link_edits(text, edits) == case["deep"]
    mentions = list(list_mentions(text, PathNames.of(all_moves.left_paths), found))
    assert len(mentions) == case.get("prose", 0)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_nothing_is_left_to_follow_afterwards(case: dict[str, Any]) -> None:
    text, page = case["text"], case.get("page", "案内")
    there = [PostMove(each.new_category, each.new_title, each.new_category, each.new_title) for each in posts()]
    edits = follow_links(text, find_links(text, "docs"), moves(), page, case.get("goes", page))
    after = apply_link_edits(text, [each for each in edits if each.sure and not each.code])
    goes = case.get("goes", page)
    assert follow_links(after, find_links(after, "docs"), PathMoves.of(there), goes, goes) == []


def posts() -> list[PostMove]:
    lines = [line.split("\t") for line in (HERE / "tree.txt").read_text("utf-8").splitlines() if line[0] != "#"]
    return [PostMove(*line[1:]) for line in lines]
