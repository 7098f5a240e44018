"""Changes made in a text: where they go, what is left alone, and that a second run changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.lint.fixing import edits as fixes
from kb.lint.fixing.edits import apply_edits
from kb.model.finding import Edit, Field, Safety
from kb.text.lang import t
from kb.text.lines import Span

PAGE = "# 題名\n\nTODO と TBD\n終わり"
WHY = t("直します。", "mends it.")


def change(before: str, after: str, *place: int, field: Field = Field.BODY) -> Edit:
    """A change of one line: line, column; the end follows from `before`."""
    line, column = place
    return Edit(field, before, after, Safety.SAFE, WHY, Span(line, column, line, column + len(before)))


def place_of(made: Edit) -> tuple[int, int, int, int]:
    assert made.span is not None
    return made.span.line, made.span.column, made.span.end_line, made.span.end_column


def reasons(applied: fixes.AppliedEdits) -> list[str]:
    return [each.why.ja for each in applied.skipped]


def test_several_changes_are_made_in_one_pass() -> None:
    done = apply_edits(
        PAGE, [change("TBD", "未定です", 3, 8), change("TODO", "予定", 3, 1), change("", "（仮）", 1, 5)]
    )
    assert done.text == "# 題名（仮）\n\n予定 と 未定です\n終わり"
    assert len(done.applied) == 3
    assert done.skipped == ()


def test_a_change_is_not_made_where_its_words_are_gone() -> None:
    done = apply_edits(PAGE, [change("TODI", "予定", 3, 1), change("TBD", "未定", 3, 8)])
    assert done.text == "# 題名\n\nTODO と 未定\n終わり"
    assert reasons(done) == [fixes.TEXT_CHANGED.ja]


@pytest.mark.parametrize("place", [(9, 1), (3, 99), (0, 1), (1, 0), (4, 4), (2, 2)])
def test_a_place_outside_the_text_is_said(place: tuple[int, int]) -> None:
    done = apply_edits(PAGE, [change("TODO", "予定", *place)])
    assert (done.text, reasons(done)) == (PAGE, [fixes.OUTSIDE_BODY.ja])


def test_of_two_that_overlap_the_first_on_the_page_wins() -> None:
    both = [change("と TBD", "など", 3, 6), change("TODO と", "予定と", 3, 1)]
    done = apply_edits(PAGE, both)
    assert done.text == "# 題名\n\n予定と TBD\n終わり"
    assert reasons(done) == [fixes.OVERLAPPING.ja]


def test_two_insertions_at_one_place_wait_for_each_other() -> None:
    done = apply_edits("本文", [change("", "A", 1, 1), change("", "B", 1, 1)])
    assert (done.text, reasons(done)) == ("A本文", [fixes.OVERLAPPING.ja])


def test_what_stands_side_by_side_does_not_overlap() -> None:
    done = apply_edits("ab", [change("a", "A", 1, 1), change("", "-", 1, 2), change("b", "B", 1, 2)])
    assert done.text == "A-b"
    assert reasons(done) == [fixes.OVERLAPPING.ja]


def test_the_same_change_of_two_findings_is_made_once() -> None:
    done = apply_edits(PAGE, [change("TODO", "予定", 3, 1), change("TODO", "予定", 3, 1)])
    assert done.text == "# 題名\n\n予定 と TBD\n終わり"
    assert len(done.applied) == 2


def test_the_changes_of_one_fix_are_made_together_or_not_at_all() -> None:
    pair = (change("TODO", "予定", 3, 1), change("TBX", "未定", 3, 8))
    done = apply_edits(PAGE, [pair, change("終わり", "おわり", 4, 1)])
    assert done.text == "# 題名\n\nTODO と TBD\nおわり"
    assert len(done.skipped) == 2


def test_a_title_is_no_part_of_the_body() -> None:
    assert reasons(apply_edits(PAGE, [change("題名", "別", 1, 3, field=Field.TITLE)])) == [fixes.NOT_IN_BODY.ja]


def test_line_ends_stay_as_they_are() -> None:
    text = "一\r\nTODO\r\n三\r\n"
    several = Edit(Field.BODY, "一\nTODO", "一\n予定\n二", Safety.SAFE, WHY, Span(1, 1, 2, 5))
    assert apply_edits(text, [several]).text == "一\r\n予定\r\n二\r\n三\r\n"
    assert apply_edits(text, [change("", "〇\n", 3, 1)]).text == "一\r\nTODO\r\n〇\n三\r\n".replace("〇\n", "〇\r\n")


def test_columns_are_characters_not_bytes_or_utf_16() -> None:
    assert apply_edits("😀が\u3099TODO", [change("TODO", "済", 1, 4)]).text == "😀が\u3099済"


def test_an_insertion_is_not_made_twice() -> None:
    mark = change("", "【完了】", 1, 3)
    once = apply_edits(PAGE, [mark])
    assert once.text.startswith("# 【完了】題名")
    assert reasons(apply_edits(once.text, [mark])) == [fixes.ALREADY_THERE.ja]


WORDS = st.text("ab日\r\n😀 ", max_size=30)


@given(WORDS, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6), st.text("xy\n", max_size=4)), max_size=8))
def test_what_no_change_names_stays(text: str, edits: list[tuple[int, int, str]]) -> None:
    """Against the plain way: one replacement after the other, from the end of the text."""
    text = text.replace("\r", "")
    changes = []
    for start, length, after in edits:
        start, end = min(start, len(text)), min(start + length, len(text))
        place = [(text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1) for at in (start, end)]
        changes.append(Edit(Field.BODY, text[start:end], after, Safety.SAFE, WHY, Span(*place[0], *place[1])))
    done = apply_edits(text, changes)
    assert len(done.applied) + len(done.skipped) == len(changes)
    plain = text
    starts = [sum(len(line) + 1 for line in text.split("\n")[:n]) for n in range(text.count("\n") + 1)]
    for each in sorted(set(done.applied), key=place_of, reverse=True):
        line, column, *_ = place_of(each)
        at = starts[line - 1] + column - 1
        plain = plain[:at] + each.after + plain[at + len(each.before) :]
    assert done.text == plain


def test_many_changes_take_time_in_proportion() -> None:
    text = "TODO\n" * 20_000
    done = apply_edits(text, [change("TODO", "済", line, 1) for line in range(1, 20_001)])
    assert done.text == "済\n" * 20_000
