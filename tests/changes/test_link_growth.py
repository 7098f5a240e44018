"""Links of hostile texts: the time grows with the length, and nothing fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from changes.link_edits import apply_link_edits
from hypothesis import given, settings
from hypothesis import strategies as st
from pace import growth
from properties import examples

from kb.model.plan import Plan, SeenState, new_plan
from kb.plan.links.change import propose_links
from kb.plan.links.find import find_links
from kb.plan.links.mentions import PathNames, find_mentions, list_mentions
from kb.plan.links.moves import PathMoves, PostMove
from kb.plan.links.rewrite import follow_links
from kb.plan.propose.post import PostHead
from kb.plan.rebase import CurrentTarget, RebaseOutcome, rebase

MOVES = PathMoves.of([PostMove("運用/手順", "a", "手順書", "a"), PostMove("A", "b", "A", "b")])
HOSTILE = (
    "](", "](a", "](((", "href=", 'href="', "<a href='", "[a]: ", "https://", "in:", "[a]:\n", "<pre ", "<code>",
    "](/posts?q=in:a+", "](x ", "運用/", "運用/手順", "`", "%E3", "on:\"", "[x](/#path=%2F運用%2F手順) ", "\\](", "> ",
)  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length(piece: str) -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece))

        def work() -> None:
            found = find_links(text, "docs")
            follow_links(text, found, MOVES)
            list(list_mentions(text, PathNames.of(MOVES.left_paths), found))

        return work

    assert growth(prepare, 10_000, 4, below=10.0) < 10.0


pieces = st.sampled_from(
    (*HOSTILE, "(", ")", ">", "<", '"', "'", "\n", "\r\n", " ", "#", "\ud800", "\u3099", "あ", "&amp;", "%2F")
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(pieces, max_size=30).map("".join))
def test_any_text_is_read_and_only_the_places_named_change(text: str) -> None:
    edits = follow_links(text, find_links(text, "docs"), MOVES)
    assert all(text.startswith(each.before, each.start) for each in edits)
    lines = text.split("\n")
    assert all(lines[each.line - 1].startswith(each.before.split("\n")[0], each.column - 1) for each in edits)
    changed = apply_link_edits(text, [each for each in edits if each.after])
    assert len(changed) == len(text) + sum(len(each.after) - len(each.before) for each in edits if each.after)


def test_a_category_of_many_others_is_looked_for_as_fast_as_one_of_few() -> None:
    text = "運用/x 運用/手順7 " * 2_000

    def prepare(size: int) -> Callable[[], object]:
        names = PathNames.of({f"運用/手順{number}" for number in range(size)})
        return lambda: list(find_mentions(text, names))

    assert growth(prepare, 300, 20, below=5.0) < 5.0


def test_links_of_one_page_are_found_again_in_a_time_that_grows_with_their_number() -> None:
    def prepare(size: int) -> Callable[[], object]:
        text = "[x](/#path=%2F運用%2F手順)\n" * size
        plan = plan_of_links(text)
        now = CurrentTarget({}, SeenState("2026-11-25T00:00:00Z", 4), plan.changes[0].title, text=lambda: f"+\n{text}")

        def work() -> None:
            found = rebase(plan, {"esa:1": now}.get, "2026-11-26T09:00:00Z", "0.2", lambda each: False)
            lines = [change.seen.line for change, outcome in found.outcomes if outcome is RebaseOutcome.RENEWED]
            assert lines == list(range(2, size + 2))

        return work

    assert growth(prepare, 150, 4, below=8.0) < 8.0


def plan_of_links(text: str) -> Plan:
    edits = follow_links(text, find_links(text, "docs"), MOVES)
    return new_plan("docs", "2026-11-24T00:00:00Z", "0.2", tuple(propose_links(PostHead(1, "案内"), text, edits)))
