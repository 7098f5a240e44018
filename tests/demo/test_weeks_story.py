"""The four weeks as they are written down: whole weeks before now, and deeds that each change something."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kb.sandbox.team import build
from kb.sandbox.team.people import BY_NAME
from kb.sandbox.team.weeks import WEEKS, first_monday, weeks
from kb.sandbox.team.words import JST

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=JST)


@pytest.mark.parametrize("moment", ["2026-11-23T00:00+09:00", "2026-11-26T10:00+09:00", "2026-11-29T23:59+09:00"])
def test_they_are_the_last_whole_weeks(moment: str) -> None:
    start = first_monday(datetime.fromisoformat(moment))
    assert start.isoformat() == "2026-10-26T09:00:00+09:00"
    names = [week.name for week in weeks(start, build(start).numbers, build(start).posts)]
    assert names == ["2026-W44", "2026-W45", "2026-W46", "2026-W47"]


def test_around_the_turn_of_a_year_weeks_go_by_iso() -> None:
    start = first_monday(datetime(2027, 1, 20, tzinfo=JST))
    team = build(start)
    assert [week.name for week in weeks(start, team.numbers, team.posts)] == [
        "2026-W52", "2026-W53", "2027-W01", "2027-W02",
    ]  # fmt: skip


def test_every_deed_falls_into_its_week_and_is_somebody_of_the_teams() -> None:
    start = first_monday(NOW)
    team = build(start)
    played = weeks(start, team.numbers, team.posts)
    assert len(played) == WEEKS
    assert [week.redmine_fails for week in played] == [False, False, True, False]
    for week in played:
        assert week.deeds
        assert week.monday_after == week.start + timedelta(weeks=1)
        for deed in week.deeds:
            assert week.start < deed.at < week.monday_after
            assert BY_NAME[str(deed.order["as"])].member
            assert deed.says.ja
            assert deed.says.en
        for event in week.machines:
            assert week.start < event.at < week.monday_after
    assert [week.collects for week in played] == [False, False, True, True]


def test_every_text_somebody_writes_is_another_than_before() -> None:
    start = first_monday(NOW)
    team = build(start)
    bodies = {row["number"]: row["body_md"] for row in team.posts}
    new = max(bodies) + 1
    for deed in (deed for week in weeks(start, team.numbers, team.posts) for deed in week.deeds):
        fields = deed.order["fields"]
        assert isinstance(fields, dict)
        if "body_md" in fields:
            number = deed.order.get("number", new)
            assert bodies.get(number) != fields["body_md"]
            assert "{{" not in fields["body_md"]
            bodies[number] = fields["body_md"]
