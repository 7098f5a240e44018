"""The findings' history in state.db: what was first seen when, what went and why, what came back.

Findings are known by their fingerprints; no text of any page, no message and no title is kept.
Every change has a reason (kb.mirror.reasons).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from kb.mirror.database import Database
from kb.mirror.reasons import NEWS, Judges, Observed, Reasons, Why


def findings(db: sqlite3.Connection) -> None:
    """One row a finding that ever was; times are UTC, "" stands for never."""
    for statement in (
        """
        CREATE TABLE findings(
          fingerprint TEXT PRIMARY KEY,
          doc TEXT NOT NULL, part TEXT NOT NULL, code TEXT NOT NULL,
          content TEXT NOT NULL,         -- the hash of its section, to see that it was rewritten
          first_at TEXT NOT NULL, first_why TEXT NOT NULL,
          changed_at TEXT NOT NULL DEFAULT '',
          gone_at TEXT NOT NULL DEFAULT '', gone_why TEXT NOT NULL DEFAULT '',
          back_at TEXT NOT NULL DEFAULT '', back_why TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID
        """,
        "CREATE INDEX findings_doc ON findings(doc)",
        "CREATE INDEX findings_first ON findings(first_at)",
        "CREATE INDEX findings_gone ON findings(gone_at) WHERE gone_at != ''",
        "CREATE INDEX findings_back ON findings(back_at) WHERE back_at != ''",
        "CREATE TABLE judges(name TEXT PRIMARY KEY, version TEXT NOT NULL) WITHOUT ROWID",
    ):
        db.execute(statement)


@dataclass(frozen=True, slots=True)
class Shift:
    """One finding that came, went or came back: `at` when, and why."""

    fingerprint: str
    doc: str
    part: str
    code: str
    at: str
    why: Why


@dataclass(frozen=True, slots=True)
class Moves:
    """What changed in some time: what edits, tickets, members and days brought, mended and brought back."""

    new: tuple[Shift, ...]
    fixed: tuple[Shift, ...]
    back: tuple[Shift, ...]

    def by_rule(self) -> dict[str, tuple[int, int, int]]:
        """How many findings of each rule are new, fixed and back; by code."""
        lists = (self.new, self.fixed, self.back)
        codes = sorted({shift.code for each in lists for shift in each})
        return {code: (_count(self.new, code), _count(self.fixed, code), _count(self.back, code)) for code in codes}


def _count(shifts: Iterable[Shift], code: str) -> int:
    return sum(shift.code == code for shift in shifts)


class History:
    """The history in one state.db. Raises what the database raises."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- asking -------------------------------------------------------------------------------

    def begun(self) -> bool:
        """Whether a lint over a mirror has ended before."""
        return self._db.value("SELECT 1 FROM judges LIMIT 1") is not None

    def present(self, docs: Collection[str]) -> set[str]:
        """The fingerprints of the findings these documents had at the end of the last run."""
        return {row[0] for row in self._of(docs) if not row[5]}

    def first_seen(self, fingerprint: str) -> tuple[str, Why] | None:
        """When a finding was first seen, and why it was then; None for one that never was."""
        row = self._db.row("SELECT first_at, first_why FROM findings WHERE fingerprint = ?", (fingerprint,))
        return None if row is None else (row[0], Why(row[1]))

    def standing(self, family: str) -> int:
        """How many findings of a family of rules the last run left, those that were set aside among them."""
        sql = "SELECT count(*) FROM findings WHERE gone_at = '' AND substr(code, 1, ?) = ?"
        return int(self._db.value(sql, (len(family), family)))

    def since(self, moment: datetime) -> Moves:
        """What edits, tickets, members and days changed from `moment` on, as things stand now."""
        at, news = utc(moment), ", ".join(f"'{why}'" for why in NEWS)
        return Moves(
            self._shifts("first", f"first_at >= ? AND first_why IN ({news}) AND gone_at = ''", at),
            self._shifts("gone", f"gone_at >= ? AND gone_why IN ({news})", at),
            self._shifts(
                "back",
                f"back_at >= ? AND back_why IN ({news}) AND gone_at = '' "
                f"AND NOT (first_at >= ? AND first_why IN ({news}))",  # then it is new
                at,
                at,
            ),
        )

    def _shifts(self, what: str, where: str, *values: str) -> tuple[Shift, ...]:
        sql = (
            f"SELECT fingerprint, doc, part, code, {what}_at, {what}_why FROM findings "  # noqa: S608 - our own names
            f"WHERE {where} ORDER BY {what}_at, doc, part, code, fingerprint"
        )
        return tuple(
            Shift(fingerprint, doc, part, code, moment, Why(why))
            for fingerprint, doc, part, code, moment, why in self._db.rows(sql, values)
        )

    def documents(self) -> Iterator[tuple[str, str]]:
        """The places that have findings."""
        yield from self._db.rows("SELECT DISTINCT doc, part FROM findings WHERE gone_at = ''")

    def knows(self, judges: Judges, sources: Collection[str]) -> bool:
        """Whether a run by these judges over these sources would leave nothing to remember of itself."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        left = {name for name in before if name.startswith("rule:")} - {f"rule:{code}" for code in judges.known}
        return not left and judges.versions(sources).items() <= before.items()

    def reasons(self, judges: Judges) -> Reasons:
        """Why findings can have changed that neither a page nor the world changed."""
        before = dict(self._db.rows("SELECT name, version FROM judges"))
        return Reasons(before, judges)

    # -- telling ------------------------------------------------------------------------------

    def observe(self, observed: Collection[Observed], reasons: Reasons, now: datetime) -> None:
        """Take in what some documents have now. To be called within `State.telling`."""
        at = utc(now)
        known: dict[tuple[str, str], dict[str, tuple[str, str, str]]] = {}
        for fingerprint, doc, part, code, content, gone in self._of({each.doc for each in observed}):
            known.setdefault((doc, part), {})[fingerprint] = (code, content, gone)
        for each in observed:
            here = known.get((each.doc, each.part), {})
            for fingerprint, (code, content) in each.found.items():
                old = here.get(fingerprint)
                if old is None:
                    self._insert(fingerprint, each, code, content, at, reasons.why(code, each))
                elif old[2]:
                    self._db.execute(
                        "UPDATE findings SET back_at = ?, back_why = ?, gone_at = '', gone_why = '', content = ? "
                        "WHERE fingerprint = ?",
                        (at, reasons.why(code, each), content, fingerprint),
                    )
                elif old[1] != content:
                    self._db.execute(
                        "UPDATE findings SET changed_at = ?, content = ? WHERE fingerprint = ?",
                        (at, content, fingerprint),
                    )
            for fingerprint, (code, _, gone) in here.items():
                if not gone and fingerprint not in each.found and code in reasons.ran:
                    self._end(fingerprint, at, reasons.why(code, each))

    def _insert(self, fingerprint: str, each: Observed, code: str, content: str, at: str, why: Why) -> None:
        # A page of several incidents may have one fingerprint twice; a moved part takes its own along.
        self._db.execute(
            "INSERT INTO findings(fingerprint, doc, part, code, content, first_at, first_why) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc, part = excluded.part, "
            "content = excluded.content, gone_at = '', gone_why = ''",
            (fingerprint, each.doc, each.part, code, content, at, why),
        )

    def _end(self, fingerprint: str, at: str, why: Why) -> None:
        self._db.execute("UPDATE findings SET gone_at = ?, gone_why = ? WHERE fingerprint = ?", (at, why, fingerprint))

    def lose(self, doc: str, part: str, why: Why, now: datetime) -> None:
        """A document is no longer there to have findings."""
        self._db.execute(
            "UPDATE findings SET gone_at = ?, gone_why = ? WHERE doc = ? AND part = ? AND gone_at = ''",
            (utc(now), why, doc, part),
        )

    def settle(self, judges: Judges, sources: Collection[str], now: datetime) -> None:
        """The end of a run: rules that are no longer there take their findings with them.

        `sources` are those that were read whole: what they bring from now on is news.
        """
        kept = {name for (name,) in self._db.rows("SELECT name FROM judges WHERE name LIKE 'rule:%'")}
        for name in sorted(kept - {f"rule:{code}" for code in judges.known}):
            self._db.execute(
                "UPDATE findings SET gone_at = ?, gone_why = ? WHERE code = ? AND gone_at = ''",
                (utc(now), Why.RULE_GONE, name.removeprefix("rule:")),
            )
            self._db.execute("DELETE FROM judges WHERE name = ?", (name,))
        self._db.executemany("INSERT OR REPLACE INTO judges VALUES (?, ?)", judges.versions(sources).items())

    def _of(self, docs: Collection[str]) -> Iterator[tuple[str, str, str, str, str, str]]:
        """Fingerprint, doc, part, code, content and `gone_at` of all findings of these documents."""
        wanted = sorted(docs)
        for at in range(0, len(wanted), 500):
            few = wanted[at : at + 500]
            marks = ", ".join("?" * len(few))
            yield from self._db.rows(
                f"SELECT fingerprint, doc, part, code, content, gone_at FROM findings WHERE doc IN ({marks})",  # noqa: S608 - only marks are put in
                few,
            )


def utc(moment: datetime) -> str:
    """A moment as state.db writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
