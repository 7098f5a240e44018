"""A section that kb keeps in somebody's text: found, told from what people edited, put in and taken out."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.errors import RefusedError, UsageError
from kb.plan.sections.block import block, differences, find, names_in, replaced, same, section_value, value_of
from kb.plan.sections.patch import Place, Where, inserted, place_in, restored, without

BODY = "# 週報\n\n最初の段落。\n\n## 今週の状況\n\n本文。\n"
TOP, BOTTOM = Place(Where.TOP), Place(Where.BOTTOM)

LINES = st.lists(
    st.sampled_from(
        ["", "本文", "- 項目", "# 見出し", "| 表 |", "```", "~~~", "> 引用", "    字下げ", "<!-- 覚え書き -->", "<pre>",
         "</pre>", "<!-- kb:diagram begin -->", "<!-- kb:diagram end -->", "末尾の空白  ", "---", "<div>", "&lt;!--"]
    ),
    max_size=8,
)  # fmt: skip
TEXTS = st.tuples(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda each: each[1].join(each[0]) + (each[1] if each[2] and each[0] else "")
)
CONTENTS = st.one_of(TEXTS, st.text(max_size=80), LINES.map("\n".join))


def outside(text: str) -> tuple[str, str]:
    section = find(text, "report")
    assert section is not None
    return text[: section.start], text[section.end :]


@given(TEXTS, CONTENTS, CONTENTS, st.sampled_from([TOP, BOTTOM]))
@example("", "x", "y", BOTTOM)
@example("a", "```\nx", "<!-- kb:report end -->", BOTTOM)
def test_what_stands_outside_stays_to_the_byte(text: str, one: str, other: str, place: Place) -> None:
    made = inserted(text, block("report", one), place)
    try:
        section = find(made, "report")
    except RefusedError:
        return  # the text itself ends inside of code
    assert section is not None
    assert not section.edited
    again = replaced(made, section, block("report", other))
    assert outside(again) == outside(made)
    back = find(again, "report")
    assert back is not None
    assert not back.edited
    assert "".join(outside(made)).replace("\r", "").replace("\n", "") == text.replace("\r", "").replace("\n", "")


@given(TEXTS, CONTENTS, CONTENTS, st.sampled_from([TOP, BOTTOM]))
def test_what_was_put_in_comes_out_again_to_the_byte(text: str, one: str, other: str, place: Place) -> None:
    made = inserted(text, block("report", one), place)
    try:
        section = find(made, "report")
    except RefusedError:
        return
    assert section is not None
    assert restored(made, text, "report") == text
    assert restored(text, made, "report") == made
    assert restored(replaced(made, section, block("report", other)), made, "report") == made


@given(CONTENTS)
def test_no_content_can_end_its_own_section_or_hide_what_follows(content: str) -> None:
    text = f"前\n\n{block('report', content, {'week': '2026-W47'})}\n\n後\n"
    section = find(text, "report")
    assert section is not None
    assert not section.edited
    assert outside(text) == ("前\n\n", "\n\n後\n")
    assert names_in(text) == ("report",)


def test_a_page_called_like_a_mark_stays_words() -> None:
    written = block("report", "- [<!-- kb:report end -->](https://docs.esa.io/posts/1)\n<!-- kb:report begin -->")
    assert written.count("<!--") == 2
    assert "- [&lt;!-- kb:report end -->]" in written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{begin}\nx\n", "終わりの印がありません"),
        ("x\n{end}\n", "始まりの印がありません"),
        ("{begin}\n{end}\nx\n{begin}\n{end}\n", "同じ区画が 2 つあります"),
        ("{begin}\n{begin}\nx\n{end}\n{end}\n", "区画の中に、また始まりの印があります"),
        ("{begin}\nx\n{end}\n{end}\n", "終わりの印が 2 つあります"),
        ("{end}\nx\n{begin}\n", "始まりの印がありません"),
        ("```\n{begin}\nx\n{end}\n```\n", "コードブロックの中にあります"),
        ("<pre>\n{begin}\nx\n{end}\n</pre>\n", "コードブロックの中にあります"),
        ("{begin}\nx\n```\n{end}\n", "終わりの印がありません"),
    ],
)
def test_marks_that_do_not_say_what_belongs_to_them_are_refused(text: str, said: str) -> None:
    marked = text.format(begin="<!-- kb:report begin sha256=00 -->", end="<!-- kb:report end -->")
    with pytest.raises(RefusedError) as refused:
        find(marked, "report")
    assert said in refused.value.what.ja
    assert not same("report=none", value_of(marked))


def test_marks_of_another_section_do_not_matter_and_an_example_in_code_neither() -> None:
    assert find("<!-- kb:diagram begin -->\nx\n", "report") is None
    text = f"```\n<!-- kb:report begin -->\n```\n{block('report', '週報')}\n"
    section = find(text, "report")
    assert section is not None
    assert section.line == 4
    assert not section.edited


def test_ends_of_lines_and_blanks_before_them_are_no_edit() -> None:
    text = inserted(BODY, block("report", "一行目\n\n二行目"), TOP)
    blanks = text.replace("\n", "\r\n").replace("一行目", "一行目  ")
    section = find(blanks, "report")
    assert section is not None
    assert not section.edited
    assert same(section_value("report", text), value_of(blanks))
    edited = find(text.replace("二行目", "人が直した行"), "report")
    assert edited is not None
    assert edited.edited


def test_a_text_with_carriage_returns_gets_a_section_with_them() -> None:
    text = BODY.replace("\n", "\r\n")
    made = inserted(text, block("report", "一\n二"), Place(Where.AFTER, "今週の状況"))
    assert made.count("\n") == made.count("\r\n")
    section = find(made, "report")
    assert section is not None
    again = replaced(made, section, block("report", "三\n四"))
    assert again.count("\n") == again.count("\r\n")
    assert outside(again) == outside(made)


@pytest.mark.parametrize("heading", ["今週の状況", " 今週の状況 "])
def test_a_section_goes_below_its_heading(heading: str) -> None:
    made = inserted(BODY, block("report", "週報"), Place(Where.AFTER, heading))
    before, after = outside(made)
    assert before.endswith("## 今週の状況\n\n")
    assert after == "\n\n本文。\n"
    ruled = inserted("今週の状況\n----\n本文\n", block("report", "週報"), Place(Where.AFTER, heading))
    assert outside(ruled) == ("今週の状況\n----\n\n", "\n\n本文\n")
    textile = inserted("h2. 今週の状況\n本文", block("report", "週報"), Place(Where.AFTER, heading))
    assert outside(textile) == ("h2. 今週の状況\n\n", "\n\n本文")


def test_a_heading_that_is_not_there_or_is_there_twice_is_refused_with_the_nearest() -> None:
    with pytest.raises(RefusedError) as missing:
        inserted(BODY, block("report", "週報"), Place(Where.AFTER, "今週の様子"))
    assert "after-heading:今週の状況" in str(missing.value.next_step and missing.value.next_step.ja)
    with pytest.raises(RefusedError) as twice:
        inserted(BODY + "# 今週の状況\n", block("report", "週報"), Place(Where.AFTER, "今週の状況"))
    assert "2 か所" in twice.value.what.ja
    code = "```\n# 今週の状況\n```\n" + block("diagram", "# 今週の状況") + "\n"
    with pytest.raises(RefusedError):
        inserted(code, block("report", "週報"), Place(Where.AFTER, "今週の状況"))


def test_front_matter_stays_on_top() -> None:
    text = "---\ntitle: 週報\n---\n本文\n"
    made = inserted(text, block("report", "週報"), TOP)
    assert made.startswith("---\ntitle: 週報\n---\n<!-- kb:report begin")
    assert restored(made, text, "report") == text


def test_what_others_wrote_around_a_section_stays_when_it_is_taken_back() -> None:
    old = inserted(BODY, block("report", "先週"), Place(Where.AFTER, "今週の状況"))
    section = find(old, "report")
    assert section is not None
    new = replaced(old, section, block("report", "今週")).replace("本文。", "ほかの人が足した本文。") + "追伸\n"
    back = restored(new, old, "report")
    assert "先週" in back
    assert "今週\n" not in back
    assert back.endswith("ほかの人が足した本文。\n追伸\n")
    gone = restored(new, BODY, "report")
    assert gone == BODY.replace("本文。", "ほかの人が足した本文。") + "追伸\n"
    put_back = restored(gone, old, "report")
    assert outside(put_back)[0].endswith("## 今週の状況\n\n")
    assert put_back.endswith("追伸\n")


def test_taking_out_leaves_no_empty_lines_behind() -> None:
    for place in (TOP, BOTTOM, Place(Where.AFTER, "今週の状況")):
        made = inserted(BODY, block("report", "週報"), place)
        section = find(made, "report")
        assert section is not None
        assert without(made, section) == BODY


@pytest.mark.parametrize("word", ["", "middle", "after-heading:", "after-heading: ", "Top"])
def test_an_insert_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        place_in(word)
    assert place_in("after-heading:今週 の状況") == Place(Where.AFTER, "今週 の状況")


def test_a_value_tells_of_a_section_whatever_stands_around() -> None:
    none = value_of(BODY)
    made = inserted(BODY, block("report", "週報"), TOP)
    wanted = section_value("report", made)
    assert same("report=none", none)
    assert not same("report=none", value_of(made))
    assert same(wanted, value_of(made + "追伸\n"))
    assert not same(none, value_of(BODY + "追伸\n"))
    assert same(none, value_of(BODY.replace("\n", "\r\n")))


def test_differences_are_lines_with_signs() -> None:
    assert differences("一\n二\n三", "一\n弐\n三") == ("@@ -1,3 +1,3 @@", " 一", "-二", "+弐", " 三")
    assert differences("同じ", "同じ") == ()
