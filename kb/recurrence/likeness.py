"""How alike two incidents are: by the names, the scene and the cause they share, each word by how rare it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from heapq import nlargest
from math import log, sqrt
from typing import NamedTuple
from zlib import crc32

from kb.model.sketch import IncidentSketch
from kb.reading.traits.concepts import list_areas, list_mechanisms
from kb.recurrence.record import IncidentRecord

RARE = 40
"""Incidents that a word may stand in to lead from one to another."""
LEADS = 10
"""Rare words of an incident that are followed, the rarest first: what it costs is no more than these."""
MOST_COMPARED = 24
"""Earlier incidents that one is compared with: those that share the most of its rare words."""
FULL_WEIGHT = 4.7
"""Of a word that stands in one incident alone."""
_SMOOTHED = 20
"""Added to the number of incidents, so that in a handful of them a word in two is still rare."""


class Measured(NamedTuple):
    """An incident as it is compared: its words as sets, and the lengths that cosines are divided by."""

    names: frozenset[int]
    scene: frozenset[int]
    cause: frozenset[int]
    blamed: frozenset[int]
    scene_norm: float
    cause_norm: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two incidents share: `names` in weight, `scene` and `cause` as cosines from 0 to 1.

    `words` is the weight of the words that their causes share and neither scene tells; `is_same_mechanism`: a concept
    of why is among what the causes share. `is_elsewhere`: one cause names a part that is nowhere on the other page.
    """

    names: float
    scene: float
    cause: float
    words: float
    is_same_mechanism: bool
    is_elsewhere: bool


class Vocabulary:
    """How many incidents each word stands in, and so what it weighs."""

    def __init__(self, records: Sequence[IncidentRecord]) -> None:
        size = len(records) + _SMOOTHED
        self.names: Counter[int] = Counter()
        self.words: Counter[int] = Counter()
        for record in records:
            sketch = record.sketch
            self.names.update(sketch.names)
            self.words.update({*sketch.scene, *sketch.cause})
        scale = FULL_WEIGHT / log(size)
        # Up to FULL_WEIGHT, in a team of any size.
        self._weights = {
            count: max(log(size / count), 0.0) * scale for count in {*self.names.values(), *self.words.values()}
        }
        self._squares = {count: weight**2 for count, weight in self._weights.items()}

    def weigh(self, words: Iterable[int], counts: Counter[int]) -> float:
        """Return what some words weigh together."""
        weights = self._weights
        return sum(weights[counts[word]] for word in words if word in counts)

    def measure(self, sketch: IncidentSketch) -> Measured:
        """Return an incident as it is compared."""
        return Measured(
            frozenset(sketch.names),
            frozenset(sketch.scene),
            frozenset(sketch.cause),
            frozenset(sketch.blamed),
            self._norm(sketch.scene),
            self._norm(sketch.cause),
        )

    def compare(self, a: Measured, b: Measured) -> Likeness:
        """Return how alike two incidents are."""
        shared = a.cause & b.cause
        return Likeness(
            self.weigh(a.names & b.names, self.names),
            self._multiply(a.scene & b.scene) / (a.scene_norm * b.scene_norm),
            self._multiply(shared) / (a.cause_norm * b.cause_norm),
            self.weigh(shared - a.scene - b.scene - _areas(), self.words),
            not shared.isdisjoint(_mechanisms()),
            not (a.blamed <= b.names and b.blamed <= a.names),
        )

    def _multiply(self, words: Iterable[int]) -> float:
        squares, counts = self._squares, self.words
        return sum([squares[counts[word]] for word in words])

    def _norm(self, words: Iterable[int]) -> float:
        return sqrt(self._multiply(words)) or 1.0


@cache
def _areas() -> frozenset[int]:
    return frozenset(crc32(name.encode()) for name in list_areas())


@cache
def _mechanisms() -> frozenset[int]:
    return frozenset(crc32(name.encode()) for name in list_mechanisms())


class Leads:
    """Finds the earlier incidents that share rare words with one, without comparing it with all."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._names: defaultdict[int, list[int]] = defaultdict(list)
        self._scene: defaultdict[int, list[int]] = defaultdict(list)
        self._cause: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, index: int, sketch: IncidentSketch) -> None:
        """Let later incidents find this one."""
        words = self._vocabulary.words
        for rare, found in (
            (self._rare(sketch.names, self._vocabulary.names), self._names),
            (self._rare(sketch.scene, words), self._scene),
            (self._rare(sketch.cause, words), self._cause),
        ):
            for word in rare:
                found[word].append(index)

    def find(self, sketch: IncidentSketch, again: Sequence[int] | None = None) -> list[int]:
        """Return the incidents that were added and share the most rare words of the cause with this one.

        With `again`, the words that tell of an earlier trouble, also those that share these, names or the scene.
        """
        words = self._vocabulary.words
        found: Counter[int] = Counter()
        for word in self._rare(sketch.cause, words):
            found.update(self._cause.get(word, ()))
        if again is not None:
            for word in self._rare((*sketch.scene, *again), words):
                found.update(self._scene.get(word, ()))
            for word in self._rare(again, words):
                found.update(self._cause.get(word, ()))
            for name in self._rare(sketch.names, self._vocabulary.names):
                found.update(self._names.get(name, ()))
        if len(found) <= MOST_COMPARED:
            return list(found)
        return nlargest(MOST_COMPARED, found, key=lambda index: (found[index], index))

    def _rare(self, words: Iterable[int], counts: Counter[int]) -> list[int]:
        rare = sorted((word for word in words if 1 < counts[word] <= RARE), key=lambda word: (counts[word], word))
        return rare[:LEADS]
