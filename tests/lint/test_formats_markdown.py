"""A table for a wiki: a page's words stand in it as words, never as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from lint.formats_kit import (
    ACCEPTED,
    BASELINED,
    EVIL,
    FILE,
    FOUND,
    PAGE,
    PRIVATE,
    SECRET,
    WARNED,
    Out,
    at,
    pages,
    written,
)
from markdown_it import MarkdownIt
from markdown_it.token import Token
from properties import examples

from kb.lint.formats.markdown import MarkdownWriter, code_span, escape_markdown
from kb.lint.printable import safe_url
from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.finding import Finding
from kb.model.page import PagePolicy
from kb.reading.pages.declared_kind import find_declared_kind
from kb.rules.judge import Judgement
from kb.text.display import sanitize
from kb.text.lang import t

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def table(*judgements: Judgement, waived: tuple[Finding, ...] = ()) -> str:
    """What is written below the first line, which marks the page."""
    out = Out()
    mark, _, rest = written(out, MarkdownWriter(out.append), *judgements, waived=waived).partition("\n\n")
    assert mark == "<!-- kb:index kb lint の結果です。この行があるページは、障害の記事として点検しません -->"
    return rest


def leaves(text: str) -> list[Token]:
    """The tokens of a text that hold words or make something of them."""
    return [leaf for token in READER.parse(text) for leaf in token.children or [token]]


def test_a_row_says_where_what_and_what_to_do() -> None:
    assert table(at(PAGE, (FOUND, WARNED)), FILE, waived=(BASELINED, ACCEPTED)).splitlines() == [
        "| 重さ | 規則 | 場所 | 題名 | 直し方 |",
        "|---|---|---|---|---|",
        "| エラー | INC402 | [`7:12`](<https://docs.esa.io/posts/7>) | `注文が二重になる` | まだ決まっていません。 |",
        "| 警告 | INC203 | [`7:12`](<https://docs.esa.io/posts/7>) | `注文が二重になる` | まだ決まっていません。 |",
        "| エラー | INC402 | `notes/五月 8日.md:12` | `注文が二重になる` | まだ決まっていません。 |",
        "",
        "- 指摘 3 件（エラー 2、警告 1）、文書 2 件。",
        "- 出していないもの 2 件（ベースライン 1、受け入れ 1）",
    ]


def test_nothing_found_is_a_line() -> None:
    assert table(at(PAGE, ())) == "- 指摘 0 件（エラー 0、警告 0）、文書 1 件。\n"


@pytest.mark.parametrize("found", [(FOUND, WARNED), ()])
def test_a_report_that_is_posted_is_a_list_and_no_incident(found: tuple[Finding, ...]) -> None:
    out = Out()
    body = written(out, MarkdownWriter(out.append), at(PAGE, found))
    page = Document(
        "esa:9", Source.ESA, Kind.POST, "障害の指摘", f"{body}\n## 原因\n停止した。\n", Markup.MARKDOWN,
        category="不具合共有/2025",
    )  # fmt: skip
    guess = find_declared_kind(page, PagePolicy(incident=("不具合共有/**",)))
    assert guess is not None
    assert (guess.kind, guess.reason) == (PageKind.INDEX, "kb:index")


def test_secrets_are_a_count_and_private_documents_are_left_out() -> None:
    text = table(at(PAGE, (SECRET, SECRET), doc="esa:4711"), PRIVATE)
    assert "SEC101 vendor\\-token\\: 2 件" in text
    assert "読める人が限られた文書の 1 件" in text
    for word in ("4711", "人事", "|"):
        assert word not in text


@pytest.mark.parametrize("evil", EVIL)
def test_a_title_is_a_code_span_and_nothing_else(evil: str) -> None:
    shown = code_span(evil)
    (paragraph,) = [token for token in READER.parse(f"x {shown} y") if token.type == "inline"]
    kinds = [token.type for token in paragraph.children or []]
    assert kinds in (["text", "code_inline", "text"], ["text"]), "text alone: nothing was left of it"
    assert "|" not in shown


@pytest.mark.parametrize("evil", EVIL)
def test_a_sentence_that_quotes_a_page_is_text(evil: str) -> None:
    (paragraph,) = [token for token in READER.parse(f"x{escape_markdown(evil)}y") if token.type == "inline"]
    assert {token.type for token in paragraph.children or []} <= {"text", "text_special"}
    assert not re.search(r"[@|]|#\d", escape_markdown(evil)), "mentions and references are found after Markdown is done"


@settings(max_examples=examples(100), deadline=None)
@given(pages())
def test_a_hostile_page_is_one_row_of_five_cells(page: tuple[Judgement, list[Finding]]) -> None:
    judgement, waived = page
    tokens = READER.parse(table(judgement, waived=tuple(waived)))
    assert sum(token.type == "tr_open" for token in tokens) in (0, 2)
    assert sum(token.type == "td_open" for token in tokens) in (0, 5)
    inner = [leaf for token in tokens for leaf in token.children or []]
    assert {leaf.type for leaf in inner} <= {"text", "text_special", "code_inline", "link_open", "link_close"}
    targets = [str(leaf.attrs["href"]) for leaf in inner if leaf.type == "link_open"]
    assert len(targets) <= bool(safe_url(judgement.entry))
    assert all(target.lower().startswith(("https://", "http://")) for target in targets)
    for token in tokens:
        assert token.type != "html_block"


def test_what_is_shown_is_what_was_written() -> None:
    title = "API の `v2` が *止まる* [件] <b>"
    row = table(at(PAGE, (replace(FOUND, message=t("1 * 2_a は [b](c)。", "")),), title=title))
    said = [leaf.content for leaf in leaves(row) if leaf.type in ("code_inline", "text", "text_special")]
    assert sanitize(title) in said
    assert "1 * 2_a は [b](c)。" in said
