"""How pages are read for the index of similar incidents, and what it keeps of one. Light: a search asks for no more."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import msgspec

from kb.ingest.document import ingest
from kb.mirror.documents import StoredDocument
from kb.mirror.similar import tables
from kb.mirror.store import Mirror
from kb.model.document import MaskedDocument
from kb.model.facts import PageKind
from kb.model.host_names import NO_HOSTS
from kb.model.page import PagePolicy
from kb.model.secret import SecretKind
from kb.reading.traits.digest import IncidentDigest
from kb.reading.traits.kind_weights import HANDLING
from kb.secrets.quick_scan import NO_PERSONAL_KINDS
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

INDEX_VERSION = 3
"""Of what this module stores (2: weights that hold what the page's kind counts; 3: digests)."""


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


def is_made(mirror: Mirror) -> bool:
    """Whether there is an index that holds anything, of whatever age."""
    if mirror.mark(tables.MARK) is None:
        return False
    return mirror.database.row("SELECT 1 FROM similar_pages LIMIT 1") is not None


def is_trouble(mirror: Mirror, page: int) -> bool:
    """Whether the index holds a page as a tale of trouble."""
    if not is_made(mirror):
        return False
    kind = mirror.database.value("SELECT kind FROM similar_pages WHERE id = ?", (page,))
    return kind is not None and PageKind(kind) not in HANDLING


def count_dirty(mirror: Mirror, request: IndexRequest) -> int:
    """Return how many pages the index does not know as they are."""
    if mirror.mark(tables.MARK) is None:
        return mirror.count(pages=True)
    if mirror.mark(tables.MARK) not in (request.version, tables.NOT_MADE):
        return mirror.count(pages=True)
    return int(mirror.database.value("SELECT count(*) FROM similar_dirty"))


def cover_stored(mirror: Mirror, stored: StoredDocument, request: IndexRequest) -> MaskedDocument:
    """Return a document of the mirror in which every value is covered, and no offset moves."""
    given = stored.document, stored.structure
    return ingest(*given, reads=True, personal=request.personal, purged=mirror.purged(stored.id)).document


def find_digest(mirror: Mirror, stored: StoredDocument) -> IncidentDigest | None:
    """Return what the index keeps of a document, None where it knows another text of it, or nothing."""
    packed = mirror.database.value(
        "SELECT digest FROM similar_pages WHERE id = ? AND hash = ?", (stored.id, stored.hash)
    )
    try:
        return _decode(packed) if packed else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


_decode = msgspec.msgpack.Decoder(IncidentDigest).decode
