"""Judgements kept between runs, so that a document that did not change is not read again.

They stand in a file of their own, `.kb/cache/judged.db`: a lint never waits for a sync, and the
file can be thrown away. Each is kept under a key, a hash of all that decides it: the document's
content and place, the settings for pages, the rules and their versions, the words of the gate,
the parser, the reader, kb itself. A judgement under another key is as good as none.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType

import msgspec

import kb
from kb.errors import StoreError
from kb.lint.judge import Judgement
from kb.lint.rules import Rule, groups
from kb.mirror.database import Database
from kb.model import Entry, Finding, PagePolicy
from kb.reading.blocks import PARSER_VERSION
from kb.reading.version import READER_VERSION

APPLICATION_ID = 0x6B624A31  # "kbJ1"
KEY = 16
"""Bytes of a key."""

_encode = msgspec.msgpack.Encoder().encode
_findings = msgspec.msgpack.Decoder(tuple[Finding, ...]).decode
_entry = msgspec.msgpack.Decoder(Entry).decode


def _tables(db: sqlite3.Connection) -> None:
    db.execute(
        """
        CREATE TABLE judged(
          id INTEGER PRIMARY KEY,        -- of mirror.db
          key BLOB NOT NULL,
          entry BLOB NOT NULL,           -- MessagePack, as the findings
          findings BLOB                  -- NULL: none
        )
        """
    )


def made_of(rules: Iterable[Rule], policy: PagePolicy) -> bytes:
    """A hash of all that decides a judgement, besides the document."""
    ordered = sorted(rules, key=lambda rule: rule.code)
    parts = (
        (kb.__version__, PARSER_VERSION, READER_VERSION),
        [(rule.code, rule.module, rule.version, rule.severity, rule.gate, sorted(rule.kinds)) for rule in ordered],
        groups(ordered),
        policy,
    )
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


def key_of(made: bytes, doc: str, part: str, updated_at: str, content: bytes) -> bytes:
    """The key of one document; `content` is the mirror's hash of what a reader reads."""
    place = f"{doc}\0{part}\0{updated_at}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(made + content + place, digest_size=KEY).digest()


class Kept:
    """The kept judgements of one mirror. Raises StoreError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._db = Database(path, (_tables,), application_id=APPLICATION_ID)

    def keys(self) -> Iterator[tuple[int, bytes]]:
        """Each document and the key its judgement is kept under, in the order of ids."""
        yield from self._db.rows("SELECT id, key FROM judged ORDER BY id")

    def get(self, lo: int, hi: int) -> dict[int, tuple[bytes, Judgement]]:
        """Keys and judgements of the documents with `lo` ≤ id < `hi`."""
        rows = self._db.rows("SELECT * FROM judged WHERE id >= ? AND id < ?", (lo, hi))
        return {
            here: (key, Judgement(_entry(entry), () if findings is None else _findings(findings)))
            for here, key, entry, findings in rows
        }

    def put(self, rows: Sequence[tuple[int, bytes, Judgement]], gone: Iterable[int] = ()) -> None:
        """Keep judgements, and forget those of documents that are no longer there."""
        with self._db.transaction():
            self._db.executemany("DELETE FROM judged WHERE id = ?", ((here,) for here in gone))
            self._db.executemany(
                "INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?)",
                (
                    (here, key, _encode(found.entry), _encode(found.findings) if found.findings else None)
                    for here, key, found in rows
                ),
            )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Kept:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_kept(path: Path) -> Kept | None:
    """The kept judgements at `path`, begun anew when the file is damaged; None where nothing can be kept."""
    for _ in range(2):
        try:
            return Kept(path)
        except StoreError:
            for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                try:
                    name.unlink(missing_ok=True)
                except OSError:
                    return None
    return None
