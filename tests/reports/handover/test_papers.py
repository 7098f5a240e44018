"""The file of questions keeps what was answered, whatever stands in it."""

from __future__ import annotations

import pytest

from kb.lint.people.people import People, Person
from kb.model.masked import Masked
from kb.reports.handover.answers import group_by_home, make_publication
from kb.reports.handover.nouns import Question
from kb.reports.handover.papers import member_folder_name, parse_answers, render_questions
from kb.reports.publish.decide import PublishForm
from kb.text.lang import Text

ONE = Question(
    "0a1b2c3d", "DNS", Text("「DNS」: どこですか。", "DNS: where?"), Masked("連絡先"), ("esa:1:4",), 1.0, 0.5,
    (Text("手作業です", "by hand"),), "esa:12", ("小野 遥",),
)  # fmt: skip
TWO = Question(
    "ffffffff", "x", Text("今井さんの手元には何がありますか。", "x?"), Masked(""), ("esa:2:1",), 0.5, 0.5, ()
)


def answer(text: str, number: int, said: str) -> str:
    head, *parts = text.split("答え:\n")
    parts[number] = f"\n{said}\n{parts[number]}"
    return "答え:\n".join((head, *parts))


def test_an_answer_comes_back_with_its_home_and_survives_being_made_again() -> None:
    text = answer(render_questions((ONE, TWO), ()), 0, "お名前.com の会社のアカウントです。\n\n- 変えるには経理へ")
    (found,) = parse_answers(text)
    assert (found.id, found.home, found.ask) == (ONE.id, "esa:12", ONE.ask.ja)
    assert found.answer == "お名前.com の会社のアカウントです。\n\n- 変えるには経理へ"
    again = render_questions((TWO, ONE), [found])
    assert list(parse_answers(again)) == [found] or [each.answer for each in parse_answers(again)] == [found.answer]
    assert again.count(ONE.id) == 1
    assert render_questions((), list(parse_answers(again))).count(found.answer) == 1


@pytest.mark.parametrize(
    "written", ["答え: 経理の鍵です。", "答え：経理の鍵です。", "答え : 経理の鍵です。", "Answer:経理の鍵です。"]
)
def test_an_answer_may_stand_on_the_line_that_asks_for_it(written: str) -> None:
    text = render_questions((ONE, TWO), ()).replace("答え:\n", f"{written}\n2 行目\n", 1)
    (found,) = parse_answers(text)
    assert (found.id, found.answer) == (ONE.id, "経理の鍵です。\n2 行目")
    again = render_questions((ONE, TWO), [found])
    assert again.count(written) == 1
    assert [each.answer for each in parse_answers(again)] == [found.answer]


def test_what_is_not_answered_is_no_answer() -> None:
    assert list(parse_answers(render_questions((ONE, TWO), ()))) == []
    assert list(parse_answers("")) == []
    assert list(parse_answers("## 1. 質問\n答え:\n印のない答え\n")) == []


def test_a_home_can_be_written_in() -> None:
    text = render_questions((TWO,), ())
    written = answer(text.replace("まだありません（esa:123 のように書いてください）", "esa:77"), 0, "鍵です")
    (found,) = parse_answers(written)
    assert found.home == "esa:77"
    assert group_by_home([found]) == ({"esa:77": [found]}, 0)
    (other,) = parse_answers(answer(text, 0, "鍵です"))
    assert group_by_home([other]) == ({}, 1)


def test_a_home_is_named_by_its_title_and_read_without_it() -> None:
    text = render_questions((ONE, TWO), (), {"esa:12": Masked("DNS の切り替え、名義（2026）")})
    assert "- 置き場所: esa:12 DNS の切り替え、名義（2026）\n" in text
    (found,) = parse_answers(answer(text, 0, "会社のもの"))
    assert found.home == "esa:12"


def test_a_section_names_nobody_who_was_asked() -> None:
    text = answer(answer(render_questions((ONE, TWO), ()), 0, "会社のもの"), 1, "鍵が 1 つ")
    people = People({"imai": "今井 蓮", "ono": "小野 遥"})
    made = make_publication(list(parse_answers(text)), people, {"esa:1", "esa:2"}).write(PublishForm.MARKDOWN)
    assert "「DNS」: どこですか。" in made
    assert "今井" not in made
    assert "鍵が 1 つ" in made
    hidden = make_publication(list(parse_answers(text)), people, {"esa:2"}).write(PublishForm.MARKDOWN)
    assert "DNS" not in hidden
    assert "会社のもの" in hidden


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", ".git", "名前", "x" * 99])
def test_a_folder_is_never_named_by_what_could_leave_it(name: str) -> None:
    made = member_folder_name(Person("誰か", name))
    assert made.startswith("member-")
    assert "/" not in made
    assert member_folder_name(Person("誰か", "sato.ken")) == "sato.ken"


def test_a_section_has_no_control_characters_and_no_html_of_a_title() -> None:
    asked = Question(
        "0a1b2c3d", "x", Text("「<details><!-- x `a<b`」: 要りますか。", "x?"), Masked(""), ("esa:1:4",), 1.0, 0.5, ()
    )
    text = answer(render_questions((asked,), ()), 0, "見る\x1b[2J\n\n- 一行\u202e目")
    written = make_publication(list(parse_answers(text)), People(), {"esa:1"}).write(PublishForm.MARKDOWN)
    assert "**「&lt;details>&lt;!-- x `a<b`」: 要りますか。**\n\n見る[2J\n\n- 一行目" in written
