"""Numbers behind measures: put in and taken out again, whatever is edited elsewhere in the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes.made import change
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples

from kb.errors import RefusedError
from kb.model.plan import Change, ChangeKey, SeenState, Verb, new_ticket, number_of, page_of
from kb.model.request import build_request
from kb.plan.propose.new_ticket import mark_for, read_marks
from kb.plan.sections.numbers import (
    awaited_ticket,
    digest_lines,
    fill_in_number,
    find_measure,
    link_ticket,
    linked_base,
)
from kb.plan.sections.places import PlaceEdits, compose_places
from kb.plan.values import check_value

lines = st.text(st.sampled_from("- [ ]|#対策監視を直す（佐）12/ \t"), max_size=12)
texts = st.lists(lines, max_size=6)


def number(text: str, line: int, column: int, count: int, words: str = " redmine:new-1-0a2b3c4d") -> Change:
    """The number of a measure that stands in these lines."""
    made = change("esa:1", Verb.TICKETS, number=("", words))
    return replace(made, seen=SeenState("2026-11-20T00:00:00Z", 3, digest_lines(text, line, count), line, column))


@given(texts, st.lists(lines, min_size=1, max_size=3), texts, texts, texts, st.sampled_from(("\n", "\r\n")), st.data())
@settings(max_examples=examples(200), deadline=None)
def test_what_is_put_in_is_taken_out_to_the_byte(
    above: list[str], measure: list[str], below: list[str], new_above: list[str], new_below: list[str], end: str,
    data: st.DataObject,
) -> None:  # fmt: skip
    measure[0] = f"- 対策 X{measure[0].rstrip()}"  # on no other line
    text = end.join((*above, *measure, *below))
    column = data.draw(st.integers(1, len(measure[0]) + 1))
    wanted = number(text, len(above) + 1, column, len(measure))
    edited = end.join((*new_above, *measure, *new_below))
    filled = fill_in_number(wanted, {"redmine:new-1-0a2b3c4d": 45})
    places = PlaceEdits((filled,))
    made = places.into(edited)
    first = f"{measure[0][: column - 1]} #45{measure[0][column - 1 :]}"
    assert made == end.join((*new_above, first, *measure[1:], *new_below))
    (placed,) = places.list_numbers(edited)
    again = end.join((*above, first, *measure[1:], *below))  # edited once more
    back = replace(
        change("esa:1", Verb.UNDO, number=(placed.after, placed.before)),
        seen=SeenState("", 0, placed.text, placed.line, placed.column),
    )
    assert PlaceEdits((back,)).into(again) == text


def test_a_measure_that_stands_twice_is_taken_where_it_stood_or_nowhere() -> None:
    text = "a\n- 監視を足す\nb\n- 監視を足す\n"
    seen = number(text, 4, 7, 1).seen
    assert find_measure(text, seen) == 4
    assert find_measure(f"前書き\n{text}", seen) == 0
    assert find_measure(text.replace("監視を足す\nb", "監視を増やす\nb\n"), seen) == 5


def test_an_empty_line_that_ends_a_measure_is_one_wherever_the_text_ends() -> None:
    seen = number("- 監視を足す\n", 1, 8, 2).seen
    assert find_measure("- 監視を足す\n\nb", seen) == find_measure("- 監視を足す\n", seen) == 1
    assert find_measure("- 監視を足す\nb", seen) == 0


def test_no_number_goes_behind_the_same_words_elsewhere() -> None:
    text = "a\n- 監視を足す\nb\n- 監視を足す\n"
    wanted = fill_in_number(number(text, 4, 8, 1), {"redmine:new-1-0a2b3c4d": 45})
    for each in (text, f"前書き\n前書き\n{text}"):  # the first has come to the line of the second
        assert find_measure(each, wanted.seen, once=True) == 0
        with pytest.raises(RefusedError):
            PlaceEdits((wanted,)).into(each)


@pytest.mark.parametrize("digest", ["", "sha256:" + "0" * 64, "lines:0:" + "0" * 64, "lines:99:" + "0" * 64])
def test_what_names_no_lines_is_found_nowhere(digest: str) -> None:
    assert find_measure("a\nb\n" * 100, SeenState("", 0, digest, 1, 1)) == 0


@pytest.mark.parametrize(
    ("base", "written"),
    [
        ("https://redmine.example.jp/r/", "[#45](https://redmine.example.jp/r/issues/45)"),
        ("", "#45"),
        ("https://redmine.example.jp/(a)", "#45"),
        ("https://user:hunter2@redmine.example.jp", "#45"),
        ("https://redmine.example.jp/" + "r" * 200, "#45"),
    ],
)
def test_a_number_links_to_its_ticket_where_the_address_can_stand_there(base: str, written: str) -> None:
    ticket = "redmine:new-1-0a2b3c4d"
    wanted = number("- 監視を足す", 1, 8, 1, f" {link_ticket(ticket, base)}")
    assert awaited_ticket(wanted) == ticket
    filled = fill_in_number(wanted, {ticket: 45})
    assert filled.after["number"] == f" {written}"
    assert linked_base(filled) == (base.rstrip("/") if written != "#45" else "")
    assert check_value(ChangeKey.NUMBER, wanted.after["number"]) is None
    assert check_value(ChangeKey.NUMBER, filled.after["number"]) is None
    assert PlaceEdits((filled,)).into("- 監視を足す") == f"- 監視を足す {written}"


def test_a_number_waits_for_its_ticket() -> None:
    text = "- 監視を足す"
    request = build_request([number(text, 1, 8, 1)])
    assert str(compose_places(request, text)).startswith("チケットが作られていない")
    with pytest.raises(RefusedError):
        PlaceEdits((number("- 別の対策", 1, 6, 1, " #45"),)).into(text)


def test_targets_and_marks_tell_what_they_are_for() -> None:
    from kb.model.plan import new_plan

    target = "redmine:new-987654321012345678-0a2b3c4d"
    assert (new_ticket(number_of(target)), page_of(target)) == (target, 987654321012345678)
    made = replace(number("x", 1, 1, 1), target="redmine:new-1-0a2b3c4d")
    plan = new_plan("docs", "2026-11-20T00:00:00Z", "0", [made])
    mark = mark_for(made, plan)
    (found,) = read_marks(f"障害の記事の対策です。\r\n\r\n> {mark}\r\n\r\n{mark}\r\n")
    assert (str(found), found.target, found.change) == (mark, made.target, made.identity)
    assert mark_for(made, replace(plan, created="2026-11-21T00:00:00Z")) != mark
