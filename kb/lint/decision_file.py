"""kb-decisions.toml on disk: read anew, added to, taken back; never half-written, never overwritten unseen.

Each change holds a lock on the folder, reads the file as it stands, and replaces it whole. So two
people, or an editor and kb, lose nothing to each other, and a Ctrl-C leaves the old file or the
new one. The lock is on the folder because the file is replaced, and nothing is left lying about.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kb.atomic_file import require_file
from kb.errors import BusyError, KbError, StoreError
from kb.lang import t
from kb.lint import team_file
from kb.lint.decisions import Decisions
from kb.mirror.database import from_os

FILE_NAME = "kb-decisions.toml"

_LOCK_WAIT_S, _LOCK_PAUSE_S = 5.0, 0.02


class DecisionFile:
    """One kb-decisions.toml; a file that is not there yet is an empty one."""

    __slots__ = ("_seen", "_stamp", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: object = None
        self._seen = Decisions.parse("", FILE_NAME)

    def decisions(self) -> Decisions:
        """What is decided now; parsed anew when the file is another than last time. Raises InputError, StoreError."""
        stamp = self._stat()
        if stamp is None or stamp != self._stamp:
            self._seen, self._stamp = Decisions.parse(self._text(), FILE_NAME), stamp
        return self._seen

    def writable(self) -> None:
        """Raise StoreError or InputError when a decision could not be kept: to be known before any is made."""
        require_file(self.path)
        for path in (self.path.parent, *([self.path] if self.path.exists() else [])):
            if not os.access(path, os.W_OK):
                raise StoreError(
                    t(f"{path} に書き込めないので、決めたことを残せません。",
                      f"{path} cannot be written, so no decision could be kept."),
                    t("所有者と権限を確かめてください。", "check its owner and mode."),
                )  # fmt: skip

    def add(self, block: str) -> None:
        """Write one more `[[decision]]` at the end, whole or not at all. Raises InputError, StoreError."""

        def longer(text: str) -> str:
            gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
            return (text if text.strip() else "") + gap + block.strip("\n") + "\n"

        self._change(longer)

    def take_back(self, block: str) -> bool:
        """Remove a block that `add` wrote; False when it no longer stands there as it was written."""
        block = block.strip("\n") + "\n"
        found = False

        def shorter(text: str) -> str | None:
            nonlocal found
            before, here, after = text.rpartition(block)
            found = bool(here) and (not before or before.endswith("\n"))
            if not found:
                return None
            return (before.removesuffix("\n") if before.endswith("\n\n") else before) + after

        self._change(shorter)
        return found

    def _change(self, edit: Callable[[str], str | None]) -> None:
        try:
            with locked(self.path.parent):
                after = edit(self._text())
                if after is not None:
                    Decisions.parse(after, FILE_NAME)  # what kb could not read again is not written
                    team_file.replace(self.path, after)
        except OSError as error:
            raise from_os(error, self.path) from None

    def _text(self) -> str:
        return team_file.read(self.path) or ""

    def _stat(self) -> object:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only kb that changes files of this folder. Raises BusyError when another holds it for long."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        end = time.monotonic() + _LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise _busy(folder) from None
                time.sleep(_LOCK_PAUSE_S)
            except OSError as error:
                if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
                    raise
                break  # a network folder without locks: the file is still replaced whole
        yield
    finally:
        os.close(handle)


def _busy(folder: Path) -> KbError:
    return BusyError(
        t(f"{folder} ではほかの kb が書き込み中です。", f"another kb is writing in {folder}."),
        t("少し待ってからもう一度入力してください。", "wait a moment and type it again."),
    )
