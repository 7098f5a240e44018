"""Any text can be read: no crash, every place in the page, time in proportion."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pace import growth, peers
from properties import examples

import kb.reading
from kb.markup.blocks import unpack_structure
from kb.markup.outline import read_units
from kb.markup.parse import parse_structure
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, PageKind, Role, Verdict
from kb.model.host_names import HostNames
from kb.model.page import PagePolicy
from kb.reading.facts import content_hash, read_facts
from kb.reading.sections.find_sections import find_sections
from kb.text.lines import Span, encode, replace_surrogates

ALL = PagePolicy(
    incident=("**",),
    hosts=HostNames("[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}", ("drawbridge",), (("web-01", "web-prd-web-01"),)),
)
PIECES = st.sampled_from(
    (
        *(
            "## 原因\n",
            "■対応\n",
            "【再発防止】",
            "原因：",
            "- 対策",
            "| 原因 | ",
            " |\n",
            "|---|---|\n",
            "\n",
            "\n\n",
            "\r\n",
            "> ",
            "  - ",
        ),
        *(
            "サーバが停止した",
            "再起動",
            "TODO",
            "不明",
            "検討中",
            "なぜ1: ",
            " → ",
            "（担当: 大野、5/1）",
            "[x] ",
            "[ ] ",
            "~~",
            "**",
            "```\n",
        ),
        *(
            "<!--",
            "-->",
            "<h3>",
            "</h3>",
            "<table><tr><td>",
            "<br>",
            "h2. 原因\n",
            "|_. 対応 |",
            "・",
            "①",
            "ｶﾞ",
            "㈱",
            "\ud800",
            "\x00",
        ),
        *("https://a.example/x)", "#123", "2025-06-10 ", "web-prd-db-01", "。", "、", "(", "」"),
    )
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=120))


LITERAL = re.compile(r"(?<![\\\[])[ぁ-んァ-ヶー一-龠々A-Za-z]{1,12}(?![^\[\n]*\])")
"""Words in the patterns of a table."""


@cache
def own_words() -> tuple[str, ...]:
    """Return the words of the grammar itself: whatever the tables of the lexicon spell out."""
    tables = sorted((Path(kb.reading.__file__).parent / "lexicon").rglob("*.toml"))
    rows = (line for table in tables for line in table.read_text("utf-8").splitlines() if not line.startswith("#"))
    return tuple(sorted({word for row in rows for word in LITERAL.findall(row)}))


JOINTS = st.sampled_from(
    (
        *(
            ": ",
            "：",
            " ",
            "　",
            "、",
            "/",
            "→",
            "=",
            "は",
            "の",
            "を",
            "（",
            "）",
            "(",
            ")",
            "[",
            "]",
            "「",
            "」",
            "【",
            "】",
        ),
        *(
            "\n",
            "\n- ",
            "\n1. ",
            "\n## ",
            "\n  ",
            "\n> ",
            "| ",
            " |\n|---|---|\n",
            "- [ ] ",
            "~~",
            "**",
            "`",
            "・",
            "■",
            "→ ",
        ),
        *("https://example.com/a/b/issues/611", "[#611](https://a.example/issues/611)", "#611", "OPS-31", "CA-1"),
        *("6/10", "2025-06-10", "6 月 10 日", "来週", "@ono", "大野", "web-prd-db-01", "70%", "3 回", "10:15"),
    )
)
GRAMMAR = st.lists(st.one_of(st.deferred(lambda: st.sampled_from(own_words())), JOINTS), max_size=30).map("".join)


def document(body: str, title: str = "題", markup: Markup = Markup.MARKDOWN) -> Document:
    return Document("x", Source.ESA, Kind.POST, title, body, markup, created_at="2025-06-10T09:00:00+09:00")


def spans(facts: Facts) -> list[Span]:
    found = [span for fact in facts.roles for span in (fact.span, fact.section) if span]
    return found + [item.span for item in facts.items]


@given(TEXTS, st.text(max_size=20), st.sampled_from(Markup))
@settings(max_examples=examples(400), deadline=None)
def test_any_text_can_be_read_and_every_place_is_in_it(body: str, title: str, markup: Markup) -> None:
    facts = read_facts(document(body, title, markup), ALL)
    lines = replace_surrogates(body).split("\n")
    for span in spans(facts):
        assert 1 <= span.line <= span.end_line <= len(lines)
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert 1 <= span.column <= len(lines[span.line - 1]) + 1
        assert 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1


@given(
    st.sampled_from(("", "# 障害報告\n\n## 再発防止\n\n- ", "## 原因\n\n", "## Action items\n\n- ")), GRAMMAR, GRAMMAR
)
@example("## 再発防止\n\n- ", "Alerting issue: https://example.com/a/b/issues/611", "")
@example("## 再発防止\n\n- ", "設定を直す（issue: [ ]）", "")
@settings(max_examples=examples(600), deadline=None)
def test_texts_of_the_grammars_own_words_can_be_read(lead: str, body: str, title: str) -> None:
    facts = read_facts(document(lead + body, title), ALL)
    assert all(all(item.tickets) for item in facts.items)


@pytest.mark.parametrize("body", ["0.", "1) ", "(1)", "①", "■", "**", "【】", "第1章"])
@pytest.mark.parametrize("markup", Markup)
def test_a_number_or_mark_with_nothing_behind_it_opens_nothing(body: str, markup: Markup) -> None:
    judged = (read_facts(document(body, markup=markup), ALL).role(role) for role in (Role.CAUSE, Role.PREVENTION))
    assert [fact and fact.verdict for fact in judged] == [Verdict.MISSING, Verdict.MISSING]


@pytest.mark.parametrize("cell", ["- [ ] TODO\n- [ ] TODO\n", "✅", "[ ] "])
def test_a_cell_with_nothing_behind_a_box_is_read(cell: str) -> None:
    table = f"## 再発防止\n| 対策 | 担当 | 期限 | 状態 |\n|-|-|-|-|\n| {cell} | {cell} | {cell} | {cell} |\n"
    assert read_facts(document(table, markup=Markup.MARKDOWN), ALL).role(Role.PREVENTION) is not None


@given(TEXTS, st.sampled_from(Markup))
@settings(max_examples=examples(200), deadline=None)
def test_a_stored_structure_gives_the_same_facts(body: str, markup: Markup) -> None:
    page = document(body, markup=markup)
    packed = parse_structure(encode(body), markup)
    assert read_facts(page, ALL, packed) == read_facts(page, ALL) == read_facts(page, ALL, b"of another version")
    assert content_hash(page, ALL) == content_hash(document(body, markup=markup), ALL)


@given(TEXTS, st.sampled_from(Markup))
@settings(max_examples=examples(200), deadline=None)
def test_sections_hold_their_units_and_lose_no_text(body: str, markup: Markup) -> None:
    raw = encode(body)
    every = read_units(raw, unpack_structure(parse_structure(raw, markup)))
    for unit in every:
        assert 0 <= unit.start <= unit.end <= len(raw)
    for section in find_sections(every):
        assert 0 <= section.start <= section.end <= len(raw)
        assert all(section.start <= unit.start for unit in section.units)


def test_everything_that_could_change_facts_changes_the_hash() -> None:
    page = document("## 原因\n停止")
    seen = {
        content_hash(page, PagePolicy()),
        content_hash(page, ALL),
        content_hash(document("## 原因\n停止 "), PagePolicy()),
        content_hash(document("## 原因\n停止", "別"), PagePolicy()),
        content_hash(document("## 原因\n停止", markup=Markup.TEXTILE), PagePolicy()),
        content_hash(replace(page, kind=Kind.TICKET), PagePolicy()),
        content_hash(replace(page, category="運用/障害"), PagePolicy()),
        content_hash(replace(page, tags=("障害",)), PagePolicy()),
        content_hash(replace(page, wip=True), PagePolicy()),
        content_hash(replace(page, created_at="2024-06-10T09:00:00+09:00"), PagePolicy()),
        content_hash(replace(page, meta={"tracker": "障害"}), PagePolicy()),
    }
    assert len(seen) == 11
    assert all(len(digest) == 16 for digest in seen)


def test_an_empty_page_is_a_page() -> None:
    assert read_facts(document(""), PagePolicy()).kind is PageKind.OTHER
    assert read_facts(document(""), ALL).is_incident


BASE = "## 原因\n{0}\n## 対応\n{0}\n## 再発防止\n{0}\n"
HOSTILE: dict[str, Callable[[int], str]] = {
    "one line": lambda n: "あ" * n,
    "one word": lambda n: "a" * n,
    "pipes": lambda n: "|" * n,
    "wide row": lambda n: "| a " * (n // 4) + "|",
    "long table": lambda n: "| a | b |\n|-|-|\n" + "| 原因 | x |\n" * (n // 12),
    "nested lists": lambda n: "".join(" " * 2 * i + "- 原因\n" for i in range(min(300, n // 50))),
    "quotes": lambda n: "> " * (n // 2) + "x",
    "many heads": lambda n: "## 原因\n" * (n // 6),
    "many items": lambda n: "- 監視を追加する\n" * (n // 11),
    "long code": lambda n: "```\n" + "a\n" * (n // 2),
    "hyphens": lambda n: "web-prd-" * (n // 8),
    "brackets": lambda n: "(" * n,
    "marks": lambda n: "か" + "\u3099" * n,
    "addresses": lambda n: "http://a.jp/)(" * (n // 13),
    "struck": lambda n: "<del>" * (n // 5),
    "cells": lambda n: "<table><tr>" + "<td>a" * (n // 5),
    "reasons": lambda n: "停止したため、" * (n // 7),
    "spaces": lambda n: " " * n + "x",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_time_in_proportion(name: str) -> None:
    def work(n: int) -> Callable[[], object]:
        return partial(read_facts, document(BASE.format(HOSTILE[name](n))), ALL)

    assert growth(work, 5_000, 4, below=10) < 10


def test_a_page_of_megabytes_takes_no_longer_than_some_ordinary_ones() -> None:
    page = document(BASE.format("あ" * 600_000))
    assert peers(lambda: read_facts(page, ALL), below=45) < 45  # 2 s, where an ordinary one takes 0.045 s


CHOICES = {
    "a particle that is two": "申し上げできる段階" + "では" * 40 + "x",
    "words for when": "5/1 " + "付け" * 40 + "本番x",
    "addresses that are related": "関連: " + "https://a/" * 40 + " あ!",
    "addresses with commas": "OPS-1 " + " ".join(["https://a-,,,,"] * 30) + " あ!",
    "tags with commas": "#a,,,, " * 40 + "x",
    "people to be told": "@a, " * 80 + "!",
    "thanks": "ご確認のほどよろしく" * 30 + "x",
}
"""What can be divided in many ways, and at last in none."""


@pytest.mark.parametrize("line", CHOICES.values(), ids=CHOICES)
def test_what_can_be_divided_in_many_ways_is_read_at_once(line: str) -> None:
    body = f"## 原因\n\n{line}\n\n## 対応\n\n上げた。\n\n## 再発防止\n\n- 直す（{line}）\n- 担当: {line}\n\n{line}\n"
    rows = f"\n| 対策 | 担当 | チケット |\n|---|---|---|\n| 直す | {line} | {line} |\n"
    page = replace(document(body + rows, title="受付が止まった"), category="障害")
    assert peers(lambda: read_facts(page, ALL), below=5) < 5
