"""Judge ranges of documents in this process or a worker."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import kb
from kb.errors import ToolError
from kb.ingest.remnants import MAX_VERSIONS
from kb.lint.cache import compiled
from kb.lint.cache.engines import open_gate, open_pass
from kb.lint.cache.known_values import read_free_documents
from kb.lint.cache.store import JudgedDocument
from kb.lint.engine import plugins
from kb.lint.engine.plugins import NO_EXTRAS, RuleSources
from kb.markup.blocks import PARSER_VERSION
from kb.mirror.documents import StoredDocument
from kb.model.document import Document
from kb.model.facts import Facts
from kb.model.page import DocumentVersion, PagePolicy
from kb.model.secret import Secret
from kb.recurrence.record import build_record
from kb.rules import registry
from kb.rules.directives import parse_directives
from kb.rules.judge import Judge
from kb.secrets.masking.known import NO_KNOWN_VALUES as NOTHING_KNOWN
from kb.secrets.masking.known import KnownHashes
from kb.secrets.masking.registry import use_known
from kb.secrets.page.marks import provide_pass
from kb.text.lang import t
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

if TYPE_CHECKING:
    from kb.mirror.store import Mirror

# Orders reach workers as plain values; rules and compiled patterns cannot be sent and are loaded there.


CHUNK = 200
"""Documents that are read one by one rather than picked from a range of some thousands."""

Parcel: TypeAlias = "tuple[int, bytes, Document, bytes | None, DocumentContext]"
"""A document on its way to another machine: id, hash, the document, its structure, what else is known of it."""

MAKERS = (kb.__version__, PARSER_VERSION, READER_VERSION, DETECTOR_VERSION)


class DocumentContext(TypedDict):
    """What is known of a document besides its text: see `Judge.__call__`."""

    versions: tuple[DocumentVersion, ...]
    purged: tuple[Secret, ...]
    free: bool
    copies: bool


@dataclass(frozen=True, slots=True)
class JudgeOrders:
    """Which rules judge, with which settings and cache folder (None: the user's).

    `extras` are the rules besides kb's own. `key` names secret values ("" for none); `known` are those masked
    everywhere, and `known_at` is the file that keeps them (None: none does). `whole`: the Facts of all pages are asked
    for, not those of incident pages alone. `makers` are the versions a worker must have: another kb may judge
    differently.
    """

    codes: tuple[str, ...]
    policy: PagePolicy
    cache: Path | None = None
    extras: RuleSources = NO_EXTRAS
    key: bytes = field(default=b"", repr=False)
    known: KnownHashes = NOTHING_KNOWN
    known_at: Path | None = None
    whole: bool = True
    makers: tuple[str | int, ...] = MAKERS


@lru_cache(maxsize=1)
def build_judge(orders: JudgeOrders) -> Judge:
    """Build the judge for these orders. Raises ToolError when this kb has other versions."""
    chosen = [rule for rule in plugins.load_all_rules(orders.extras).rules if rule.code in orders.codes]
    if orders.makers != MAKERS or len(chosen) != len(orders.codes):
        here, there = (MAKERS[0], len(chosen)), (orders.makers[0], len(orders.codes))
        raise ToolError(
            t(
                f"ワーカーの kb か規則が違います（版と規則の数: {here[0]} {here[1]}、必要: {there[0]} {there[1]}）。",
                f"a worker has another kb or rules ( {here[0]} {here[1]}; needed: {there[0]} {there[1]}).",
            ),
            t("すべてのワーカーに同じ kb と規則を入れてください。", "install the same kb and rules on every worker."),
        )
    compiled.load_patterns()
    if orders.known:
        use_known(orders.known)  # a worker does not have them yet
    gate = open_gate(registry.groups_of(chosen), orders.cache)
    provide_pass(lambda make: open_pass(orders.cache, make=make))
    read_incident = None if orders.whole else read_incident_page
    return Judge(
        chosen,
        orders.policy,
        gate,
        read=read_document,
        read_incident=read_incident,
        directives=parse_directives,
        key=orders.key,
    )


def judge_range(
    orders: JudgeOrders, mirror: Path, lo: int, hi: int, wanted: Collection[int], kinds: bool
) -> list[JudgedDocument]:
    """Return the judgements on the `wanted` documents with `lo` ≤ id < `hi`."""
    return judge_parcels(orders, read_parcels(orders, mirror, lo, hi, wanted), kinds)


def judge_parcels(orders: JudgeOrders, parcels: Iterable[Parcel], kinds: bool) -> list[JudgedDocument]:
    """Return the judgements on documents, on this machine or, sent along, on one without a mirror."""
    from linters.incident.measures import count_planned, is_marked_done  # with the rules, which `build_judge` loads
    from linters.incident.places import is_in_done_place

    judge = build_judge(orders)
    return [
        JudgedDocument(
            here,
            digest,
            judgement,
            count_planned(judgement.entry, orders.policy),
            build_record(
                judgement.entry,
                marked_done=is_marked_done(judgement.entry) or is_in_done_place(judgement.entry, orders.policy),
            ),
        )
        for here, digest, document, structure, context in parcels
        for judgement in (judge(document, structure, kinds=kinds, **context),)
    ]


def read_parcels(orders: JudgeOrders, mirror: Path, lo: int, hi: int, wanted: Collection[int]) -> Iterator[Parcel]:
    """Yield the wanted documents with `lo` ≤ id < `hi`."""
    from kb.mirror.store import Mirror

    with Mirror.open(mirror, readonly=True) as store:
        versioned, purged = store.versioned(lo, hi), store.purged_from(lo, hi)
        free = read_free_documents(orders.known_at, orders.key, wanted)
        for each in _stored(store, lo, hi, wanted):
            context = DocumentContext(versions=(), purged=(), free=free.get(each.id) == each.hash, copies=True)
            if each.id in versioned or each.id in purged:
                context |= {"versions": _versions(store, each.id), "purged": store.purged(each.id)}
            yield each.id, each.hash, each.document, each.structure, context


def read_document(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts:
    """Read a document. The reader takes 0.1 s to load, so it is imported late."""
    from kb.reading import facts

    return facts.read_facts(document, policy, structure)


def read_incident_page(document: Document, policy: PagePolicy, structure: bytes | None) -> Facts | None:
    """Read a document if it is an incident page; imported late, too."""
    from kb.reading import facts

    return facts.read_incident(document, policy, structure)


def _stored(store: Mirror, lo: int, hi: int, wanted: Collection[int]) -> Iterator[StoredDocument]:
    """Yield the wanted documents: one by one when few, else from the whole range."""
    if len(wanted) <= CHUNK:
        for here in sorted(wanted):
            yield from store.page(here, here + 1)
    else:
        yield from (stored for stored in store.page(lo, hi) if stored.id in wanted)


def _versions(store: Mirror, here: int) -> tuple[DocumentVersion, ...]:
    """Return a document's old texts, queried only where the range has any, since few have."""
    return tuple(
        replace(version, purged=store.purged(here, version.part))
        for version in islice(store.versions(here), MAX_VERSIONS)
    )


@dataclass(frozen=True, slots=True)
class IdRange:
    """A range of ids: what is judged and joined in it, and which documents are shown."""

    lo: int
    hi: int
    to_judge: array[int]
    to_join: array[int]
    shown: array[int]
