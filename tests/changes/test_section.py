"""A section that kb keeps in somebody's text: found, told from what people edited, put in and taken out."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kb.errors import RefusedError, UsageError
from kb.plan.sections.anchors import Anchor, AnchorKind, insert_block, parse_anchor
from kb.plan.sections.block import (
    diff_contents,
    digest_section,
    digest_text,
    find_section,
    is_same_digest,
    list_section_names,
    render_block,
    replace_section,
)
from kb.plan.sections.patch import remove_section, restore_section

BODY = "# 週報\n\n最初の段落。\n\n## 今週の状況\n\n本文。\n"
TOP, BOTTOM = Anchor(AnchorKind.TOP), Anchor(AnchorKind.BOTTOM)

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
    section = find_section(text, "report")
    assert section is not None
    return text[: section.start], text[section.end :]


@given(TEXTS, CONTENTS, CONTENTS, st.sampled_from([TOP, BOTTOM]))
@example("", "x", "y", BOTTOM)
@example("a", "```\nx", "<!-- kb:report end -->", BOTTOM)
def test_what_stands_outside_stays_to_the_byte(text: str, one: str, other: str, place: Anchor) -> None:
    made = insert_block(text, render_block("report", one), place)
    try:
        section = find_section(made, "report")
    except RefusedError:
        return  # the text itself ends inside of code
    assert section is not None
    assert not section.edited
    again = replace_section(made, section, render_block("report", other))
    assert outside(again) == outside(made)
    back = find_section(again, "report")
    assert back is not None
    assert not back.edited
    assert "".join(outside(made)).replace("\r", "").replace("\n", "") == text.replace("\r", "").replace("\n", "")


@given(TEXTS, CONTENTS, CONTENTS, st.sampled_from([TOP, BOTTOM]))
def test_what_was_put_in_comes_out_again_to_the_byte(text: str, one: str, other: str, place: Anchor) -> None:
    made = insert_block(text, render_block("report", one), place)
    try:
        section = find_section(made, "report")
    except RefusedError:
        return
    assert section is not None
    assert restore_section(made, text, "report") == text
    assert restore_section(text, made, "report") == made
    assert restore_section(replace_section(made, section, render_block("report", other)), made, "report") == made


@given(CONTENTS)
def test_no_content_can_end_its_own_section_or_hide_what_follows(content: str) -> None:
    text = f"前\n\n{render_block('report', content, {'week': '2026-W47'})}\n\n後\n"
    section = find_section(text, "report")
    assert section is not None
    assert not section.edited
    assert outside(text) == ("前\n\n", "\n\n後\n")
    assert list_section_names(text) == ("report",)


def test_a_page_called_like_a_mark_stays_words() -> None:
    written = render_block(
        "report", "- [<!-- kb:report end -->](https://docs.esa.io/posts/1)\n<!-- kb:report begin -->"
    )
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
        find_section(marked, "report")
    assert said in refused.value.what.ja
    assert not is_same_digest("report=none", digest_text(marked))


def test_marks_of_another_section_do_not_matter_and_an_example_in_code_neither() -> None:
    assert find_section("<!-- kb:diagram begin -->\nx\n", "report") is None
    text = f"```\n<!-- kb:report begin -->\n```\n{render_block('report', '週報')}\n"
    section = find_section(text, "report")
    assert section is not None
    assert section.line == 4
    assert not section.edited


def test_ends_of_lines_and_blanks_before_them_are_no_edit() -> None:
    text = insert_block(BODY, render_block("report", "一行目\n\n二行目"), TOP)
    blanks = text.replace("\n", "\r\n").replace("一行目", "一行目  ")
    section = find_section(blanks, "report")
    assert section is not None
    assert not section.edited
    assert is_same_digest(digest_section("report", text), digest_text(blanks))
    edited = find_section(text.replace("二行目", "人が直した行"), "report")
    assert edited is not None
    assert edited.edited


def test_a_text_with_carriage_returns_gets_a_section_with_them() -> None:
    text = BODY.replace("\n", "\r\n")
    made = insert_block(text, render_block("report", "一\n二"), Anchor(AnchorKind.AFTER, "今週の状況"))
    assert made.count("\n") == made.count("\r\n")
    section = find_section(made, "report")
    assert section is not None
    again = replace_section(made, section, render_block("report", "三\n四"))
    assert again.count("\n") == again.count("\r\n")
    assert outside(again) == outside(made)


@pytest.mark.parametrize("heading", ["今週の状況", " 今週の状況 "])
def test_a_section_goes_below_its_heading(heading: str) -> None:
    made = insert_block(BODY, render_block("report", "週報"), Anchor(AnchorKind.AFTER, heading))
    before, after = outside(made)
    assert before.endswith("## 今週の状況\n\n")
    assert after == "\n\n本文。\n"
    ruled = insert_block("今週の状況\n----\n本文\n", render_block("report", "週報"), Anchor(AnchorKind.AFTER, heading))
    assert outside(ruled) == ("今週の状況\n----\n\n", "\n\n本文\n")
    textile = insert_block("h2. 今週の状況\n本文", render_block("report", "週報"), Anchor(AnchorKind.AFTER, heading))
    assert outside(textile) == ("h2. 今週の状況\n\n", "\n\n本文")


def test_a_heading_that_is_not_there_or_is_there_twice_is_refused_with_the_nearest() -> None:
    with pytest.raises(RefusedError) as missing:
        insert_block(BODY, render_block("report", "週報"), Anchor(AnchorKind.AFTER, "今週の様子"))
    assert "after-heading:今週の状況" in str(missing.value.next_step and missing.value.next_step.ja)
    with pytest.raises(RefusedError) as twice:
        insert_block(BODY + "# 今週の状況\n", render_block("report", "週報"), Anchor(AnchorKind.AFTER, "今週の状況"))
    assert "2 か所" in twice.value.what.ja
    code = "```\n# 今週の状況\n```\n" + render_block("diagram", "# 今週の状況") + "\n"
    with pytest.raises(RefusedError):
        insert_block(code, render_block("report", "週報"), Anchor(AnchorKind.AFTER, "今週の状況"))


def test_front_matter_stays_on_top() -> None:
    text = "---\ntitle: 週報\n---\n本文\n"
    made = insert_block(text, render_block("report", "週報"), TOP)
    assert made.startswith("---\ntitle: 週報\n---\n<!-- kb:report begin")
    assert restore_section(made, text, "report") == text


def test_what_others_wrote_around_a_section_stays_when_it_is_taken_back() -> None:
    old = insert_block(BODY, render_block("report", "先週"), Anchor(AnchorKind.AFTER, "今週の状況"))
    section = find_section(old, "report")
    assert section is not None
    new = (
        replace_section(old, section, render_block("report", "今週")).replace("本文。", "ほかの人が足した本文。")
        + "追伸\n"
    )
    back = restore_section(new, old, "report")
    assert "先週" in back
    assert "今週\n" not in back
    assert back.endswith("ほかの人が足した本文。\n追伸\n")
    gone = restore_section(new, BODY, "report")
    assert gone == BODY.replace("本文。", "ほかの人が足した本文。") + "追伸\n"
    put_back = restore_section(gone, old, "report")
    assert outside(put_back)[0].endswith("## 今週の状況\n\n")
    assert put_back.endswith("追伸\n")


def test_taking_out_leaves_no_empty_lines_behind() -> None:
    for place in (TOP, BOTTOM, Anchor(AnchorKind.AFTER, "今週の状況")):
        made = insert_block(BODY, render_block("report", "週報"), place)
        section = find_section(made, "report")
        assert section is not None
        assert remove_section(made, section) == BODY


@pytest.mark.parametrize("word", ["", "middle", "after-heading:", "after-heading: ", "Top"])
def test_an_insert_that_is_none_is_refused(word: str) -> None:
    with pytest.raises(UsageError):
        parse_anchor(word)
    assert parse_anchor("after-heading:今週 の状況") == Anchor(AnchorKind.AFTER, "今週 の状況")


def test_a_value_tells_of_a_section_whatever_stands_around() -> None:
    none = digest_text(BODY)
    made = insert_block(BODY, render_block("report", "週報"), TOP)
    wanted = digest_section("report", made)
    assert is_same_digest("report=none", none)
    assert not is_same_digest("report=none", digest_text(made))
    assert is_same_digest(wanted, digest_text(made + "追伸\n"))
    assert not is_same_digest(none, digest_text(BODY + "追伸\n"))
    assert is_same_digest(none, digest_text(BODY.replace("\n", "\r\n")))


def test_differences_are_lines_with_signs() -> None:
    assert diff_contents("一\n二\n三", "一\n弐\n三") == ("@@ -1,3 +1,3 @@", " 一", "-二", "+弐", " 三")
    assert diff_contents("同じ", "同じ") == ()
