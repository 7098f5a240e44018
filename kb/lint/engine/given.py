"""Judge given documents, files and lines, in this process or in several.

A value that one document tells is masked in all that follow, so their order counts: what another process judged without
knowing a value that stands in it is judged once more here.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import chain
from typing import TypeAlias

from kb.errors import InputError
from kb.lint.cache.known_values import strong_values
from kb.lint.engine.ranges import MIN_PARALLEL, MIN_RANGE
from kb.lint.engine.withheld import list_values, mask_again
from kb.lint.engine.work import JudgeOrders, build_judge
from kb.model.document import Document
from kb.rules.judge import Judge, Judgement
from kb.secrets.mask_document import mask_known_values
from kb.secrets.masking.known import KnownHashes, derive_key
from kb.secrets.masking.registry import get_known, use_known
from kb.text.lang import Text

Given: TypeAlias = "tuple[Document, bytes | None]"
"""A document and its structure, where that is known."""

Told: TypeAlias = "tuple[Judgement, KnownHashes]"
"""A judgement, and the values that the document tells."""

MIN_PARALLEL_TEXT = 2_000_000
"""Characters from which a second process pays, in documents longer than most."""

CHUNK_TEXT = 500_000
"""Characters handed over in one go, unless one document has more."""


@dataclass(slots=True)
class Chunk:
    """Consecutive documents, with the inputs among them that cannot be used.

    `trouble` is what ended the reading behind them, `told` how many documents had told values when it was handed over.
    """

    items: list[Given | InputError] = field(default_factory=list)
    trouble: Exception | None = None
    documents: int = 0
    text: int = 0
    told: int = 0

    def add(self, item: Given | InputError) -> None:
        self.items.append(item)
        if not isinstance(item, InputError):
            self.documents += 1
            self.text += len(item[0].body)

    @property
    def is_full(self) -> bool:
        return self.documents >= MIN_RANGE or self.text >= CHUNK_TEXT

    def given(self) -> list[Given]:
        return [item for item in self.items if not isinstance(item, InputError)]


def judge_given(
    read: Callable[[Callable[[InputError], None]], Iterator[Given]],
    orders: JudgeOrders,
    kinds: bool,
    report: Callable[[InputError], None],
    jobs: int,
) -> Iterator[Judgement]:
    """Yield the judgements on the documents that `read` yields, with every value any of them told masked.

    All are made before the first is yielded, so that earlier documents are masked too. What `read` cannot use goes to
    `report`, in its place among the documents.
    """
    judged = _Judged(orders, kinds, report)
    if jobs < 2:
        for document, structure in read(report):
            judged.judge(document, structure)
    else:
        _judge_chunks(judged, _chunks(read), jobs)
    for number, judgement in enumerate(judged.judgements):
        yield mask_again(judgement) if number < judged.last else judgement


def judge_chunk(orders: JudgeOrders, known: KnownHashes, given: Iterable[Given], kinds: bool) -> list[Told]:
    """Return the judgements on consecutive documents, made knowing these values and what the documents tell."""
    judge = build_judge(orders)
    use_known(known)
    found: list[Told] = []
    for document, structure in given:
        judgement = judge(document, structure, kinds=kinds)
        told = _told(document, judgement, known.key)
        found.append((judgement, told))
        if told:
            known = known.joined(told)
            use_known(known)
    return found


def _told(document: Document, judgement: Judgement, key: bytes) -> KnownHashes:
    return KnownHashes(key).with_values(strong_values(list_values(document, judgement.entry.secrets)))


class _Judged:
    """The judgements so far, and the values known by now; the first `last` may hold a value that was told later.

    `told` are the values known by now as one document after the other told them.
    """

    def __init__(self, orders: JudgeOrders, kinds: bool, report: Callable[[InputError], None]) -> None:
        self.judgements: list[Judgement] = []
        self.last = 0
        self.told: list[KnownHashes] = []
        self.orders, self.kinds, self.report = orders, kinds, report
        self.known = get_known() or KnownHashes(derive_key(secrets.token_bytes(32)))

    @cached_property
    def _judge(self) -> Judge:
        return build_judge(self.orders)

    def judge(self, document: Document, structure: bytes | None) -> KnownHashes:
        """Judge a document here, and return the values it tells."""
        judgement = self._judge(document, structure, kinds=self.kinds)
        told = _told(document, judgement, self.known.key)
        self.add(judgement, told)
        return told

    def judge_chunk(self, chunk: Chunk) -> None:
        """Judge a chunk here."""
        for item in chunk.items:
            if isinstance(item, InputError):
                self.report(_masked(item))
            else:
                self.judge(*item)
        if chunk.trouble is not None:
            raise chunk.trouble

    def add(self, judgement: Judgement, told: KnownHashes) -> None:
        self.judgements.append(judgement)
        if not told.values <= self.known.values:
            self.told.append(told)
            self.known, self.last = self.known.joined(told), len(self.judgements)
            use_known(self.known)

    def conclude(self, chunk: Chunk, found: Iterable[Told]) -> None:
        """Take what another process found, which knew no value that was told since the chunk was handed over."""
        missing = reduce(KnownHashes.joined, self.told[chunk.told :], KnownHashes(self.known.key))
        following = iter(found)
        is_apart = False  # a document tells something else than it told there: the next ones had other values to mask
        for item in chunk.items:
            if isinstance(item, InputError):
                self.report(_masked(item))
                continue
            judgement, told = next(following)
            if is_apart or (missing and _holds(item[0], missing)):
                is_apart = self.judge(*item).values != told.values or is_apart
            else:
                self.add(judgement, told)
        if chunk.trouble is not None:
            raise chunk.trouble


def _holds(document: Document, known: KnownHashes) -> bool:
    texts = (document.body, document.title, document.category, *document.tags, *chain(*document.custom_fields))
    return any(map(known.holds, texts))


def _masked(error: InputError) -> InputError:
    """The error as it would read had the documents before it been judged when it was made."""
    what, step = error.what, error.next_step
    masked = InputError(
        Text(mask_known_values(what.ja), mask_known_values(what.en)),
        step and Text(mask_known_values(step.ja), mask_known_values(step.en)),
    )
    masked.__cause__ = error.__cause__
    return masked


def _chunks(read: Callable[[Callable[[InputError], None]], Iterator[Given]]) -> Iterator[Chunk]:
    """Yield what is read in chunks, the last of them with the exception that ended it."""
    chunk = Chunk()
    trouble: list[InputError] = []
    documents = read(trouble.append)
    while True:
        try:
            given = next(documents, None)
        except Exception as error:
            chunk.trouble, given = error, None
        for unusable in trouble:
            chunk.add(unusable)
        trouble.clear()
        if given is None:
            yield chunk
            return
        if chunk.is_full:
            yield chunk
            chunk = Chunk()
        chunk.add(given)


def _judge_chunks(judged: _Judged, chunks: Iterator[Chunk], jobs: int) -> None:
    """Judge in several processes where there is enough for them; each chunk is concluded in its turn."""
    ahead: list[Chunk] = []
    for chunk in chunks:
        ahead.append(chunk)
        if (
            sum(each.documents for each in ahead) >= MIN_PARALLEL
            or sum(each.text for each in ahead) >= MIN_PARALLEL_TEXT
        ):
            break
    else:
        for chunk in ahead:
            judged.judge_chunk(chunk)
        return
    from kb.lint.engine.workers import judge_in_processes  # loads joblib

    waiting: deque[Chunk] = deque()

    def work() -> Iterator[tuple[JudgeOrders, KnownHashes, list[Given], bool]]:
        for chunk in chain(ahead, chunks):  # read by joblib, in threads of its own, one at a time
            chunk.told, known = len(judged.told), judged.known  # a value told in between is looked for once more
            waiting.append(chunk)
            yield judged.orders, known, chunk.given(), judged.kinds

    for found in judge_in_processes(judge_chunk, work(), jobs):
        judged.conclude(waiting.popleft(), found)
