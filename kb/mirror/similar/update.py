"""Bring the index of similar incidents up to date: read the pages that changed, forget those that went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import msgspec

from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument
from kb.mirror.similar import tables
from kb.mirror.similar.index import HUNDREDTH
from kb.mirror.similar.request import IndexRequest, cover_stored
from kb.mirror.store import Mirror
from kb.model.document import Kind, MaskedDocument
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.traits.digest import IncidentDigest
from kb.reading.traits.kind_weights import HANDLING, weigh_kind
from kb.reading.traits.kinds import find_handling_kind, find_read_kind, is_similar_kind, may_be_similar
from kb.reading.traits.read_digest import digest_incident
from kb.reading.traits.read_traits import read_incident_sections
from kb.reading.traits.terms import MAX_CHARS, OPENING_CHARS, read_opening_terms, read_page_terms
from kb.secrets.mask_document import mask_text

PAGES_AT_ONCE = 200
"""Pages of one transaction: what another process waits for."""
_NOTES = (Kind.COMMENT, Kind.NOTE)

Step = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


def update_index(mirror: Mirror, request: IndexRequest, step: Step = lambda done, every: None) -> int:
    """Read what changed since; return how many pages that were. Raises StoreError, BusyError."""
    db = mirror.database
    if mirror.mark(tables.MARK) != request.version:
        with db.transaction():
            if mirror.mark(tables.MARK) != tables.NOT_MADE:
                tables.mark_all_dirty(db)
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (tables.MARK, request.version))
    every, done = int(db.value("SELECT count(*) FROM similar_dirty")), 0
    while pages := list(db.rows("SELECT id, stamp FROM similar_dirty ORDER BY id LIMIT ?", (PAGES_AT_ONCE,))):
        read = [(page, stamp, _read_page(mirror, page, request)) for page, stamp in pages]  # nobody waits meanwhile
        with db.transaction():
            for page, stamp, found in read:
                tables.forget_page(db, page)
                if found is not None:
                    _put(db, page, found)
                db.execute("DELETE FROM similar_dirty WHERE id = ? AND stamp = ?", (page, stamp))
        done += len(pages)
        step(done, every)
    return done


class _Read(NamedTuple):
    """What the index keeps of a page."""

    kind: PageKind
    terms: dict[str, float]
    hash: bytes
    digest: IncidentDigest | None = None


def _read_page(mirror: Mirror, page: int, request: IndexRequest) -> _Read | None:
    """Return what the index keeps of a page, None for one that is gone or no trouble."""
    family = mirror.family(page)
    stored = next(family, None)
    if stored is None or stored.id != page or not may_be_similar(stored.document, request.policy):
        return None
    if (named := find_handling_kind(stored.document, request.policy)) is not None:
        return _read_opening(stored, named)
    read = read_incident_sections(stored.document, stored.structure)
    guess = find_read_kind(stored.document, request.policy, read)
    if not is_similar_kind(stored.document, guess.kind):
        return None  # most pages end here, and nothing of them is kept
    if guess.kind in HANDLING:
        return _read_opening(stored, guess.kind)
    document = cover_stored(mirror, stored, request)
    if (document.body, document.custom_fields) != (stored.document.body, stored.document.custom_fields):
        read = read_incident_sections(document, stored.structure)
    digest = digest_incident(document, request.policy, guess, read)
    terms = read_page_terms(document.title, read, document.body, _notes(mirror, family, request))
    return _Read(guess.kind, terms, stored.hash, digest)


def _read_opening(stored: StoredDocument, kind: PageKind) -> _Read:
    """Return what the index keeps of a page that is known by its title and its first lines."""
    title = " ".join(stored.document.title.split())
    masked = mask_text(f"{title}\n{_cut_opening(stored.document.body)}")
    return _Read(kind, read_opening_terms(*masked.split("\n", 1)), stored.hash)


def _cut_opening(body: str) -> str:
    """Return the first lines of a text: whole ones, since what stands around a value decides whether it is one."""
    most = 4 * OPENING_CHARS
    return body if len(body) <= most else body[: max(0, body.rfind("\n", 0, most))]


def _notes(mirror: Mirror, family: Iterator[StoredDocument], request: IndexRequest) -> tuple[str, ...]:
    """Return the masked comments and notes of a page, as far as they count."""
    found: list[str] = []
    left = MAX_CHARS
    for part in family:
        if part.document.kind in _NOTES and left > 0:
            found.append(cover_stored(mirror, part, request).body[:left])
            left -= len(found[-1])
    return tuple(found)


def read_digest(document: MaskedDocument, structure: bytes | None, policy: PagePolicy) -> IncidentDigest:
    """Return what the index would keep of a covered document."""
    read = read_incident_sections(document, structure)
    return digest_incident(document, policy, find_read_kind(document, policy, read), read)


_encode = msgspec.msgpack.Encoder().encode


def _put(db: Database, page: int, read: _Read) -> None:
    share = HUNDREDTH * weigh_kind(read.kind)
    weights = {word: max(1, min(255, round(weight * share))) for word, weight in read.terms.items()}
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
    digest = _encode(read.digest) if read.digest is not None else None
    db.execute(
        "INSERT INTO similar_pages VALUES (?, ?, ?, ?, ?)",
        (page, read.kind.value, tables.pack_terms(rows), read.hash, digest),
    )
