"""Runs `kb` in this process with everything it says caught, and looks for values in that and in the files it left."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import sys
import traceback
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plant.values import Hit, Search

from kb.cli import app
from kb.console import terminal
from kb.settings import workspace
from kb.text import lang

_SMALL = 1 << 18


class _Terminal(io.StringIO):
    """What a person types."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Said:
    """What one command gave: its code, its streams, and what was logged, warned of, or written past the streams."""

    command: str
    code: int
    streams: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Said({self.command!r}, {self.code})"

    @property
    def everything(self) -> str:
        return b"\n".join(self.streams.values()).decode("utf-8", "replace")


class Log(logging.Handler):
    """Keeps every record of every logger, with its exception as Python would print it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()}")
        if record.exc_info:
            self.lines += traceback.format_exception(*record.exc_info)


@dataclass(slots=True)
class Bench:
    """A workspace, and all that was said in it. `own` are the files a person wrote: they may hold values."""

    root: Path
    search: Search
    home: Path
    own: set[Path] = field(default_factory=set)
    hits: list[Hit] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def kb(self, *words: str, typed: str | None = None, folder: str = "") -> Said:
        """One command; what it said is looked through at once, what was said before is not looked at again."""
        said = run(self.root / folder, words, typed=typed)
        for stream, content in said.streams.items():
            self.look(content, f"kb {said.command} ({stream})")
        return said

    def taken(self) -> tuple[Hit, ...]:
        """What was found since it was asked for last."""
        found, self.hits = tuple(self.hits), []
        return found

    def look_at_files(self, when: str) -> None:
        """Look through every file of the workspace and of the home, and its name, but the mirror and the person's own.

        Small files are looked through together, those of one ending at a time.
        """
        for top in (self.root, self.home):
            small: dict[str, list[bytes]] = defaultdict(list)
            for path in sorted(top.rglob("*")):
                if self._is_own(path):
                    continue
                small["name"].append(os.fsencode(path.relative_to(top)))
                if path.is_file() and not path.name.startswith("mirror.db"):
                    below, content = path.relative_to(top).parts[0], path.read_bytes()
                    if len(content) > _SMALL:
                        self.look(content, f"{when}: a {path.suffix} below {below}")
                    else:
                        small[f"{path.suffix} below {below}"].append(content)
            for what, contents in small.items():
                self.look(b"\n\n".join(contents), f"{when}: a {what}")

    def _is_own(self, path: Path) -> bool:
        return path in self.own or any(part in self.own for part in path.parents)

    def look(self, content: str | bytes, where: str) -> None:
        raw = content.encode() if isinstance(content, str) else content
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        if raw and digest not in self._seen:
            self._seen.add(digest)
            self.hits += self.search(raw, where)


def run(root: Path, words: Sequence[str], *, typed: str | None = None) -> Said:
    """One command in a folder, with its streams, the log at DEBUG, warnings, and the file descriptors 1 and 2."""
    terminal._debug = False
    workspace._named = None
    lang.set_language("ja")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    log = Log()
    loggers = [logging.getLogger(name) for name in ("", "httpx", "httpcore", "urllib3", "requests", "stamina")]
    levels = [each.level for each in loggers]
    before, streams = Path.cwd(), (sys.stdin, sys.stdout, sys.stderr)
    with _descriptors() as past, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        os.chdir(root)
        sys.stdin = io.StringIO("") if typed is None else _Terminal(typed)
        sys.stdout, sys.stderr = out, err
        handlers, loggers[0].handlers = loggers[0].handlers, [log]  # pytest would show what it caught of a failure
        for each in loggers:
            each.setLevel(logging.DEBUG)
        try:
            code = app.run(list(words))
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
            os.chdir(before)
            loggers[0].handlers = handlers
            for each, level in zip(loggers, levels, strict=True):
                each.setLevel(level)
    caught = {
        "stdout": out.buffer.getvalue(),  # type: ignore[attr-defined]
        "stderr": err.buffer.getvalue(),  # type: ignore[attr-defined]
        "log": "\n".join(log.lines).encode("utf-8", "replace"),
        "warnings": "\n".join(str(each.message) for each in warned).encode("utf-8", "replace"),
        "descriptors": past.read_bytes(),
    }
    return Said(" ".join(words), int(code), caught)


@contextlib.contextmanager
def _descriptors() -> Iterator[Path]:
    """A file that gets what is written to descriptors 1 and 2 past Python's streams: by workers, by libraries."""
    place = Path(os.environ["KB_PLANT_STRAY"])
    place.write_bytes(b"")
    held = [os.dup(1), os.dup(2)]
    with place.open("ab") as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
        try:
            yield place
        finally:
            for number, old in zip((1, 2), held, strict=True):
                os.dup2(old, number)
                os.close(old)
