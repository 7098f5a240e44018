"""A slice of the random plans, edits, faults and kills that `bench/changes.py` plays at length."""

from __future__ import annotations

import pytest
from torture_kit.changes_play import play
from torture_kit.mutants_of_apply import MUTANTS


def test_both_systems_end_where_the_model_says() -> None:
    counts = play(71, 7)
    print(counts.shown())
    assert counts.steps >= 200
    seen = counts.seen
    assert min(seen["kills"], seen["runs that were resumed"], seen["edits inside the window that were detected"]) > 0
    assert seen["changes that Redmine answered with 204 and did not make"] >= 5
    assert sum(counts.strikes.values()) >= 30


@pytest.mark.parametrize(
    ("mutant", "seed"), [("no_look_compared", 1), ("answers_believed", 3), ("sent_after_it_was_taken_back", 1)]
)
def test_a_planted_mistake_is_noticed(mutant: str, seed: int) -> None:
    assert mutant in MUTANTS
    with pytest.raises(AssertionError):
        play(seed, 10, mutant=mutant)
