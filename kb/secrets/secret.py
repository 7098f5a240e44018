"""Between a credential's place and its value: cutting a text at spans, and how long a value is. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate

from kb.model import Document, LengthClass, Secret, Span
from kb.reading.lines import line_starts


def length_class(characters: int) -> LengthClass:
    """The class of a value of so many characters."""
    if characters < 8:
        return LengthClass.SHORT
    if characters < 16:
        return LengthClass.MIDDLE
    return LengthClass.LONG if characters < 32 else LengthClass.LONGER


TITLE, CATEGORY, TAGS = "title", "category", "tags"
"""The parts of a document that are not its body: its title, its category, and its tags, one a line."""


def text_of(document: Document, part: str) -> str:
    """The text a part of a document is, its body for any other part."""
    if part == TITLE:
        return document.title
    if part == CATEGORY:
        return document.category
    return "\n".join(document.tags) if part == TAGS else document.body


def value_of(document: Document, secret: Secret) -> str:
    """The value itself, cut out of the document. For masks and fingerprints; keep it out of everything else."""
    return cut(text_of(document, secret.part), secret.span)


def cut(text: str, span: Span) -> str:
    """The part of a text a span covers; a place beyond the text ends with the text."""
    start = offset(text, span.line, span.column)
    return text[start : max(start, offset(text, span.end_line, span.end_column))]


def ranges(text: str, secrets: Iterable[Secret]) -> Iterator[tuple[int, int]]:
    """Where in a text each of its credentials begins and ends; of its lines no more are looked for than are asked for.

    A place beyond the text ends with the text.
    """
    lines = _Lines(text)
    for each in secrets:
        start = lines.offset(each.span.line, each.span.column)
        yield start, max(start, lines.offset(each.span.end_line, each.span.end_column))


class _Lines:
    """Where lines of a text begin: line ends are counted by blocks, and looked for in the blocks that are asked for."""

    _BLOCK = 4_096

    def __init__(self, text: str) -> None:
        self._text = text
        blocks = range(0, len(text), self._BLOCK)
        self._before = list(accumulate((text.count("\n", at, at + self._BLOCK) for at in blocks), initial=0))
        self._starts: dict[int, list[int]] = {}  # by block

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1."""
        if line == 1:
            return min(column - 1, len(self._text))
        block = bisect_left(self._before, line - 1) - 1  # the line feed before it stands in there
        if block == len(self._before) - 1:
            return len(self._text)
        if block not in self._starts:
            at = block * self._BLOCK
            self._starts[block] = [at + start for start in line_starts(self._text[at : at + self._BLOCK])]
        return min(self._starts[block][line - 1 - self._before[block]] + column - 1, len(self._text))


def offset(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both from 1."""
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    return min(at + column - 1, len(text))
