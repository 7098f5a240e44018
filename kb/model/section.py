"""One part of a page: a heading, sentences, and a table. Reports build it; text, Markdown and HTML show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from kb.text.lang import Text


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere: to a page of kb (`nodes/web.html`), or to an address elsewhere; "" leads nowhere."""

    words: str
    to: str = ""

    def __str__(self) -> str:
        return self.words


Cell: TypeAlias = str | Text | Link


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences, and a table below them: its heads, and rows as wide.

    `key` is the name links within a page lead to, "" for none. `shown` rows stand open where the rest can be folded.
    """

    heading: Text
    lines: tuple[Cell, ...] = ()
    heads: tuple[Text, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    key: str = ""
    shown: int = 10
