# ruff: noqa: E501
"""Heads in a team's own words: what their page, their lines and their order make of them."""

from __future__ import annotations

import pytest

from kb.markup.blocks import unpack_structure
from kb.markup.outline import read_units
from kb.markup.parse import detect_markup, parse_structure
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Confidence, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.reading.sections.find_sections import find_sections
from kb.reading.sections.heading_words import score_cues
from kb.reading.sections.section import Section
from kb.text.lines import encode

C, F, P, S = Role.CAUSE, Role.FIX, Role.PREVENTION, Role.SUMMARY


def found(body: str, markup: Markup = Markup.MARKDOWN) -> list[Section]:
    raw = encode(body)
    return find_sections(read_units(raw, unpack_structure(parse_structure(raw, markup))))


def roles(body: str, markup: Markup = Markup.MARKDOWN) -> list[Role]:
    return [role for section in found(body, markup) for role in section.roles]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("タイオウ", F),
        ("からくりはこうでした", C),
        ("なんでこうなる", C),
        ("これからの守り", P),
        ("また起こさないために", P),
        ("次からはこうする", P),
        ("取り繕った方法", F),
        ("何をしましたか", F),
        ("the culprit", C),
        ("what keeps it from coming back", P),
        ("誰が困ったか", Role.IMPACT),
        ("見つけた人", Role.DETECTION),
        ("謝辞", Role.OTHER),
        ("なぜやるか", None),
        ("なぜ必要か", None),
    ],
)
def test_a_stem_anywhere_in_a_head_is_a_cue(label: str, role: Role | None) -> None:
    said = score_cues(label)
    best = max(said, key=lambda key: said[key], default=None)
    assert best is role


def test_a_quoted_word_that_a_particle_follows_opens_a_sentence() -> None:
    body = (
        "台帳の書き込み方です。\n\n「からくり」のような道具で何千もの題名に目を通す時、\n一行で分かることが大切です。\n\n"
        "「取り繕った方法」は簡潔であり、うまく言い表すことを目指しました。\n\n"
        "この章は台帳を変えることに関係のある\n「これからの守り」の多くを載せています。\n"
    )
    assert roles(body) == []
    assert roles(body.replace("」のような", "」").replace("」は", "」").replace("」の多くを", "」")) == [C, F, P]


STORY = (
    "6/2 10:00 に地図が逆さになった",
    "方位を逆に読む版が配られていた",
    "前の版に戻した",
    "配る前に向きを試験する（渡、6/20）",
)


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("♦ {}\n{}\n\n", ("ありさま", "種明かし", "打った手", "この先の備え")),
        ("── {} ──\n{}\n\n", ("出来事", "どこがまずかったか", "取り繕い", "同じ思いをしないために")),
        ("☆ {} ☆\n{}\n\n", ("できごと", "からくり", "とりあえず", "もうしません")),
        ("（{}）{}\n", ("何が起こりましたか", "なぜですか", "どうしましたか", "二度と起こさないために")),
        ("【{}】{}\n", ("なにが", "なんでや", "どうした", "つぎから")),
        ("*{}*\n{}\n\n", ("できごと", "わけ", "しのぎ", "こんご")),
        ("### {}\n{}\n\n", ("そのとき", "もと", "てあて", "くりかえさない")),
        ("<h4>{}</h4>\n<p>{}</p>\n", ("あらまし", "落とし穴", "しのいだ手", "次の備え")),
        ("問．{}。\n答．{}。\n", ("何がありましたか", "どうしてですか", "どう直しましたか", "また起きませんか")),
        ("→ {}：{}\n", ("できごと", "わけ", "どうした", "こんご")),
        ("{}\t{}\n", ("できごと", "わけ", "処置", "こんご")),
        ("{}\n\t{}\n", ("できごと", "わけ", "処置", "これから")),
    ],
)
def test_heads_of_one_style_get_roles_together(head: str, names: tuple[str, ...]) -> None:
    body = "".join(head.format(name, text) for name, text in zip(names, STORY, strict=True))
    given = roles(body)
    assert [role for role in given if role in (C, F, P)] == [C, F, P]


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        (
            ("第1章　", "第2章　", "第3章　", "第4章　"),
            ("発生した事柄", "原因の考察", "実施した処理", "これからの歯止め"),
        ),
        (("１　", "２　", "３　", "４　"), ("起きた事柄", "そうなった理由", "講じた措置", "今後の約束")),
        (("一、", "二、", "三、", "四、"), ("起きた事柄", "そうなった理由", "講じた措置", "今後の約束")),
        (("Ⅰ．", "Ⅱ．", "Ⅲ．", "Ⅳ．"), ("起きた事柄", "そうなった理由", "講じた措置", "今後の約束")),
        (("1.1 ", "1.2 ", "2.1 ", "2.2 "), ("起きた事柄", "一次原因", "講じた手", "守り")),
        (("a) ", "b) ", "c) ", "d) "), ("状況", "犯人", "始末", "これからの守り")),
    ],
)
def test_numbers_of_any_shape_are_a_style(shape: tuple[str, ...], names: tuple[str, ...]) -> None:
    body = "".join(f"{n}{name}\n{text}\n\n" for n, name, text in zip(shape, names, STORY, strict=True))
    assert [role for role in roles(body) if role in (C, F, P)] == [C, F, P]


def test_a_head_of_the_lexicon_is_never_overruled() -> None:
    body = "## 起きたこと\n6/2 に止まった\n## 再発防止\n設定を戻した。サーバを再起動した。\n## 手だて\n監視を足す（岸、6/9）\n"
    made = {section.head.label: section.roles for section in found(body) if section.head}
    assert made["再発防止"] == (P,)


def test_what_was_worked_out_is_never_of_high_confidence() -> None:
    body = "## できごと\n6/2 に止まった\n## わけ\n〇〇が落ちた\n## しのぎ\n再起動した\n## 明日へ\n未定\n"
    soft = [section for section in found(body) if section.confidence is not Confidence.HIGH]
    assert soft
    page = Document("x", Source.ESA, Kind.POST, "題", body, Markup.MARKDOWN)
    for fact in read_facts(page, PagePolicy(incident=("**",))).roles:
        if fact.role is P:
            assert fact.confidence is not Confidence.HIGH


def test_measures_under_a_head_without_a_name_make_prevention_doubtful() -> None:
    body = "## 原因\n停止した\n## 対応\n再起動した\n## メモ書き\n- [ ] 通知を足す（岸、6/9）\n- [ ] 上限を決める（牧、6/12）\n"
    page = Document("x", Source.ESA, Kind.POST, "題", body, Markup.MARKDOWN)
    (fact,) = (f for f in read_facts(page, PagePolicy(incident=("**",))).roles if f.role is P)
    assert fact.verdict is Verdict.CONCRETE or fact.confidence is Confidence.LOW


def test_items_of_a_section_are_no_heads() -> None:
    body = "## 原因\n停止した\n## 対応\n1. VM を強制停止\n2. VM を起動\n3. 3 か所で確かめた\n## 再発防止\n- 監視を足す\n- 上限を決める\n"
    assert roles(body) == [C, F, P]


@pytest.mark.parametrize(
    ("body", "declared", "written"),
    [
        ("h3. 原因\n\n停止", Markup.MARKDOWN, Markup.TEXTILE),
        ("|_. 原因 |_. 対応 |\n|停止|再起動|", Markup.MARKDOWN, Markup.TEXTILE),
        ("h2. 再現\n\n# 開く\n# 押す", Markup.MARKDOWN, Markup.TEXTILE),
        ("## 原因\n\nh3. は見出しの書き方", Markup.MARKDOWN, Markup.MARKDOWN),
        ("| 原因 | 対応 |\n|---|---|\n| a | b |", Markup.MARKDOWN, Markup.MARKDOWN),
        ("## 原因\n\n停止", Markup.TEXTILE, Markup.MARKDOWN),
        ("# 一つ\n## その中\n# 二つ", Markup.TEXTILE, Markup.TEXTILE),
        ("h2. 原因\n\n# a\n## b", Markup.TEXTILE, Markup.TEXTILE),
    ],
)
def test_a_body_is_read_as_it_is_written(body: str, declared: Markup, written: Markup) -> None:
    assert detect_markup(encode(body), declared) is written


def test_a_table_row_after_a_heading_row_is_one_report() -> None:
    body = "|_. 概要 |_. 真因 |_. 是正処置 |_. 予防処置 |\n|6/12 に止まった|停止した|再起動した|後日|"
    assert roles(body) == [S, C, P, P]
    page = Document("x", Source.ESA, Kind.POST, "題", body, Markup.TEXTILE)
    told = {fact.role: fact.verdict for fact in read_facts(page, PagePolicy(incident=("**",))).roles}
    assert (told[F], told[P]) == (Verdict.RESTART, Verdict.PLACEHOLDER)  # 是正処置 is the fix beside 予防処置


def test_keys_of_a_table_may_be_in_a_teams_own_words() -> None:
    body = "| 見出し | 書くこと |\n|---|---|\n| おきたこと | 止まった |\n| からくり | 排他がない |\n| しのぎ | 消した |\n| 二度目なし | ロックを持つ |\n"
    assert [role for role in roles(body) if role in (C, F, P)] == [C, F, P]


def test_a_letter_ends_where_it_says_so() -> None:
    body = "１　原因　　停止していた。\n２　再発防止策　　検討する。\n\n　　　以上\n\n総務課"
    (last,) = (section for section in found(body) if P in section.roles)
    assert [unit.text for unit in last.units] == ["検討する。"]
