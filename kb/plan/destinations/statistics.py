"""What the team's shared pages show of their places, counted page by page: no text, no page is kept."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb.plan.destinations.families import DatedPlaces, fold_place
from kb.plan.destinations.signs import PageSigns, Signal
from kb.text.grams import fold_for_search, letter_pairs


@dataclass(frozen=True, slots=True)
class RankedRows:
    """The rows of a signal, rarest key first, each with the number of pages in it, and the keys' ranks in them."""

    ranks: Mapping[str, int]
    rows: Sequence[tuple[int, Mapping[int, int]]]


@dataclass(slots=True)
class PlaceStatistics:
    """How often each key stands in each place: a category with its dates folded, known by its number."""

    places: list[str] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    rows: dict[Signal, defaultdict[str, dict[int, int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    homes: dict[str, int] = field(default_factory=dict)
    linking: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    dated: DatedPlaces = field(default_factory=DatedPlaces)
    _numbers: dict[str, int] = field(default_factory=dict)
    _scales: dict[Signal, Sequence[float]] = field(default_factory=dict)
    _ranked: dict[Signal, RankedRows] = field(default_factory=dict)
    _parts: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of pages counted."""
        return len(self.homes)

    def add(self, signs: PageSigns, category: str) -> None:
        """Count a shared page in its category."""
        place = fold_place(category)
        number = self._numbers.setdefault(place, len(self.places))
        if number == len(self.places):
            self.places.append(place)
            self.pages.append(0)
        self.pages[number] += 1
        self.homes[signs.doc] = number
        for signal, keys in signs.keys.items():
            if signal is Signal.NAME:
                continue  # compared with the names of places, which nobody need have counted
            rows = self.rows[signal]
            for key in keys:
                row = rows[key]
                row[number] = row.get(number, 0) + 1
        for target in signs.links:
            self.linking[target].add(signs.doc)
        self.dated.add(place, category, signs.days or {})
        for kept in (self._scales, self._parts, self._ranked):
            kept.clear()

    def home_of(self, doc: str) -> int | None:
        """Return the place of a shared page; None for any other."""
        return self.homes.get(doc)

    def ranked(self, signal: Signal) -> RankedRows:
        """Return the rows by how many pages have their keys, those with as many by the keys."""
        if (found := self._ranked.get(signal)) is None:
            rows = self.rows[signal]
            order = sorted((sum(row.values()), key) for key, row in rows.items())
            ranks = {key: rank for rank, (_, key) in enumerate(order)}
            found = self._ranked[signal] = RankedRows(ranks, [(total, rows[key]) for total, key in order])
        return found

    def weight(self, count: int) -> float:
        """Return how much a key that stands on so many pages tells."""
        return math.log((self.total + 1) / max(count, 1))

    def scales(self, signal: Signal) -> Sequence[float]:
        """Return, by place, what a count in it is worth: a part of its pages, by the length of its vector of words."""
        if signal not in self._scales:
            squares: defaultdict[int, float] = defaultdict(float)
            for total, row in self.ranked(signal).rows:
                weight = self.weight(total) ** 2
                for number, count in row.items():
                    squares[number] += weight * (count / self.pages[number]) ** 2
            sizes = enumerate(self.pages)
            self._scales[signal] = [
                1 / (math.sqrt(squares[number]) * size) if squares.get(number) else 0.0 for number, size in sizes
            ]
        return self._scales[signal]

    def parts(self) -> Mapping[str, list[tuple[int, float]]]:
        """Return, for each pair of letters, the places whose names hold it, and its share of that name, weighted."""
        if not self._parts:
            for number, place in enumerate(self.places):
                names = [each for each in place.split("/") if "{" not in each]
                for depth, name in enumerate(reversed(names)):
                    pairs = letter_pairs(fold_for_search(name))
                    for pair in pairs:
                        self._parts.setdefault(pair, []).append((number, 1 / len(pairs) * 0.5**depth))
        return self._parts
