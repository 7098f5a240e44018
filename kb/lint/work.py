"""What a worker process does: judge a range of the mirror's documents.

Everything a worker needs travels as plain values; rules and compiled patterns are loaded where
they are used, since neither can be sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.lint import rules
from kb.lint.compiled import open_gate
from kb.lint.judge import Judge, Judgement
from kb.mirror.store import Mirror, Stored
from kb.model import Document, Facts, PagePolicy

FEW = 200
"""Documents that are read one by one rather than picked from a range of some thousands."""


@dataclass(frozen=True, slots=True)
class Orders:
    """Which rules judge, under which settings, and where compiled patterns are kept (None: the user's cache)."""

    codes: tuple[str, ...]
    policy: PagePolicy
    cache: Path | None = None


@lru_cache(maxsize=1)
def judge_for(orders: Orders) -> Judge:
    """The judge these orders describe."""
    chosen = [rule for rule in rules.load() if rule.code in orders.codes]
    return Judge(chosen, orders.policy, open_gate(rules.groups(chosen), orders.cache), read=read)


def judge_range(
    orders: Orders, mirror: Path, lo: int, hi: int, wanted: Collection[int], kinds: bool
) -> list[tuple[int, Judgement]]:
    """Id and judgement of the `wanted` documents with `lo` ≤ id < `hi`."""
    judge = judge_for(orders)
    with Mirror.open(mirror, readonly=True) as store:
        return [
            (stored.id, judge(stored.document, stored.structure, kinds=kinds))
            for stored in _read(store, lo, hi, wanted)
        ]


def read(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts:
    """What one reading yields. The reader takes 0.1 s to load: not before there is something to read."""
    from kb.reading import facts

    return facts.read(document, policy, structure)


def _read(store: Mirror, lo: int, hi: int, wanted: Collection[int]) -> Iterator[Stored]:
    """The wanted documents: one by one when they are few, else out of the whole range."""
    if len(wanted) <= FEW:
        for here in sorted(wanted):
            yield from store.page(here, here + 1)
    else:
        yield from (stored for stored in store.page(lo, hi) if stored.id in wanted)
