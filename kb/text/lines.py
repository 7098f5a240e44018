"""Places in a text: bytes as parsers count them, lines and columns as people do.

Lines end with a line feed (a carriage return before it belongs to the line, as in every editor).
Columns are code points of the original line, from 1. A lone surrogate, which JSON allows and
UTF-8 does not, is read as U+FFFD: both take three bytes and one column, so nothing moves.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import AnyStr

from kb.text.lazy_pattern import compile_lazy

_SURROGATE = compile_lazy("[\ud800-\udfff]")
FENCE_PATTERN = compile_lazy(r" {0,3}(`{3,}|~{3,})([^\n]*)")
_PRE = compile_lazy(r" {0,3}<pre\b", re.I)
_PRE_END = compile_lazy(r"</pre\s*>", re.I)


def replace_surrogates(text: str) -> str:
    """The text with lone surrogates replaced by U+FFFD, of the same length."""
    try:
        text.encode()  # finds that there are none five times as fast as a pattern does
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def encode(text: str) -> bytes:
    """A text as UTF-8. Never fails."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return replace_surrogates(text).encode()


def decode(body: bytes) -> str:
    """UTF-8 as a text, where every byte that is not UTF-8 becomes one question mark."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode(errors="kb.question-marks")


def _question_marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


codecs.register_error("kb.question-marks", _question_marks)


def find_line_starts(text: AnyStr) -> list[int]:
    """Where each line of a text begins."""
    end = "\n" if isinstance(text, str) else b"\n"
    starts, at = [0], text.find(end)
    while at >= 0:
        starts.append(at + 1)
        at = text.find(end, at + 1)
    return starts


def mark_code(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Yield each line with whether it is code: fenced (Markdown) or in `<pre>` (Textile), with what opens and ends it.

    Within a fence the other mark, and one of its own with words behind it, are text.
    """
    fence, pre = "", False
    for line in lines:
        mark = FENCE_PATTERN.match(line) if not pre else None
        inside = bool(fence) or pre
        if mark and not fence and not ("`" in mark[2] and mark[1][0] == "`"):
            fence, inside = mark[1], True
        elif mark and fence and mark[1].startswith(fence) and not mark[2].strip():
            fence = ""
        elif not fence and (pre or _PRE.match(line)):
            pre, inside = not _PRE_END.search(line), True
        yield line, inside


def find_index(starts: list[int], line: int, column: int) -> int:
    """The index of a line and column, both from 1, in a text whose lines begin at `starts`; -1 for no such line."""
    return starts[line - 1] + column - 1 if 0 < line <= len(starts) and column > 0 else -1


def find_place(starts: list[int], index: int) -> tuple[int, int]:
    """Line and column, both from 1, of an index in a text whose lines begin at `starts`."""
    line = bisect_right(starts, index)
    return line, index - starts[line - 1] + 1


def truncate_bytes(body: bytes, most: int) -> bytes:
    """The first bytes of a body, no more than `most`, the last character whole."""
    if len(body) <= most:
        return body
    while most and body[most] & 0xC0 == 0x80:
        most -= 1
    return body[:most]


def find_enclosed(body: bytes, opening: bytes, closing: bytes) -> list[tuple[int, int]]:
    """Where stretches from an opening to the next closing lie; one that is never closed is none.

    A regular expression would look for each missing closing up to the end of the text.
    """
    found: list[tuple[int, int]] = []
    start = body.find(opening)
    while start >= 0:
        end = body.find(closing, start + len(opening))
        if end < 0:
            break
        end += len(closing)
        found.append((start, end))
        start = body.find(opening, end)
    return found


class LineIndex:
    """The lines of one body: turns byte offsets into lines and columns."""

    __slots__ = ("_body", "_last", "_starts")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._starts = find_line_starts(body)
        self._last = (0, 0, 1)  # line, offset and column of the place that was asked for last

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a byte offset, both from 1; the end of the body is a place too."""
        offset = min(max(offset, 0), len(self._body))
        line = bisect_right(self._starts, offset)
        start, column = self._starts[line - 1], 1
        if self._last[0] == line and self._last[1] <= offset:
            _, start, column = self._last
        column += len(decode(self._body[start:offset]))
        if offset < len(self._body) and self._body[offset] & 0xC0 != 0x80:  # within a character nothing can go on
            self._last = (line, offset, column)
        return line, column

    def span(self, start: int, end: int) -> Span:
        """The stretch from byte `start` up to byte `end`. White space at its end is left out."""
        end = max(start, end)
        end = start + len(self._body[start:end].rstrip())
        return Span(*self.place(start), *self.place(end))

    def text(self, start: int, end: int) -> str:
        """The text from byte `start` up to byte `end`."""
        return decode(self._body[start:end])


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text: 1-based lines and columns in code points of the original, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
