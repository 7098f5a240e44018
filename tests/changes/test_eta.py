"""The time a run takes under esa's limit, on a clock that only waiting moves, against what was foretold."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from changes.site import Site, change

from kb.plan.impact.duration import ESA_EACH_S
from kb.plan.impact.estimate import estimate_impact
from kb.sources.transport import connect
from kb.sources.transport.access import Access
from kb.sources.transport.call import Answer, Call


def test_the_minutes_foretold_are_those_a_run_takes(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(700, profile="default")
    clock = Clock(here)

    class Timed(Access):
        """An access whose requests take as long as they are thought to take."""

        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named, clock=clock.now, sleep=clock.sleep)

        def _exchange(self, call: Call, *, reserved: bool = False) -> Answer:
            answer = super()._exchange(call, reserved=reserved)
            clock.sleep(ESA_EACH_S)
            return answer

    monkeypatch.setattr(connect, "Access", Timed)
    plan = here.plan([change(number, title=f"題名 {number}") for number in range(1, 691)])
    foretold = estimate_impact(plan.accepted)
    began = clock.now()
    figures = here.apply("--yes", "--allow", "700")
    took = clock.now() - began
    assert figures["done"] == 690
    assert took > 900
    assert abs(foretold.seconds - took) <= took / 10


class Clock:
    """A clock of the sandbox's that moves when somebody sleeps."""

    def __init__(self, here: Site) -> None:
        self._here = here
        self._now = float(int(time.time()) + 1)  # the sync before went by the real clock
        self._told = 0.0
        here.sandbox.clock(now=datetime.fromtimestamp(self._now, UTC).isoformat(), frozen=True)

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds
        self._told += seconds
        if self._told >= 5:
            self._here.sandbox.clock(advance_s=self._told)
            self._told = 0.0
