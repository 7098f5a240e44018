"""Rank the pages of a file for the queries of another, without a workspace: `kb similar --input --queries`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.errors import InputError
from kb.lint.inputs.jsonl import (
    Fields,
    OnInputError,
    UnusableLine,
    line_error,
    open_input,
    parse_object,
    read_lines,
    text_field,
)
from kb.model.document import PAGE_KINDS, Document, RawDocId
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.traits.kind_weights import weigh_kind
from kb.reading.traits.kinds import find_read_kind, may_be_similar
from kb.reading.traits.rank import MemoryIndex, rank_pages
from kb.reading.traits.read_traits import read_incident_sections
from kb.reading.traits.terms import read_page_terms, read_plain_terms, read_query_terms, weigh_page_terms
from kb.secrets.mask_document import mask_name, mask_text
from kb.text.display import sanitize
from kb.text.lang import t

MAX_RESULTS = 20


@dataclass(frozen=True, slots=True)
class GivenQuery:
    """A line of a file of queries: what its answer is called by, the words, the document it names in their place."""

    name: RawDocId
    text: str
    doc: RawDocId | None = None


@dataclass(frozen=True, slots=True)
class RankedQuery:
    """A query with its results, best first."""

    query: RawDocId
    results: tuple[RawDocId, ...]


class GivenPages:
    """The pages of a file, read once: what the queries ask of them. With a page among the queries, all of them."""

    def __init__(self, documents: Iterable[Document], policy: PagePolicy, queries: Iterable[GivenQuery]) -> None:
        asked = list(queries)
        named = {str(query.doc) for query in asked if query.doc is not None}
        words = {term for query in asked if query.doc is None for term in read_query_terms(query.text)}
        self._docs: list[RawDocId] = []
        self._named: dict[str, tuple[int, dict[str, float]]] = {}
        self._priors: dict[int, float] = {}
        self._index = MemoryIndex()
        for number, (document, notes) in enumerate(_with_notes(documents)):
            kind, terms = _read(document, policy, notes)
            self._docs.append(document.doc)
            if str(document.doc) in named:
                self._named[str(document.doc)] = number, terms
            if kind is not PageKind.INCIDENT:
                self._priors[number] = weigh_kind(kind)
            if not named:  # a Latin word may be what a misspelt one of a query stands for
                terms = {term: weight for term, weight in terms.items() if term in words or term[0] == "w"}
            self._index.add(number, terms)

    def rank(self, query: GivenQuery) -> RankedQuery:
        """Return the results of a query; of one that names a page the others like it. Raises InputError."""
        apart: tuple[int, ...] = ()
        if query.doc is None:
            terms = read_query_terms(query.text)
        else:
            found = self._named.get(str(query.doc))
            if found is None:
                named = sanitize(mask_name(str(query.doc)))
                raise InputError(
                    t(f"--input に文書 {named} はありません。", f"--input has no document {named}."),
                    t("queries の doc を確かめてください。", "check `doc` in the queries."),
                )
            terms, apart = weigh_page_terms(found[1]), (found[0],)
        best = rank_pages(self._index, terms, self._priors, apart).pages[:MAX_RESULTS]
        return RankedQuery(query.name, tuple(self._docs[page] for page, _ in best))


def _read(document: Document, policy: PagePolicy, notes: tuple[str, ...]) -> tuple[PageKind, dict[str, float]]:
    """Return the kind and the terms of a page; one that cannot be similar is not read for its sections."""
    if not may_be_similar(document, policy):
        return PageKind.NOTICE, read_plain_terms(document.title, document.body, notes)
    read = read_incident_sections(document)
    kind = find_read_kind(document, policy, read).kind
    return kind, read_page_terms(document.title, read, document.body, notes)


def _with_notes(documents: Iterable[Document]) -> Iterator[tuple[Document, tuple[str, ...]]]:
    """Yield the pages with their comments, which follow them."""
    page: Document | None = None
    notes: list[str] = []
    for document in documents:
        if document.kind in PAGE_KINDS:
            if page is not None:
                yield page, tuple(notes)
            page, notes = document, []
        elif page is not None and document.doc == page.doc:
            notes.append(document.body)
    if page is not None:
        yield page, tuple(notes)


def read_queries(file: str, trouble: OnInputError) -> Iterator[GivenQuery]:
    """Yield the queries of a file: `query`, or `doc` for a page of `--input`, and `id`. Raises InputError."""
    with open_input(file, "--queries") as stream:
        for number, line in read_lines(stream):
            try:
                row = parse_object(line)
                if row is None:
                    continue
                yield _read_query(row)
            except UnusableLine as error:
                trouble(line_error(file, number, error.why))


def _read_query(row: Fields) -> GivenQuery:
    text, name, doc = text_field(row, "query"), row.get("id"), row.get("doc")
    for key, value in (("id", name), ("doc", doc)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | str)):
            raise UnusableLine(
                t(f"{key} が文字列でも整数でもありません", f"{key} is neither a string nor a whole number")
            )
    if not text and doc is None:
        raise UnusableLine(t("query も doc もありません", "neither query nor doc"))
    named = name if isinstance(name, int | str) else mask_text(text) or doc
    assert isinstance(named, int | str)
    return GivenQuery(named, text, doc if isinstance(doc, int | str) else None)
