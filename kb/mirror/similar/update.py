"""Bring the index of similar incidents up to date: read the pages that changed, forget those that went."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

import msgspec

from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument
from kb.mirror.similar import tables
from kb.mirror.similar.index import HUNDREDTH
from kb.mirror.store import Mirror
from kb.model.document import Kind, MaskedDocument
from kb.model.facts import PageKind
from kb.model.host_names import NO_HOSTS
from kb.model.page import PagePolicy
from kb.model.secret import SecretKind
from kb.reading.traits.kinds import (
    HANDLING,
    find_handling_kind,
    find_read_kind,
    is_similar_kind,
    may_be_similar,
    weigh_kind,
)
from kb.reading.traits.read_traits import read_incident_sections
from kb.reading.traits.terms import MAX_CHARS, OPENING_CHARS, read_opening_terms, read_page_terms
from kb.secrets.mask_document import mask_document, mask_text
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

INDEX_VERSION = 2
"""Of what this module stores (2: weights that hold what the page's kind counts)."""
PAGES_AT_ONCE = 200
"""Pages of one transaction: what another process waits for."""
_NOTES = (Kind.COMMENT, Kind.NOTE)

Step = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """How pages are read for the index: whose kinds they are, and what is masked besides credentials."""

    policy: PagePolicy
    personal: frozenset[SecretKind] = NO_PERSONAL_KINDS

    @property
    def version(self) -> str:
        """What changes when pages could be read otherwise. Names of hosts are none of it."""
        seen = (
            INDEX_VERSION,
            READER_VERSION,
            DETECTOR_VERSION,
            replace(self.policy, hosts=NO_HOSTS),
            sorted(self.personal),
        )
        return hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=12).hexdigest()


def count_dirty(mirror: Mirror, request: IndexRequest) -> int:
    """Return how many pages the index does not know as they are."""
    if mirror.mark(tables.MARK) is None:
        return mirror.count(pages=True)
    if mirror.mark(tables.MARK) not in (request.version, tables.NOT_MADE):
        return mirror.count(pages=True)
    return int(mirror.database.value("SELECT count(*) FROM similar_dirty"))


def update_index(mirror: Mirror, request: IndexRequest, step: Step = lambda done, every: None) -> int:
    """Read what changed since; return how many pages that were. Raises StoreError, BusyError."""
    db = mirror.database
    if mirror.mark(tables.MARK) != request.version:
        with db.transaction():
            if mirror.mark(tables.MARK) != tables.NOT_MADE:
                tables.mark_all_dirty(db)
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (tables.MARK, request.version))
    every, done = int(db.value("SELECT count(*) FROM similar_dirty")), 0
    while pages := [page for (page,) in db.rows("SELECT id FROM similar_dirty ORDER BY id LIMIT ?", (PAGES_AT_ONCE,))]:
        read = [(page, _read_page(mirror, page, request)) for page in pages]  # nobody waits while texts are read
        with db.transaction():
            for page, found in read:
                tables.forget_page(db, page)
                if found is not None:
                    _put(db, page, *found)
                db.execute("DELETE FROM similar_dirty WHERE id = ?", (page,))
        done += len(pages)
        step(done, every)
    return done


def _read_page(mirror: Mirror, page: int, request: IndexRequest) -> tuple[str, dict[str, float]] | None:
    """Return the kind and the terms of a page, None for one that is gone or no trouble."""
    family = mirror.family(page)
    stored = next(family, None)
    if stored is None or stored.id != page or not may_be_similar(stored.document, request.policy):
        return None
    if (named := find_handling_kind(stored.document, request.policy)) is not None:
        title, opening = (mask_text(text) for text in (stored.document.title, _cut_opening(stored.document.body)))
        return named.value, read_opening_terms(title, opening)
    read = read_incident_sections(stored.document, stored.structure)
    kind = find_read_kind(stored.document, request.policy, read)
    if not is_similar_kind(stored.document, kind):
        return None  # most pages end here, and nothing of them is kept
    document = mask_stored(mirror, stored, request)
    if kind in HANDLING:
        return kind.value, read_opening_terms(document.title, document.body)
    if document.body != stored.document.body or document.custom_fields != stored.document.custom_fields:
        read = read_incident_sections(document)
    return kind.value, read_page_terms(document.title, read, document.body, _notes(mirror, family, request))


def _cut_opening(body: str) -> str:
    """Return the first lines of a text: whole ones, since what stands around a value decides whether it is one."""
    return body[: max(body.find("\n", OPENING_CHARS), OPENING_CHARS)][: 4 * OPENING_CHARS]


def _notes(mirror: Mirror, family: Iterator[StoredDocument], request: IndexRequest) -> tuple[str, ...]:
    """Return the masked comments and notes of a page, as far as they count."""
    found: list[str] = []
    left = MAX_CHARS
    for part in family:
        if part.document.kind in _NOTES and left > 0:
            found.append(mask_stored(mirror, part, request).body[:left])
            left -= len(found[-1])
    return tuple(found)


def mask_stored(mirror: Mirror, stored: StoredDocument, request: IndexRequest) -> MaskedDocument:
    """Return a document of the mirror with all that is masked for the index."""
    return mask_document(stored.document, stored.structure, request.personal, mirror.purged(stored.id))


def _put(db: Database, page: int, kind: str, terms: dict[str, float]) -> None:
    share = HUNDREDTH * weigh_kind(PageKind(kind))
    weights = {word: max(1, min(255, round(weight * share))) for word, weight in terms.items()}
    db.executemany(
        "INSERT INTO similar_words(word, pages) VALUES (?, 1) ON CONFLICT(word) DO UPDATE SET pages = pages + 1",
        ((word,) for word in weights),
    )
    rows: list[tuple[int, int]] = []
    words = iter(weights)
    while some := list(islice(words, 500)):
        marks = ", ".join("?" * len(some))
        found = db.rows(f"SELECT id, word FROM similar_words WHERE word IN ({marks})", some)  # noqa: S608 - only marks
        rows += ((here, weights[word]) for here, word in found)
    db.executemany("INSERT INTO similar_terms VALUES (?, ?, ?)", ((here, page, weight) for here, weight in rows))
    db.execute("INSERT INTO similar_pages VALUES (?, ?, ?)", (page, kind, tables.pack_terms(rows)))
