"""What a run does, written down before and after it does it: one JSON object a line, on disk before the next step.

    run      the plan, the team, who; `undoes` names the run this one takes back
    resume   the same plan, applied again
    read     targets that are looked at, and why
    intend   what is about to be sent to one target, and how it stood
    done …   what came of it (kb.changes.remote.Came), with what stands there now
    end      how it ended

A line that was cut by a crash is the last one, and is left out when a journal is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from kb.changes.wellformed import wellformed
from kb.errors import InputError, StoreError
from kb.lang import t
from kb.mirror.database import from_os, private_folder

FORMAT = 1

Entry = Mapping[str, Any]


class Log(Protocol):
    """What an engine tells what it does."""

    def write(self, what: str, **values: object) -> None:
        """One more entry."""


class Journal:
    """One journal, open for writing. `at` tells the time of each entry (UTC, ISO)."""

    def __init__(self, path: Path, at: Callable[[], str]) -> None:
        self.path = path
        self._at = at
        self._torn = b""
        try:
            private_folder(path.parent)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._mend()
        except OSError as error:
            raise from_os(error, path) from None

    @property
    def run(self) -> str:
        """The run's name."""
        return self.path.stem

    def write(self, what: str, **values: object) -> None:
        """One more entry; it is on the disk when this returns. Raises StoreError."""
        line = json.dumps({"what": what, "at": self._at(), **values}, ensure_ascii=False, separators=(",", ":"))
        data = self._torn + line.encode("utf-8", "surrogatepass") + b"\n"
        try:
            while data:
                data = data[os.write(self._handle, data) :]
                self._torn = b"\n"  # should the rest not fit, the next entry begins a line of its own
            self._torn = b""
            os.fsync(self._handle)
        except OSError as error:
            raise from_os(error, self.path) from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _mend(self) -> None:
        """End a line that a crash cut, so that the next one is not joined to it."""
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            os.write(self._handle, b"\n")
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name of a new file is on the disk too
        finally:
            os.close(folder)


def new_path(folder: Path, day: str) -> Path:
    """A path no run has yet: `20261126-1`, then `-2` and so on. `day` is YYYYMMDD.

    The file is made here, so that two processes never take the same. Raises StoreError.
    """
    try:
        private_folder(folder)
        for number in range(1, 10_000):
            path = folder / f"{day}-{number}.jsonl"
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise from_os(error, folder) from None
    raise StoreError(
        t(f"{folder} に {day} の記録がもう入りません。", f"{folder} takes no more runs of {day}."),
        t("古い記録をほかの場所へ移してください。", "move old runs elsewhere."),
    )


def entries(path: Path) -> Iterator[Entry]:
    """The entries of a journal, a cut one left out. Raises InputError for what is no journal, StoreError.

    What they hold is of the kind it should be, as far as it is there: a journal may have been handed over.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    entry = json.loads(line)
                except RecursionError:
                    entry = None
                except ValueError:
                    continue  # cut by a crash
                if not wellformed(entry):
                    raise _no_journal(path, number)
                yield entry
    except OSError as error:
        raise from_os(error, path) from None


def _no_journal(path: Path, line: int) -> InputError:
    return InputError(
        t(f"{path} の {line} 行目は kb の実行記録ではありません。", f"line {line} of {path} is no journal of kb."),
        t(
            "取り込むなら kb history RUN --export で書き出し直してもらい、手元の記録なら別の場所へ移してください。",
            "to take it in, ask for a new one (kb history RUN --export); if it is one of yours, move it elsewhere.",
        ),
    )
