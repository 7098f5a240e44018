"""A slice of the kills that `bench/kills.py` plays at every point of an apply and an undo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from torture_kit import every_verb, kills, two_senders
from torture_kit.changes_book import Counts
from torture_kit.changes_stand import Stand, standing

STEP = 30
"""Every so manieth request of each series, each series beginning at another one."""


@pytest.fixture(scope="module")
def stand() -> Iterator[Stand]:
    with standing(kills.world()) as made:
        yield made


@pytest.fixture(scope="module")
def known(stand: Stand) -> kills.Reference:
    return kills.reference(stand, Counts())


def test_thirty_changes_go_to_both_systems(known: kills.Reference) -> None:
    changed = {target for target, row in known.applied.items() if row != known.begun[target]}
    assert len([each for each in changed if each.startswith("esa:")]) == 15
    assert len([each for each in changed if each.startswith("redmine:")]) == 15
    for command in ("apply", "undo"):
        assert known.places[command].count("before a request") > 30


@pytest.mark.parametrize("series", kills.SERIES)
def test_a_kill_at_any_request_is_made_good_by_the_next_command(
    stand: Stand, known: kills.Reference, series: str
) -> None:
    points, counts = list(known.points(series, every=False)), Counts()
    some = points[kills.SERIES.index(series) * STEP // len(kills.SERIES) :: STEP]
    for point in {*some, points[-1]}:  # after the last write, before the process ends
        found = kills.play(stand, known, series, point, counts)
        assert not found, "\n".join(found)
    assert counts.seen["kills"] == len({*some, points[-1]})


def test_a_kill_at_any_request_of_every_verb_is_made_good_by_the_next_command() -> None:
    """The reference says itself that each verb took part, and how each ended."""
    counts = Counts()
    with standing(every_verb.world()) as stand:
        every_verb.prepare(stand)
        known = kills.reference(stand, counts, every_verb.VerbLife)
        for number, series in enumerate(kills.SERIES):
            points = list(known.points(series, every=False))
            at = (2 * number + 1) * len(points) // (2 * len(kills.SERIES))  # each series at another part of the plan
            found = kills.play(stand, known, series, points[at], counts, every_verb.VerbLife)
            assert not found, "\n".join(found)
        known = every_verb.sharing(stand, counts)
        points = list(known.points("share", every=False))
        assert not (found := every_verb.play_share(stand, known, points[len(points) // 2], counts)), "\n".join(found)
    assert counts.seen["kills"] == len(kills.SERIES) + 1


def test_a_run_that_is_sent_again_is_noticed(stand: Stand, known: kills.Reference) -> None:
    """What the referee says where what was done is forgotten: the kills are watched by somebody who sees."""
    points, found = list(known.points("apply, apply", every=False)), []
    for point in points[len(points) // 2 :: 7]:
        life = kills.Life(stand, Counts())
        life.call(kills.APPLY, kill=point)
        for journal in (stand.folder / ".kb" / "runs").glob("*.jsonl"):
            journal.unlink()
        life.whole(kills.APPLY)
        found += life.complaints
        if found:
            break
    assert found


def test_two_senders_leave_one_open_ticket_for_each_measure() -> None:
    """`bench/kills.py` plays more tickets, and every offset."""
    with two_senders.pair(4) as here:
        counted, found = two_senders.play(here, two_senders.OFFSETS_S[1])
    assert not found, "\n".join(found)
    assert counted["pairs"] == 1
