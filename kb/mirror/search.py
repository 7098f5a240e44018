"""Search the mirror: Japanese, two characters and up, any width.

A page matches when its title, text and comments together hold every term. The index gives candidates, the folded text
decides. Terms in the title come first, then titles equal to the query, then the last change. Without an index (SQLite
before 3.43, one character, punctuation) all folded texts are read: 0.2 s for 50,000 posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

from kb.errors import UsageError
from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Markup, MaskedDocument, Source, Visibility
from kb.model.masked import EMPTY, Masked, reshape, split_lines
from kb.model.secret import SecretKind
from kb.reading.pages.declared_kind import blank_published
from kb.secrets.mask_document import mask_document
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.grams import GRAMS_VERSION, fold_for_search, match_expression
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.tasks import count_tasks, find_open_tasks

SEARCH_CAP = 500
"""Pages that are confirmed and ranked, newest first."""

SNIPPET_CHARS = 96
"""Characters of a hit's snippet."""

SearchFilter: TypeAlias = Callable[[StoredDocument], bool]
"""Whether a page is wanted."""

NOTHING_THE_SAME: Mapping[str, Sequence[str]] = {}
"""No term has another name."""

_TERM = compile_lazy(r'"([^"]*)"|“([^”]*)”|(\S+)')


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A page found, without its body. `part` and `line` locate the snippet (line 0: the title)."""

    id: int
    page: MaskedDocument
    part: str
    line: int
    snippet: Masked

    @property
    def doc(self) -> str:
        """The page's id as text."""
        return str(self.page.doc)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hits, and the number of pages: exact, or a minimum with `more`."""

    hits: tuple[SearchHit, ...]
    total: int
    more: bool


def split_terms(query: str, *, may_lack: bool = False) -> list[str]:
    """Return the folded terms of a query: words and quoted phrases. Raises UsageError for none, unless `may_lack`."""
    found = [fold_for_search(quoted or curly or word) for quoted, curly, word in _TERM.findall(query)]
    wanted = list(dict.fromkeys(term for term in found if term))
    if not wanted and not may_lack:
        raise UsageError(
            t("検索語がありません。", "there is nothing to search for."),
            t(
                '例: kb search 復旧手順、kb search "接続 プール"',
                'example: kb search failover, kb search "connection pool"',
            ),
        )
    return wanted


def search(
    mirror: Mirror,
    query: str,
    *,
    limit: int = 20,
    open_only: bool = False,
    source: Source | None = None,
    use_index: bool = True,
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS,
    wanted_by: SearchFilter | None = None,
    same: Mapping[str, Sequence[str]] = NOTHING_THE_SAME,
) -> SearchResult:
    """Return the best `limit` pages that hold every term of `query`.

    `open_only` keeps pages with an unticked box and open tickets, all of them where there is no term; the box's own
    line is the snippet, and pages whose box holds the terms come first. Personal data of the kinds `personal` is masked
    like credentials. `wanted_by` filters pages. `same` has names that mean the same as a term, by the folded term: a
    page may hold one of them, as a word, in its place. Raises UsageError, StoreError.
    """
    db = mirror.database
    wanted = split_terms(query, may_lack=open_only)
    keep, values = _restriction(open_only, source)
    asked = _page_filter(mirror, wanted_by)
    hits: dict[int, None] = {}
    more = False
    for terms, word in _variants(wanted, same):
        named = {here for here, _ in find_mentions(mirror, word)} if word else None
        by_title = _find_titles(db, terms, keep, values)
        more |= len(by_title) == SEARCH_CAP
        confirmed = _confirm(db, terms, keep, values, _expression(mirror, terms) if use_index else "")
        for here in chain(by_title, confirmed):
            if here in hits or (named is not None and here not in named) or not asked(here):
                continue
            if open_only and not _is_open(mirror, here):
                continue
            if len(hits) >= SEARCH_CAP:
                more = True
                break
            hits[here] = None
    wanted = list(dict.fromkeys(term for terms, _ in _variants(wanted, same) for term in terms))
    ranked = _rank(db, list(hits), wanted, query)
    if open_only and wanted:
        ranked.sort(key=lambda here: -_count_terms(mirror, here, wanted))
    made = (_build_hit(mirror, here, wanted, personal, tasks=open_only) for here in ranked[:limit])
    return SearchResult(tuple(made), len(hits), more)


def _is_open(mirror: Mirror, here: int) -> bool:
    """Whether a page asks for something: a ticket does, a page by a box that is not one of kb's own.

    Where esa counts boxes that kb does not see, esa is right.
    """
    (stored,) = mirror.page(here, here + 1)
    total, ticked = count_tasks(stored.document.body)
    return stored.document.kind is Kind.TICKET or total == ticked or any(_open_tasks(stored.document))


def _open_tasks(document: Document) -> Iterator[tuple[int, str]]:
    return find_open_tasks(blank_published(document).body)


def _count_terms(mirror: Mirror, here: int, wanted: list[str]) -> int:
    """How many terms the open task with most of them holds; of a ticket, its title."""
    (stored,) = mirror.page(here, here + 1)
    document = stored.document
    lines = (line for _, line in _open_tasks(document)) if document.kind is not Kind.TICKET else (document.title,)
    folded = map(fold_for_search, lines)
    return max((sum(term in line for term in wanted) for line in folded), default=0)


def _find_titles(db: Database, wanted: list[str], keep: str, values: Sequence[str]) -> list[int]:
    """Return pages whose title holds every term, newest first."""
    rows = db.rows(
        f"SELECT t.id FROM titles t{keep} WHERE {' AND '.join(['instr(t.folded, ?)'] * len(wanted)) or 'TRUE'} "  # noqa: S608
        "ORDER BY t.id DESC LIMIT ?",
        [*values, *wanted, SEARCH_CAP],
    )
    return [here for (here,) in rows]


def _variants(wanted: list[str], same: Mapping[str, Sequence[str]]) -> Iterator[tuple[list[str], str]]:
    """Yield the terms, then the terms with each of the names that mean the same, and that name."""
    yield wanted, ""
    for at, term in enumerate(wanted):
        for name in same.get(term, ()):
            yield [*wanted[:at], fold_for_search(name), *wanted[at + 1 :]], name


def _page_filter(mirror: Mirror, wanted_by: SearchFilter | None) -> Callable[[int], bool]:
    """Return a filter of page ids."""
    if wanted_by is None:
        return lambda here: True
    return lambda here: any(wanted_by(page) for page in mirror.page(here, here + 1))


def _restriction(open_only: bool, source: Source | None) -> tuple[str, list[str]]:
    """Return a join that keeps only some pages, and its values."""
    if not (open_only or source):
        return "", []
    on = ["d.id = t.id"]
    if open_only:
        on.append("d.open_tasks > 0")
    if source:
        on.append("d.source = ?")
    return f" JOIN documents d ON {' AND '.join(on)}", [source.value] if source else []


def _expression(mirror: Mirror, wanted: list[str]) -> str:
    return match_expression(wanted) if mirror.mark("grams") == str(GRAMS_VERSION) else ""


def _confirm(db: Database, wanted: list[str], keep: str, values: Sequence[str], expression: str) -> Iterator[int]:
    """Yield pages whose folded title and text hold every term, newest first."""
    needles = [term.encode() for term in wanted]
    if expression:
        sql = (
            f"SELECT t.id, t.folded, f.body FROM grams JOIN titles t ON t.id = grams.rowid{keep} "  # noqa: S608
            "JOIN folded f ON f.id = t.id WHERE grams MATCH ? ORDER BY grams.rowid DESC"
        )
        values = [*values, expression]
    else:
        sql = f"SELECT t.id, t.folded, f.body FROM titles t{keep} JOIN folded f ON f.id = t.id ORDER BY t.id DESC"  # noqa: S608
    for here, title, body in db.rows(sql, values):
        if all(needle in body or needle in title.encode() for needle in needles):
            yield here


def _rank(db: Database, pages: list[int], wanted: list[str], query: str) -> list[int]:
    whole = fold_for_search(query)

    def facts(here: int) -> tuple[int, bool, str, int]:
        title, updated_at = db.row(
            "SELECT t.folded, d.updated_at FROM titles t JOIN documents d USING (id) WHERE id = ?", (here,)
        ) or ("", "")
        return sum(term in title for term in wanted), title == whole, updated_at, here

    return [row[-1] for row in sorted((facts(here) for here in pages), reverse=True)]


def _build_hit(
    mirror: Mirror, here: int, wanted: list[str], personal: frozenset[SecretKind], *, tasks: bool
) -> SearchHit:
    family = (
        mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
        for stored in mirror.family(here)
    )
    page = next(family)
    open_lines: list[int] = []
    if tasks and page.kind is not Kind.TICKET:
        (stored,) = mirror.page(here, here + 1)
        open_lines = [number for number, _ in _open_tasks(stored.document)]
    if open_lines:
        part, line, snippet = _best_task(page, open_lines, wanted)
    else:
        part, line, snippet = _best_line(page.title, chain((page,), family), wanted)
    return SearchHit(here, replace(page, body=EMPTY), part, line, snippet)


def _best_line(title: Masked, masked: Iterable[MaskedDocument], wanted: list[str]) -> tuple[str, int, Masked]:
    """Return part, line and text of the masked line with most terms, else the title.

    A mask's own words do not count: a search for a password finds the page and no line.
    """
    best = (0, "title", 0, title)
    for document in masked:
        for number, line in enumerate(split_lines(document.body), 1):
            folded = fold_for_search(line)
            score = sum(term in folded for term in wanted)
            if score > best[0]:
                best = (score, document.part, number, _clip(reshape(line, str.strip), folded, wanted))
                if score == len(wanted):
                    return best[1:]
    return best[1:]


def _best_task(page: MaskedDocument, numbers: list[int], wanted: list[str]) -> tuple[str, int, Masked]:
    """Return part, line and text of the masked open task with most terms, the first of them."""
    lines = split_lines(page.body)
    folded = {number: fold_for_search(lines[number - 1]) for number in numbers}
    best = max(numbers, key=lambda number: sum(term in folded[number] for term in wanted))
    return page.part, best, _clip(reshape(lines[best - 1], str.strip), folded[best], wanted)


def _clip(line: Masked, folded: str, wanted: list[str]) -> Masked:
    """Return the stretch of a long line around its first term, its beginning where it holds none."""
    if len(line) <= SNIPPET_CHARS:
        return line
    at = min((place for place in (folded.find(term) for term in wanted) if place >= 0), default=0)
    start = max(0, at * len(line) // max(1, len(folded)) - SNIPPET_CHARS // 3)
    end = start + SNIPPET_CHARS
    return reshape(line, lambda text: ("…" if start else "") + text[start:end] + ("…" if end < len(text) else ""))


MENTION_CAP = 500
"""Pages looked at for a common name, newest first."""


def find_mentions(mirror: Mirror, name: str) -> Iterator[tuple[int, Document]]:
    """Yield the live pages (id, head) that name a host or service as a word, newest first.

    `web-1` does not match in `web-10` or `old-web-1`. Raises StoreError.
    """
    folded = fold_for_search(name)
    if not folded:
        return
    word = re.compile(rb"(?<![0-9a-z_-])" + re.escape(folded.encode()) + rb"(?![0-9a-z_-])")
    expression = match_expression([folded]) if mirror.mark("grams") == str(GRAMS_VERSION) else ""
    index, values = ("grams JOIN titles t ON t.id = grams.rowid", [expression]) if expression else ("titles t", [])
    rows = mirror.database.rows(
        "SELECT t.id, t.folded, f.body, d.doc, d.source, d.kind, d.title, d.category, d.updated_at, d.visibility "  # noqa: S608 - our own words
        f"FROM {index} JOIN folded f ON f.id = t.id JOIN documents d ON d.id = t.id "
        f"WHERE {'grams MATCH ? AND' if expression else ''} d.state = 'live' ORDER BY t.id DESC",
        values,
    )
    count = 0
    for here, title, body, doc, source, kind, said, category, updated_at, visibility in rows:
        if word.search(body) or word.search(title.encode()):
            yield here, Document(
                doc, Source(source), Kind(kind), said, "", Markup.MARKDOWN, category=category,
                updated_at=updated_at, visibility=Visibility(visibility),
            )  # fmt: skip
            count += 1
            if count == MENTION_CAP:
                return
