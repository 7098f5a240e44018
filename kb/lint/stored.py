"""The mirror's documents in ranges: what must be judged is judged, here, by processes, or by a cluster."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from kb.lint.compare import Changes
from kb.lint.kept import Judged
from kb.lint.work import Orders, judge_range
from kb.mirror.store import Mirror
from kb.model import Kind

RANGE = 2_000
"""The most documents judged in one go: what came of them is held in memory until it is kept."""

LEAST, TURNS = 250, 4
"""Where several processes judge: ranges of a few hundred documents at least, since handing one over costs some
milliseconds, and several for each process, so that they end at the same time."""

PAYS_FROM = 1_000
"""Documents to judge from which starting a second process pays (joblib's start: about a second)."""

END = 2**63 - 1
"""Past every id SQLite can give."""


@dataclass(frozen=True, slots=True)
class Share:
    """A range of ids: what must be judged in it, what must be joined anew, and which documents are shown."""

    lo: int
    hi: int
    wanted: array[int]
    again: array[int]
    shown: array[int]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who judges: so many processes, or the cluster at an address."""

    jobs: int = 1
    cluster: str = ""


def shares(mirror: Mirror, changes: Changes, kinds: Iterable[Kind], *, changed_only: bool, crew: Crew) -> list[Share]:
    """The documents cut into ranges for the crew, that leave no id between them.

    All documents of these kinds are shown; with `changed_only` those that must be judged, joined
    anew, or told to the findings' history.
    """
    if changed_only:
        shown = array("q", sorted({*changes.wanted, *changes.again, *changes.untold}))
    else:
        shown = array("q", mirror.ids(kinds))
    size = RANGE if crew.jobs < 2 else min(RANGE, max(LEAST, len(shown) // (crew.jobs * TURNS)))
    starts = [0, *(shown[at] for at in range(size, len(shown), size)), END]
    return [
        Share(lo, hi, _between(changes.wanted, lo, hi), _between(changes.again, lo, hi), _between(shown, lo, hi))
        for lo, hi in pairwise(starts)
    ]


def _between(ids: array[int], lo: int, hi: int) -> array[int]:
    return ids[bisect_left(ids, lo) : bisect_left(ids, hi)]


def judged(
    parts: Sequence[Share], mirror: Path, orders: Orders, *, pages: bool, crew: Crew
) -> Iterator[tuple[Share, list[Judged]]]:
    """Each range with the judgements that were wanted in it.

    Raises StoreError when the mirror cannot be read, UnreachableError when the cluster cannot.
    """
    todo = [part for part in parts if part.wanted]
    following = iter(_results(todo, mirror, orders, pages, crew))
    for part in parts:
        yield part, next(following) if part.wanted else []


def _results(todo: Sequence[Share], mirror: Path, orders: Orders, pages: bool, crew: Crew) -> Iterable[list[Judged]]:
    if crew.cluster and todo:
        from kb.lint.cluster import judged_far  # loads joblib and distributed

        return judged_far(crew.cluster, todo, mirror, orders, pages)
    work = ((orders, mirror, part.lo, part.hi, frozenset(part.wanted), pages) for part in todo)
    if crew.jobs < 2 or len(todo) < 2 or sum(len(part.wanted) for part in todo) < PAYS_FROM:
        return (judge_range(*each) for each in work)
    from kb.lint.processes import judged_near  # loads joblib

    return judged_near(work, crew.jobs)
