"""Score the places a page may belong to, and say what spoke for each."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from kb.plan.destinations.signs import KEYED, WORDED, PageSigns, Signal
from kb.plan.destinations.statistics import PlaceStatistics

WEIGHTS: Mapping[Signal, float] = {
    Signal.LINKS_OUT: 0.6,
    Signal.LINKS_IN: 0.6,
    Signal.SERIES: 1.5,
    Signal.NAME: 0.6,
    Signal.TITLE: 1.0,
    Signal.WORDS: 1.5,
    Signal.LINES: 1.0,
    Signal.KIND: 0.4,
    Signal.HOSTS: 0.4,
    Signal.TAGS: 1.0,
    Signal.AUTHOR: 0.3,
}
"""How much each signal counts, where it says anything, before a team's own pages say how far to trust it."""

_SHARPER: Mapping[Signal, int] = {Signal.TITLE: 3, Signal.WORDS: 6}
"""Likeness to all places is much the same: its power parts them."""

_HALF: Mapping[Signal, int] = {Signal.TITLE: 5, Signal.WORDS: 30}
"""Pairs of letters of a page at which its words count half: a page of one line is like many by chance."""

MAX_ENTRIES = 1_500
"""Entries of rows that one signal of a page looks at, its rarest keys first: a team may have thousands of places."""

_LEAST = 0.005
"""Shares of a signal that are not worth adding up: thousands of places have a page with a common word."""

_FAR = 0.2
"""The part of the best likeness below which a place is none."""

_CLOSEST = 12
"""Places that words speak for at most."""

MOST = 3
"""Places that are told of a page."""

Votes = Mapping[int, float]
"""What a signal says: a share of 1 for each place it speaks for, by the place's number."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place for a page: its share of all that was said (0 to 1), and what each signal gave of it."""

    place: int
    share: float
    given: Mapping[Signal, float]


def rank_places(
    signs: PageSigns,
    statistics: PlaceStatistics,
    weights: Mapping[Signal, float] = WEIGHTS,
    refused: Collection[int] = (),
) -> list[Candidate]:
    """Return the best places of a page that was not counted, best first. `refused` are left out."""
    return pool_votes(collect_votes(signs, statistics), weights, refused)


def collect_votes(signs: PageSigns, statistics: PlaceStatistics, own: int | None = None) -> dict[Signal, Votes]:
    """Return what each signal says, without those that say nothing.

    `own` is the place a counted page stands in: it is looked at as if it had not been counted.
    """
    return {signal: found for signal in Signal if (found := _vote(signal, signs, statistics, own))}


def pool_votes(
    votes: Mapping[Signal, Votes], weights: Mapping[Signal, float], refused: Collection[int] = ()
) -> list[Candidate]:
    """Return the best places by the weighted mean of what the signals say."""
    total = sum(weights[signal] for signal in votes) or 1.0
    sums: defaultdict[int, float] = defaultdict(float)
    for signal, found in votes.items():
        weight = weights[signal]
        for place, share in found.items():
            sums[place] += weight * share / total
    shares = [(round(value, 9), -place) for place, value in sums.items() if place not in refused]
    return [
        Candidate(
            -place,
            share,
            {signal: weights[signal] * found[-place] / total for signal, found in votes.items() if -place in found},
        )
        for share, place in heapq.nlargest(MOST, shares)
    ]


def margin_of(candidates: list[Candidate]) -> float:
    """Return how far the first of them is ahead."""
    if not candidates:
        return 0.0
    return candidates[0].share - (candidates[1].share if len(candidates) > 1 else 0.0)


def _vote(signal: Signal, signs: PageSigns, statistics: PlaceStatistics, own: int | None) -> Votes:
    if signal is Signal.LINKS_OUT:
        return _count_homes(signs.links, signs, statistics)
    if signal is Signal.LINKS_IN:
        return _count_homes(statistics.linking.get(signs.doc, ()), signs, statistics)
    if signal is Signal.NAME:
        return _name_votes(signs, statistics, own)
    if signal in WORDED:
        return _word_votes(signal, signs, statistics, own)
    return _key_votes(signal, signs, statistics, own) if signal in KEYED else {}


def _count_homes(docs: Iterable[str], signs: PageSigns, statistics: PlaceStatistics) -> Votes:
    """Return the places of linked pages; a single link is no certainty."""
    found: defaultdict[int, float] = defaultdict(float)
    count = 0
    for doc in docs:
        home = statistics.home_of(doc) if doc != signs.doc else None
        if home is not None:
            found[home] += 1
            count += 1
    return {place: number / (count + 0.5) for place, number in found.items()}


def _key_votes(signal: Signal, signs: PageSigns, statistics: PlaceStatistics, own: int | None) -> Votes:
    """Return where pages with the same keys stand; rare keys count more, and one that stood once is no certainty."""
    found: defaultdict[int, float] = defaultdict(float)
    total = itself = 0.0
    others = False
    for count, row in _rarest_rows(signal, signs, statistics, own):
        weight = statistics.weight(count)
        total += weight
        weight /= count + 0.5
        for place, number in row.items():
            found[place] += weight * number
        if own is not None and own in row:
            itself += weight
            others = others or row[own] > 1
    if own is not None and own in found:  # as if the page itself had not been counted
        found[own] = found[own] - itself if others else 0.0
    least = _LEAST * total
    return {place: value / total for place, value in found.items() if value >= least} if total else {}


def _rarest_rows(
    signal: Signal, signs: PageSigns, statistics: PlaceStatistics, own: int | None
) -> Iterator[tuple[int, Mapping[int, int]]]:
    """Yield the rows of a page's keys with the number of other pages in them, rarest first, up to MAX_ENTRIES."""
    keys = signs.keys.get(signal)
    if not keys:
        return
    ranked, itself = statistics.ranked(signal), own is not None
    ranks = ranked.ranks
    entries = 0
    for rank in sorted([ranks[key] for key in keys if key in ranks]):
        total, row = ranked.rows[rank]
        if total <= itself:
            continue
        entries += len(row)
        if entries > MAX_ENTRIES and entries > len(row):
            return
        yield total - itself, row


def _word_votes(signal: Signal, signs: PageSigns, statistics: PlaceStatistics, own: int | None) -> Votes:
    """Return how like a page's pairs of letters are to those of each place: the cosine, rare pairs counting more."""
    scales = statistics.scales(signal)
    found = [0.0] * len(scales)
    length = itself = 0.0
    for count, row in _rarest_rows(signal, signs, statistics, own):
        weight = statistics.weight(count) ** 2
        length += weight
        for place, number in row.items():
            found[place] += weight * number
        if own is not None and own in row:
            itself += weight
    if not length:
        return {}
    if own is not None and (pages := statistics.pages[own]) > 1:  # as if the page itself had not been counted
        found[own] = (found[own] - itself) * pages / (pages - 1)
    elif own is not None:
        found[own] = 0.0
    root = math.sqrt(length)
    alike = [value * scale / root for value, scale in zip(found, scales, strict=True)]
    least = min(heapq.nlargest(_CLOSEST, alike), default=0.0)
    near = [(value, -place) for place, value in enumerate(alike) if value >= least and value > 0]
    count = len(signs.keys[signal])
    enough = count / (count + _HALF[signal])
    return {place: share * enough for place, share in _sharpen(near, _SHARPER[signal]).items()}


def _name_votes(signs: PageSigns, statistics: PlaceStatistics, own: int | None) -> Votes:
    """Return the places whose own names stand in a page's title."""
    found: defaultdict[int, float] = defaultdict(float)
    parts = statistics.parts()
    known = sorted((len(parts[pair]), pair) for pair in signs.keys.get(Signal.NAME, ()) if pair in parts)
    entries = 0
    for count, pair in known:
        entries += count
        if entries > MAX_ENTRIES and entries > count:
            break
        for place, share in parts[pair]:
            found[place] += share
    if own is not None and statistics.pages[own] < 2:
        found.pop(own, None)
    return _sharpen([(value, -place) for place, value in found.items() if value > 0.3], 3)


def _sharpen(votes: list[tuple[float, int]], power: int) -> Votes:
    """Return the shares of the best places, their differences made larger. `votes` have places below zero."""
    near = heapq.nlargest(_CLOSEST, votes)
    least = _FAR * near[0][0] if near else 0.0
    values = {-place: value**power for value, place in near if value > least}
    total = sum(values.values())
    return {place: value / total for place, value in values.items()} if total else {}
