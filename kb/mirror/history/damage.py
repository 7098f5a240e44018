"""Values in state.db that kb did not write: looked for only when reading it failed for no other reason.

SQLite takes any value in any column, so a file that was edited, or half restored, opens and reads without an error of
its own. What fails then is a comparison or a date, far from the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from kb.errors import StoreError
from kb.mirror.database import Database
from kb.mirror.history.events import EventReason
from kb.secrets.mask_document import mask_text
from kb.text.display import clip, sanitize
from kb.text.lang import t

UNEXPECTED = (TypeError, ValueError, KeyError, AttributeError, IndexError, ArithmeticError)
"""What a wrong value ends in."""

_LONGEST = 40


class DamagedStateError(StoreError):
    """state.db holds a value that kb did not write."""


def find_damage(db: Database) -> DamagedStateError | None:
    """Return the error for the first value that is not what its column holds, None where all are."""
    with suppress(StoreError):  # what cannot be read any more is no value
        for table, column, test in _list_tests(db):
            row = db.row(f'SELECT "{column}" FROM "{table}" WHERE {test} LIMIT 1')  # noqa: S608 - names of the schema
            if row is not None:
                return _describe(db.path, f"{table}.{column}", row[0])
    return None


def _list_tests(db: Database) -> Iterator[tuple[str, str, str]]:
    """Yield each column with the condition that a wrong value of it meets."""
    tables = [name for (name,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    reasons = ", ".join(f"'{each}'" for each in ("", *EventReason))
    for table in tables:
        for name, kind, not_null in list(db.rows('SELECT name, type, "notnull" FROM pragma_table_info(?)', (table,))):
            column = f'"{name}"'
            types = {"TEXT": "'text'", "INTEGER": "'integer'", "REAL": "'real', 'integer'"}.get(kind.upper())
            types = types if not_null or not types else f"{types}, 'null'"
            tests = [f"typeof({column}) NOT IN ({types})"] if types else []
            if name == "at" or name.endswith("_at"):
                tests.append(f"({column} != '' AND strftime('%s', {column}) IS NULL)")
            if name == "why" or name.endswith("_why"):
                tests.append(f"{column} NOT IN ({reasons})")
            if (table, name) == ("drift", "code"):
                tests.append(f"{column} NOT GLOB 'SYS[0-9][0-9][0-9]'")
            if name == "figures":
                tests.append(f"NOT json_valid({column})")
            if tests:
                yield table, name, " OR ".join(tests)


def _describe(path: Path, place: str, value: object) -> DamagedStateError:
    shown = clip(sanitize(mask_text(value if isinstance(value, str) else repr(value))), _LONGEST)
    return DamagedStateError(
        t(
            f"{path} の {place} に、kb が書かない値「{shown}」があります。",
            f"{path}: {place} holds {shown!r}, which kb does not write.",
        ),
        t(
            f"{path} を別の名前に移してください。次に動かすときに作り直します"
            "（履歴は新しく始まります。書き出したものがあれば kb state import で戻せます）。",
            f"move {path} away: it is made again at the next run (its history begins anew; what was exported comes back"
            " with kb state import).",
        ),
    )
