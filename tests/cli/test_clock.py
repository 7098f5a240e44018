"""The clock, and `KB_NOW`, which plays it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kb import clock
from kb.clock import lint_time as team_clock
from kb.errors import Exit, UsageError
from kb.mirror.history.state import StateDb

TOKYO = ZoneInfo("Asia/Tokyo")


def test_without_the_variable_it_is_the_machines_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KB_NOW", raising=False)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
    assert clock.now(TOKYO).tzinfo is TOKYO


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-23T09:00", "2026-11-23T09:00:00+09:00"),
        ("2026-11-23", "2026-11-23T12:00:00+09:00"),
        ("2026-11-23T00:00Z", "2026-11-23T09:00:00+09:00"),
        (" 2026-11-23T09:00:30+09:00 ", "2026-11-23T09:00:30+09:00"),
    ],
)
def test_the_variable_is_a_time_where_the_team_is(monkeypatch: pytest.MonkeyPatch, said: str, meant: str) -> None:
    monkeypatch.setenv("KB_NOW", said)
    assert clock.now(TOKYO).isoformat() == meant
    assert team_clock("", "Asia/Tokyo").isoformat() == meant
    assert team_clock("2026-01-02", "Asia/Tokyo").isoformat() == "2026-01-02T12:00:00+09:00"  # what is typed wins


def test_what_is_no_time_is_told_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KB_NOW", "tomorrow")
    with pytest.raises(UsageError) as told:
        clock.now()
    assert "KB_NOW" in told.value.what.ja
    assert "KB_NOW=2026-08-03" in str(told.value.next_step)
    with pytest.raises(UsageError) as told:
        team_clock("tomorrow", "Asia/Tokyo")
    assert "--now 2026-08-03" in str(told.value.next_step)


@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31T23:59:59+09:00", "9999-12-31T23:59:59-09:00"])
def test_a_time_no_week_can_be_reckoned_from_is_none(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("KB_NOW", said)
    with pytest.raises(UsageError):
        clock.now(TOKYO)
    with pytest.raises(UsageError):
        team_clock(said, "Asia/Tokyo")


def test_runs_are_remembered_by_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KB_NOW", "2026-11-23T09:00+09:00")
    with StateDb(tmp_path / ".kb" / "state.db") as state:
        state.record("sync", clock.now(), Exit.OK, {})
        last = state.last("sync")
    assert last is not None
    assert (last.started_at, last.ended_at) == ("2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z")
