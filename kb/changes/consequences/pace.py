"""How long requests take under a rate limit. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

ESA_EACH_S = 0.4
REDMINE_EACH_S = 0.3
"""Seconds of one request after another; a show of one ticket costs a Redmine 45 ms of CPU, an edit some more."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a rate limit stands: requests per window, how many are left of this one and when it ends.

    `reserve` requests of a window are left alone (kb.sources.limiter does so). Usual are those of esa:
    300 in 15 minutes per person (esa API v1, rate limits).
    """

    limit: int = 300
    remaining: int = 300
    reset_in_s: float = 900.0
    window_s: float = 900.0
    reserve: int = 10

    @property
    def usable(self) -> int:
        """Requests of a whole window."""
        return max(1, self.limit - min(self.reserve, self.limit // 10))

    @property
    def full(self) -> Budget:
        """The same limit at the beginning of a window."""
        return replace(self, remaining=self.limit, reset_in_s=self.window_s)

    @property
    def left(self) -> int:
        """Requests of this window that may still leave."""
        return max(0, self.remaining - min(self.reserve, self.limit // 10))


FRESH = Budget()


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds some requests take, how often the limit is waited for meanwhile, and how many requests it were."""

    seconds: float
    waits: int
    requests: int


def paced(requests: int, budget: Budget | None, each_s: float, *, after_wait: int = 0) -> Span:
    """What it takes to send `requests` one after another; without a budget nothing is waited for.

    A burst of what is left, then window after window. Each wait costs `after_wait` requests more: what was
    looked at before it is looked at again.
    """
    if budget is None:
        return Span(requests * each_s, 0, requests)
    clock, ends, left, waits, sent = 0.0, budget.reset_in_s, requests, 0, 0
    may = budget.left
    while True:
        some = min(left, may)
        clock, left, sent = clock + some * each_s, left - some, sent + some
        if not left:
            return Span(clock, waits, sent)
        clock = max(clock, ends) + 1.0
        waits, left, may, ends = waits + 1, left + after_wait, budget.usable, clock + budget.window_s
