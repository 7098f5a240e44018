"""known.db: keyed hashes of values found in the mirror's documents, so that they stay masked everywhere.

A value stays known when its page is edited, deleted or purged: it may also stand elsewhere. Each is kept as
its length and a hash with the team's key. A document is scanned once per text, and whether any secret stood in it
is kept, so that neither lint nor a plan need scan it again.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import StoreError
from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument, read_documents
from kb.model.document import Document
from kb.model.facts import Confidence
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.known import KnownHashes, derive_key, find_crossing, hash_value, undo_escapes
from kb.secrets.masking.mask import MASK_PATTERN, cut_span, get_part, make_key_id
from kb.secrets.quick_scan import scan_body, scan_text
from kb.text.fold import fold_text
from kb.text.json_fields import text_field
from kb.text.versions import DETECTOR_VERSION

if TYPE_CHECKING:
    from kb.mirror.store import Mirror

APPLICATION_ID = 0x6B624B31  # "kbK1"

Step = Callable[[int, int], object]


def _tables(db: sqlite3.Connection) -> None:
    for statement in (
        "CREATE TABLE known(digest BLOB PRIMARY KEY, length INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE read(id INTEGER PRIMARY KEY, hash BLOB NOT NULL)",  # of mirror.db
        # Documents that hold a value which became known after they were read; `since` as above.
        "CREATE TABLE touched(id INTEGER PRIMARY KEY, since INTEGER NOT NULL)",
        "CREATE TABLE marks(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


def _clear(db: sqlite3.Connection) -> None:
    """Add whether a document was without any secret, of old versions too; all are read again for it."""
    db.execute("ALTER TABLE read ADD COLUMN clear INTEGER NOT NULL DEFAULT 0")
    db.execute("DELETE FROM read")


def _free(db: sqlite3.Connection) -> None:
    """Add whether no secret at all, however doubtful, stands in a document as it is; all are read again for it."""
    db.execute("ALTER TABLE read ADD COLUMN free INTEGER NOT NULL DEFAULT 0")
    db.execute("DELETE FROM read")


def _crossing(db: sqlite3.Connection) -> None:
    """Add where a value with Japanese in it first changes between Japanese and ASCII, 0 for the others."""
    db.execute("ALTER TABLE known ADD COLUMN crossing INTEGER NOT NULL DEFAULT 0")


class KnownValues:
    """Opens known.db. Raises StoreError when it cannot be used, BusyError when it is locked."""

    def __init__(self, path: Path, key: bytes, key_id: str, *, readonly: bool = False) -> None:
        self._db = Database(path, (_tables, _clear, _free, _crossing), application_id=APPLICATION_ID, readonly=readonly)
        self._key = derive_key(key)
        self._maker = f"{DETECTOR_VERSION} {key_id}"
        self._key_id = key_id

    def __enter__(self) -> KnownValues:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def load(self, names: Collection[str] = (), host: str = "") -> KnownHashes:
        """Return the values, except these names and hosts matching this pattern."""
        if self._mark("key") != self._key_id:
            return KnownHashes()
        rows = list(self._db.rows("SELECT digest, length, crossing FROM known"))
        lengths = tuple(sorted({length for _, length, crossing in rows if not crossing}))
        crossings = tuple(sorted({(crossing, length) for _, length, crossing in rows if crossing}))
        digests = frozenset(digest for digest, *_ in rows)
        return KnownHashes(self._key, digests, lengths, frozenset(names), host, crossings)

    def find_touched(self, since: int) -> list[int]:
        """Return the documents that hold a value learned after `since` from another document."""
        return [here for (here,) in self._db.rows("SELECT id FROM touched WHERE since > ? ORDER BY id", (since,))]

    def clear_documents(self) -> dict[int, bytes]:
        """Return the documents no secret stood in, by id, with the hash of the text that was scanned."""
        if self._mark("maker") != self._maker:
            return {}
        return dict(self._db.rows("SELECT id, hash FROM read WHERE clear"))

    def free_documents(self, ids: Iterable[int]) -> dict[int, bytes]:
        """Return those of these documents in which no secret was found, with the hash of what was scanned."""
        if self._mark("maker") != self._maker:
            return {}
        wanted = json.dumps(list(ids))
        return dict(
            self._db.rows(
                "SELECT r.id, r.hash FROM json_each(?) w JOIN read r ON r.id = w.value WHERE r.free", (wanted,)
            )
        )

    @property
    def age(self) -> int:
        """A number that grows with each value learned."""
        return int(self._mark("age") or 0)

    def is_behind(self, mirror: Mirror) -> bool:
        """Return whether the mirror holds a text that has not been scanned."""
        if self._mark("maker") != self._maker:
            return True
        with _attach_known(mirror, self._db.path) as db:
            return db.row(f"SELECT 1 {_UNREAD} LIMIT 1") is not None

    def learn(self, mirror: Mirror, step: Step = lambda done, total: None) -> int:
        """Scan what is new in the mirror and return how many values were learned. Raises StoreError."""
        if self._mark("maker") != self._maker:
            with self._db.transaction():
                if self._mark("key") != self._key_id:  # by another key they are other hashes
                    self._db.execute("DELETE FROM known")
                    self._set("key", self._key_id)
                self._db.execute("DELETE FROM read")
                self._set("maker", self._maker)
        with _attach_known(mirror, self._db.path) as db:
            ids = [here for (here,) in db.rows(f"SELECT d.id {_UNREAD} ORDER BY d.id")]
        before = self.load()
        new: dict[bytes, str] = {}
        read: dict[int, tuple[bytes, bool, bool]] = {}
        for number, here in enumerate(ids, 1):
            step(number, len(ids))
            for each in read_documents(mirror.database, "d.id = ?", [here]):
                scanned = scan_document(mirror, each)
                read[here] = each.hash, scanned.clear, scanned.free
                for value in scanned.values:
                    new.setdefault(hash_value(value, self._key), value)
        for digest in before.values & new.keys():
            del new[digest]
        touched = _holding(mirror, KnownHashes(self._key).with_values(new.values()), frozenset(read)) if new else []
        with self._db.transaction():
            if new:
                age = self.age + 1
                self._set("age", str(age))
                rows = ((digest, len(value), age, find_crossing(value)) for digest, value in new.items())
                self._db.executemany("INSERT OR IGNORE INTO known VALUES (?, ?, ?, ?)", rows)
                self._db.executemany("INSERT OR REPLACE INTO touched VALUES (?, ?)", ((here, age) for here in touched))
            self._db.executemany(
                "INSERT OR REPLACE INTO read VALUES (?, ?, ?, ?)", ((here, *row) for here, row in read.items())
            )
        return len(new)

    def _mark(self, name: str) -> str | None:
        value: str | None = self._db.value("SELECT value FROM marks WHERE name = ?", (name,))
        return value

    def _set(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))


_UNREAD = "FROM documents d LEFT JOIN beside.read r ON r.id = d.id WHERE r.id IS NULL OR r.hash != d.hash"


@contextmanager
def _attach_known(mirror: Mirror, path: Path) -> Iterator[Database]:
    """Open the mirror's database with known.db attached."""
    db = mirror.database
    db.execute("ATTACH ? AS beside", (str(path),))
    try:
        yield db
    finally:
        db.execute("DETACH beside")


@dataclass(frozen=True, slots=True)
class ScannedDocument:
    """The values of a document strong enough to look for elsewhere.

    `clear`: no likely secret stands or stood in it; `free`: none at all stands in it.
    """

    values: tuple[str, ...]
    clear: bool
    free: bool


def scan_document(mirror: Mirror, each: StoredDocument) -> ScannedDocument:
    """Return what a document and its old versions reveal."""
    from kb.ingest.document import ingest  # the parsers load slowly, and most runs have every document scanned
    from kb.ingest.remnants import find_remnants

    document = each.document
    scanned = ingest(document, each.structure)
    found = [(get_part(document, secret.part), secret) for secret in scanned.secrets]
    found += ((word, secret) for word in (document.category, *document.tags) for secret in scan_text(word))
    versions = list(mirror.versions(each.id))
    for version in versions:
        was = replace(document, title=version.title or document.title, body=version.body, markup=version.markup)
        found += ((version.body, secret) for secret in scan_body(was))
        found += ((version.title, secret) for secret in scan_text(version.title))
    clear = not any(secret.confidence >= Confidence.MEDIUM for secret in scanned.secrets)
    clear = clear and not find_remnants(document, scanned.secrets, versions)
    return ScannedDocument(
        tuple(strong_values(found)), clear, free=not scanned.secrets and not scanned.covers(document)
    )


def read_free_documents(path: Path | None, key: bytes, ids: Iterable[int]) -> Mapping[int, bytes]:
    """Return `KnownValues.free_documents` of the file at `path`; none where it cannot be read."""
    if path is None or not key or not path.exists():
        return {}
    try:
        with KnownValues(path, key, make_key_id(key), readonly=True) as values:
            return values.free_documents(ids)
    except StoreError:
        return {}


_IN_ADDRESSES = (SecretKind.BASIC_AUTH_URL, SecretKind.CONNECTION_STRING)


def strong_values(found: Iterable[tuple[str, Secret]]) -> Iterator[str]:
    """Yield the values of these secrets that may be masked anywhere, each with its text, of one width.

    An escaped one (`%23` in an address) is yielded as it is typed, too.
    """
    for whole, secret in found:
        from kb.secrets.scoring.entropy import is_strong  # its patterns take long to load, and most texts tell nothing

        if secret.confidence >= Confidence.MEDIUM:
            value = fold_text(cut_span(whole, secret.span))
            if MASK_PATTERN.search(value):
                continue  # of a copy that was purged: what stands around the stars is no value
            for form in (value, *(fold_text(plain) for plain, _ in undo_escapes(value))):
                if is_strong(form, in_address=secret.kind in _IN_ADDRESSES):
                    yield form


def collect_in_memory(mirror: Mirror, names: Collection[str] = (), host: str = "") -> KnownHashes:
    """Return the values of a mirror when nothing can be kept beside it."""
    all_of_it = read_documents(mirror.database, "1", [])
    known = KnownHashes(derive_key(secrets.token_bytes(32)), names=frozenset(names), host=host)
    return known.with_values({value for each in all_of_it for value in scan_document(mirror, each).values})


def member_names(mirror: Mirror) -> frozenset[str]:
    """Return members' names in lower case: a value that equals one is not masked."""
    from kb.mirror.queries import redmine_names
    from kb.sources.registry import member_sources

    wanted = product(member_sources(), ("member", "former-member", "unlisted-author"))
    rows = [row for source, kind in wanted for row in mirror.things(source, kind).values()]
    names = [text_field(row.get(field)) for row in rows for field in ("screen_name", "name")]
    return frozenset(name.lower() for name in (*names, *redmine_names(mirror.database)) if name)


def _holding(mirror: Mirror, new: KnownHashes, apart_from: Collection[int]) -> list[int]:
    """Return the documents that hold one of these values."""
    return [
        each.id
        for each in read_documents(mirror.database, "d.state = 'live'", [])
        if each.id not in apart_from and any(map(new.holds, _words(each.document)))
    ]


def _words(document: Document) -> tuple[str, ...]:
    """Return every kept text of a document, or one something kept is made from."""
    named = (str(document.doc), document.part, document.url, document.author, document.human_by)
    return (document.body, document.title, document.category, *document.tags, *named)
