"""Characters nobody sees: marks that turn text around, blanks without width, fillers, tags. Pure.

A variation selector behind the character it varies, as Japanese names need it, and a joiner between two
emoji are part of what is seen.
"""

from __future__ import annotations

import re

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

_UNSEEN = re.compile(
    rf"[{_CONTROLS}{_BLANKS}{_ALWAYS}]"
    rf"|(?<![{_IDEOGRAPHS}])[{_SELECTORS}](?<![#*0-9\xa9\xae{_SYMBOLS}][\ufe0e\ufe0f])"
    rf"|(?<![{_SYMBOLS}\ufe0f])\u200d|\u200d(?![{_SYMBOLS}])"
)
_SHOWN = 4
_NOTHING = re.compile(rf"[\s{_CONTROLS}{_BLANKS}{_ALWAYS}{_SELECTORS}\u200d]*")


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
