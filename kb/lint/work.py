"""What a worker process does: judge a range of the mirror's documents.

Everything a worker needs travels as plain values; rules and compiled patterns are loaded where
they are used, since neither can be sent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kb.lint import rules
from kb.lint.compiled import open_gate
from kb.lint.judge import Judge, Judgement
from kb.mirror.store import Mirror
from kb.model import PagePolicy
from kb.reading.facts import read


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
            for stored in store.page(lo, hi)
            if stored.id in wanted
        ]
