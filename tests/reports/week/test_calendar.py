"""Which week a report is of."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from kb.errors import UsageError
from kb.reports.week.changes import find_week, list_weeks

TOKYO = ZoneInfo("Asia/Tokyo")


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "name", "partial"),
    [
        ("2026-11-25T10:00", "2026-W48", True),  # a Wednesday: the running week
        ("2026-11-29T23:59", "2026-W48", True),
        ("2026-11-30T09:00", "2026-W48", False),  # a Monday: the week that ended yesterday
        ("2026-12-01T00:00", "2026-W49", True),
        ("2027-01-01T10:00", "2026-W53", True),
        ("2027-01-04T10:00", "2026-W53", False),
    ],
)
def test_the_running_week_and_on_a_monday_the_last_one_both_up_to_now(now: str, name: str, partial: bool) -> None:
    week = find_week("", at(now))
    assert (week.name, week.partial) == (name, partial)
    assert (week.until - at(now)).total_seconds() == 1
    assert week.begins == datetime.combine(week.start, datetime.min.time(), TOKYO)
    assert (week.end - week.start).days == 6


def test_a_week_that_is_asked_for_is_exactly_that_week_in_the_teams_zone() -> None:
    week = find_week("2026-W31", at("2026-11-25T10:00"))
    assert (week.start, week.end) == (date(2026, 7, 27), date(2026, 8, 2))
    assert week.begins.isoformat() == "2026-07-27T00:00:00+09:00"
    assert week.until.isoformat() == "2026-08-03T00:00:00+09:00"
    assert not week.partial
    assert find_week("2026-W48", at("2026-11-25T10:00")).until == find_week("", at("2026-11-25T10:00")).until


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("2026-31", "週として読めません"),
        ("W31", "週として読めません"),
        ("2026-W54", "週として読めません"),
        ("2025-W53", "週として読めません"),  # 2025 has 52 weeks
        ("2026-W00", "週として読めません"),
        ("", ""),
        ("2026-W49", "まだ始まっていません"),
        ("9999-W52", "まだ始まっていません"),
    ],
)
def test_no_week_and_a_week_to_come_are_told_with_the_next_step(asked: str, said: str) -> None:
    if not said:
        assert find_week(asked, at("2026-11-25T10:00"))
        return
    with pytest.raises(UsageError) as told:
        find_week(asked, at("2026-11-25T10:00"))
    assert said in told.value.what.ja
    assert "2026-W" in str(told.value.next_step)


def test_the_weeks_before_touch_and_leave_nothing_out() -> None:
    weeks = list_weeks(find_week("", at("2027-01-06T10:00")), 4)
    assert [week.name for week in weeks] == ["2026-W51", "2026-W52", "2026-W53", "2027-W01"]
    assert all(one.until == next_.begins for one, next_ in pairwise(weeks))
    assert [week.partial for week in weeks] == [False, False, False, True]


def test_a_week_with_a_change_of_the_clock_is_an_hour_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    week = find_week("2026-W43", at("2026-11-25T10:00", berlin))  # ends on 25 October, when summer time does
    assert week.until.timestamp() - week.begins.timestamp() == 7 * 86400 + 3600
