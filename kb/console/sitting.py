"""."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.console.terminal import terminal_width
from kb.secrets.mask_document import mask_text
from kb.text.display import display_width, sanitize, wrap

if TYPE_CHECKING:
    pass


_WIDEST = 100  # columns of a line people like to read


def card_width() -> int:
    """Columns of a line."""
    return min(terminal_width(), _WIDEST)


def mask_line(text: str) -> str:
    """Foreign text on one line, without what steers a terminal and without secrets."""
    return sanitize(mask_text(text))


def wrap_text(text: str, wide: int) -> Iterator[str]:
    """A text as lines of at most `wide` columns; a word that is longer is broken."""
    for line in wrap(text, wide):
        piece = ""
        for character in line:
            if display_width(piece + character) > wide:
                yield piece
                piece = ""
            piece += character
        yield piece


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """A line as lines of the terminal, those after the first set in by `indent`."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    first, *rest = wrap_text(text.lstrip(" "), max(20, card_width() - max(len(lead), len(indent))))
    yield lead + first
    yield from (indent + line for line in rest)


def wrap_bullet(text: str) -> Iterator[str]:
    """A sentence with its bullet as lines of the terminal, those after the first set in."""
    lead = "  " if text.startswith("  ") else ""
    first, *rest = wrap_text(text.strip(), max(20, card_width() - 4))
    yield lead + first
    yield from (f"{lead}  {line}" for line in rest)
