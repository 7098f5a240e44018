"""What a worker process does: judge a range of the mirror's documents, or those that were sent to it.

Everything a worker needs travels as plain values; rules and compiled patterns are loaded where
they are used, since neither can be sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypedDict

import kb
from kb.errors import ToolError
from kb.lang import t
from kb.lint import plugins, rules
from kb.lint.compiled import open_gate
from kb.lint.directives import directives
from kb.lint.history import MOST_VERSIONS
from kb.lint.judge import Judge
from kb.lint.kept import Judged
from kb.lint.plugins import NOTHING, Extras
from kb.mirror.store import Mirror
from kb.mirror.stored import Stored
from kb.model import Document, Facts, PagePolicy, Secret, Version
from kb.reading.blocks import PARSER_VERSION
from kb.reading.version import READER_VERSION
from kb.secrets.known import NOTHING as NOTHING_KNOWN
from kb.secrets.known import Known
from kb.secrets.registry import use
from kb.secrets.version import DETECTOR_VERSION

FEW = 200
"""Documents that are read one by one rather than picked from a range of some thousands."""

Parcel: TypeAlias = "tuple[int, bytes, Document, bytes | None, Besides]"
"""A document on its way to another machine: id, hash, the document, its structure, what else is known of it."""

MAKERS = (kb.__version__, PARSER_VERSION, READER_VERSION, DETECTOR_VERSION)


class Besides(TypedDict):
    """What is known of a document besides itself: see `Judge.__call__`."""

    versions: tuple[Version, ...]
    purged: tuple[Secret, ...]


NOTHING_BESIDES = Besides(versions=(), purged=())


@dataclass(frozen=True, slots=True)
class Orders:
    """Which rules judge, under which settings, and where compiled patterns are kept (None: the user's cache).

    `extras` are the rules there are besides kb's own. `key` names the values of secrets ("" where there is none),
    `known` are those that are covered wherever they stand.

    `makers` are the versions that must do it: another kb on another machine may judge otherwise.
    """

    codes: tuple[str, ...]
    policy: PagePolicy
    cache: Path | None = None
    extras: Extras = NOTHING
    key: bytes = field(default=b"", repr=False)
    known: Known = NOTHING_KNOWN
    makers: tuple[str | int, ...] = MAKERS


@lru_cache(maxsize=1)
def judge_for(orders: Orders) -> Judge:
    """The judge these orders describe. Raises ToolError when this kb cannot follow them."""
    chosen = [rule for rule in plugins.load(orders.extras).rules if rule.code in orders.codes]
    if orders.makers != MAKERS or len(chosen) != len(orders.codes):
        here, there = (MAKERS[0], len(chosen)), (orders.makers[0], len(orders.codes))
        raise ToolError(
            t(
                f"ワーカーの kb か規則が違います（版と規則の数: {here[0]} {here[1]}、必要: {there[0]} {there[1]}）。",
                f"a worker has another kb or rules ( {here[0]} {here[1]}; needed: {there[0]} {there[1]}).",
            ),
            t("すべてのワーカーに同じ kb と規則を入れてください。", "install the same kb and rules on every worker."),
        )
    if orders.known:
        use(orders.known)  # in a worker nothing has told them yet
    gate = open_gate(rules.groups(chosen), orders.cache)
    return Judge(chosen, orders.policy, gate, read=read, directives=directives, key=orders.key)


def judge_range(orders: Orders, mirror: Path, lo: int, hi: int, wanted: Collection[int], kinds: bool) -> list[Judged]:
    """The judgements on the `wanted` documents with `lo` ≤ id < `hi`."""
    judge = judge_for(orders)
    with Mirror.open(mirror, readonly=True) as store:
        return [
            Judged(each.id, each.hash, judge(each.document, each.structure, kinds=kinds, **besides))
            for each, besides in _read(store, lo, hi, wanted)
        ]


def judge_sent(orders: Orders, parcels: Iterable[Parcel], kinds: bool) -> list[Judged]:
    """The judgements on documents that came with the order: for a machine that has no mirror."""
    judge = judge_for(orders)
    return [
        Judged(here, digest, judge(document, structure, kinds=kinds, **besides))
        for here, digest, document, structure, besides in parcels
    ]


def parcels(mirror: Path, lo: int, hi: int, wanted: Collection[int]) -> list[Parcel]:
    """The wanted documents with `lo` ≤ id < `hi`, ready to be sent."""
    with Mirror.open(mirror, readonly=True) as store:
        return [
            (each.id, each.hash, each.document, each.structure, besides)
            for each, besides in _read(store, lo, hi, wanted)
        ]


def read(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts:
    """What one reading yields. The reader takes 0.1 s to load: not before there is something to read."""
    from kb.reading import facts

    return facts.read(document, policy, structure)


def _read(store: Mirror, lo: int, hi: int, wanted: Collection[int]) -> Iterator[tuple[Stored, Besides]]:
    """The wanted documents: one by one when they are few, else out of the whole range."""
    versioned, purged = store.versioned(lo, hi), store.purged_from(lo, hi)
    for each in _stored(store, lo, hi, wanted):
        if each.id in versioned or each.id in purged:
            yield each, _besides(store, each.id)
        else:
            yield each, NOTHING_BESIDES


def _stored(store: Mirror, lo: int, hi: int, wanted: Collection[int]) -> Iterator[Stored]:
    if len(wanted) <= FEW:
        for here in sorted(wanted):
            yield from store.page(here, here + 1)
    else:
        yield from (stored for stored in store.page(lo, hi) if stored.id in wanted)


def _besides(store: Mirror, here: int) -> Besides:
    """What is known of one document: asked for only where there is something, since few have any."""
    before = (
        replace(version, purged=store.purged(here, version.part))
        for version in islice(store.versions(here), MOST_VERSIONS)
    )
    return Besides(versions=tuple(before), purged=store.purged(here))
