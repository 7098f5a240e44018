"""Foreign text for terminals: made safe, what nobody sees in it shown, measured in columns, cut, padded and wrapped.

Nobody sees marks that turn text around, blanks without width, fillers and tags. A variation selector behind the
character it varies, as Japanese names need it, and a joiner between two emoji are part of what is seen.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from kb.text.dates import parse_instant
from kb.text.lazy_pattern import compile_lazy

SameText = TypeVar("SameText", bound=str)  # a masked text stays one

# C0, DEL, C1, bidi marks, embeddings, overrides and isolates, line and paragraph separators, and
# the invisible tag block: all can make a terminal, or an eye, see something other than the text.
_UNSAFE = compile_lazy(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_BLANKS = r"\xa0\u1680\u2000-\u200a\u202f\u205f"  # all but U+0020, and U+3000, which Japanese is written with
_ALWAYS = (
    r"\xad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_IDEOGRAPHS = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SYMBOLS = r"\u203c-\u205e\u2070-\u27ff\u2801-\u2fff\u3001-\u3163\u3165-\u3299\U0001f000-\U0001faff"

_UNSEEN = compile_lazy(
    rf"[{_CONTROLS}{_BLANKS}{_ALWAYS}]"
    rf"|(?<![{_IDEOGRAPHS}])[{_SELECTORS}](?<![#*0-9\xa9\xae{_SYMBOLS}][\ufe0e\ufe0f])"
    rf"|(?<![{_SYMBOLS}\ufe0f])\u200d|\u200d(?![{_SYMBOLS}])"
)
_SHOWN = 4
_NOTHING = compile_lazy(rf"[\s{_CONTROLS}{_BLANKS}{_ALWAYS}{_SELECTORS}\u200d]*")


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


_JSON_UNSAFE = compile_lazy(f"(?!\n){_UNSAFE.pattern}|[\ud800-\udfff]")


def escape_invisible(text: str) -> str:
    r"""The text with what nobody sees in it as TOML and Python write it: `\u202e`. Line ends and tabs stay."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_number, text)


def is_invisible(text: str) -> bool:
    """Whether nothing of a text can be seen."""
    return _NOTHING.fullmatch(text) is not None


def show_invisible(text: str) -> str:
    """The text; where there is one and nothing of it can be seen, the numbers of its first characters."""
    if text.isascii() or not is_invisible(text) or not (hidden := text.strip()):
        return text
    return escape_invisible(hidden[:_SHOWN]) + ("…" if len(hidden) > _SHOWN else "")


def _number(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


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
_PIECE = compile_lazy("[「『（【［]*(?:[!-~]+|.)[、。，．）」』】］・：；！？ー…]*")


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
    found = parse_instant(moment)
    return found.astimezone(ZoneInfo(zone)).strftime(form) if found else sanitize(moment)[:10]
