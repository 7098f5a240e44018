"""What each call of apply sends where a plan goes out in shares, one a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Day:
    """One call: the posts and tickets it sends, of those that are left when it begins."""

    posts: int
    tickets: int
    posts_left: int
    tickets_left: int


def days_of(posts: int, tickets: int, per_day: int = 0, sent_today: int = 0) -> list[Day]:
    """The calls that send so many posts, and then so many tickets; one where `per_day` is 0.

    Where `sent_today` has used up the first share, the first call is that of tomorrow.
    """
    found: list[Day] = []
    share = max(0, per_day - sent_today) or per_day or posts + tickets
    while posts or tickets:
        some = min(posts, share)
        rest = min(tickets, share - some)
        found.append(Day(some, rest, posts, tickets))
        posts, tickets, share = posts - some, tickets - rest, per_day
    return found


# How long requests take under a rate limit. Pure.


ESA_EACH_S = 0.4
REDMINE_EACH_S = 0.3
"""Seconds of one request after another; a show of one ticket costs a Redmine 45 ms of CPU, an edit some more."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Where a rate limit stands: requests per window, how many are left of this one and when it ends.

    `reserve` requests of a window are left alone (kb.sources.transport.limiter does so). Usual are those of esa:
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


# How many requests one call of apply makes, and how long they take. Pure.


SURVEYED = 100
"""Targets one look covers before anything is sent, on either system."""

CHECKED = 50
"""Posts one look covers between two writes."""


def span(day: Day, budget: Budget, subtrees: Sequence[int] = ()) -> Span:
    """How long a call takes under esa's limit, and how many requests it makes there.

    `subtrees` are the numbers of posts of whole categories that one request moves each.
    """
    esa = paced(esa_requests(day, subtrees), budget, ESA_EACH_S, after_wait=1)
    redmine = paced(redmine_requests(day), None, REDMINE_EACH_S)
    return Span(esa.seconds + redmine.seconds, esa.waits, esa.requests)


def esa_requests(day: Day, subtrees: Sequence[int] = ()) -> int:
    """A write each, a look per hundred of all that is left before anything is sent, and one per 50 between.

    A whole category is one write; its posts are read before and after, its target once, the numbers of posts twice.
    """
    single = max(0, day.posts - sum(subtrees))
    left = max(0, day.posts_left - sum(subtrees))
    reads = _pages(left, SURVEYED) + _looks(single, left, CHECKED)
    return single + reads + sum(4 + 2 * _pages(size, SURVEYED) for size in subtrees)


def esa_reads(left: int) -> int:
    """The looks that a call has made by the time so many posts are left to it: at all of them, and at those next."""
    return _pages(left, SURVEYED) + 1


def redmine_requests(day: Day) -> int:
    """Whose key it is, each hundred looked at before, and a write and the reading back of each."""
    if not day.tickets_left:
        return 0
    if day.posts < day.posts_left:
        return 1
    return 1 + 2 * day.tickets + _looks(day.tickets, day.tickets_left, SURVEYED)


def _looks(sent: int, left: int, size: int) -> int:
    """The looks between writes: the share of a day is seen to be used up before the next target, which is looked at."""
    return _pages(min(sent + 1, left), size)


def _pages(count: int, size: int) -> int:
    """⌈count / size⌉."""
    return -(-count // size)


# How long what is left of a run takes, told while it runs as it was foretold. Knows no clock.


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
