"""Foreign text for terminals: made safe, measured in columns, cut, padded and wrapped."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from kb.text.invisible import show_invisible

SameText = TypeVar("SameText", bound=str)  # a masked text stays one

# C0, DEL, C1, bidi marks, embeddings, overrides and isolates, line and paragraph separators, and
# the invisible tag block: all can make a terminal, or an eye, see something other than the text.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def sanitize(text: SameText) -> SameText:
    """Foreign text on one line, without what could steer a terminal or reorder what is read.

    Tabs and newlines become spaces; escape sequences lose their escape and so their power. A text, such
    as a title, of which nothing could be seen is shown by the numbers of its first characters.
    """
    line = _UNSAFE.sub("", re.sub(r"[\t\r\n]+", " ", show_invisible(text)))
    return cast("SameText", line.encode("utf-8", "replace").decode())


def sanitize_lines(text: SameText) -> SameText:
    """Foreign text of several lines made safe; newlines and tabs stay."""
    lines = _UNSAFE.sub("", text.replace("\r\n", "\n"))
    return cast("SameText", lines.encode("utf-8", "replace").decode())


def sanitize_json(value: object, indent: int | None = None) -> str:
    """`value` as JSON, readable where it can be: what could steer a terminal stands as an escape, nothing is lost."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _JSON_UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], text)


_JSON_UNSAFE = re.compile(f"(?!\n){_UNSAFE.pattern}|[\ud800-\udfff]")


def display_width(text: str) -> int:
    """Columns `text` takes in a terminal: East Asian wide and full-width characters take two."""
    return sum(_columns(character) for character in text)


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clip(text: SameText, columns: int) -> SameText:
    """`text` cut to `columns`, with an ellipsis when something was cut."""
    if display_width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept.append(character)
    return cast("SameText", "".join(kept) + "…")


def pad(text: str, columns: int) -> str:
    """`text` filled with blanks to `columns`."""
    return text + " " * max(0, columns - display_width(text))


# Pieces a line may be broken between: words of ASCII, and characters, each with the opening marks
# that lead it and the closing ones that must not begin a line.
_PIECE = re.compile("[「『（【［]*(?:[!-~]+|.)[、。，．）」』】］・：；！？ー…]*")


def wrap(text: str, columns: int) -> list[str]:
    """One line of text as lines of at most `columns`, a longer word standing alone. Never empty."""
    lines, line, used = [], "", 0
    for piece in _PIECE.findall(text):
        wide = display_width(piece)
        if line and used + wide > columns:
            lines.append(line.rstrip())
            line, used = "", 0
            if piece.isspace():
                continue
        line, used = line + piece, used + wide
    return [*lines, line.rstrip()]


def format_local_time(moment: str, zone: str, form: str = "%Y-%m-%d") -> str:
    """A UTC ISO time as a clock in `zone` shows it; what is no time stays as it is, made safe."""
    try:
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime(form)
    except (ValueError, OverflowError):
        return sanitize(moment)[:10]
