"""What of a page breaks when the category it names moves: links and saved searches as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.plan.links.find import find_links
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links

HERE = Path(__file__).parent / "links"
PARTED = "?"


def cases(name: str) -> list[tuple[str, str]]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [(said, text) for said, text in (line.split("\t") for line in lines if line[:1] != "#")]


def moves() -> PathMoves:
    lines = (HERE / "moves.txt").read_text("utf-8").splitlines()
    return PathMoves.of(
        PostMove(before, "", after, "") for _, before, after in (line.split("\t") for line in lines if line[0] != "#")
    )


def broken(text: str, category: str, moved: str) -> str:
    page = text.replace("⏎", "\n")
    edits = follow_links(page, find_links(page, "docs"), moves(), category, moved)
    said = dict.fromkeys(f"{each.path} → {each.place if each.sure else PARTED}" for each in edits)
    return "; ".join(said) or "-"


@pytest.mark.parametrize(("said", "text"), cases("pages.txt"))
def test_a_link_to_a_category_that_moves_away_is_found(said: str, text: str) -> None:
    assert broken(text, "案内", "案内") == said


@pytest.mark.parametrize(("said", "text"), cases("moved-pages.txt"))
def test_relative_to_a_page_that_moves_with_it_a_category_is_still_there(said: str, text: str) -> None:
    assert broken(text, "旧運用/手順/DB", "運用/手順/DB") == said
