"""The week at a terminal, and as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import fields, replace
from typing import Any

import pytest
from reports.week.made import HOSTILE, first, hostile, huge, quiet, rich

from kb.reports.week.model import LeftOut, Week
from kb.reports.week.short import MAX_TERMINAL_LINES, next_command, render_text
from kb.reports.week.short import render_json as objects
from kb.text import lang
from kb.text.display import display_width

WEEKS = [rich, quiet, first, hostile, huge]


@pytest.mark.parametrize("make", WEEKS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_week_takes_more_than_ten_lines(make: Any, language: lang.Lang) -> None:
    lang.set_language(language)
    said = render_text(make())
    assert (2 if make is not quiet else 1) <= len(said) <= MAX_TERMINAL_LINES == 9
    assert all(line and "\n" not in line for line in said)
    assert next_command(make()).startswith("kb ")


def test_a_full_week_reads_in_japanese() -> None:
    assert list(render_text(rich())) == [
        "2026-W47（11/16–11/22） docs",
        "Redmine（infra、app）を最後まで読み取れませんでした。ここから直ったものは数えていません。",
        "新しい指摘 12 件、直った指摘 18 件、再び出た指摘 1 件（いま残っている指摘 186 件）。",
        "はじめ（2026-09-01）から片付いた再発防止: 61 件中 23 件（週の初めは 21 件）",
        "規則・設定・文書の出入りや判断による増減: 増 6、減 3（PST105）",
        "先に: 書かれた認証情報（全員が読める 4 件）の値を変更する（変更するか、扱いを決めるまで、ここに出ます）"
        " → kb secrets list",
        "1. 「配信 API の応答が 3 分止まった」の再発防止を決める（約 15 分、大野。今週 2 回目の同じ症状です）",
        "2. 期限を過ぎた対策の期限を見直す（約 5 分。41 日過ぎています） → kb show esa:1288",
        "全員には見えない 14 件の文書は除いています。",
    ]


def test_a_quiet_week_is_one_line() -> None:
    assert list(render_text(quiet())) == [
        "2026-W47（11/16–11/22） docs: 増減も、急いで見るものもありませんでした（いま残っている指摘 0 件）。"
    ]


def test_what_was_done_in_the_week_is_told_and_not_replaced() -> None:
    week = replace(rich(), pinned=None, otherwise=(), sources=())
    some = render_text(replace(week, today=week.today[:2], done_today=1))
    assert [line[:2] for line in some if line[1] == "."] == ["1.", "2."]
    assert "ほかの 1 つは片付きました。" in some
    assert "今週の分は、どれも片付きました。" in render_text(replace(week, today=(), done_today=3))
    assert any("確認日の過ぎた記事 1,043 件" in line for line in some)
    assert "急いで見るものはありません。" in render_text(replace(week, today=()))


def test_in_a_narrow_terminal_the_commands_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")
    said = render_text(rich())
    assert any(line.endswith("→ kb secrets list") for line in said)
    assert all(display_width(line) <= 60 for line in said if "--select" not in line)


def test_hostile_words_steer_no_terminal() -> None:
    said = "\n".join(render_text(hostile()))
    assert HOSTILE
    assert not set(said) & set("\x1b\x07\u202e\u2066\r")


@pytest.mark.parametrize("make", WEEKS)
def test_the_json_holds_all_of_a_week(make: Any) -> None:
    week = make()
    found = json.loads("".join(objects(week)))
    assert found["format"] == 1
    assert {each.name for each in fields(Week)} == found.keys() - {"format", "moved"}
    assert found["audience"] == "members"
    assert found["start"] == "2026-11-16"
    assert found["moved"]["new"] == week.changed.moved.new == found["changed"]["new"]["total"]
    assert [point["week"] for point in found["trend"]] == [point.week for point in week.trend]
    for row in found["changed"]["new"]["rows"]:
        assert row["severity"] in ("info", "warning", "error")


def test_the_first_week_ends_with_how_to_begin_however_full_it_is() -> None:
    for left in (LeftOut(), LeftOut(14, 3)):
        lines = render_text(replace(first(), left_out=left))
        assert len(lines) <= MAX_TERMINAL_LINES
        assert lines[1].startswith("書かれたままの認証情報 4 件")
        assert sum(line.startswith("始め方: ") and line.endswith("→ kb lint --update-baseline") for line in lines) == 1
