"""The history of drift in state.db: what a report saw between a model and what runs, and when it was no longer so.

Findings are known by fingerprint, and by the node of the model they are on; no instance, address, host or message is
kept. What a finding rests on is kept with it, so that a source that went quiet mends nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable
from dataclasses import dataclass
from datetime import datetime

from kb.mirror.database import Database
from kb.mirror.history.events import format_utc
from kb.text.lazy_pattern import compile_lazy

_CODE = compile_lazy(r"SYS[0-9]{3}")


def create_drift(db: sqlite3.Connection) -> None:
    """Create one row per finding ever, and one per snapshot ever seen; times are UTC, "" for never."""
    for statement in (
        """
        CREATE TABLE drift(
          fingerprint TEXT PRIMARY KEY,
          code TEXT NOT NULL,
          node TEXT NOT NULL,            -- of the model; "" for what is outside it
          came_at TEXT NOT NULL,
          first INTEGER NOT NULL,        -- came with a source nobody had looked at before
          aside INTEGER NOT NULL,        -- by [[ignore]], a decision or the baseline
          rests_on TEXT NOT NULL,        -- names of snapshots, and hashes of hosts, separated by blanks
          gone_at TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """,
        "CREATE TABLE drift_sources(name TEXT PRIMARY KEY, first_at TEXT NOT NULL, last_at TEXT NOT NULL) "
        "WITHOUT ROWID",
    ):
        db.execute(statement)


@dataclass(frozen=True, slots=True)
class DriftRecord:
    """A finding as it is remembered. `rests_on`: what must be read whole before its absence counts as mended.

    `reads`: parts of sources (`kind:hosts/ps`, `#…/ps`) without which nobody could have told of it. Not kept.
    """

    fingerprint: str
    code: str
    node: str = ""
    aside: bool = False
    rests_on: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DriftMoves:
    """What came and went in a stretch of time. `first` came with a source that was new, and still stands."""

    new: tuple[DriftRecord, ...] = ()
    mended: tuple[DriftRecord, ...] = ()
    first: int = 0


class DriftHistory:
    """The history of drift in a state.db. Raises what the database raises."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def record(
        self,
        found: Iterable[DriftRecord],
        sources: Collection[str],
        now: datetime,
        has_read: Callable[[DriftRecord], bool],
        *,
        dated: datetime | None = None,
        ran: Container[str] | None = None,
    ) -> None:
        """Record all findings there are, and what is gone of those there were, `dated` otherwise than `now`.

        `has_read` tells of one that is not there whether all it rests on was read: otherwise nobody knows, and it
        stays, as does one whose rule is not among those that `ran` (None: all did). What was looked at before, at a
        later time, is left as it is. `sources` are what was read, and the parts of it that were (`kind:hosts/ps`,
        `#…/ps`, with `kind:hosts/` and `#…/` for those that were asked): what such a part tells the first time it is
        read of something that was asked before may have been there all the time, and is not new.
        """
        told, at = format_utc(now), format_utc(dated or now)
        with self._db.transaction():
            if told < str(self._db.value("SELECT max(last_at) FROM drift_sources") or ""):
                return
            known = {name for (name,) in self._db.rows("SELECT name FROM drift_sources")}
            before = {row[0]: row for row in self._db.rows("SELECT fingerprint, gone_at FROM drift")}
            seen = set()
            for each in found:
                seen.add(each.fingerprint)
                rests = " ".join(each.rests_on)
                old = before.get(each.fingerprint)
                if old is not None and not old[1]:
                    self._db.execute(
                        "UPDATE drift SET aside = ?, node = ?, rests_on = ? WHERE fingerprint = ?",
                        (each.aside, each.node, rests, each.fingerprint),
                    )
                    continue
                first = (
                    not known
                    or any(name in sources and name not in known for name in each.rests_on)
                    or any(name in sources and name not in known and _whole_of(name) in known for name in each.reads)
                )
                self._db.execute(
                    "INSERT OR REPLACE INTO drift(fingerprint, code, node, came_at, first, aside, rests_on) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (each.fingerprint, each.code, each.node, at, first, each.aside, rests),
                )
            looked_for = [row for row in self.standing() if ran is None or row.code in ran]
            for row in looked_for:
                if row.fingerprint not in seen and has_read(row):
                    self._db.execute("UPDATE drift SET gone_at = ? WHERE fingerprint = ?", (at, row.fingerprint))
            self._db.executemany(
                "INSERT INTO drift_sources VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at",
                ((name, told, told) for name in sorted(sources)),
            )

    def moves(self, begins: datetime, until: datetime, but: Container[str] = ()) -> DriftMoves:
        """Return what came and went from a time on until before another; what came and went in it is neither.

        Rules of `but` are left out.
        """
        start, end = format_utc(begins), format_utc(until)

        def rows(where: str, values: tuple[str, ...]) -> tuple[DriftRecord, ...]:
            return tuple(each for each in self._rows(where, values) if each.code not in but)

        new = rows(
            "came_at >= ? AND came_at < ? AND NOT first AND NOT aside AND (gone_at = '' OR gone_at >= ?)",
            (start, end, end),
        )
        mended = rows("(came_at < ? OR first) AND gone_at >= ? AND gone_at < ? AND NOT aside", (start, start, end))
        first = rows(
            "came_at >= ? AND came_at < ? AND first AND NOT aside AND (gone_at = '' OR gone_at >= ?)",
            (start, end, end),
        )
        return DriftMoves(new, mended, len(first))

    def begun(self) -> bool:
        """Return whether anything was looked at before."""
        return self._db.value("SELECT 1 FROM drift_sources LIMIT 1") is not None

    def count_open(self) -> dict[str, Counter[str]]:
        """Return how often each rule stands on each node of the model, what is set aside left out."""
        found: dict[str, Counter[str]] = {}
        for each in self.standing():
            if each.node and not each.aside:
                found.setdefault(each.node, Counter())[each.code] += 1
        return found

    def standing(self) -> tuple[DriftRecord, ...]:
        """Return what was there when last it could be told."""
        return self._rows("gone_at = ''", ())

    def first_seen(self) -> dict[str, str]:
        """Return when what stands was first seen (UTC), by fingerprint."""
        return dict(self._db.rows("SELECT fingerprint, came_at FROM drift WHERE gone_at = ''"))

    def known(self) -> frozenset[tuple[str, str]]:
        """Return the rules and nodes of which anything was ever remembered."""
        return frozenset(self._db.rows("SELECT DISTINCT code, node FROM drift"))

    def _rows(self, where: str, values: tuple[str, ...]) -> tuple[DriftRecord, ...]:
        sql = (
            f"SELECT fingerprint, code, node, aside, rests_on FROM drift WHERE {where} ORDER BY code, node, fingerprint"  # noqa: S608 - our own words
        )
        return tuple(
            DriftRecord(fingerprint, _check_code(code), node, bool(aside), tuple(rests.split()))
            for fingerprint, code, node, aside, rests in self._db.rows(sql, values)
        )


def _whole_of(part: str) -> str:
    return part[: part.index("/") + 1]


def _check_code(code: str) -> str:
    """Return the code of a rule. Raises ValueError for other words, which reports would show."""
    if not _CODE.fullmatch(code):
        raise ValueError
    return code
