"""Search over the whole mirror: Japanese, two characters, any width.

A page is found when its title, its text and its comments together hold every term. The index
gives candidates, the folded text decides. Pages with terms in their title stand first, then those
whose title is the query, then by last change. Where there is no index (SQLite before 3.43, one
character, punctuation only) all folded texts are read: 0.2 s for 50,000 posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

from kb.errors import UsageError
from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.secret import SecretKind
from kb.secrets.mask_document import mask_document
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.grams import GRAMS_VERSION, fold_for_search, match_expression
from kb.text.lang import t

SEARCH_CAP = 500
"""Pages that are confirmed and ranked; of a word that stands everywhere, the newest."""

SNIPPET_CHARS = 96
"""Characters of the line shown with a hit."""

SearchFilter: TypeAlias = Callable[[StoredDocument], bool]
"""Whether a page is asked for."""

_TERM = re.compile(r'"([^"]*)"|“([^”]*)”|(\S+)')


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One page that was found. `part` and `line` say where its snippet stands (line 0: the title).

    Its texts are masked.
    """

    id: int
    doc: str
    source: Source
    kind: Kind
    title: str
    category: str
    url: str
    updated_at: str
    human_at: str
    human_by: str
    wip: bool
    open_tasks: int
    visibility: Visibility
    part: str
    line: int
    snippet: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hits, and how many pages there are: exactly, or at least that many when `more`."""

    hits: tuple[SearchHit, ...]
    total: int
    more: bool


def split_terms(query: str) -> list[str]:
    """The folded terms of a query: words, and phrases in quotes. Raises UsageError when there is none."""
    found = [fold_for_search(quoted or curly or word) for quoted, curly, word in _TERM.findall(query)]
    wanted = list(dict.fromkeys(term for term in found if term))
    if not wanted:
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
) -> SearchResult:
    """Pages that hold every term of `query`, the best `limit` of them.

    `open_only` keeps pages with an unticked box, and open tickets. Personal data of the kinds of `personal` is
    masked as credentials are. `wanted_by` says of each page that holds the terms whether it is asked for.
    Raises UsageError, StoreError.
    """
    db = mirror.database
    wanted = split_terms(query)
    keep, values = _restriction(open_only, source)
    by_title = [
        here
        for (here,) in db.rows(
            f"SELECT t.id FROM titles t{keep} WHERE {' AND '.join(['instr(t.folded, ?)'] * len(wanted))} "  # noqa: S608
            "ORDER BY t.id DESC LIMIT ?",
            [*values, *wanted, SEARCH_CAP],
        )
    ]
    asked = _asked(mirror, wanted_by)
    hits = dict.fromkeys(filter(asked, by_title))
    more = len(by_title) == SEARCH_CAP
    for here in _confirmed(db, wanted, keep, values, _expression(mirror, wanted) if use_index else ""):
        if here in hits or not asked(here):
            continue
        if len(hits) >= SEARCH_CAP:
            more = True
            break
        hits[here] = None
    best = _ranked(db, list(hits), wanted, query)[:limit]
    return SearchResult(tuple(_hit(mirror, here, wanted, personal) for here in best), len(hits), more)


def _asked(mirror: Mirror, wanted_by: SearchFilter | None) -> Callable[[int], bool]:
    """Whether a page, by its id, is one of those asked for."""
    if wanted_by is None:
        return lambda here: True
    return lambda here: any(wanted_by(page) for page in mirror.page(here, here + 1))


def _restriction(open_only: bool, source: Source | None) -> tuple[str, list[str]]:
    """A join that keeps only some pages, and its values."""
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


def _confirmed(db: Database, wanted: list[str], keep: str, values: Sequence[str], expression: str) -> Iterator[int]:
    """Pages whose folded title and text hold every term, newest first."""
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


def _ranked(db: Database, pages: list[int], wanted: list[str], query: str) -> list[int]:
    whole = fold_for_search(query)

    def facts(here: int) -> tuple[int, bool, str, int]:
        title, updated_at = db.row(
            "SELECT t.folded, d.updated_at FROM titles t JOIN documents d USING (id) WHERE id = ?", (here,)
        ) or ("", "")
        return sum(term in title for term in wanted), title == whole, updated_at, here

    return [row[-1] for row in sorted((facts(here) for here in pages), reverse=True)]


def _hit(mirror: Mirror, here: int, wanted: list[str], personal: frozenset[SecretKind]) -> SearchHit:
    family = (
        mask_document(stored.document, stored.structure, personal, mirror.purged(stored.id))
        for stored in mirror.family(here)
    )
    page = next(family)
    part, line, snippet = _place(page.title, chain((page,), family), wanted)
    return SearchHit(
        id=here,
        doc=str(page.doc),
        source=page.source,
        kind=page.kind,
        title=page.title,
        category=page.category,
        url=page.url,
        updated_at=page.updated_at,
        human_at=page.human_at,
        human_by=page.human_by,
        wip=page.wip,
        open_tasks=int(str(page.meta["open_tasks"])),
        visibility=page.visibility,
        part=part,
        line=line,
        snippet=snippet,
    )


def _place(title: str, masked: Iterable[Document], wanted: list[str]) -> tuple[str, int, str]:
    """Part, line and text of the masked line that holds most terms; the title when no line holds one.

    The words of a mask are no words of the page: who looks for a password finds the page, and no line.
    """
    best = (0, "title", 0, title)
    for document in masked:
        for number, line in enumerate(document.body.split("\n"), 1):
            folded = fold_for_search(line)
            score = sum(term in folded for term in wanted)
            if score > best[0]:
                best = (score, document.part, number, _clip(line.strip(), folded, wanted))
                if score == len(wanted):
                    return best[1:]
    return best[1:]


def _clip(line: str, folded: str, wanted: list[str]) -> str:
    """The stretch of a long line around its first term."""
    if len(line) <= SNIPPET_CHARS:
        return line
    at = min(place for place in (folded.find(term) for term in wanted) if place >= 0)
    start = max(0, at * len(line) // max(1, len(folded)) - SNIPPET_CHARS // 3)
    end = start + SNIPPET_CHARS
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


# The pages that name something as a word of its own: a host, a service.


MENTION_CAP = 500
"""Pages that are looked at of a name that stands everywhere: the newest."""


def find_mentions(mirror: Mirror, name: str) -> Iterator[tuple[int, Document]]:
    """Id and place of the live pages whose title, text or comments hold a name, the newest first; without their texts.

    `web-1` is not named where `web-10` or `old-web-1` stands. Raises StoreError.
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
