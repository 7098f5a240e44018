"""What reaches the terminal: foreign text made safe, widths counted, talk kept on stderr."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from typing import TextIO
from zoneinfo import ZoneInfo

from kb.reading.invisible import visible

# C0, DEL, C1, bidi marks, embeddings, overrides and isolates, line and paragraph separators, and
# the invisible tag block: all can make a terminal, or an eye, see something other than the text.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

_TO_PASTE = re.compile(r"([^:]*:) (kb .+)")
"""A sentence that ends in a command."""


def safe(text: str) -> str:
    """Foreign text on one line, without what could steer a terminal or reorder what is read.

    Tabs and newlines become spaces; escape sequences lose their escape and so their power. A text, such
    as a title, of which nothing could be seen is shown by the numbers of its first characters.
    """
    return _UNSAFE.sub("", re.sub(r"[\t\r\n]+", " ", visible(text))).encode("utf-8", "replace").decode()


def safe_lines(text: str) -> str:
    """Foreign text of several lines made safe; newlines and tabs stay."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n")).encode("utf-8", "replace").decode()


def safe_json(value: object, indent: int | None = None) -> str:
    """`value` as JSON, readable where it can be: what could steer a terminal stands as an escape, nothing is lost."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _JSON_UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], text)


_JSON_UNSAFE = re.compile(f"(?!\n){_UNSAFE.pattern}|[\ud800-\udfff]")


def width(text: str) -> int:
    """Columns `text` takes in a terminal: East Asian wide and full-width characters take two."""
    return sum(_columns(character) for character in text)


@lru_cache(maxsize=4096)
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clip(text: str, columns: int) -> str:
    """`text` cut to `columns`, with an ellipsis when something was cut."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def pad(text: str, columns: int) -> str:
    """`text` filled with blanks to `columns`."""
    return text + " " * max(0, columns - width(text))


# Pieces a line may be broken between: words of ASCII, and characters, each with the opening marks
# that lead it and the closing ones that must not begin a line.
_PIECE = re.compile("[「『（【［]*(?:[!-~]+|.)[、。，．）」』】］・：；！？ー…]*")


def wrap(text: str, columns: int) -> list[str]:
    """One line of text as lines of at most `columns`, a longer word standing alone. Never empty."""
    lines, line, used = [], "", 0
    for piece in _PIECE.findall(text):
        wide = width(piece)
        if line and used + wide > columns:
            lines.append(line.rstrip())
            line, used = "", 0
            if piece.isspace():
                continue
        line, used = line + piece, used + wide
    return [*lines, line.rstrip()]


def local(moment: str, zone: str, form: str = "%Y-%m-%d") -> str:
    """A UTC ISO time as a clock in `zone` shows it; what is no time stays as it is, made safe."""
    try:
        return datetime.fromisoformat(moment).astimezone(ZoneInfo(zone)).strftime(form)
    except (ValueError, OverflowError):
        return safe(moment)[:10]


def prepare() -> None:
    """Let both streams take any text: UTF-8 where theirs knows no Japanese, `?` where it lacks a sign.

    A stream that was closed before kb began swallows what it is given.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, TextIOWrapper):
            try:
                "日本語".encode(stream.encoding)
                stream.reconfigure(errors="replace")
            except (UnicodeEncodeError, LookupError):
                stream.reconfigure(encoding="utf-8", errors="replace")


_debug = False


def debug() -> None:
    """Show what is behind an error (`--debug`). Called once, by the command line."""
    global _debug
    _debug = True


def debugging() -> bool:
    """Whether the person wants to see what is behind an error."""
    return _debug


_owed: Mapping[str, object] | None = None


def owe(answer: Mapping[str, object]) -> None:
    """Promise this JSON object to whoever called the command: it is printed where commands end."""
    global _owed
    _owed = answer


def update_owed(answer: Mapping[str, object]) -> None:
    """Let the object that is owed, if there is one, be this."""
    if _owed is not None:
        owe(answer)


def take_owed() -> Mapping[str, object] | None:
    """Return the object that is owed, and owe nothing any more."""
    global _owed
    owed, _owed = _owed, None
    return owed


def say(text: str) -> None:
    """Talk: one line on stderr, in one write: unbuffered, `print` would let others come before the line's end.

    What was printed before stands before it, where both streams go to one place (`2>&1`).
    """
    with contextlib.suppress(OSError, ValueError):  # a reader that is gone is noticed by whoever prints
        sys.stdout.flush()
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def talk(text: str, mark: str = "", indent: str = "") -> None:
    """A sentence on stderr after its mark, cut where a terminal ends, whole elsewhere; it may quote anything."""
    text = safe(text)
    if text:
        room = max(20, columns() - max(width(mark), width(indent)))
        lines = wrap(text, room) if sys.stderr.isatty() else [text]
        if len(lines) > 1 and (found := _TO_PASTE.fullmatch(text)):
            lines = [*wrap(found[1], room), f"  {found[2]}"]  # the terminal breaks it, and a copy of it is whole
        say("\n".join(f"{indent if number else mark}{line}" for number, line in enumerate(lines)))


def trouble(what: str, next_step: str = "") -> None:
    """Two sentences on stderr, what happened and the next step; cut where a terminal ends, whole elsewhere.

    They may quote anything, a server's page or a file's name: here it is made safe.
    """
    talk(what)
    talk(next_step, "→ ")


def colour_wanted(stream: TextIO) -> bool:
    """Whether `stream` gets colour: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "underline": "4"}


def paint(text: str, *styles: str, stream: TextIO | None = None) -> str:
    """`text` in colour when `stream` (stdout if not given) wants it. Colour never carries meaning alone."""
    if not text or not colour_wanted(stream or sys.stdout):
        return text
    return f"\x1b[{';'.join(_STYLES[style] for style in styles)}m{text}\x1b[0m"


def link(text: str, url: str) -> str:
    """`text` as a terminal hyperlink to `url` where a terminal shows it."""
    if not url.startswith(("https://", "http://")) or not (sys.stdout.isatty() and colour_wanted(sys.stdout)):
        return text
    return f"\x1b]8;;{safe(url)}\x1b\\{text}\x1b]8;;\x1b\\"


def columns() -> int:
    """The width of the terminal, 80 where there is none."""
    import shutil

    return shutil.get_terminal_size((80, 24)).columns
