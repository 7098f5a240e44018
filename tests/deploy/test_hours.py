"""The team's hours as systemd, cron and GitHub count them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kb.deploy.host import DAILY, WEEKLY, ScheduledTime, cron_fields, is_offset_changing, systemd_calendar

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_systemd_counts_in_the_team_s_own_zone() -> None:
    assert systemd_calendar(WEEKLY, "Asia/Tokyo") == "Mon *-*-* 08:30:00 Asia/Tokyo"
    assert systemd_calendar(DAILY, "Asia/Tokyo") == "*-*-* 05:30:00 Asia/Tokyo"


@pytest.mark.parametrize(
    ("when", "zone", "there", "fields"),
    [
        (WEEKLY, "Asia/Tokyo", "Asia/Tokyo", "30 8 * * 1"),
        (WEEKLY, "Asia/Tokyo", "UTC", "30 23 * * 0"),  # Sunday night in UTC
        (DAILY, "Asia/Tokyo", "UTC", "30 20 * * *"),
        (WEEKLY, "America/New_York", "UTC", "30 13 * * 1"),
        (ScheduledTime(23, 0, day=6), "America/New_York", "Asia/Tokyo", "0 13 * * 1"),
        (ScheduledTime(5, 30), "Asia/Kathmandu", "UTC", "45 23 * * *"),
    ],
)
def test_cron_counts_in_another_zone_and_may_be_on_another_day(
    when: ScheduledTime, zone: str, there: str, fields: str
) -> None:
    assert cron_fields(when, zone, ZoneInfo(there), NOW) == fields


def test_summer_time_is_told() -> None:
    assert not is_offset_changing("Asia/Tokyo", UTC, NOW)
    assert is_offset_changing("Europe/Berlin", UTC, NOW)
    assert not is_offset_changing("Europe/Berlin", ZoneInfo("Europe/Rome"), NOW)
