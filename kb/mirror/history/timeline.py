"""Ask the events what moved in a stretch of time, and what was open at its ends.

A finding's comings and goings by people (`NEWS`: an edit, a ticket, a member, a day) are balanced against each other,
and so are the others; what is left over moved:

people's work, it went          **fixed**
people's work, it came          **back** where it had been open before the stretch, was gone at its start,
                                and was last taken for fixed; else **new**
both, in any order              nothing: neither new nor fixed
another reason                  it came or went by nobody's doing: told apart, with the reason

So what a new rule brings and somebody fixes in the same week came for the rule and is fixed. Findings that do not count
are as absent. Open at the end = open at the start + new + back + came - fixed - gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.mirror.database import Database
from kb.mirror.history.events import PEOPLES_REASONS, EventReason, format_utc
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Visibility, doc_range


class MovementKind(StrEnum):
    """How a finding moved."""

    NEW = "new"
    FIXED = "fixed"
    BACK = "back"
    CAME = "came"  # not by people
    WENT = "went"


@dataclass(frozen=True, slots=True)
class Movement:
    """A finding that moved: how, why, and when (UTC)."""

    way: MovementKind
    why: EventReason
    at: str
    fingerprint: str
    doc: str
    part: str
    code: str


_NEWS = ", ".join(f"'{why}'" for why in PEOPLES_REASONS)
_SUMMED = """
  SELECT max(id) AS id, sum(2 * came - 1) AS more, came, why, at, fingerprint, doc, part, code FROM events
  WHERE at >= :start AND at < :end AND why REASONS SEEN GROUP BY fingerprint HAVING more != 0
"""
_MOVED = f"""
SELECT
  CASE WHEN more < 0 THEN 'fixed'
    WHEN (SELECT e.came FROM events e WHERE e.fingerprint = last.fingerprint AND e.at < :start
        ORDER BY e.id DESC LIMIT 1) = 0
      AND (SELECT e.why FROM events e WHERE e.fingerprint = last.fingerprint AND NOT e.came AND e.id < last.id
        ORDER BY e.id DESC LIMIT 1) IN ({_NEWS}) THEN 'back'
    ELSE 'new' END AS way,
  why, at, fingerprint, doc, part, code
FROM ({_SUMMED.replace("REASONS", f"IN ({_NEWS})")}) last
UNION ALL
SELECT CASE WHEN more < 0 THEN 'went' ELSE 'came' END, why, at, fingerprint, doc, part, code
FROM ({_SUMMED.replace("REASONS", f"NOT IN ({_NEWS})")})
"""  # noqa: S608 - our own words

_SEEN = (
    "AND NOT EXISTS (SELECT 1 FROM temp.unseen u WHERE u.doc = events.doc AND u.part = events.part) "
    "AND (fingerprint IN (SELECT fingerprint FROM temp.wanted) "
    "OR NOT EXISTS (SELECT 1 FROM temp.others o WHERE o.doc = events.doc AND o.part = events.part))"
)


class Timeline:
    """Asks state.db's events; what `limit` leaves out is in no answer. Raises StoreError."""

    def __init__(self, state: StateDb) -> None:
        self._db: Database = state.database
        self._limited = False

    def limit(self, mirror: Mirror, audience: Visibility) -> None:
        """Leave out documents that not all readers of `audience` may see.

        A deleted document counts as last readable; one the mirror never had is for nobody.
        """
        if audience <= Visibility.PRIVATE:
            return
        rows = mirror.database.rows(
            "SELECT doc, part FROM documents GROUP BY doc, part "
            "HAVING coalesce(max(CASE WHEN state = 'live' THEN visibility END), min(visibility)) >= ?",
            (int(audience),),
        )
        self._all_but("unseen", rows)

    def only(self, places: Iterable[tuple[str, str]], wanted: Iterable[str] = ()) -> None:
        """Leave out all other documents (by doc and part), except for the `wanted` findings."""
        self._all_but("others", places)
        with self._db.transaction():
            self._db.executemany("INSERT OR IGNORE INTO temp.wanted VALUES (?)", ((each,) for each in wanted))

    def _all_but(self, table: str, places: Iterable[tuple[str, str]]) -> None:
        """Put all places with events into a temporary table, except these."""
        db = self._db
        self._begin()
        db.execute("CREATE TEMP TABLE seen(doc TEXT, part TEXT, PRIMARY KEY (doc, part)) WITHOUT ROWID")
        with db.transaction():
            db.executemany("INSERT OR IGNORE INTO temp.seen VALUES (?, ?)", places)
            db.execute(
                f"INSERT OR IGNORE INTO temp.{table} SELECT DISTINCT doc, part FROM events "  # noqa: S608 - our own name
                "EXCEPT SELECT doc, part FROM temp.seen"
            )
        db.execute("DROP TABLE temp.seen")

    def without(self, sources: Collection[str]) -> None:
        """Leave out the documents of these sources: `esa`, `files:minutes`."""
        if not sources:
            return
        self._begin()
        with self._db.transaction():
            for name in sources:
                ends = doc_range(name)
                sealed = ("files~", "files\x7f") if name.startswith("files:") else ends
                self._db.execute(
                    "INSERT OR IGNORE INTO temp.unseen SELECT DISTINCT doc, part FROM events "
                    "WHERE (doc >= ? AND doc < ?) OR (doc >= ? AND doc < ?)",
                    (*ends, *sealed),
                )

    def _begin(self) -> None:
        """Start leaving places out: `unseen` ones wholly, `others` except for `wanted` findings."""
        for table in ("unseen", "others"):
            self._db.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {table}(doc TEXT, part TEXT, PRIMARY KEY (doc, part)) WITHOUT ROWID"
            )
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted(fingerprint TEXT PRIMARY KEY) WITHOUT ROWID")
        self._limited = True

    def began(self) -> str:
        """Return when the first lint told something (UTC), "" for never."""
        return str(self._db.value("SELECT min(at) FROM tellings") or "")

    def moved(self, start: datetime, end: datetime) -> Iterator[Movement]:
        """Yield what moved from `start` until before `end`, one finding at a time, by document."""
        rows = self._db.rows(
            f"SELECT * FROM ({self._moved}) ORDER BY doc, part, code, fingerprint, at",  # noqa: S608 - our own words
            {"start": format_utc(start), "end": format_utc(end)},
        )
        for way, why, *rest in rows:
            yield Movement(MovementKind(way), EventReason(why), *rest)

    def figures(self, start: datetime, end: datetime) -> Counter[MovementKind]:
        """Count how many findings moved which way."""
        rows = self._db.rows(
            f"SELECT way, count(*) FROM ({self._moved}) GROUP BY way",  # noqa: S608 - our own words
            {"start": format_utc(start), "end": format_utc(end)},
        )
        return Counter({MovementKind(way): count for way, count in rows})

    def open_at(self, moments: Sequence[datetime]) -> list[int]:
        """Return the open findings before each of these ascending moments, in one pass."""
        ends = list(map(format_utc, moments))
        marks = ", ".join(["(?, ?, ?)"] * len(ends))
        rows = self._db.rows(
            f"WITH ends(number, first, end) AS (VALUES {marks}) "  # noqa: S608 - only marks are put in
            "SELECT number, coalesce(sum(CASE came WHEN 1 THEN 1 WHEN 0 THEN -1 END), 0) FROM ends "
            f"LEFT JOIN events ON at >= first AND at < end {self._visible} GROUP BY number ORDER BY number",
            [value for number, end in enumerate(ends) for value in (number, ends[number - 1] if number else "", end)],
        )
        found, sum_ = [], 0
        for _, change in rows:
            sum_ += change
            found.append(sum_)
        return found

    def documents_at(self, moment: datetime, codes: Iterable[str] = ()) -> Iterator[tuple[str, str]]:
        """Yield the places with a finding of these rules (default: any) open before a moment."""
        wanted = sorted(codes)
        only = f"AND code IN ({', '.join('?' * len(wanted))})" if wanted else ""
        yield from self._db.rows(
            "SELECT DISTINCT doc, part FROM (SELECT max(id), came, doc, part FROM events "  # noqa: S608 - our own words
            f"WHERE at < ? {only} {self._visible} GROUP BY fingerprint) WHERE came",
            (format_utc(moment), *wanted),
        )

    def standing(self, doc: str, part: str, codes: Collection[str]) -> tuple[str, ...]:
        """Return the codes of these rules' findings open at a place after the last lint."""
        rows = self._db.rows(
            "SELECT code FROM findings WHERE doc = ? AND part = ? AND gone_at = '' AND counted ORDER BY code",
            (doc, part),
        )
        return tuple(code for (code,) in rows if code in codes)

    def first_seen(self, docs: Sequence[str]) -> dict[str, str]:
        """Map the present findings of these documents to when they were first seen (UTC)."""
        marks = ", ".join("?" * len(docs))
        return dict(
            self._db.rows(
                f"SELECT fingerprint, first_at FROM findings WHERE gone_at = '' AND doc IN ({marks})",  # noqa: S608 - only marks are put in
                docs,
            )
        )

    @property
    def _visible(self) -> str:
        return _SEEN if self._limited else ""

    @property
    def _moved(self) -> str:
        return _MOVED.replace("SEEN", self._visible)
