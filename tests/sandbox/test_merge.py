"""Merging three ways, line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.sandbox.esa.state.merge import merge_texts


@pytest.mark.parametrize(
    ("base", "present", "sent", "text"),
    [
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"),
        ("a\nb\nc", "a\nb\nc\nd", "z\na\nb\nc", "z\na\nb\nc\nd"),
        ("a\nb\nc", "a\nc", "a\nb\nc\nd", "a\nc\nd"),
        ("a\nb\nc", "a\nB\nc", "a\nB\nc", "a\nB\nc"),
        ("", "", "a", "a"),
        ("a", "a", "", ""),
        ("a\nb", "a\nx\nb\n", "a\nb", "a\nx\nb\n"),
    ],
)
def test_changes_apart_from_each_other_are_both_kept(base: str, present: str, sent: str, text: str) -> None:
    merged = merge_texts(base, present, sent, "git")
    assert (merged.text, merged.overlapped) == (text, False)


@pytest.mark.parametrize(
    ("present", "sent"), [("A\nb\nc", "a\nB\nc"), ("a\nx\nb\nc", "a\ny\nb\nc"), ("b\nc", "A\nb\nc")]
)
def test_changes_to_the_same_or_neighbouring_lines_overlap(present: str, sent: str) -> None:
    assert merge_texts("a\nb\nc", present, sent, "git").overlapped


TEXTS = st.lists(st.sampled_from("abc"), max_size=8).map("\n".join)


def test_many_equal_lines_that_nobody_changed_take_no_time() -> None:
    long = "あ\n" * 200_000
    assert merge_texts(long, long, f"{long}い", "git").text == f"{long}い"


@given(TEXTS, TEXTS)
def test_a_side_that_changed_nothing_gives_way(base: str, other: str) -> None:
    assert merge_texts(base, base, other, "git").text == other
    assert merge_texts(base, other, base, "git").text == other
    assert merge_texts(base, other, other, "git").text == other


@given(TEXTS, TEXTS, TEXTS)
def test_every_line_of_both_sides_is_still_there(base: str, present: str, sent: str) -> None:
    merged = merge_texts(base, present, sent, "git")
    lines = merged.text.split("\n")
    often = {line for line in base.split("\n") if base.split("\n").count(line) > 1}  # each side may delete another copy
    assert (set(present.split("\n")) & set(sent.split("\n"))) - often <= set(lines)
    assert merged.overlapped == ("=======" in lines)
