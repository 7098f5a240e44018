"""The dates of a file, by the name each has there, set to years that no calendar of a team has.

A clock that was never set says year 1, one that ran over 9999; with a zone, both lie outside of what a datetime holds.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

STAMPS = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "0000-13-45T99:99:99")
_SECONDS = ("-62135596800", "253402300799", "9" * 30)
"""The same in seconds, and what is too large for any clock."""

_DATED = re.compile(
    r"""(?:(?P<key>[\w.-]+)["']?[ \t]*[:= ][ \t]*\[?["']?)?"""
    r"(?<![\d.-])(?P<stamp>1[67]\d{8}(?![\d.])|"
    r"2\d{3}([-/])\d\d\3\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?)"
)


@dataclass(frozen=True, slots=True)
class DateSet:
    """The date of this name, of all where it is "", set to the stamp of this number; in a store the column's."""

    field: str
    number: int

    @property
    def __name__(self) -> str:
        return f"{self.field or 'all dates'} = {STAMPS[self.number]}"

    def __call__(self, path: Path, _: random.Random) -> None:
        if _is_store(path):
            with closing(sqlite3.connect(path)) as db, db:
                for table, column, text in list(_cells(db)):
                    new = self._replaced(text, f"{table}.{column}")
                    if new != text:
                        db.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = ? WHERE "{column}" = ?', (new, text))  # noqa: S608
        else:
            path.write_text(self._replaced(path.read_text(encoding="utf-8"), ""), encoding="utf-8")

    def _replaced(self, text: str, where: str) -> str:
        def put(found: re.Match[str]) -> str:
            if self.field not in ("", _name(where, found)):
                return found[0]
            stamps = _SECONDS if found["stamp"].isdigit() else STAMPS
            return found[0][: found.start("stamp") - found.start()] + stamps[self.number]

        return _DATED.sub(put, text)


def find_dates(path: Path) -> list[str]:
    """Return the names of the dates a file or store holds."""
    try:
        if not _is_store(path):
            text = path.read_text(encoding="utf-8")
            return sorted({_name("", found) for found in _DATED.finditer(text)})
        with closing(sqlite3.connect(path)) as db:
            cells = list(_cells(db))
    except (UnicodeDecodeError, sqlite3.Error):
        return []
    return sorted(
        {_name(f"{table}.{column}", found) for table, column, text in cells for found in _DATED.finditer(text)}
    )


def _name(where: str, found: re.Match[str]) -> str:
    return ":".join(each for each in (where, found["key"] or "") if each) or "-"


def _is_store(path: Path) -> bool:
    return path.suffix == ".db"


def _cells(db: sqlite3.Connection) -> Iterator[tuple[str, str, str]]:
    """Yield each text of a store, with its table and column."""
    tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for column in [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]:
            sql = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE typeof("{column}") = \'text\''  # noqa: S608
            for (text,) in db.execute(sql):
                yield table, column, text
