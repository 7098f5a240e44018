"""Names of files, in which people write passwords too: `パスワード：….txt`, as a name or as the text of a link. Pure.

Such a name is no path to the detector once its ending is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from kb.model import Secret, Span

_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}(?: \(\w{1,12}\))?\Z")
"""With the id that tells it from another of its name (`attachment:a.txt (7)`)."""

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\.[A-Za-z0-9]{1,8}(?: \([\d.]{1,8} ?[kMG]?B\))?\]\(http")
"""As esa writes a link to an uploaded file: `[name.txt (1.2 kB)](address)`."""

_UPLOADED = "/uploads/"


def stem_of(name: str) -> str:
    """A file's name without its ending, which belongs to no value."""
    return _ENDING.sub("", name)


def with_linked(text: str, found: tuple[Secret, ...], find: Callable[[str], Iterable[Secret]]) -> tuple[Secret, ...]:
    """The credentials of a text and, where none was found, those in the names of files it links to, in order."""
    if _UPLOADED not in text:
        return found
    taken = [(each.span.line, each.span.column, each.span.end_line, each.span.end_column) for each in found]
    more = [
        each
        for each in _linked(text, find)
        if not any(
            (line, column) < (each.span.end_line, each.span.end_column)
            and (each.span.line, each.span.column) < (end_line, end_column)
            for line, column, end_line, end_column in taken
        )
    ]
    return tuple(sorted((*found, *more), key=lambda each: (each.span.line, each.span.column))) if more else found


def _linked(text: str, find: Callable[[str], Iterable[Secret]]) -> Iterator[Secret]:
    from kb.secrets.likely import likely  # as in kb.secrets.shown

    for number, line in enumerate(text.split("\n"), 1):
        if _UPLOADED in line:
            for match in _LINK.finditer(line):
                if likely(match[1]):
                    for each in find(match[1]):
                        first, last = (match.start(1) + column for column in (each.span.column, each.span.end_column))
                        yield replace(each, span=Span(number, first, number, last))
