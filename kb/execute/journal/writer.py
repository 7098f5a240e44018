"""Write and read run journals: one JSON object a line, on disk before the next step.

run      the plan, the team, who; `undoes` names the run this one takes back
resume   the same plan, applied again
consent  changes accepted by answering apply, or by its flag, rather than in the plan
read     targets that are looked at, and why
intend   what is about to be sent to one target, and its state
done …   the outcome (kb.model.request.Outcome) with the state it left
double   a ticket of this run that is about to be closed, since another sender made the same one first
single   every ticket that was made so far was looked for again: no other stands, or it is told
end      how it ended

A line cut by a crash is the last one, or stands before the next call's `resume`; readers skip it. Any other unreadable
line is reported as damage.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import kb
from kb.errors import InputError, KbError, StoreError
from kb.execute.journal.records import Entry, is_valid_entry
from kb.files import make_private_folder, store_error
from kb.text.lang import Text, t

JOURNAL_FORMAT = 1


class EntryLog(Protocol):
    """Takes the entries of an engine."""

    def write(self, what: str, **values: object) -> None:
        """Add an entry."""


class RunJournal:
    """A journal open for writing. `at` gives the time of each entry (UTC, ISO).

    `has_intent` is set once something was about to be sent.
    """

    def __init__(self, path: Path, at: Callable[[], str]) -> None:
        self.path = path
        self.has_intent = False
        self._at = at
        self._torn = b""
        try:
            make_private_folder(path.parent)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            self._mend()
        except OSError as error:
            raise store_error(error, path) from None

    @property
    def run(self) -> str:
        """The run's name."""
        return self.path.stem

    def write(self, what: str, **values: object) -> None:
        """Add an entry; it is on disk when this returns. Raises StoreError."""
        line = json.dumps({"what": what, "at": self._at(), **values}, ensure_ascii=False, separators=(",", ":"))
        data = self._torn + line.encode("utf-8", "surrogatepass") + b"\n"
        try:
            while data:
                data = data[os.write(self._handle, data) :]
                self._torn = b"\n"  # if the rest does not fit, the next entry starts a new line
            self._torn = b""
            os.fsync(self._handle)
        except OSError as error:
            again = t(
                "空きと権限を確かめてから、もう一度実行してください。続きから始まります。",
                "check its space and permissions, and run it again: it goes on from there.",
            )
            raise StoreError(store_error(error, self.path).what, again) from None
        self.has_intent |= what == "intend"

    def write_head(self, **values: object) -> None:
        """Add the first entry."""
        self.write("run", format=JOURNAL_FORMAT, run=self.run, kb=kb.__version__, **values)

    def write_failed(self, why: Text, **about: object) -> None:
        """Add the entry of something that was not sent, with the reason."""
        self.write("failed", **about, why={"ja": why.ja, "en": why.en})

    def forget_start(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Remove the journal of a run that failed before it sent anything. For an ExitStack."""
        if isinstance(error, KbError) and not self.has_intent:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> RunJournal:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def _mend(self) -> None:
        """End a line a crash cut, so that the next one is not joined to it."""
        size = os.fstat(self._handle).st_size
        if size and os.pread(self._handle, 1, size - 1) != b"\n":
            os.write(self._handle, b"\n")
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)  # the name of a new file is on the disk too
        finally:
            os.close(folder)


def utc_now() -> str:
    """Return the time of a journal entry: the machine's clock, whatever KB_NOW says."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def start_journal(folder: Path, zone: str) -> RunJournal:
    """Create the journal of a run that begins today in a time zone. Raises StoreError."""
    return RunJournal(new_journal_path(folder, datetime.now(ZoneInfo(zone)).strftime("%Y%m%d")), utc_now)


def new_journal_path(folder: Path, day: str) -> Path:
    """Create and return the next free path: `20261126-1`, `-2` and so on. `day` is YYYYMMDD.

    Creating it keeps two processes from taking the same one. Raises StoreError.
    """
    try:
        make_private_folder(folder)
        for number in range(1, 10_000):
            path = folder / f"{day}-{number}.jsonl"
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            except FileExistsError:
                continue
            return path
    except OSError as error:
        raise store_error(error, folder) from None
    raise StoreError(
        t(f"{folder} に {day} の記録がもう入りません。", f"{folder} takes no more runs of {day}."),
        t("古い記録をほかの場所へ移してください。", "move old runs elsewhere."),
    )


@dataclass(frozen=True, slots=True)
class JournalContents:
    """The entries of a journal by line. `damaged` are unreadable lines that no crash cut.

    `torn`: a crash cut the last line, or left none.
    """

    entries: Mapping[int, Entry]
    damaged: tuple[int, ...] = ()
    torn: bool = False


def read_journal(path: Path) -> JournalContents:
    """Read whatever can be read of a journal. Raises StoreError."""
    lines = list(_read_lines(path))
    damaged: list[int] = []
    excused = True  # a crash may cut the last line, or the one before the next call
    for number, line, entry in reversed(lines):
        if entry is not None:
            excused = entry["what"] == "resume" or (entry["what"] == "end" and entry.get("how") == "broken")
        elif excused and _is_cut(line):
            excused = line.startswith(_RESUME) or _RESUME.startswith(line)
        else:
            damaged.append(number)
            excused = False
    torn = not lines or (lines[-1][2] is None and lines[-1][0] not in damaged)
    found = {number: entry for number, _, entry in lines if entry is not None}
    return JournalContents(found, tuple(reversed(damaged)), torn)


_RESUME = b'{"what":"resume"'


def read_entries(path: Path) -> Iterator[Entry]:
    """Yield the entries of a journal, cut ones left out. Raises InputError for another file, StoreError.

    Entries are validated: somebody else may have written the file.
    """
    for number, line, entry in _read_lines(path):
        if entry is not None:
            yield entry
        elif not _is_cut(line):
            raise _not_a_journal(path, number)


def _read_lines(path: Path) -> Iterator[tuple[int, bytes, Entry | None]]:
    """Yield the non-blank lines with their numbers and entries (None for an invalid one)."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    entry = _parse_json(line)
                    yield number, line.strip(), entry if is_valid_entry(entry) else None
    except OSError as error:
        raise store_error(error, path) from None


def _parse_json(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _is_cut(line: bytes) -> bool:
    """Whether an invalid line may be the start of an entry: a crash leaves no complete JSON."""
    try:
        json.loads(line)
    except RecursionError:
        return False
    except ValueError:
        return True
    return False


def _not_a_journal(path: Path, line: int) -> InputError:
    return InputError(
        t(f"{path} の {line} 行目は kb の実行記録ではありません。", f"line {line} of {path} is not a kb journal."),
        t(
            "取り込むなら kb history RUN --export で書き出し直してもらい、手元の記録なら別の場所へ移してください。",
            "to import it, ask for a new one (kb history RUN --export); if it is one of yours, move it elsewhere.",
        ),
    )
