"""Naive ways to find a page's place, to hold the score against: the fullest, a title's beginning, the nearest page."""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kb.plan.destinations.signs import PageSigns, Signal

_K1, _B = 1.2, 0.75  # as BM25 is used everywhere; a pair of letters counts once a page
_MOST_FREQUENT = 0.2
"""Pairs of letters on more pages than this share are passed over: they tell nothing and cost most of the time."""


@dataclass(slots=True)
class Baselines:
    """All shared pages by number: their categories, title beginnings, and which pairs of letters stand on which."""

    categories: list[str] = field(default_factory=list)
    _docs: dict[str, int] = field(default_factory=dict)
    _fronts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _postings: dict[str, array[int]] = field(default_factory=dict)
    _lengths: array[int] = field(default_factory=lambda: array("I"))

    def add(self, signs: PageSigns, category: str) -> None:
        """Count a shared page."""
        number = len(self.categories)
        self._docs[signs.doc] = number
        self.categories.append(category)
        self._fronts[_front_of(signs)][category] += 1
        pairs = _pairs_of(signs)
        self._lengths.append(len(pairs))
        for pair in pairs:
            self._postings.setdefault(pair, array("I")).append(number)

    def most_frequent(self, signs: PageSigns) -> list[str]:
        """Return the fullest categories but for the page itself."""
        return _first(Counter(self.categories), self.categories[self._docs[signs.doc]])

    def by_title(self, signs: PageSigns) -> list[str]:
        """Return the categories where most titles begin alike, else the fullest ones."""
        own = self.categories[self._docs[signs.doc]]
        front = _front_of(signs)
        return (_first(self._fronts[front], own) if front else []) or self.most_frequent(signs)

    def nearest(self, signs: PageSigns) -> list[str]:
        """Return the categories of the nearest pages, by BM25 over pairs of letters."""
        own, total = self._docs[signs.doc], len(self.categories)
        mean = sum(self._lengths) / max(total, 1) or 1.0
        scores: defaultdict[int, float] = defaultdict(float)
        for pair in sorted(_pairs_of(signs)):
            pages = self._postings[pair]
            if len(pages) > max(2, _MOST_FREQUENT * total):
                continue
            weight = math.log(1 + (total - len(pages) + 0.5) / (len(pages) + 0.5)) * (_K1 + 1)
            for page in pages:
                scores[page] += weight / (1 + _K1 * (1 - _B + _B * self._lengths[page] / mean))
        scores.pop(own, None)
        near = sorted(scores, key=lambda page: (-scores[page], page))
        return list(dict.fromkeys(self.categories[page] for page in near[:50]))[:3]


def _first(counts: Counter[str], own: str) -> list[str]:
    left = Counter(counts)
    left[own] -= 1
    return sorted((each for each in left if left[each] > 0), key=lambda each: (-left[each], each))[:3]


def _front_of(signs: PageSigns) -> str:
    """Return how a title begins: its label, its first word, or all of it."""
    series: Iterable[str] = signs.keys.get(Signal.SERIES, ())
    by_sign = {each[:1]: each for each in sorted(series)}
    return next((by_sign[sign] for sign in "[^=" if sign in by_sign), "")


def _pairs_of(signs: PageSigns) -> frozenset[str]:
    return signs.keys.get(Signal.TITLE, frozenset()) | signs.keys.get(Signal.WORDS, frozenset())
