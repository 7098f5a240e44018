"""The comings and goings of findings in state.db, of which none is ever taken back: the past as it was told.

An event is `came` or `went`, and those of one finding take turns. Only what counts has events: a finding that
somebody set aside, that is not sure, or that the team does not want is as one that is not there, and setting it
aside makes it go (`Why.ASIDE`). `seen` is when a lint told it, `at` when it most likely happened (`happened`).
No text of any page, no message and no title is kept.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from kb.mirror.database import Database
from kb.mirror.reasons import Why


def events(db: sqlite3.Connection) -> None:
    """The events, filled with what the findings still tell of the past, and when each lint told something.

    Of a finding that came back nobody knows when it had gone: a week before is taken. `counted` is 2 where nobody
    has looked yet whether it was set aside.
    """
    for statement in (
        """
        CREATE TABLE events(
          id INTEGER PRIMARY KEY,
          at TEXT NOT NULL, seen TEXT NOT NULL,  -- UTC
          came INTEGER NOT NULL,                 -- 1: it came, 0: it went
          why TEXT NOT NULL,
          fingerprint TEXT NOT NULL,
          doc TEXT NOT NULL, part TEXT NOT NULL, code TEXT NOT NULL
        )
        """,
        "CREATE INDEX events_at ON events(at, came)",
        "CREATE INDEX events_fingerprint ON events(fingerprint)",
        "CREATE TABLE tellings(at TEXT PRIMARY KEY) WITHOUT ROWID",
        "ALTER TABLE findings ADD COLUMN counted INTEGER NOT NULL DEFAULT 1",
        "UPDATE findings SET counted = 2",
        _filled("1", "first_at", "first_why", "1"),
        _filled("0", "max(first_at, strftime('%Y-%m-%dT%H:%M:%SZ', back_at, '-7 days'))", "back_why", "back_at != ''"),
        _filled("1", "back_at", "back_why", "back_at != ''"),
        _filled("0", "gone_at", "gone_why", "gone_at != ''"),
        "INSERT INTO tellings SELECT first_at FROM findings UNION SELECT gone_at FROM findings WHERE gone_at != '' "
        "UNION SELECT back_at FROM findings WHERE back_at != ''",
    ):
        db.execute(statement)


def _filled(came: str, at: str, why: str, where: str) -> str:
    return (
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) "  # noqa: S608 - our own words
        f"SELECT {at}, {at}, {came}, {why}, fingerprint, doc, part, code FROM findings WHERE {where} ORDER BY 1"
    )


def happened(why: Why, updated_at: str, previous: str, now: str) -> str:
    """When something most likely happened that a lint tells `now`, and the lint at `previous` did not ("": none was).

    An edit happened when its page was last edited; all else no earlier than the previous lint looked at it. So what a
    lint on a Monday morning finds is put into the week in which it was done. What nobody had looked at before is
    there from now on.
    """
    if why is Why.FIRST:
        return now
    if why is Why.PAGE:
        first = utc(datetime.fromisoformat(previous) + timedelta(seconds=1)) if previous else ""
        return min(max(_utc(updated_at) or now, first), now)
    return previous or now


def previous(db: Database, now: str) -> str:
    """When a lint last told something, "" when none has before `now`."""
    return str(db.value("SELECT max(at) FROM tellings WHERE at <= ?", (now,)) or "")


def remember(db: Database, now: str) -> None:
    """That a lint told what there was to tell."""
    db.execute("INSERT OR IGNORE INTO tellings VALUES (?)", (now,))


def write(db: Database, came: bool, why: Why, at: str, now: str, finding: tuple[str, str, str, str]) -> None:
    """One event; `finding` is its fingerprint, doc, part and code."""
    db.execute(
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (at, now, came, why, *finding),
    )


def write_gone(db: Database, why: Why, now: str, where: str, values: tuple[str, ...]) -> None:
    """That all findings went which are there and count, of those that meet a condition."""
    at = happened(why, "", previous(db, now), now)
    db.execute(
        "INSERT INTO events(at, seen, came, why, fingerprint, doc, part, code) "  # noqa: S608 - our own words
        "SELECT max(?, first_at, back_at), ?, 0, ?, fingerprint, doc, part, code FROM findings "
        f"WHERE gone_at = '' AND counted AND {where}",
        (at, now, why, *values),
    )


def utc(moment: datetime) -> str:
    """A moment as state.db writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc(text: str) -> str:
    """A source's time as state.db writes it, "" when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return ""
