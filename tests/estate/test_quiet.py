"""The threshold at which noise would have been quiet: of whom it is told, and how often a week it would alert."""

from __future__ import annotations

import pytest

from kb.estate.collect.zabbix.answers import read_calls
from kb.estate.drift.items.zabbix import Trigger
from kb.estate.drift.quiet import QuietThreshold, find_quiet_threshold

WEEK = 24 * 7
LOUD = (55.5, 41.0) * WEEK  # two weeks, above 50 every second hour


def trigger(number: int, expression: str = ">50", threshold: str = "50") -> Trigger:
    return Trigger(
        str(number), "CPU", threshold=threshold, expression=f"avg(/h{number}/c,5m){expression}", item=f"h{number}/c"
    )


@pytest.mark.parametrize(
    ("maxima", "expected"),
    [
        (LOUD, QuietThreshold("50", "60", 0)),
        ((65.0, 65.0, 65.0, *LOUD[3:]), QuietThreshold("50", "60", 2)),  # 3 hours in two weeks, and rounded
        ((65.0,) * WEEK + (41.0,) * WEEK, QuietThreshold("50", "70", 0)),
        ((1e9,) * WEEK, None),
        ((), None),
    ],
)
def test_the_lowest_rounded_threshold_that_is_quiet(maxima: tuple[float, ...], expected: QuietThreshold | None) -> None:
    assert find_quiet_threshold([trigger(1)], {"h1/c": maxima}) == expected


def test_machines_without_trends_are_like_the_others_where_these_are_half_or_more() -> None:
    maxima = (65.0, 65.0, 65.0, *LOUD[3:])
    assert find_quiet_threshold([trigger(1), trigger(2)], {"h1/c": maxima}) == QuietThreshold("50", "60", 3)
    assert find_quiet_threshold([trigger(each) for each in (1, 2, 3)], {"h1/c": maxima}) is None


@pytest.mark.parametrize(
    "triggers",
    [
        [trigger(1, "<50")],
        [trigger(1, ">50M", "50M")],
        [trigger(1), trigger(1, ">60", "60")],
        [Trigger("1", "CPU", threshold="50", expression="avg(/a/c,5m)>5 and avg(/b/c,5m)>50")],
    ],
)
def test_it_is_not_told_where_it_cannot_be_known(triggers: list[Trigger]) -> None:
    assert find_quiet_threshold(triggers, {"h1/c": LOUD}) is None


@pytest.mark.parametrize(
    "key", ["vfs.fs.size[/,pused]", 'vfs.fs.size["/var",pused]', "net.if.in[eth0,errors]", "system.cpu.util"]
)
def test_the_item_of_a_trigger_is_the_one_whose_trends_were_asked_for(key: str) -> None:
    """Keys have parameters with commas, as those of disks do."""
    rows = [{"itemid": "7", "clock": "1", "value_max": "84.2"}]
    made = read_calls(
        [
            {"method": "host.get", "result": [{"hostid": "1", "host": "web-01"}]},
            {"method": "trigger.get", "result": [{"triggerid": "3", "expression": f"last(/web-01/{key})>80"}]},
            {"method": "item.get", "result": [{"itemid": "7", "hostid": "1", "key_": key}]},
            {"method": "trend.get", "result": rows},
        ],
        "2026-11-28T06:00:00+09:00",
    )
    assert [(each.item, each.threshold) for each in made.triggers] == [(made.trends[0].item, "80")]
    assert made.trends[0].item == f"web-01/{key}"
