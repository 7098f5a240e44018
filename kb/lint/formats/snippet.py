"""The words a finding is about, marked within their line: `再発防止は「TODO」のままです`."""

from __future__ import annotations

import re

from kb.console import clip, paint, width
from kb.lint.formats.runners import inert
from kb.model import Finding

WORDS = 40
"""Columns the words themselves may take."""

_WORD = re.compile(r"\w")  # marks alone, of a list or a table, are no context


def snippet(finding: Finding, line: str, room: int) -> str:
    """The words in brackets, underlined where there is colour, with what fits of `line` around them.

    `line` is the whole line the finding begins on, "" where nobody has it: then the words stand alone.
    """
    before, words, after = _parts(finding, line)
    if not words.strip():
        return ""
    words = clip(inert(words).strip(), max(8, min(WORDS, room - 4)))
    before, after = (inert(each).strip() if _WORD.search(each) else "" for each in (before, after))
    left = room - width(words) - 4
    after = clip(after, max(0, left - min(width(before), left // 2)))
    return f"{_clip_front(before, left - width(after))}「{paint(words, 'underline')}」{after}"


def _parts(finding: Finding, line: str) -> tuple[str, str, str]:
    """What stands before the words, the words, what stands after."""
    span, quote = finding.span, finding.quote
    if not line:
        return "", quote, ""
    begin = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    if quote and (found := line.find(quote, begin)) >= 0:  # a quote leaves out the mark that led to it
        begin, end = found, found + len(quote)
    return line[:begin], line[begin:end], line[end:]


def _clip_front(text: str, columns: int) -> str:
    """`text` cut in front to `columns`: what stands next to the words matters most."""
    if width(text) <= columns:
        return text
    text = text[-max(1, columns) :]
    while text and width(text) > columns - 1:
        text = text[1:]
    return f"…{text}" if columns > 0 else ""
