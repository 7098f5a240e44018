"""Learn from a team's shared pages how far each signal is right there, and how far ahead a place must be.

Each page is looked at as if it had not been counted, so its place is known and hidden. What was a guide to the demo's
team may mislead another: there links lead to the same category, here to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kb.plan.destinations.score import WEIGHTS, Votes, collect_votes, margin_of, pool_votes
from kb.plan.destinations.signs import PageSigns, Signal
from kb.plan.destinations.statistics import PlaceStatistics

TARGET = 0.97
"""The share of right places among those far enough ahead. Learnt on some pages it is less on others: two points."""

LEAST_SURE = 15
"""Pages that must be far enough ahead before a margin is believed: fewer are right by chance."""

MAX_SAMPLE = 300
"""Shared pages a margin is learnt from; a larger team is thinned out evenly."""

NEVER = 2.0
"""A margin no page reaches: where nothing tells a team's places apart, nothing is proposed to be sent."""


@dataclass(slots=True)
class Sample:
    """Some of the pages that were counted, evenly from all of them: at most twice MAX_SAMPLE at a time."""

    signs: list[tuple[PageSigns, str]] = field(default_factory=list)
    seen: int = 0
    _step: int = 1

    def add(self, signs: PageSigns, category: str) -> None:
        """Keep a page, or every second, fourth … of many."""
        if self.seen % self._step == 0:
            self.signs.append((signs, category))
            if len(self.signs) >= 2 * MAX_SAMPLE:
                self.signs, self._step = self.signs[::2], 2 * self._step
        self.seen += 1


@dataclass(frozen=True, slots=True)
class HiddenPage:
    """A shared page whose place was hidden: the place, its category, and what the signals say."""

    signs: PageSigns
    category: str
    place: int
    votes: Mapping[Signal, Votes]


@dataclass(frozen=True, slots=True)
class SignalRecord:
    """How often a signal spoke for a place, and how often for the right one first."""

    spoke: int = 0
    right: int = 0

    @property
    def trust(self) -> float:
        """The share it is right, drawn to one half where it seldom spoke."""
        return (self.right + 2) / (self.spoke + 4)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a team's pages taught: weights, the margin of what is sure, and each signal's record."""

    weights: Mapping[Signal, float]
    margin: float
    records: Mapping[Signal, SignalRecord]


def hide_places(sample: Sample, statistics: PlaceStatistics) -> list[HiddenPage]:
    """Return the pages of a sample with their places hidden, without those that stand in theirs alone."""
    found = []
    for signs, category in sample.signs:
        place = statistics.homes[signs.doc]
        if statistics.pages[place] > 1:
            found.append(HiddenPage(signs, category, place, collect_votes(signs, statistics, place)))
    return found


def calibrate(pages: Sequence[HiddenPage]) -> Calibration:
    """Return what pages with hidden places teach."""
    spoke: Counter[Signal] = Counter()
    right: Counter[Signal] = Counter()
    for page in pages:
        for signal, votes in page.votes.items():
            spoke[signal] += 1
            right[signal] += min(votes, key=lambda place: (-votes[place], place)) == page.place
    records = {signal: SignalRecord(spoke[signal], right[signal]) for signal in Signal}
    weights = {signal: WEIGHTS[signal] * records[signal].trust for signal in Signal}
    return Calibration(weights, learn_margin(judge(page, weights) for page in pages), records)


def judge(page: HiddenPage, weights: Mapping[Signal, float]) -> tuple[float, bool]:
    """Return how far a page's first place is ahead, and whether it is the right one."""
    found = pool_votes(page.votes, weights)
    return margin_of(found), bool(found) and found[0].place == page.place


def learn_margin(judged: Iterable[tuple[float, bool]], target: float = TARGET) -> float:
    """Return the smallest margin from which on the target share of first places is right; NEVER where none is."""
    rows = sorted(judged, reverse=True)
    right, best = 0, NEVER
    for count, (margin, is_right) in enumerate(rows, 1):
        right += is_right
        last = count == len(rows) or rows[count][0] < margin  # all with this margin, or none
        if last and count >= LEAST_SURE and right >= target * count and margin > 0:
            best = margin
    return best
