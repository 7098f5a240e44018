"""Addresses whose names are percent-encoded → the lines they stand on as they read, with the way back. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading.fold import Folded, fold
from kb.secrets.page import LONGEST_LINE, Line, Page

_RUN = re.compile(r"(?:%[0-9A-Fa-f]{2}){1,400}")
_LETTERS = re.compile(r"%[C-Fc-f][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]")
"""What every letter beyond ASCII begins with."""

MOST = 2_000
"""Lines with such addresses that are read."""


def escaped_lines(page: Page) -> Iterator[Line]:
    """The lines with encoded letters, decoded: an encoded colon or blank is one as well."""
    number = -1
    left = MOST
    for found in _LETTERS.finditer(page.body):
        if page.number(found.start()) == number:
            continue
        number = page.number(found.start())
        yield _decoded(page, number)
        left -= 1
        if not left:
            return


def _decoded(page: Page, number: int) -> Line:
    raw = page.text(number)[:LONGEST_LINE]
    pieces: list[str] = []
    origin: list[int] = []
    at = 0
    for found in (*_RUN.finditer(raw), None):
        end = found.start() if found else len(raw)
        pieces.append(raw[at:end])
        origin.extend(range(at, end))
        if found:
            said = bytes.fromhex(found[0].replace("%", "")).decode(errors="replace")
            pieces.append(said)
            origin.extend(_places(said, found.start()))
            at = found.end()
    folded = fold("".join(pieces))
    origin.append(len(raw))
    back = tuple(origin[folded.back(index)] for index in range(len(folded.text) + 1))
    return Line(folded.text, page.starts[number], Folded(folded.text, back), raw, number, cell=True)


def _places(said: str, start: int) -> Iterator[int]:
    """Where each character of a decoded run begins in the text."""
    at = start
    for char in said:
        yield at
        at += 3 * len(char.encode())
