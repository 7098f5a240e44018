"""Estimate the requests and the time of applying a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class DailyShare:
    """One call: the posts and tickets it sends, of those left when it begins."""

    posts: int
    tickets: int
    posts_left: int
    tickets_left: int


REQUESTS_PER_NEW_TICKET = 3
"""A look for the mark, the POST, and the reading back."""

LOOKS_FOR_DOUBLES = 2
"""Two more looks for all of them, whether another sender made them, too."""


def count_new_ticket_requests(created: int, pages: int) -> tuple[int, int]:
    """Count the requests to Redmine and esa that making tickets adds: per ticket, and a look at the posts before."""
    if not created:
        return 0, 0
    return REQUESTS_PER_NEW_TICKET * created + LOOKS_FOR_DOUBLES, _pages(pages, SURVEY_SIZE)


def split_by_day(posts: int, tickets: int, per_day: int = 0, sent_today: int = 0) -> list[DailyShare]:
    """Return the calls that send so many posts, then so many tickets; one where `per_day` is 0.

    Where `sent_today` has used up the first share, the first call is tomorrow's.
    """
    found: list[DailyShare] = []
    share = max(0, per_day - sent_today) or per_day or posts + tickets
    while posts or tickets:
        some = min(posts, share)
        rest = min(tickets, share - some)
        found.append(DailyShare(some, rest, posts, tickets))
        posts, tickets, share = posts - some, tickets - rest, per_day
    return found


ESA_EACH_S = 0.4
REDMINE_EACH_S = 0.3
"""Seconds per request in a row; showing one ticket costs Redmine 45 ms of CPU, an edit more."""


@dataclass(frozen=True, slots=True)
class RateBudget:
    """The state of a rate limit: requests per window, how many are left and when the window ends.

    `reserve` requests of a window stay unused (kb.sources.transport.limiter). The defaults are esa's: 300 in 15 minutes
    per person (esa API v1, rate limits).
    """

    limit: int = 300
    remaining: int = 300
    reset_in_s: float = 900.0
    window_s: float = 900.0
    reserve: int = 10

    @property
    def usable(self) -> int:
        """The usable requests of a whole window."""
        return max(1, self.limit - min(self.reserve, self.limit // 10))

    @property
    def full(self) -> RateBudget:
        """Return the same limit at the start of a window."""
        return replace(self, remaining=self.limit, reset_in_s=self.window_s)

    @property
    def left(self) -> int:
        """The requests still usable in this window."""
        return max(0, self.remaining - min(self.reserve, self.limit // 10))


FULL_BUDGET = RateBudget()


@dataclass(frozen=True, slots=True)
class EstimatedDuration:
    """Seconds, waits for the limit, and the number of requests."""

    seconds: float
    waits: int
    requests: int


def estimate_duration(
    requests: int, budget: RateBudget | None, each_s: float, *, after_wait: int = 0
) -> EstimatedDuration:
    """Estimate sending `requests` one after another; without a budget nothing waits.

    What is left of this window goes at once, then window after window. Each wait costs `after_wait` requests: the last
    look is repeated.
    """
    if budget is None:
        return EstimatedDuration(requests * each_s, 0, requests)
    clock, ends, left, waits, sent = 0.0, budget.reset_in_s, requests, 0, 0
    may = budget.left
    while True:
        some = min(left, may)
        clock, left, sent = clock + some * each_s, left - some, sent + some
        if not left:
            return EstimatedDuration(clock, waits, sent)
        clock = max(clock, ends) + 1.0
        waits, left, may, ends = waits + 1, left + after_wait, budget.usable, clock + budget.window_s


SURVEY_SIZE = 100
"""Targets per look before anything is sent, on either system."""

CHECK_SIZE = 50
"""Posts per look between two writes."""


def estimate_share(
    day: DailyShare, budget: RateBudget, subtrees: Sequence[int] = (), linked: int = 0
) -> EstimatedDuration:
    """Estimate a call's requests and time under esa's limit.

    `subtrees` are the sizes of the categories moved by one request each, `linked` how many of their posts change
    links, too.
    """
    esa = estimate_duration(count_esa_requests(day, subtrees, linked), budget, ESA_EACH_S, after_wait=1)
    redmine = estimate_duration(count_redmine_requests(day), None, REDMINE_EACH_S)
    return EstimatedDuration(esa.seconds + redmine.seconds, esa.waits, esa.requests)


def count_esa_requests(day: DailyShare, subtrees: Sequence[int] = (), linked: int = 0) -> int:
    """Count a write each, a look per hundred of all targets before, and one per 50 between.

    A whole category is one write; its posts are read before and after, its target once, the numbers of posts twice.
    `linked` posts of them get a write of their own as well, for their links.
    """
    single = max(0, day.posts - sum(subtrees) + linked)
    left = max(0, day.posts_left - sum(subtrees) + linked)
    reads = _pages(left, SURVEY_SIZE) + _looks(single, left, CHECK_SIZE)
    return single + reads + sum(4 + 2 * _pages(size, SURVEY_SIZE) for size in subtrees)


def count_esa_reads(left: int) -> int:
    """Count the looks a call has made by the time so many posts are left: the survey and the next block."""
    return _pages(left, SURVEY_SIZE) + 1


def count_redmine_requests(day: DailyShare) -> int:
    """Count the owner of the key, a look per hundred before, and a write and its reading back each."""
    if not day.tickets_left:
        return 0
    if day.posts < day.posts_left:
        return 1
    return 1 + 2 * day.tickets + _looks(day.tickets, day.tickets_left, SURVEY_SIZE)


def _looks(sent: int, left: int, size: int) -> int:
    """Count the looks between writes; a daily share's end is noticed only after the next look."""
    return _pages(min(sent + 1, left), size)


def _pages(count: int, size: int) -> int:
    """Return ⌈count / size⌉."""
    return -(-count // size)


TRUSTED_TARGETS = 10
"""Requests after which the measured pace is trusted."""


@dataclass(slots=True)
class RunningEstimate:
    """Estimates what is left of a run of so many posts, then tickets.

    `budget` is esa's limit at the start; `subtrees` are the sizes of the categories that move first, one request each.
    """

    posts: int
    tickets: int
    budget: RateBudget
    subtrees: Sequence[int] = ()
    _requests: dict[str, int] = field(default_factory=dict)
    _remaining: int | None = None
    _waited_s: float = 0.0

    def saw(self, system: str, requests: int, remaining: int | None, waiting_s: float = 0.0) -> None:
        """Note the requests a system got, what it still grants, and how long the next wait is."""
        self._requests[system] = requests
        self._waited_s += waiting_s
        if remaining is not None:
            self._remaining = remaining

    def rest(self, done: int, total: int, elapsed_s: float) -> tuple[int, float]:
        """Return the requests and seconds left, `elapsed_s` after the beginning."""
        posts = max(0, min(self.posts, total) - done)
        tickets = max(0, total - done - posts)
        day = DailyShare(posts, tickets, posts, tickets)
        esa = count_esa_requests(day, self.subtrees if done < sum(self.subtrees) else ())
        redmine = count_redmine_requests(day)
        if done:  # already looked at
            esa = max(posts, esa - count_esa_reads(posts)) if posts else 0
            redmine = max(tickets, redmine - 2) if tickets < self.tickets else max(tickets, redmine - 1)
        budget = self.budget
        remaining = budget.remaining if self._remaining is None else self._remaining
        ends = budget.reset_in_s - elapsed_s
        now = replace(budget, remaining=remaining, reset_in_s=ends if ends > 0 else ends % budget.window_s)
        each_s = self._each_s(elapsed_s)
        found = estimate_duration(esa, now, each_s[0], after_wait=1)
        return found.requests + redmine, found.seconds + redmine * each_s[1]

    def _each_s(self, elapsed_s: float) -> tuple[float, float]:
        if (requests := sum(self._requests.values())) < TRUSTED_TARGETS:
            return ESA_EACH_S, REDMINE_EACH_S
        measured = max(0.0, elapsed_s - self._waited_s) / requests
        return measured, measured
