"""What is published: one made thing, in the forms there are. Plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kb.lang import Text


class Form(StrEnum):
    """How it is written: Markdown into posts, any of them into files."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Piece:
    """A report, a list, a picture: made for every member, so that no section holds what one of them may not see.

    `name` is that of its section and of its table in kb.toml. `label` is what people call it. `week` (2026-W47) is
    the one it tells of, "" where it tells of none: members are told of the first publishing of a week, and of one
    without a week never. `write` gives it in a form. `short` are the lines for a ticket, whose readers nobody
    knows: figures, and no title; none for what goes into no ticket.

    `notes` are said before anything is sent. `first` sends what it links to, once somebody agreed, and gives the
    piece that then is written; None where there is no such thing.
    """

    name: str
    label: Text
    write: Callable[[Form], str]
    week: str = ""
    short: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    first: Callable[[], Piece] | None = None


Making: TypeAlias = Callable[[str], Piece]
"""Makes a piece for a page that says this: what stands there already need not be made again."""
