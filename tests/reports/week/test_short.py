"""The week in six lines: figures, and nothing that only some of its readers may know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports.week.made import HOSTILE, first, hostile, huge, quiet, rich

from kb.reports.week.model import RowList, Week, WeekChanges
from kb.reports.week.short import MAX_SHORT_LINES, render_short
from kb.text import lang


def said(week: Week) -> str:
    return "\n".join(map(str, render_short(week)))


def test_a_full_week_in_japanese_and_in_english() -> None:
    assert said(rich()).splitlines() == [
        "Redmine（infra、app）を最後まで読み取れませんでした。ここから直ったものは数えていません。",
        "新しい指摘 12 件、直った指摘 18 件、再び出た指摘 1 件（いま残っている指摘 186 件）。",
        "パスワードなどの認証情報が 4 件、書かれたままです（ほかに脇に置いた 8 件）。",
        "対策は、期限を過ぎたものが 3 件、これから期限のものが 2 件です。",
        "はじめ（2026-09-01）から片付いた再発防止: 61 件中 23 件（前の週 21 件）",
        "終わっていて閉じられるチケット 11 件、期限が近い抑制 1 件があります。",
    ]
    lang.set_language("en")
    assert said(rich()).splitlines() == [
        "Redmine（infra、app） could not be read to the end; what was mended there is not counted.",
        "12 new, 18 mended, 1 back; open now: 186.",
        "Credentials that stand written in pages: 4 (besides 8 set aside).",
        "Measures: 3 past their day, 2 due soon.",
        "prevention settled since the start (2026-09-01): 23 of 61 (the week before: 21)",
        "11 tickets done and ready to close; 1 suppression about to end.",
    ]


def test_a_quiet_week_says_so_in_two_lines() -> None:
    assert said(quiet()).splitlines() == [
        "この週は指摘の増減がありませんでした（いま残っている指摘 0 件）。",
        "指摘のない障害の記事: 20 件中 20 件（前の週 20 件）",
    ]


def test_the_first_week_speaks_of_no_week_before() -> None:
    assert "前の週" not in said(first())
    assert said(first()).startswith("この週に、初めて読み取ったところがあります（いま残っている指摘 186 件）。\n")


def test_what_is_0_is_left_out_and_a_week_without_anything_still_says_one_line() -> None:
    empty = replace(
        quiet(), shares=(), overdue=RowList(), due=RowList(), changed=WeekChanges(fixed=RowList(3)), sources=()
    )
    assert said(empty) == "新しい指摘 0 件、直った指摘 3 件（いま残っている指摘 0 件）。"


@pytest.mark.parametrize("week", [rich(), quiet(), first(), huge()])
def test_no_more_lines_than_promised_and_no_title_name_or_place(week: Week) -> None:
    lines = render_short(week)
    assert 1 <= len(lines) <= MAX_SHORT_LINES
    for text in (line for pair in lines for line in (pair.ja, pair.en)):
        assert "\n" not in text
        for word in ("配信", "大野", "今井", "不具合共有", "adsv"):
            assert word not in text


def test_titles_and_names_of_a_hostile_week_are_not_in_it() -> None:
    sources = replace(hostile(), sources=(), shares=(), settled=None)
    assert not [evil for evil in HOSTILE if evil in said(sources)]
