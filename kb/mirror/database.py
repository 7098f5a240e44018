"""Open SQLite files, and translate their errors.

Disk full, read-only, locked, not a database: each becomes a StoreError or BusyError with the path and the next step. A
transaction is all or nothing, `kill -9` included.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb.errors import BusyError, StoreError
from kb.files import disk_full_error, make_private_folder, read_only_error, require_regular_file
from kb.text.lang import t

BUSY_WAIT_S = 5.0

Values = Sequence[Any] | Mapping[str, Any]
Step = Callable[[sqlite3.Connection], None]
"""A migration: a named function from the previous schema to its own."""


_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""SQLite's message quotes what it cannot read of a damaged schema, and Python decodes the message."""


def _translate(error: sqlite3.Error | UnicodeDecodeError, path: Path) -> StoreError:
    """Return the StoreError for an SQLite error, by its primary result code."""
    if isinstance(error, UnicodeDecodeError):
        return not_a_store(path)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(
            t(f"{path} は別のプログラムが使用中です。", f"{path} is locked by another program."),
            t("それが終わってからもう一度実行してください。", "run it again when that has ended."),
        )
    if code == sqlite3.SQLITE_FULL or _no_room(path):
        return disk_full_error(path)
    if code == sqlite3.SQLITE_READONLY or (code == sqlite3.SQLITE_CANTOPEN and path.exists()):
        return read_only_error(path)
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return not_a_store(path)
    if str(error) == "malformed JSON" or (not code and str(error).startswith("Could not decode to UTF-8")):
        return not_a_store(path)
    # SQLite's own messages name tables; Python's may quote a row.
    why = str(error) if code else type(error).__name__
    return StoreError(
        t(f"{path} を読み書きできません（{why}）。", f"{path} cannot be read or written ({why})."),
        t("kb doctor で置き場所を確かめてください。", "check the place with kb doctor."),
    )


def _no_room(path: Path) -> bool:
    """Whether the file system is full: SQLite reports some full disks as I/O errors."""
    try:
        left = os.statvfs(path.parent)
    except OSError:
        return False
    return left.f_bavail * left.f_frsize < 64 * 1024


def not_a_store(path: Path) -> StoreError:
    """Return the error for a damaged or foreign file."""
    return StoreError(
        t(
            f"{path} は kb のデータベースではないか、壊れています。",
            f"{path} is not a kb database, or is damaged.",
        ),
        t(
            "別の名前に移してから kb sync を実行すると作り直します。",
            "move it away and run kb sync: it is made again.",
        ),
    )


opened: dict[Path, tuple[Sequence[Step], int]] = {}
"""The files this process has used, with what it takes to open them again: an unexpected error may be of one of them."""


class Database:
    """An SQLite file with migrations.

    A new file runs all `steps`, an older one the rest. `user_version` counts those that ran; a larger number is a newer
    kb's and refused.
    """

    def __init__(self, path: Path, steps: Sequence[Step], *, application_id: int, readonly: bool = False) -> None:
        self.path = path
        self.readonly = readonly
        opened[path.absolute()] = (steps, application_id)
        if readonly and not path.exists():
            raise StoreError(
                t(f"{path} はまだありません。", f"{path} does not exist yet."),
                t("kb sync を実行してください。", "run kb sync."),
            )
        if path.exists() and not path.is_file():
            raise not_a_store(path)  # SQLite waits for ever at a named pipe
        if not readonly:
            make_private_folder(path.parent)
            if path.is_symlink():
                require_regular_file(path)
        try:
            self._sqlite = self._connect()
        except _ERRORS as error:
            raise _translate(error, path) from None
        try:
            self._prepare(steps, application_id)
        except _ERRORS as error:
            self.close()
            raise _translate(error, path) from None
        except BaseException:
            self.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        if not self.readonly:
            new = not self.path.exists()
            connection = sqlite3.connect(self.path, timeout=BUSY_WAIT_S, isolation_level=None)
            if new:
                self.path.chmod(0o600)
            return connection
        mode = "mode=ro"
        wal = self.path.with_name(self.path.name + "-wal")
        if not os.access(self.path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size):
            mode += "&immutable=1"  # no -shm can be made, and the log is empty
        uri = self.path.absolute().as_uri()
        return sqlite3.connect(f"{uri}?{mode}", uri=True, timeout=BUSY_WAIT_S, isolation_level=None)

    def _prepare(self, steps: Sequence[Step], application_id: int) -> None:
        have = int(self._sqlite.execute("PRAGMA user_version").fetchone()[0])
        owner = int(self._sqlite.execute("PRAGMA application_id").fetchone()[0])
        empty = not have and not self._sqlite.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if owner != application_id and not empty:
            raise not_a_store(self.path)
        if have > len(steps):
            raise StoreError(
                t(
                    f"{self.path} は新しい kb が作ったものです（形式 {have}、読めるのは {len(steps)} まで）。",
                    f"{self.path} was made by a newer kb (format {have}; this kb reads up to {len(steps)}).",
                ),
                t("kb を更新してください。", "update kb."),
            )
        if self.readonly:
            self._sqlite.execute("PRAGMA query_only=1")
            if have < len(steps):
                raise StoreError(
                    t(
                        f"{self.path} は古い形式です（{have}、今は {len(steps)}）。",
                        f"{self.path} has an older format ({have}; now {len(steps)}).",
                    ),
                    t("kb sync を一度実行すると新しくなります。", "run kb sync once to bring it up to date."),
                )
            return
        if empty:
            self._sqlite.execute("PRAGMA page_size=8192")
            self._sqlite.execute(f"PRAGMA application_id={application_id}")
        self._sqlite.execute("PRAGMA journal_mode=WAL")
        self._sqlite.execute("PRAGMA synchronous=NORMAL")
        self._sqlite.execute("PRAGMA foreign_keys=ON")
        for number in range(have, len(steps)):
            with self.transaction():
                steps[number](self._sqlite)
                self._record(steps[number].__name__)
                self._sqlite.execute(f"PRAGMA user_version={number + 1}")

    def _record(self, name: str) -> None:
        """Record a migration by its name."""
        self._sqlite.execute("CREATE TABLE IF NOT EXISTS migrations(name TEXT PRIMARY KEY, ran_at TEXT NOT NULL)")
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._sqlite.execute("INSERT INTO migrations VALUES (?, ?)", (name, now))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything inside, or nothing. Raises StoreError, BusyError."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self._sqlite.in_transaction:
                self._sqlite.execute("ROLLBACK")
            raise

    def execute(self, sql: str, values: Values = ()) -> sqlite3.Cursor:
        """Run a statement. Raises StoreError, BusyError."""
        try:
            return self._sqlite.execute(sql, values)
        except _ERRORS as error:
            raise _translate(error, self.path) from None

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row. Raises StoreError, BusyError."""
        try:
            self._sqlite.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _translate(error, self.path) from None

    def rows(self, sql: str, values: Values = ()) -> Iterator[Any]:
        """Yield the rows of a query. Raises StoreError, BusyError."""
        cursor = self.execute(sql, values)
        try:
            for row in cursor:  # noqa: UP028 - `yield from` would close the cursor itself, out of reach of `suppress`
                yield row
        except _ERRORS as error:
            raise _translate(error, self.path) from None
        finally:
            with suppress(sqlite3.ProgrammingError):  # after a Ctrl-C the file may be closed before its queries
                cursor.close()

    def row(self, sql: str, values: Sequence[Any] = ()) -> Any | None:
        """Return the first row of a query, or None."""
        try:
            return self.execute(sql, values).fetchone()
        except _ERRORS as error:
            raise _translate(error, self.path) from None

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = self.row(sql, values)
        return None if row is None else row[0]

    def supports(self, question: Callable[[sqlite3.Connection], bool]) -> bool:
        """Return whether this SQLite supports something. Raises StoreError, BusyError."""
        try:
            return question(self._sqlite)
        except _ERRORS as error:
            raise _translate(error, self.path) from None

    def close(self) -> None:
        """Close the file. Harmless when called twice."""
        self._sqlite.close()
