"""What is wrong with a store on which a command stumbled: looked for only after an unexpected error.

SQLite has no checksums: a page with flipped bits opens and reads, and what fails then is a JSON text or a name of an
enum, far from the file.
"""

from __future__ import annotations

from kb.errors import StoreError
from kb.mirror.database import Database, not_a_store, opened
from kb.model.document import Kind, Markup

_JSON = {"documents": ("tags", "meta"), "raws": ("raw",), "things": ("raw",)}
_NAMES: dict[str, frozenset[str]] = {"kind": frozenset(Kind), "markup": frozenset(Markup)}


def find_damaged_store() -> StoreError | None:
    """Return the error for the first file this process used that holds what kb does not write; None where none does."""
    for path, (steps, application_id) in list(opened.items()):
        if not path.exists():
            continue
        try:
            db = Database(path, steps, application_id=application_id, readonly=True)
        except StoreError as error:
            return error
        try:
            if _is_damaged(db):
                return not_a_store(path)
        except StoreError as error:
            return error
        finally:
            db.close()
    return None


def _is_damaged(db: Database) -> bool:
    if db.value("PRAGMA quick_check(1)") != "ok":
        return True
    tables = {name for (name,) in db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in tables & _JSON.keys():
        for column in _JSON[table]:
            sql = f"SELECT 1 FROM {table} WHERE typeof({column}) != 'text' OR NOT json_valid({column}) LIMIT 1"  # noqa: S608
            if db.value(sql) is not None:
                return True
            for _ in db.rows(f"SELECT {column} FROM {table}"):  # noqa: S608 - raises for what is not UTF-8
                pass
    if "documents" not in tables:
        return False
    return any(_is_foreign(db, column, names) for column, names in _NAMES.items())


def _is_foreign(db: Database, column: str, known: frozenset[str]) -> bool:
    found = db.rows(f"SELECT DISTINCT {column} FROM documents")  # noqa: S608 - our own words
    return any(value not in known for (value,) in found)
