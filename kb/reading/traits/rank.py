"""Rank pages by the terms they share with a query, rare ones first: BM25 over an index that is only asked for counts.

Terms that few pages have are looked up everywhere, those that many have only among the best pages so far: what a
search costs does not grow with how common its words are. A query of more terms than are looked up, a whole page, is
ranked once more by all of them, each as heavy as it is rare, among the best pages; the two orders are fused by
reciprocal ranks (Cormack, Clarke and Büttcher, SIGIR 2009).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from math import log
from typing import Protocol

MAX_TERMS = 90
"""Of a query that count: those that say most."""
MAX_POSTINGS = 12_000
"""Pages of terms that are looked up everywhere, all terms together."""
AMONG = 300
"""Pages among which the other terms are looked up, and which are ranked by all terms of a whole page."""
_FUSION_K = 60
"""What is added to a rank before its reciprocal is taken: the paper's value."""
_LEAST_GUESSED = 4
_GUESSED_WEIGHT = 0.7
_MOST_GUESSED = 8
"""Words of a query that are guessed at: an error text in another language has more."""
_MOST_GUESSES = 3


class TermIndex(Protocol):
    """What ranking asks of an index. A page is a number; `weight` is what `read_page_terms` gave."""

    def count_pages(self) -> int:
        """Return how many pages there are."""

    def count_terms(self, terms: Collection[str]) -> Mapping[str, int]:
        """Return how many pages have each term, without those that none has."""

    def find_pages(self, term: str, among: Collection[int] | None = None) -> Iterable[tuple[int, float]]:
        """Yield the pages that have a term, with its weight there."""

    def find_best(self, term: str, most: int) -> Iterable[tuple[int, float]]:
        """Yield the pages in which a term has the most weight, the newest of those with as much."""

    def find_weights(
        self, pages: Collection[int], terms: Collection[str]
    ) -> Iterable[tuple[int, Iterable[tuple[str, float]]]]:
        """Yield each of these pages with those of the terms that it has, and their weights there."""

    def find_words(self, start: str, shortest: int, longest: int) -> Iterable[str]:
        """Yield the terms with a beginning (`wl`) and of these lengths."""


@dataclass(slots=True)
class Ranking:
    """The pages with their scores, best first; `terms` are the ones that counted, each with what it counts."""

    pages: list[tuple[int, float]]
    terms: dict[str, float] = field(default_factory=dict)


def rank_pages(
    index: TermIndex, query: Mapping[str, float], prior: Mapping[int, float], apart_from: Collection[int] = ()
) -> Ranking:
    """Return the pages that share terms with a query. `prior` multiplies the score of pages, 1.0 where it has none.

    A Latin word that no page has is taken for the misspelt ones that some have.
    """
    query = _with_guesses(index, query)
    counts = index.count_terms(query)
    pages = index.count_pages()
    rarity = {term: log(1 + (pages - counts[term] + 0.5) / (counts[term] + 0.5)) for term in query if counts.get(term)}
    worth = {term: query[term] * rare for term, rare in rarity.items()}
    terms = dict(sorted(worth.items(), key=lambda each: (-each[1], each[0]))[:MAX_TERMS])
    scores: defaultdict[int, float] = defaultdict(float)
    common: list[str] = []
    left = MAX_POSTINGS
    for term in sorted(terms, key=lambda term: (counts[term], term)):
        if scores and counts[term] > left:
            common.append(term)
            continue
        everywhere = counts[term] <= left
        left -= counts[term]
        for page, weight in index.find_pages(term) if everywhere else index.find_best(term, AMONG):
            scores[page] += terms[term] * weight
    for page in apart_from:
        scores.pop(page, None)
    if common:
        likely = sorted(scores, key=lambda page: -scores[page] * prior.get(page, 1.0))[:AMONG]
        for term in common:
            for page, weight in index.find_pages(term, likely):
                scores[page] += terms[term] * weight
    ranked = _sort((page, score * prior.get(page, 1.0)) for page, score in scores.items())
    if len(worth) > len(terms):
        best = ranked[:AMONG]
        ranked[:AMONG] = _fuse(best, _rank_among(index, rarity, [page for page, _ in best], prior))
    return Ranking(ranked, terms)


def _sort(scored: Iterable[tuple[int, float]]) -> list[tuple[int, float]]:
    return sorted(scored, key=lambda each: (-each[1], -each[0]))


def _rank_among(
    index: TermIndex, terms: Mapping[str, float], pages: Sequence[int], prior: Mapping[int, float]
) -> list[tuple[int, float]]:
    scores = dict.fromkeys(pages, 0.0)
    for page, weights in index.find_weights(pages, terms):
        scores[page] = prior.get(page, 1.0) * sum(terms[term] * weight for term, weight in weights)
    return _sort(scores.items())


def _fuse(first: Sequence[tuple[int, float]], second: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Return the pages of two rankings of the same pages in the order of both, with the scores of the first."""
    points: defaultdict[int, float] = defaultdict(float)
    for ranked in (first, second):
        for rank, (page, _) in enumerate(ranked, 1):
            points[page] += 1 / (_FUSION_K + rank)
    order = (page for page, _ in _sort(points.items()))
    return [(page, score) for page, (_, score) in zip(order, first, strict=True)]


def _with_guesses(index: TermIndex, query: Mapping[str, float]) -> dict[str, float]:
    found = dict(query)
    words = [term for term in query if term[0] == "w" and len(term) > _LEAST_GUESSED and term[1:].isalpha()]
    known = index.count_terms(words)
    for term in [term for term in words if term not in known][:_MOST_GUESSED]:
        starts = dict.fromkeys((term[:2], term[0] + term[2]))  # its first letter is right, or changed its place
        lengths = len(term) - 1, len(term) + 1
        near = {word for start in starts for word in index.find_words(start, *lengths)}
        for word in sorted(word for word in near if is_misspelt(term[1:], word[1:]))[:_MOST_GUESSES]:
            found.setdefault(word, query[term] * _GUESSED_WEIGHT)
    return found


def is_misspelt(word: str, other: str) -> bool:
    """Whether two words differ by one letter: another one, one more, one less, or two that changed places."""
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    at = next(
        (at for at, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), min(len(word), len(other))
    )
    here, there = word[at:], other[at:]
    if len(here) == len(there):
        return here[1:] == there[1:] or (here[:2] == there[1::-1] and here[2:] == there[2:])
    return here[1:] == there if len(here) > len(there) else here == there[1:]


class MemoryIndex:
    """An index in memory, for as many pages as a file holds."""

    def __init__(self, pages: Iterable[tuple[int, Mapping[str, float]]] = ()) -> None:
        self._terms: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        self._pages = 0
        for page, terms in pages:
            self.add(page, terms)

    def add(self, page: int, terms: Mapping[str, float]) -> None:
        """Add a page."""
        self._pages += 1
        for term, weight in terms.items():
            self._terms[term].append((page, weight))

    def count_pages(self) -> int:
        return self._pages

    def count_terms(self, terms: Collection[str]) -> Mapping[str, int]:
        return {term: len(self._terms[term]) for term in terms if term in self._terms}

    def find_pages(self, term: str, among: Collection[int] | None = None) -> Iterable[tuple[int, float]]:
        found = self._terms.get(term, ())
        if among is None:
            return found
        wanted = frozenset(among)
        return (each for each in found if each[0] in wanted)

    def find_best(self, term: str, most: int) -> Iterable[tuple[int, float]]:
        return nlargest(most, self._terms.get(term, ()), key=lambda each: (each[1], each[0]))

    def find_weights(
        self, pages: Collection[int], terms: Collection[str]
    ) -> Iterable[tuple[int, Iterable[tuple[str, float]]]]:
        found: dict[int, list[tuple[str, float]]] = {page: [] for page in pages}
        for term in terms:
            for page, weight in self.find_pages(term, found):
                found[page].append((term, weight))
        return found.items()

    def find_words(self, start: str, shortest: int, longest: int) -> Iterable[str]:
        return (term for term in self._terms if term.startswith(start) and shortest <= len(term) <= longest)
