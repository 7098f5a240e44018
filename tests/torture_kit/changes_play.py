"""Plays the machine of torture_kit.changes_machine: so many lives of so many steps, from a seed."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from torture_kit.changes_book import Counts
from torture_kit.changes_machine import Machine
from torture_kit.changes_stand import standing

STEPS = 30
"""Steps of one life."""


def play(start: int, lives: int, *, mutant: str = "", counts: Counts | None = None) -> Counts:
    """What was counted. Raises AssertionError when the systems do not stand where the model says.

    `counts` are gone on with; `mutant` names a planted mistake.
    """
    counts = counts or Counts()
    with standing() as stand:

        class Life(Machine):
            """The machine on this stand: hypothesis keeps what it knows by class."""

        Life.stand, Life.counts, Life.mutant = stand, counts, mutant
        run_state_machine_as_test(
            seed(start)(Life),
            settings=settings(
                max_examples=lives,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
            ),
        )
    return counts
