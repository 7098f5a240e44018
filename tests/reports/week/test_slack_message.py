"""What a channel is told of a week: figures, how many are left out, a link; no title, no name, no value."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports.week.made import first, hostile, huge, quiet, rich

from kb.reports.week.model import RowList, Week
from kb.reports.week.short import render_short, render_slack
from kb.sources.slack import MAX_MESSAGE_CHARS
from kb.text import lang

URL = "https://docs.esa.io/posts/1500"


def test_a_full_week_in_japanese() -> None:
    assert render_slack(rich(), URL).splitlines() == [
        "*docs の週報 2026-W47（11/16〜11/22）*",
        *(f"• {line.ja}" for line in render_short(rich())),
        "• 全員には見えない文書 14 件（指摘 9 件）は、この数に入れていません。",
        f"<{URL}|くわしくは、週報の記事へ>",
    ]


def test_in_english_too() -> None:
    lang.set_language("en")
    lines = render_slack(rich(), URL).splitlines()
    assert lines[0] == "*docs: the week 2026-W47 (11/16 to 11/22)*"
    assert lines[-2:] == [
        "• Not in these figures, since not everybody may see them: 14 documents with 9 findings.",
        f"<{URL}|read the report>",
    ]


def test_a_week_nothing_is_left_out_of_says_nothing_of_it_and_without_a_page_there_is_no_link() -> None:
    said = render_slack(quiet())
    assert "入れていません" not in said
    assert "<" not in said


@pytest.mark.parametrize("week", [rich(), quiet(), first(), huge()])
def test_no_title_or_person_of_any_row_is_in_it(week: Week) -> None:
    said = render_slack(week, URL)
    lists = [getattr(owner, name) for owner in (week, week.changed) for name in owner.__dataclass_fields__]
    rows = [row for each in lists if isinstance(each, RowList) for row in each.rows]
    assert not [text for row in rows for text in (row.title, row.owner, row.url) if text and text in said]


@pytest.mark.parametrize("week", [rich(), quiet(), first(), huge(), hostile()])
def test_there_is_one_link_and_nobody_is_called(week: Week) -> None:
    said = render_slack(week, URL)
    assert len(said) < MAX_MESSAGE_CHARS
    assert said.count("<") == said.count(">") == said.count(URL) == 1
    assert "@" not in said
    assert said.splitlines()[0].count("*") == 2


def test_the_same_week_says_the_same_whenever_it_is_made() -> None:
    later = replace(rich(), as_of=rich().as_of.replace(hour=9))
    assert render_slack(later, URL) == render_slack(rich(), URL)
