"""Marks of having read a page and found it right: how they are written, and what they say today."""

from __future__ import annotations

from datetime import date

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import Entry, ReviewMark
from kb.reading.pages.marks import MarkStatus, check_mark, find_verified_mark

TODAY = date(2026, 11, 26)


def marked(body: str, markup: Markup = Markup.MARKDOWN) -> tuple[str, str] | None:
    found = find_verified_mark(Document("esa:1", Source.ESA, Kind.POST, "題", body, markup))
    return None if found is None else (found.on, found.by)


def entry(on: str = "", by: str = "sato", *, human_at: str = "", kind: Kind = Kind.POST, updated: str = "") -> Entry:
    return Entry(
        *("esa:1", Source.ESA, kind, "題"), category="運用", author="sato", updated_at=updated, human_at=human_at,
        human_by="sato", verified=ReviewMark(on, by) if on or by else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("comment", "wanted"),
    [
        ("<!-- kb:verified 2026-11-20 sato -->", ("2026-11-20", "sato")),
        ("<!--kb:verified=2026-11-20,sato-->", ("2026-11-20", "sato")),
        ("<!-- kb:verified: 2026/11/20、@sato -->", ("2026-11-20", "sato")),
        ("<!-- kb:verified 2026年11月20日 佐藤　健 -->", ("2026-11-20", "佐藤 健")),
        ("<!--　ｋｂ：ｖｅｒｉｆｉｅｄ　２０２６－１１－２０　佐藤 -->", ("2026-11-20", "佐藤")),
        ("<!-- KB:Verified 2026-11-20 sato (手順を実行) -->", None),  # as kb:ignore, the word is in small letters
        ("<!-- kb:verified 2026-11-20 sato（手順を実行） -->", ("2026-11-20", "sato")),
        ("<!-- kb:verified 2026-11-20 sato, 手順を実行 -->", ("2026-11-20", "sato")),
        ("<!-- kb:verified 2026-13-20 sato -->", ("", "sato")),
        ("<!-- kb:verified sato 2026-11-20 -->", ("", "")),
        ("<!-- kb:verified -->", ("", "")),
        ("<!-- kb:verified\n2026-11-20\nsato\n-->", ("2026-11-20", "sato")),
        ("<!-- kb:verified-by 2026-11-20 sato -->", None),
        ("kb:verified 2026-11-20 sato", None),
        ("`<!-- kb:verified 2026-11-20 sato -->`", None),
        ("> <!-- kb:verified 2026-11-20 sato -->", None),
        ("```\n<!-- kb:verified 2026-11-20 sato -->\n```", None),
        ("<!-- kb:verified 2026-11-20 sato", None),
    ],
)
def test_a_mark_is_a_comment_with_a_day_and_a_name(comment: str, wanted: tuple[str, str] | None) -> None:
    assert marked(f"本文です。\n\n{comment}\n\n続き\n") == wanted


def test_textile_has_the_same_mark() -> None:
    assert marked("h2. 手順\n\n<!-- kb:verified 2026-11-20 sato -->\n\n# 止める", Markup.TEXTILE) == (
        "2026-11-20",
        "sato",
    )


def test_of_several_marks_the_newest_counts_wherever_it_stands() -> None:
    body = (
        "<!-- kb:verified 2026-11-20 sato -->\n\n本文\n\n<!-- kb:verified 2026-03-01 ono -->\n<!-- kb:verified x -->\n"
    )
    assert marked(body) == ("2026-11-20", "sato")


def test_a_mark_knows_its_line() -> None:
    found = find_verified_mark(
        Document("esa:1", Source.ESA, Kind.POST, "題", "\n一\n\n<!-- kb:verified x -->", Markup.MARKDOWN)
    )
    assert found is not None
    assert found.line == 4


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (entry(by=""), MarkStatus.NONE),
        (entry("2026-11-20"), MarkStatus.VERIFIED),
        (entry("2026-11-26"), MarkStatus.VERIFIED),
        (entry("2026-11-27"), MarkStatus.UNCLEAR),
        (entry("2026-11-20", ""), MarkStatus.UNCLEAR),
        (entry("", "sato"), MarkStatus.UNCLEAR),
        (entry("2026-05-30"), MarkStatus.VERIFIED),
        (entry("2026-05-29"), MarkStatus.EXPIRED),
        (entry("2026-11-20", human_at="2026-11-20T14:59:00Z"), MarkStatus.VERIFIED),  # 23:59 in Japan
        (entry("2026-11-20", human_at="2026-11-20T15:00:00Z"), MarkStatus.EDITED),
        (entry("2026-11-20", human_at="2026-11-19T00:00:00Z", updated="2026-11-25T00:00:00Z"), MarkStatus.VERIFIED),
        (entry("2026-05-29", human_at="2026-11-25T00:00:00Z"), MarkStatus.EDITED),
        (entry("2026-11-20", kind=Kind.FILE, updated="2026-11-25T00:00:00Z"), MarkStatus.VERIFIED),
        (entry("2026-11-20", human_at="when"), MarkStatus.VERIFIED),
    ],
)
def test_a_mark_holds_for_its_days_and_until_a_person_edits_the_page(page: Entry, wanted: MarkStatus) -> None:
    assert check_mark(page, TODAY) is wanted
