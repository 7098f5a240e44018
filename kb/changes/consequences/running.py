"""How long what is left of a run takes, told while it runs as it was foretold. Knows no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.changes.consequences.days import Day
from kb.changes.consequences.pace import ESA_EACH_S, REDMINE_EACH_S, Budget, paced
from kb.changes.consequences.requests import esa_reads, esa_requests, redmine_requests

TRUSTED = 10
"""Requests after which the pace that was measured is believed."""


@dataclass(slots=True)
class Running:
    """A run that sends so many posts and then so many tickets. `budget` is where esa's limit stood when it began.

    `subtrees` are the numbers of posts of the whole categories that move first, in one request each.
    """

    posts: int
    tickets: int
    budget: Budget
    subtrees: Sequence[int] = ()
    _requests: dict[str, int] = field(default_factory=dict)
    _remaining: int | None = None
    _waited_s: float = 0.0

    def saw(self, system: str, requests: int, remaining: int | None, waiting_s: float = 0.0) -> None:
        """Take over how many requests a system got, what it still grants, and how long the next wait is."""
        self._requests[system] = requests
        self._waited_s += waiting_s
        if remaining is not None:
            self._remaining = remaining

    def rest(self, done: int, total: int, elapsed_s: float) -> tuple[int, float]:
        """How many requests and seconds it takes until all of `total` is done, `elapsed_s` after the beginning."""
        posts = max(0, min(self.posts, total) - done)
        tickets = max(0, total - done - posts)
        day = Day(posts, tickets, posts, tickets)
        esa = esa_requests(day, self.subtrees if done < sum(self.subtrees) else ())
        redmine = redmine_requests(day)
        if done:  # what was looked at is not looked at again
            esa = max(posts, esa - esa_reads(posts)) if posts else 0
            redmine = max(tickets, redmine - 2) if tickets < self.tickets else max(tickets, redmine - 1)
        budget = self.budget
        remaining = budget.remaining if self._remaining is None else self._remaining
        ends = budget.reset_in_s - elapsed_s
        now = replace(budget, remaining=remaining, reset_in_s=ends if ends > 0 else ends % budget.window_s)
        each_s = self._each_s(elapsed_s)
        found = paced(esa, now, each_s[0], after_wait=1)
        return found.requests + redmine, found.seconds + redmine * each_s[1]

    def _each_s(self, elapsed_s: float) -> tuple[float, float]:
        requests = sum(self._requests.values())
        if requests < TRUSTED:
            return ESA_EACH_S, REDMINE_EACH_S
        measured = max(0.0, elapsed_s - self._waited_s) / requests
        return measured, measured
