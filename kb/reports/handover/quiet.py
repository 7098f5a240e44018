"""A workspace that is read without a trace: whatever kb keeps along the way goes into a folder that is gone after."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from kb.errors import BusyError
from kb.files import make_private_folder, make_scratch_folder
from kb.mirror.database import not_a_store
from kb.secrets.masking.registry import get_known, provide_known
from kb.settings.workspace import Workspace
from kb.text.lang import t

_KEPT = ("judged.db",)
"""What saves a large mirror from being judged anew."""
_PARTS = ("", "-wal")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class QuietWorkspace(Workspace):
    """A workspace whose copies of what kb keeps, which hold no texts, stand in `scratch`."""

    scratch: Path

    @property
    def state(self) -> Path:
        return self.scratch / "state.db"

    @property
    def known(self) -> Path:
        return self.scratch / "known.db"

    @property
    def key(self) -> Path:
        return self.scratch / "key"

    @property
    def cache(self) -> Path:
        return self.scratch / "cache"


@contextmanager
def open_quietly(workspace: Workspace) -> Iterator[QuietWorkspace]:
    """Yield the workspace as it is now, of which nothing that is done to it stays. Raises UsageError, StoreError.

    The mirror is read where it is: no second copy of its texts is made, which a killed run would leave behind.
    """
    path = workspace.mirrored()
    make_private_folder(workspace.private)
    private = workspace.private / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    with make_scratch_folder(private) as scratch, _reading(path):
        quiet = QuietWorkspace(workspace.root, workspace.settings, scratch)
        quiet.cache.mkdir()
        for source, copy in (
            (workspace.known, quiet.known),
            *((workspace.cache / name, quiet.cache / name) for name in _KEPT),
        ):
            try:
                _copy_database(source, copy)
            except (OSError, sqlite3.Error):  # damaged: it is made anew, here and by the next lint
                for end in _PARTS:
                    copy.with_name(copy.name + end).unlink(missing_ok=True)
        try:
            _copy_database(workspace.state, quiet.state)
        except (shutil.SpecialFileError, IsADirectoryError, sqlite3.DatabaseError):
            raise not_a_store(workspace.state) from None
        if workspace.key.is_file():
            shutil.copy(workspace.key, quiet.key)
        from kb.lint.cache.load_known import load_workspace_known_values

        provide_known(lambda: load_workspace_known_values(quiet))
        try:
            yield quiet
        finally:
            get_known()  # what is said afterwards, errors too, is masked by them


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Remove the files that readers of a database leave beside it, where none were there before."""
    beside = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
    if any(each.exists() for each in beside):
        yield
        return
    try:
        yield
    finally:
        if any(each.exists() for each in beside):
            with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(path)) as database:
                database.execute("PRAGMA schema_version").fetchone()  # the last one that may write removes them


def _copy_database(source: Path, copy: Path) -> None:
    """Copy a database with what its log still holds, its files untouched. Raises BusyError while it is written to."""
    if not source.exists():
        return
    for _ in range(_TRIES):
        before = _stamps(source)
        for end in _PARTS:
            copy.with_name(copy.name + end).unlink(missing_ok=True)
            if (part := source.with_name(source.name + end)).exists():
                shutil.copyfile(part, copy.with_name(copy.name + end))
                copy.with_name(copy.name + end).chmod(0o600)
        if _stamps(source) == before:
            with closing(sqlite3.connect(copy)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return
    raise BusyError(
        t(f"{source.name} は別のコマンドが書き込んでいます。", f"{source.name} is being written by another command."),
        t("それが終わってからもう一度実行してください。", "run it again when that has ended."),
    )


def _stamps(source: Path) -> list[tuple[int, int]]:
    parts = (source.with_name(source.name + end) for end in _PARTS)
    return [(found.st_mtime_ns, found.st_size) for part in parts if part.exists() for found in (part.stat(),)]
