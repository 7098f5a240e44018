"""Measure how well places are found: hide those of the team's shared pages, and look for them."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.plan.destinations.baselines import Baselines
from kb.plan.destinations.calibrate import (
    Calibration,
    HiddenPage,
    Sample,
    SignalRecord,
    calibrate,
    hide_places,
    judge,
    learn_margin,
)
from kb.plan.destinations.families import fold_place
from kb.plan.destinations.score import margin_of, pool_votes
from kb.plan.destinations.signs import Signal
from kb.plan.destinations.statistics import PlaceStatistics

PARTS = 4
"""The margin for a page is learnt from the other three quarters of the pages."""

MAX_CONFUSED = 5
"""Pairs of places that are told."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the judged pages: first place right, among the first three, far enough ahead, and right of those.

    `precision` is None where nothing was far enough ahead, or where a way has no margin.
    """

    top1: float
    top3: float
    coverage: float | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of a team. `folded`: 障害/2024 and 障害/2025 are one place; `exact`: each is one of its own.

    `shared` pages were counted, `judged` of them looked for; `alone` of those looked at stand in a place of their own,
    which nobody can know once it is hidden. `confused` are places taken for another: right, proposed, how often.
    """

    shared: int
    judged: int
    alone: int
    places: int
    margin: float
    folded: Figures
    exact: Figures
    baselines: Mapping[str, tuple[Figures, Figures]]
    records: Mapping[Signal, SignalRecord]
    confused: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found for a page: categories with dates filled in and folded, the margin, whether it is far enough."""

    page: HiddenPage
    exact: Sequence[str]
    folded: Sequence[str]
    sure: bool


def evaluate(statistics: PlaceStatistics, sample: Sample, baselines: Baselines) -> Evaluation:
    """Return the figures of a team's counted pages."""
    pages = hide_places(sample, statistics)
    learnt = calibrate(pages)
    found = list(_find(statistics, pages, learnt))
    ways: dict[str, Callable[[HiddenPage], list[str]]] = {
        "most-frequent": lambda page: baselines.most_frequent(page.signs),
        "title": lambda page: baselines.by_title(page.signs),
        "nearest": lambda page: baselines.nearest(page.signs),
    }
    confused = Counter(
        (statistics.places[each.page.place], each.folded[0])
        for each in found
        if each.folded and each.folded[0] != statistics.places[each.page.place]
    )
    return Evaluation(
        shared=statistics.total,
        judged=len(pages),
        alone=len(sample.signs) - len(pages),
        places=len(statistics.places),
        margin=learnt.margin,
        folded=_figures([(_right_at(each.folded, fold_place(each.page.category)), each.sure) for each in found]),
        exact=_figures([(_right_at(each.exact, each.page.category), each.sure) for each in found]),
        baselines={name: _naive_figures(way, pages) for name, way in ways.items()},
        records=learnt.records,
        confused=tuple(
            (*pair, count) for pair, count in sorted(confused.items(), key=lambda row: (-row[1], row[0]))[:MAX_CONFUSED]
        ),
    )


def _find(statistics: PlaceStatistics, pages: Sequence[HiddenPage], learnt: Calibration) -> Iterator[_Found]:
    """Yield what is found for each page, sure by a margin learnt from the pages of the other parts."""
    judged = [(_part_of(page), judge(page, learnt.weights)) for page in pages]
    margins = [learn_margin(row for part, row in judged if part != here) for here in range(PARTS)]
    for page in pages:
        ranked = pool_votes(page.votes, learnt.weights)
        places = [statistics.places[each.place] for each in ranked]
        exact = [statistics.dated.resolve(place, page.signs.days or {}) for place in places]
        yield _Found(page, exact, places, margin_of(ranked) >= margins[_part_of(page)])


def _part_of(page: HiddenPage) -> int:
    return zlib.crc32(page.signs.doc.encode("utf-8", "surrogatepass")) % PARTS


def _right_at(found: Sequence[str], wanted: str) -> int:
    """Return where the right one stands, from 1; 0 for nowhere."""
    return found.index(wanted) + 1 if wanted in found else 0


def _figures(rows: Sequence[tuple[int, bool]]) -> Figures:
    count = len(rows) or 1
    sure = [at for at, is_sure in rows if is_sure]
    return Figures(
        sum(at == 1 for at, _ in rows) / count,
        sum(at > 0 for at, _ in rows) / count,
        len(sure) / count,
        sum(at == 1 for at in sure) / len(sure) if sure else None,
    )


def _naive_figures(way: Callable[[HiddenPage], list[str]], pages: Sequence[HiddenPage]) -> tuple[Figures, Figures]:
    """Return the figures of a naive way, folded and exact."""
    folded, exact = [], []
    for page in pages:
        found = way(page)
        exact.append(_right_at(found, page.category))
        folded.append(_right_at(list(dict.fromkeys(map(fold_place, found))), fold_place(page.category)))
    one, other = (_figures([(at, False) for at in rows]) for rows in (folded, exact))
    return Figures(one.top1, one.top3), Figures(other.top1, other.top3)
