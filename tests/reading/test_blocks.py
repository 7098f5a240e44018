"""Blocks: places are exact, packing loses nothing, and Markdown agrees with another parser."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pace import growth
from properties import examples

from kb.markup.blocks import PARSER_VERSION, Block, BlockKind, Bullet, CheckBox, unpack_structure
from kb.markup.parse import iter_blocks, parse_structure
from kb.model.document import Markup
from kb.text.lines import encode

INNER = (BlockKind.STRIKE, BlockKind.SPAN, BlockKind.COMMENT)


def blocks(text: str, markup: Markup = Markup.MARKDOWN) -> list[Block]:
    return list(unpack_structure(parse_structure(encode(text), markup)))


def shown(text: str, markup: Markup = Markup.MARKDOWN) -> list[tuple[str, str]]:
    body = encode(text)
    return [(BlockKind(b.kind).name, body[b.start : b.end].decode().strip()) for b in blocks(text, markup)]


def test_markdown_blocks_stand_where_they_stand() -> None:
    assert shown("# 原因 ##\n\n止まった\n\n- [x] 直した\n  - 子 ~~旧~~\n\n| a | b |\n|---|---|\n| 1 | |\n") == [
        ("HEADING", "原因"),
        ("TEXT", "止まった"),
        ("TEXT", "直した"),
        ("STRIKE", "~~旧~~"),
        ("TEXT", "子 ~~旧~~"),
        ("TABLE", "| a | b |\n|---|---|\n| 1 | |"),
        ("CELL", "a"),
        ("CELL", "b"),
        ("CELL", "1"),
        ("CELL", ""),
    ]


def test_boxes_depths_and_cells_are_told() -> None:
    found = [b for b in blocks("- [ ] a\n- [x] b\n  1. c\n\n> q\n") if b.kind == BlockKind.TEXT]
    assert [(b.depth, b.quote, CheckBox(b.a), Bullet(b.b)) for b in found] == [
        (1, 0, CheckBox.OPEN, Bullet.MARK),
        (1, 0, CheckBox.TICKED, Bullet.MARK),
        (2, 0, CheckBox.NONE, Bullet.NUMBER),
        (0, 1, CheckBox.NONE, Bullet.NONE),
    ]


def test_a_box_in_a_loose_list_is_kept() -> None:
    found = [b for b in blocks("- [ ] a\n\n- [x] b\n") if b.kind == BlockKind.TEXT]
    assert [CheckBox(b.a) for b in found] == [CheckBox.OPEN, CheckBox.TICKED]


def test_front_matter_is_no_text_and_a_rule_on_top_is() -> None:
    assert shown("---\ntitle: x\ntags: [a]\n---\n\n# 原因\n") == [("HEADING", "原因")]
    assert shown("---\n\n# 原因\n")[0][0] == "RULE"


def test_textile_blocks_stand_where_they_stand() -> None:
    text = (
        "h2(#top). 原因\r\nサーバが -調査中- 止まった @x -y-@\r\n\r\n* [x] 直した\r\n** 子\r\n\r\n"
        "|_. 項目 |_. 内容 |\r\n| 原因 | 二行の\nセル |\r\n<pre>\r\nh1. 違う\r\n</pre>\r\nbq. 引用\r\n\r\n"
        "<!-- 隠す\n* これも -->\r\n---\r\n"
    )
    assert shown(text, Markup.TEXTILE) == [
        ("COMMENT", "<!-- 隠す\n* これも -->"),
        ("HEADING", "原因"),
        ("STRIKE", "-調査中-"),
        ("SPAN", "@x -y-@"),
        ("TEXT", "サーバが -調査中- 止まった @x -y-@"),
        ("TEXT", "直した"),
        ("TEXT", "子"),
        ("TABLE", "|_. 項目 |_. 内容 |\r\n| 原因 | 二行の\nセル |"),
        ("CELL", "項目"),
        ("CELL", "内容"),
        ("CELL", "原因"),
        ("CELL", "二行の\nセル"),
        ("CODE", "<pre>\r\nh1. 違う\r\n</pre>"),
        ("TEXT", "引用"),
        ("RULE", "---"),
    ]


def test_a_structure_of_another_version_is_not_used() -> None:
    heading = [Block(BlockKind.HEADING, 2, 3, 0, 0, 1, 0)]
    stored = parse_structure(b"# b is longer", Markup.MARKDOWN)
    assert list(iter_blocks(b"# a", Markup.MARKDOWN, stored)) == list(unpack_structure(stored)) != heading
    for other in (None, b"", b"\x90", b"\x91\x63", b"not msgpack at all"):
        assert list(iter_blocks(b"# a", Markup.MARKDOWN, other)) == heading
    assert PARSER_VERSION == 3


PIECES = st.sampled_from(
    (
        *(
            "# ",
            "## ",
            "- ",
            "* ",
            "1. ",
            "> ",
            "|",
            " | ",
            "|---|",
            "```",
            "~~~",
            "---",
            "===",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
        ),
        *(
            "    ",
            "\t",
            "**",
            "~~",
            "`",
            "<!--",
            "-->",
            "<h3>",
            "</h3>",
            "<br>",
            "[ ] ",
            "[x] ",
            "原因",
            "止まった",
            "a",
        ),
        *(
            "h2. ",
            "bq. ",
            "|_. ",
            "<pre>",
            "</pre>",
            "@",
            " -",
            "- ",
            "\u3000",
            "・",
            "\x00",
            "\ud800",
            "が",
            "：",
            "【",
            "】",
        ),
    )
)
TEXTS = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=200))


@given(TEXTS, st.sampled_from(Markup))
@settings(max_examples=examples(400), deadline=None)
def test_any_text_has_blocks_within_it_always_the_same(text: str, markup: Markup) -> None:
    body = encode(text)
    packed = parse_structure(body, markup)
    assert parse_structure(body, markup) == packed
    last = 0
    for block in unpack_structure(packed):
        assert 0 <= block.start <= block.end <= len(body)
        body[block.start : block.end].decode()  # never inside a character
        if block.kind not in INNER and block.kind != BlockKind.TABLE:
            assert block.start >= last
            last = block.end


@given(st.binary(max_size=200))
@settings(max_examples=examples(100), deadline=None)
def test_bytes_that_are_not_utf_8_have_blocks_too(body: bytes) -> None:
    for markup in Markup:
        assert all(block.end <= len(body) for block in unpack_structure(parse_structure(body, markup)))


LINES = st.sampled_from(
    (
        *(
            "# 原因",
            "## 対応 ##",
            "再発防止\n====",
            "概要\n----",
            "本文です。",
            "もう一行",
            "- 項目",
            "  - 子の項目",
            "1. 一つ",
            "2. 二つ",
        ),
        *("- [x] 済み", "```\n# 中\n```", "~~~\n- 中\n~~~", "| a | b |\n|---|---|\n| 1 | 2 |", "> 引用", "***", "", ""),
    )
)


def oracle(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"heading": [], "code": [], "cells": [], "items": []}
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and before and before.type == "heading_open":
            found["heading"].append(f"{before.tag}:{token.content}")
        elif token.type in ("fence", "code_block"):
            found["code"].append(token.content.strip())
        elif token.type == "inline" and before and before.type in ("th_open", "td_open"):
            found["cells"].append(token.content)
        elif token.type == "list_item_open":
            found["items"].append("item")
    return found


@given(st.lists(LINES, max_size=14).map("\n".join))
@settings(max_examples=examples(300), deadline=None)
def test_markdown_structure_is_what_another_parser_sees(text: str) -> None:
    body = encode(text)
    mine: dict[str, list[str]] = {"heading": [], "code": [], "cells": [], "items": []}
    for block in blocks(text):
        said = body[block.start : block.end].decode().strip()
        if block.kind == BlockKind.HEADING:
            mine["heading"].append(f"h{block.a}:{said}")
        elif block.kind == BlockKind.CODE:
            fence = said.splitlines()
            mine["code"].append(
                "\n".join(line for line in fence if not line.strip().startswith(("```", "~~~"))).strip()
            )
        elif block.kind == BlockKind.CELL:
            mine["cells"].append(said)
        elif block.kind == BlockKind.TEXT and block.b:
            mine["items"].append("item")
    theirs = oracle(text)
    assert mine["heading"] == theirs["heading"]
    assert mine["cells"] == theirs["cells"]
    assert [code for code in mine["code"] if code] == [code for code in theirs["code"] if code]
    # An item that begins with a code block or a table has no text of its own.
    assert len(mine["items"]) <= len(theirs["items"])
    if not {"```", "~~~", "|", "#", ">", "***", "==", "--"} & {
        mark for mark in ("```", "~~~", "|", "#", ">", "***", "==", "--") if mark in text
    }:
        assert len(mine["items"]) == len(theirs["items"])


@pytest.mark.parametrize("markup", list(Markup))
@pytest.mark.parametrize(
    "make",
    [
        lambda n: "a" * n,
        lambda n: "| " * n,
        lambda n: "|" * n,
        lambda n: "> " * n + "x",
        lambda n: "".join(" " * (2 * i) + "- a\n" for i in range(min(n // 100, 400))),
        lambda n: "- " * n,
        lambda n: "<!--" * n,
        lambda n: "*" * n + "a",
        lambda n: "-a" * n,
        lambda n: "@a" * n,
        lambda n: "[" * n,
        lambda n: "`" * n,
        lambda n: "~~a " * n,
        lambda n: "```\n" * n,
        lambda n: "<pre>" * n,
        lambda n: "* a\n" * n,
        lambda n: "\r" * n,
    ],
)
def test_hostile_texts_take_time_in_proportion(make: object, markup: Markup) -> None:
    """Four times the text in clearly less than sixteen times the time."""
    bodies = {n: encode(make(n)) for n in (10_000, 40_000)}  # type: ignore[operator]
    below = 2.5 * len(bodies[40_000]) / len(bodies[10_000])
    assert growth(lambda n: partial(parse_structure, bodies[n], markup), 10_000, 4, below=below) < below


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("|_. 項目 |_. 内容 |\n|原因 |設定 |\n", [(0, 0), (0, 1), (1, 0), (1, 1)]),
        ("|_. 原因 |設定 |\n|_. 対応 |戻す |\n", [(1, 0), (1, 1), (2, 0), (2, 1)]),
    ],
)
def test_a_row_of_textile_is_a_header_where_all_its_cells_are_marked(text: str, places: list[tuple[int, int]]) -> None:
    assert [(b.a, b.b) for b in blocks(text, Markup.TEXTILE) if b.kind == BlockKind.CELL] == places
