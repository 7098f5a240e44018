"""Fetch the line of a finding again, for the few rows that are shown.

Findings hold places, no text. The line is read from the file or mirror and shown only if its text has not
moved.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import paint
from kb.errors import StoreError
from kb.ingest.document import cover_text, ingest
from kb.lint.inputs.paths import read_file
from kb.lint.printable import defuse_commands, relative_path
from kb.model.finding import Finding
from kb.model.masked import EMPTY, Masked
from kb.model.page import Entry
from kb.text.display import clip, display_width
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import replace_surrogates

if TYPE_CHECKING:
    from kb.mirror.store import Mirror

LONGEST = 20_000
"""Characters of a line that are looked at; more is no line of prose."""


class SourceLines:
    """Returns a finding's line, "" when it cannot be had. A context manager for the mirror's sake."""

    def __init__(self, mirror: Path | None = None) -> None:
        self._path = mirror
        self._mirror: Mirror | None = None
        self._open = ExitStack()
        self._last: tuple[tuple[object, str], list[str]] | None = None

    def __enter__(self) -> SourceLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __call__(self, entry: Entry, finding: Finding) -> Masked:
        if finding.part != entry.part:  # a title, or a field
            return EMPTY
        try:
            line = self._of_file(entry, finding) if relative_path(entry) else self._of_mirror(entry, finding)
        except (OSError, UnicodeDecodeError, StoreError):
            return EMPTY
        # Lines of secrets are not asked for. Where one is quoted, or was written meanwhile, it is covered all the same.
        masked = cover_text(line)
        return masked if finding.quote in masked else EMPTY

    def _of_file(self, entry: Entry, finding: Finding) -> str:
        if entry.secrets:
            return _nth(self._lines(entry, self._file), finding)
        with Path(str(entry.doc)).open(encoding="utf-8", newline="\n") as file:
            line = next(islice(file, finding.span.line - 1, None), "")
        return replace_surrogates(line[:LONGEST])

    def _of_mirror(self, entry: Entry, finding: Finding) -> str:
        return "" if self._path is None else _nth(self._lines(entry, self._mirrored), finding)

    def _lines(self, entry: Entry, read: Callable[[Entry], str]) -> list[str]:
        """Return a document's lines; the last document is cached."""
        name = entry.doc, entry.part
        if self._last is None or self._last[0] != name:
            self._last = name, read(entry).split("\n")
        return self._last[1]

    def _file(self, entry: Entry) -> str:
        path = Path(str(entry.doc))
        with path.open(encoding="utf-8", newline="\n") as file:
            return ingest(*read_file(path, file.read())).document.body

    def _mirrored(self, entry: Entry) -> str:
        if self._mirror is None:
            assert self._path is not None
            from kb.mirror.store import Mirror

            self._mirror = self._open.enter_context(Mirror.open(self._path, readonly=True))
        found = (
            stored.document
            for stored in self._mirror.documents(doc=str(entry.doc))
            if stored.document.part == entry.part
        )
        stood = next(found, None)
        if stood is None:
            return ""
        return ingest(stood).document.body if entry.secrets else stood.body


def _nth(lines: list[str], finding: Finding) -> str:
    number = finding.span.line - 1
    return replace_surrogates(lines[number][:LONGEST]) if number < len(lines) else ""


MAX_SNIPPET = 40
"""Columns the words themselves may take."""

_WORD = compile_lazy(r"\w")  # marks alone, of a list or a table, are no context


def render_snippet(finding: Finding, line: Masked, room: int) -> str:
    """Return the words in brackets, underlined in colour, with as much of `line` around them as fits.

    `line` is the whole first line of the finding, "" when unknown: then the words stand alone.
    """
    before, words, after = _parts(finding, line)
    if not words.strip():
        return ""
    words = clip(defuse_commands(words).strip(), max(8, min(MAX_SNIPPET, room - 4)))
    before, after = (defuse_commands(each).strip() if _WORD.search(each) else "" for each in (before, after))
    left = room - display_width(words) - 4
    after = clip(after, max(0, left - min(display_width(before), left // 2)))
    return f"{_clip_front(before, left - display_width(after))}「{paint(words, 'underline')}」{after}"


def _parts(finding: Finding, line: str) -> tuple[str, str, str]:
    """Return what stands before the words, the words, and what stands after."""
    span, quote = finding.span, finding.quote
    if not line:
        return "", quote, ""
    begin = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    if quote and (found := line.find(quote, begin)) >= 0:  # a quote leaves out the mark that led to it
        begin, end = found, found + len(quote)
    return line[:begin], line[begin:end], line[end:]


def _clip_front(text: str, columns: int) -> str:
    """Return the end of `text` that fits into `columns`."""
    if display_width(text) <= columns:
        return text
    text = text[-max(1, columns) :]
    while text and display_width(text) > columns - 1:
        text = text[1:]
    return f"…{text}" if columns > 0 else ""
