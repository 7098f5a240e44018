"""Keep a mirror's judgements between runs, so that an unchanged document costs nothing.

It stands in a file of its own, `.kb/cache/judged.db`: a lint never waits for a sync, and the
file can be thrown away. Of each document it keeps

- what decided the judgement: the mirror's hash of its text, where it stands and who touched it
  (`seen`), and a number for all else: rules, settings, reader, kb itself (`stamps`);
- the judgement itself, made from the document alone (`judged`);
- the outcome, which the world had a part in: tickets, members, today; under a number of its own;
- whether the findings' history has been told of that outcome.

What changed since is found by `kb.lint.engine.ranges`.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

import kb
from kb.errors import BusyError, StoreError
from kb.lint.cache import deps, recurrences
from kb.lint.cache.deps import TicketStamp
from kb.lint.cache.schema import APPLICATION_ID, MIGRATIONS, PLACE_COLUMNS
from kb.markup.blocks import PARSER_VERSION
from kb.mirror.database import Database, not_a_store
from kb.model.finding import Finding
from kb.model.page import Entry, PagePolicy
from kb.model.recurrence import Recurrence
from kb.recurrence.record import Answers, IncidentRecord
from kb.rules.directives import Directive
from kb.rules.judge import Judgement, Quote
from kb.rules.registry import Rule, groups_of
from kb.text.lang import t
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

_encode = msgspec.msgpack.Encoder().encode
_judgement = msgspec.msgpack.Decoder(tuple[Entry, tuple[Finding, ...], tuple[Directive, ...], tuple[Quote, ...]]).decode
_findings = msgspec.msgpack.Decoder(tuple[Finding, ...]).decode


_UNJOINED, _NEW = -1, -2
"""A document's `world` between judging and joining: its text changed, or no outcome of it is known."""


def hash_inputs(rules: Iterable[Rule], policy: PagePolicy, key_id: str = "") -> bytes:
    """Return a hash of all that decides a judgement besides the document. `key_id` is the secret key's.

    Collected names change with every machine: `FindingsCache.take_names` tells of them, and the pages they stand in.
    """
    ordered = sorted(rules, key=lambda rule: rule.code)
    parts = (
        (kb.__version__, PARSER_VERSION, READER_VERSION, DETECTOR_VERSION, key_id),
        [(rule.code, rule.module, rule.version, rule.severity, rule.gate, sorted(rule.kinds)) for rule in ordered],
        groups_of(ordered),
        policy.own,
    )
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class JudgedDocument:
    """A judged document: its id, the mirror's hash of its text, and the judgement.

    `measures` are the numbers of its open measures, and of those among them with an owner and a due date; `record` is
    what it is compared by, of an incident.
    """

    id: int
    hash: bytes
    judgement: Judgement
    measures: tuple[int, int] = (0, 0)
    record: IncidentRecord | None = None


@dataclass(frozen=True, slots=True)
class LintOutcome:
    """The result of one document; `judged` is None when only the world changed.

    `tickets` maps the numbers it depends on to their states (None: not in the mirror), `ends` its link targets.
    """

    id: int
    findings: tuple[Finding, ...]
    tickets: dict[int, TicketStamp]
    judged: JudgedDocument | None = None
    ends: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnreportedOutcome:
    """A result not yet written to the findings' history; `text`: the document's text changed."""

    id: int
    doc: str
    part: str
    updated_at: str
    text: bool
    findings: tuple[Finding, ...]


class DamagedCacheError(StoreError):
    """A cache that was damaged, and has been deleted."""


class FindingsCache:
    """The judgements kept of one mirror. Raises StoreError when the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = Database(path, MIGRATIONS, application_id=APPLICATION_ID)
        # What a detector missed, the next one covers: the words of before are not to stay in free pages.
        self._db.execute("PRAGMA secure_delete=ON")
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._is_garbled = False

    @classmethod
    def temporary(cls) -> FindingsCache:
        """Open a cache for this run alone, where nothing can be kept."""
        folder = tempfile.TemporaryDirectory(prefix="kb-")
        kept = cls(Path(folder.name) / "judged.db")
        kept._folder = folder
        return kept

    def stamp(self, digest: bytes) -> int:
        """Return the number of a digest, a new one for a new digest."""
        known = self._db.value("SELECT number FROM stamps WHERE digest = ?", (digest,))
        if known is None:
            known = self._db.execute("INSERT INTO stamps(digest) VALUES (?)", (digest,)).lastrowid
        return int(known)

    def mark_changed(self, tickets: Collection[int], ends: Collection[str] = (), ids: Collection[int] = ()) -> None:
        """Mark what depends on these changed tickets and link ends, and the documents `ids`, for a new join."""
        with self._db.transaction():
            deps.invalidate(self._db, tickets, ends)
            deps.mark_for_join(self._db, "SELECT ?", ids)

    @property
    def age(self) -> int:
        """The age of the known values everything kept was made with."""
        return int(self._db.value("SELECT age FROM ages") or 0)

    def mark_for_judging(self, ids: Collection[int] | None, age: int) -> None:
        """Mark documents (None: all) to be judged again, with known values of this age."""
        with self._db.transaction():
            if ids is None:
                self._db.execute("UPDATE seen SET made = 0")
            else:
                self._db.executemany("UPDATE seen SET made = 0 WHERE id = ?", ((here,) for here in ids))
            self._db.execute("DELETE FROM ages")
            self._db.execute("INSERT INTO ages VALUES (?)", (age,))

    @property
    def has_any(self) -> bool:
        """Whether anything was judged."""
        return bool(self._db.value("SELECT 1 FROM seen LIMIT 1"))

    @property
    def names_digest(self) -> str:
        """What stands for the collected names everything kept was made with."""
        return str(self._db.value("SELECT digest FROM names") or "")

    @property
    def spellings(self) -> frozenset[str]:
        """The spellings of the collected names everything kept was made with."""
        found = self._db.value("SELECT spellings FROM names")
        return frozenset(msgspec.msgpack.decode(found, type=list[str])) if found else frozenset()

    def take_names(self, digest: str, spellings: Collection[str], ids: Collection[int]) -> None:
        """Note the collected names from now on, and mark the documents that name one of those that changed."""
        with self._db.transaction():
            self._db.executemany("UPDATE seen SET made = 0 WHERE id = ?", ((here,) for here in ids))
            self._db.execute("DELETE FROM names")
            self._db.execute("INSERT INTO names VALUES (?, ?)", (digest, msgspec.msgpack.encode(sorted(spellings))))

    @contextmanager
    def discarding_damage(self) -> Iterator[None]:
        """Discard the file if it turns out damaged inside the block, and raise DamagedCacheError: it can be rebuilt."""
        try:
            yield
        except BusyError:
            raise
        except StoreError:
            if self._sound():
                raise  # it was the mirror
            self.close()
            _remove(self.path)
            raise DamagedCacheError(
                t(f"{self.path} が壊れていたので捨てました。", f"{self.path} was damaged and has been deleted."),
                t("もう一度実行してください。判定し直します。", "run it again: everything is judged again."),
            ) from None

    def _sound(self) -> bool:
        try:
            return not self._is_garbled and self._db.value("PRAGMA quick_check(1)") == "ok"
        except BusyError:
            return True
        except StoreError:
            return False

    def _garbled(self) -> StoreError:
        self._is_garbled = True
        return not_a_store(self.path)

    def get(self, lo: int, hi: int) -> dict[int, tuple[Judgement, tuple[Finding, ...]]]:
        """Return judgement and result of the documents with `lo` ≤ id < `hi`."""
        return dict(self._rows("j.id >= ? AND j.id < ?", (lo, hi)))

    def get_many(self, ids: Sequence[int]) -> dict[int, tuple[Judgement, tuple[Finding, ...]]]:
        """Return judgement and result of these documents."""
        found: dict[int, tuple[Judgement, tuple[Finding, ...]]] = {}
        for at in range(0, len(ids), 500):
            few = ids[at : at + 500]
            found.update(self._rows(f"j.id IN ({', '.join('?' * len(few))})", tuple(few)))
        return found

    def _rows(
        self, where: str, values: Sequence[object]
    ) -> Iterator[tuple[int, tuple[Judgement, tuple[Finding, ...]]]]:
        sql = f"SELECT j.id, j.judgement, o.findings FROM judged j LEFT JOIN outcomes o USING (id) WHERE {where}"  # noqa: S608
        for here, judgement, findings in self._db.rows(sql, values):
            try:
                entry, found, directives, quotes = _judgement(judgement)
                outcome = () if findings is None else _findings(findings)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise self._garbled() from None
            yield here, (Judgement(entry, found, (), directives, quotes), outcome)

    def unreported(self) -> Iterator[UnreportedOutcome]:
        """Return the results not yet written to the history."""
        sql = (
            "SELECT u.id, s.doc, s.part, s.updated_at, u.text, o.findings FROM untold u JOIN seen s USING (id) "
            "LEFT JOIN outcomes o USING (id) ORDER BY u.id"
        )
        for here, doc, part, updated_at, text, findings in self._db.rows(sql):
            try:
                found = () if findings is None else _findings(findings)
                yield UnreportedOutcome(here, doc, part, updated_at, bool(text), found)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise self._garbled() from None

    def has_unreported(self) -> bool:
        """Return whether any result is not yet written to the history."""
        return self._db.value("SELECT 1 FROM untold LIMIT 1") is not None

    def lost_places(self) -> list[tuple[str, str]]:
        """Return places whose id now belongs to another document, or that may be gone."""
        return list(self._db.rows("SELECT doc, part FROM lost"))

    def put_judged(self, judged: Iterable[JudgedDocument], made: int) -> None:
        """Store judgements that are to be joined, all or nothing."""
        with self._db.transaction():
            for each in judged:
                old = self._db.row("SELECT world FROM seen WHERE id = ?", (each.id,))
                known = self._put_judged(each, made, _UNJOINED) and old is not None and old[0] != _NEW
                if not known:
                    self._db.execute("UPDATE seen SET world = ? WHERE id = ?", (_NEW, each.id))
                    self._db.execute("DELETE FROM outcomes WHERE id = ?", (each.id,))

    def count_measures(self, without: Iterable[int] = ()) -> tuple[int, int]:
        """Return the open measures of all pages but these, and how many are planned."""
        skip = frozenset(without)
        rows = [row for row in self._db.rows("SELECT open, planned, id FROM measures") if row[2] not in skip]
        return sum(row[0] for row in rows), sum(row[1] for row in rows)

    def put(self, outcomes: Iterable[LintOutcome], made: int, world: int) -> None:
        """Store the results of some documents, all or nothing."""
        with self._db.transaction():
            for each in outcomes:
                self._put(each, made, world)

    def _put(self, each: LintOutcome, made: int, world: int) -> None:
        db, here = self._db, each.id
        new = _encode(each.findings) if each.findings else None
        old = db.row("SELECT s.world, o.findings FROM seen s LEFT JOIN outcomes o USING (id) WHERE s.id = ?", (here,))
        stood = old[0] if old is not None else _NEW
        if each.judged is None:
            db.execute("UPDATE seen SET world = ? WHERE id = ?", (world, here))
        elif not self._put_judged(each.judged, made, world):
            stood = _NEW
        if old is None or stood == _NEW or old[1] != new:
            if new is None:
                db.execute("DELETE FROM outcomes WHERE id = ?", (here,))
            else:
                db.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?)", (here, new))
            text = each.judged is not None or stood in (_UNJOINED, _NEW)
            db.execute(
                "INSERT INTO untold VALUES (?, ?) ON CONFLICT DO UPDATE SET text = max(text, ?)", (here, text, text)
            )
        deps.store_deps(db, here, each.tickets, each.ends)

    def _put_judged(self, judged: JudgedDocument, made: int, world: int) -> bool:
        """Store one judgement; return whether the document was known, at its place."""
        db, here, entry = self._db, judged.id, judged.judgement.entry
        old = db.row("SELECT doc, part FROM seen WHERE id = ?", (here,))
        moved = old is not None and old != (entry.doc, entry.part)
        if old is not None and moved:
            db.execute("INSERT OR IGNORE INTO lost VALUES (?, ?)", old)
        place = [getattr(entry, name) for name in PLACE_COLUMNS]
        place[PLACE_COLUMNS.index("visibility")] = int(entry.visibility)
        db.execute(
            f"INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?{', ?' * len(place)})",  # noqa: S608 - only marks
            (here, made, world, entry.facts is not None, judged.hash, *place),
        )
        made_of = judged.judgement
        db.execute(
            "INSERT OR REPLACE INTO judged VALUES (?, ?)",
            (here, _encode((made_of.entry, made_of.findings, made_of.directives, made_of.quotes))),
        )
        db.execute("DELETE FROM measures WHERE id = ?", (here,))
        if judged.measures[0]:
            db.execute("INSERT INTO measures VALUES (?, ?, ?)", (here, *judged.measures))
        recurrences.put_record(db, here, judged.record)
        return old is not None and not moved

    def refresh_recurrences(self, answers: Answers, gone: Collection[int] = ()) -> list[int]:
        """Find again what incidents repeat, if one of them or an answer changed; return the documents that differ."""
        with self._db.transaction():
            changed = recurrences.refresh(self._db, answers, gone)
            deps.mark_for_join(self._db, "SELECT ?", changed)
        return changed

    def recurrence_of(self, doc: str) -> Recurrence | None:
        """Return what an incident repeats, by its document; None for nothing."""
        return recurrences.load(self._db, doc)

    def mark_reported(self, ids: Iterable[int], gone: Iterable[int], unclear: Iterable[tuple[str, str]]) -> None:
        """Record that the history has these results, and forget the documents that are gone.

        `unclear` are places of which it is not known yet whether they are gone.
        """
        with self._db.transaction():
            self._db.executemany("DELETE FROM untold WHERE id = ?", ((here,) for here in ids))
            for here in gone:
                for table in ("seen", "judged", "outcomes", "untold", "measures", *recurrences.TABLES):
                    self._db.execute(f"DELETE FROM {table} WHERE id = ?", (here,))  # noqa: S608 - our own names
                deps.forget_deps(self._db, here)
            self._db.execute("DELETE FROM lost")
            self._db.executemany("INSERT INTO lost VALUES (?, ?)", unclear)

    def close(self) -> None:
        self._db.close()
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> FindingsCache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_cache(path: Path) -> FindingsCache:
    """Open the cache at `path`, replacing a damaged file.

    Where nothing can be kept it lives for this run alone.
    """
    for _ in range(2):
        try:
            return FindingsCache(path)
        except StoreError:
            try:
                _remove(path)
            except OSError:
                break
    return FindingsCache.temporary()


def _remove(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
