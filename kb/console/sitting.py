"""."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.console.terminal import columns
from kb.secrets.mask_document import shown_text
from kb.text.display import safe, width, wrap

if TYPE_CHECKING:
    pass


_WIDEST = 100  # columns of a line people like to read


def room() -> int:
    """Columns of a line."""
    return min(columns(), _WIDEST)


def seen(text: str) -> str:
    """Foreign text on one line, without what steers a terminal and without secrets."""
    return safe(shown_text(text))


def lines_of(text: str, wide: int) -> Iterator[str]:
    """A text as lines of at most `wide` columns; a word that is longer is broken."""
    for line in wrap(text, wide):
        piece = ""
        for character in line:
            if width(piece + character) > wide:
                yield piece
                piece = ""
            piece += character
        yield piece


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """A line as lines of the terminal, those after the first set in by `indent`."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    first, *rest = lines_of(text.lstrip(" "), max(20, room() - max(len(lead), len(indent))))
    yield lead + first
    yield from (indent + line for line in rest)


def laid_out(text: str) -> Iterator[str]:
    """A sentence with its bullet as lines of the terminal, those after the first set in."""
    lead = "  " if text.startswith("  ") else ""
    first, *rest = lines_of(text.strip(), max(20, room() - 4))
    yield lead + first
    yield from (f"{lead}  {line}" for line in rest)
