"""Between a credential's place and its value: cutting a text at spans, and how long a value is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kb.model import Document, LengthClass, Secret, Span
from kb.reading.lines import line_starts


def length_class(characters: int) -> LengthClass:
    """The class of a value of so many characters."""
    if characters < 8:
        return LengthClass.SHORT
    if characters < 16:
        return LengthClass.MIDDLE
    return LengthClass.LONG if characters < 32 else LengthClass.LONGER


def value_of(document: Document, secret: Secret) -> str:
    """The value itself, cut out of the document. For masks and fingerprints; keep it out of everything else."""
    return cut(document.body, secret.span)


def cut(text: str, span: Span) -> str:
    """The part of a text a span covers; a place beyond the text ends with the text."""
    start = offset(text, span.line, span.column)
    return text[start : max(start, offset(text, span.end_line, span.end_column))]


def ranges(text: str, secrets: Iterable[Secret]) -> Iterator[tuple[int, int]]:
    """Where in a text each of its credentials begins and ends; line ends are looked for once for all of them."""
    starts: list[int] = []
    for each in secrets:
        starts = starts or line_starts(text)
        start, end = (
            min(starts[line - 1] + column - 1, len(text)) if line <= len(starts) else len(text)
            for line, column in ((each.span.line, each.span.column), (each.span.end_line, each.span.end_column))
        )
        yield start, max(start, end)


def offset(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both from 1."""
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    return min(at + column - 1, len(text))
