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
from kb.markup.outline import list_plain_lines
from kb.markup.parse import iter_blocks
from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Markup, MaskedDocument, Source, Visibility
from kb.model.facts import Confidence
from kb.model.masked import EMPTY, Masked, reshape, split_lines
from kb.model.secret import SecretKind
from kb.reading.claims.promises import find_promise
from kb.reading.pages.declared_kind import blank_published
from kb.secrets.mask_document import mask_document
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.grams import GRAMS_VERSION, fold_for_search, match_expression
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode
from kb.text.tasks import count_tasks, find_boxes, find_open_tasks

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
    """A page found, without its body. `part` and `line` locate the snippet (line 0: the title).

    `confidence` is how sure it is that the line is an open task, None where none was searched for.
    """

    id: int
    page: MaskedDocument
    part: str
    line: int
    snippet: Masked
    confidence: Confidence | None = None

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
    people: TaskPeople | None = None,
    same: Mapping[str, Sequence[str]] = NOTHING_THE_SAME,
) -> SearchResult:
    """Return the best `limit` pages that hold every term of `query`.

    `open_only` keeps pages with an unticked box and open tickets, all of them where there is no term, and of the first
    `SEARCH_CAP` other pages those with a promise (of `people`); the task's own line is the snippet, and those that hold
    the terms come first, promises last. Personal data of the kinds `personal` is masked
    like credentials. `wanted_by` filters pages. `same` has names that mean the same as a term, by the folded term: a
    page may hold one of them, as a word, in its place. Raises UsageError, StoreError.
    """
    people = people or ANYBODY
    wanted = split_terms(query, may_lack=open_only)
    variants = list(_variants(wanted, same))
    told = list(dict.fromkeys(term for terms, _ in variants for term in terms))
    is_wanted = _page_filter(mirror, wanted_by)
    tasks: dict[int, _Task] = {}

    def has_task(here: int) -> bool:
        (stored,) = mirror.page(here, here + 1)
        task = _find_task(stored, told, people, theirs=is_wanted(here))
        if task is not None:
            tasks[here] = task
        return task is not None

    given = (mirror, variants, use_index)
    hits, more = _gather(*given, _restriction(open_only, source), has_task if open_only else is_wanted)
    if open_only:  # boxes are counted by the source; of the other pages only some can be read
        left = iter(range(SEARCH_CAP))
        rest, _ = _gather(
            *given,
            _restriction(False, source),
            lambda here: here not in tasks and next(left, None) is not None and has_task(here),
        )
        hits |= rest
    ranked = _rank(mirror.database, list(hits), told, query)
    if open_only:
        ranked.sort(key=lambda here: (-tasks[here].confidence, -tasks[here].terms))
    made = (_build_hit(mirror, here, told, personal, tasks.get(here)) for here in ranked[:limit])
    return SearchResult(tuple(made), len(hits), more)


def _gather(
    mirror: Mirror,
    variants: Sequence[tuple[list[str], str]],
    use_index: bool,
    restriction: tuple[str, list[str]],
    accept: Callable[[int], bool],
) -> tuple[dict[int, None], bool]:
    """Return the accepted pages that hold the terms of a variant, and whether there are more."""
    db, (keep, values) = mirror.database, restriction
    hits: dict[int, None] = {}
    more = False
    for terms, word in variants:
        named = {here for here, _ in find_mentions(mirror, word)} if word else None
        by_title = _find_titles(db, terms, keep, values)
        more |= len(by_title) == SEARCH_CAP
        confirmed = _confirm(db, terms, keep, values, _expression(mirror, terms) if use_index else "")
        for here in chain(by_title, confirmed):
            if here in hits or (named is not None and here not in named) or not accept(here):
                continue
            if len(hits) >= SEARCH_CAP:
                more = True
                break
            hits[here] = None
    return hits, more


@dataclass(frozen=True, slots=True)
class TaskPeople:
    """What a search for tasks asks of people: whether a word names one of them, and whose tasks are wanted.

    `are_theirs` takes names, `mentions` a line; None: everybody's.
    """

    is_person: Callable[[str], bool] = lambda word: False
    are_theirs: Callable[[Sequence[str]], bool] | None = None
    mentions: Callable[[str], bool] | None = None


ANYBODY = TaskPeople()


@dataclass(frozen=True, slots=True)
class _Task:
    """An open task: its line (0: the page itself), how many terms that holds, and how sure it is that it is one."""

    line: int
    terms: int
    confidence: Confidence


def _find_task(stored: StoredDocument, wanted: Sequence[str], people: TaskPeople, *, theirs: bool) -> _Task | None:
    """Return the open task of a page with most of the terms; of a page that is not `theirs` one that names them.

    A ticket is one, and a box that is not one of kb's own; esa is right about how many there are.
    Else a line that promises something, which holds a term.
    """
    document = stored.document
    if document.kind is Kind.TICKET:
        is_task = theirs and document.open_tasks
        return _Task(0, _count(document.title, wanted), Confidence.HIGH) if is_task else None
    mentions = people.mentions or (lambda line: False)
    open_tasks = _open_tasks(document) if document.open_tasks else ()
    named = [(mentions(line), number, line) for number, line in open_tasks]
    boxes = [(is_named, _count(line, wanted), -number) for is_named, number, line in named if theirs or is_named]
    best = max(boxes, default=None)
    if best is not None and (best[0] or best[1] or not wanted):
        return _Task(-best[2], best[1], Confidence.HIGH)
    promise = max(_find_promises(stored, wanted, people, theirs=theirs), default=None)
    if promise is not None:
        return _Task(-promise[1], promise[0], Confidence.LOW)
    if best is not None:
        return _Task(-best[2], best[1], Confidence.HIGH)
    total, ticked = count_tasks(document.body)
    uncounted = theirs and document.open_tasks and total == ticked
    return _Task(0, 0, Confidence.HIGH) if uncounted else None


def _find_promises(
    stored: StoredDocument, wanted: Sequence[str], people: TaskPeople, *, theirs: bool
) -> Iterator[tuple[int, int]]:
    """Yield the lines that promise something without a box: how many terms they hold, and the number, negative."""
    document = blank_published(stored.document)
    plain: frozenset[int] | None = None
    lines = document.body.split("\n")
    boxes = {number for number, _, _ in find_boxes(lines)} if "[" in document.body else set()
    for number, line in enumerate(lines, 1):
        terms = _count(line, wanted) if wanted else 0
        if (wanted and not terms) or number in boxes or (who := find_promise(line, people.is_person)) is None:
            continue
        if people.are_theirs and not (people.are_theirs(who) if who else theirs):
            continue
        if plain is None:
            data = encode(document.body)
            plain = list_plain_lines(data, iter_blocks(data, document.markup))
        if number in plain:
            yield terms, -number


def _open_tasks(document: Document) -> Iterator[tuple[int, str]]:
    return find_open_tasks(blank_published(document).body)


def _count(line: str, wanted: Sequence[str]) -> int:
    folded = fold_for_search(line)
    return sum(term in folded for term in wanted)


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
    mirror: Mirror, here: int, wanted: list[str], personal: frozenset[SecretKind], task: _Task | None
) -> SearchHit:
    family = (
        mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
        for stored in mirror.family(here)
    )
    page = next(family)
    if task is not None and task.line:
        line = reshape(split_lines(page.body)[task.line - 1], str.strip)
        part, number, snippet = page.part, task.line, _clip(line, fold_for_search(line), wanted)
    else:
        part, number, snippet = _best_line(page.title, chain((page,), family), wanted)
    confidence = task.confidence if task is not None else None
    return SearchHit(here, replace(page, body=EMPTY), part, number, snippet, confidence)


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
