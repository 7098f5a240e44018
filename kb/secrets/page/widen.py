"""Widen a pattern of `re` to one that Hyperscan takes, for lower-case text: it matches wherever the pattern does.

What both engines do not read alike is left out or replaced by more: look-around and anchors by nothing, a
back-reference by anything. Of a set of all but some characters the signs, blanks and digits of ASCII are kept. What
must not stand right before or behind a match is kept: some other character does, so texts are put between line feeds.
`\\w` and `\\s` take every character beyond ASCII that might count, and a sign takes its full-width form, since a text
is not folded for this. A match of the wide pattern says that the pattern is worth trying there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined]  # how `re` names the parts of a pattern
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ANY = "[^\\n]"
"""Any character of a line."""

_BLANKS = "\\t\\x0b\\x0c\\r \\x1c-\\x1f\\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BEYOND = "\\x80-\U0010ffff"
_CATEGORIES = {
    ops.CATEGORY_DIGIT: f"0-9{_BEYOND}",
    ops.CATEGORY_SPACE: _BLANKS,
    ops.CATEGORY_WORD: f"0-9a-z_{_BEYOND}",
}
_REPEATS = {ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT}
_NOTHING = {ops.AT, ops.ASSERT, ops.ASSERT_NOT}
_ALIKE = {"i": "\u0131"}
"""What `re` takes for a letter regardless of case and `str.lower` leaves as it is."""

MAX_COUNTED = 8
"""Repeats that are counted. A repeat of more is one of so many or more, and so is one that takes blanks: a line is read
with three at most in a row."""


class TooWide(ValueError):
    """The wide pattern would match the empty text, and so everywhere."""


def widen(pattern: str, flags: int = 0) -> str:
    """Return the wide form of a pattern. Raises TooWide where that matches every text."""
    return _widened(parser.parse(pattern, flags), pattern)


def widen_branches(pattern: str, flags: int = 0) -> Iterator[str]:
    """Yield the wide form of each of the branches a pattern is made of; what may match the empty text is TooWide."""
    parsed = parser.parse(pattern, flags)
    if len(parsed) == 1 and parsed[0][0] is ops.BRANCH:
        yield from (_widened(branch, pattern) for branch in parsed[0][1][1])
    else:
        yield _widened(parsed, pattern)


def _widened(parsed: Any, pattern: str) -> str:
    wide, empty = _sequence(parsed, first=True, last=True)
    if empty:
        raise TooWide(pattern)
    return wide


def _sequence(parts: Any, *, first: bool, last: bool) -> tuple[str, bool]:
    """The parts one behind the other, and whether they may be nothing at all.

    `first` and `last`: the match begins and ends with them. What may be missing there is left out: there is a match
    without it.
    """
    found = [_part(op, value) for op, value in parts]
    start, end = 0, len(found)
    for _ in found if first else ():
        found[start] = _part(*parts[start], first=True, last=last and start == end - 1)
        if found[start][0] or start == end - 1:
            break
        start += 1
    for _ in found if last else ():
        found[end - 1] = _part(*parts[end - 1], first=first and start == end - 1, last=True)
        if found[end - 1][0] or end - 1 == start:
            break
        end -= 1
    return "".join(wide for wide, _ in found), all(empty for _, empty in found)


def _part(op: Any, value: Any, *, first: bool = False, last: bool = False) -> tuple[str, bool]:
    if op is ops.LITERAL:
        return f"[{_char(value)}]", False
    if op is ops.ANY:
        return ANY, False
    if op is ops.NOT_LITERAL:
        return _all_but(((ops.LITERAL, value),)), False
    if op is ops.IN:
        return _set(value), False
    if op is ops.BRANCH:
        branches = [_sequence(branch, first=first, last=last) for branch in value[1]]
        group = f"(?:{'|'.join(dict.fromkeys(wide for wide, _ in branches if wide))})"
        nothing = any(not wide for wide, _ in branches)
        return (f"{group}?" if nothing else group) if group != "(?:)" else "", any(empty for _, empty in branches)
    if op is ops.SUBPATTERN:
        return _sequence(value[3], first=first, last=last)
    if op is ops.ATOMIC_GROUP:
        return _sequence(value, first=first, last=last)
    if op in _REPEATS:
        return _repeat(*value, at_edge=first or last)
    if op is ops.ASSERT_NOT and (first if value[0] < 0 else last):
        return _edge(value[1]), True
    if op in _NOTHING:
        return "", True
    return f"{ANY}*", True  # a back-reference


def _edge(parts: Any) -> str:
    """What may stand at the edge of a match, where that is any character but some; "" where more is said of it."""
    if len(parts) != 1 or parts[0][0] not in (ops.LITERAL, ops.IN):
        return ""
    op, value = parts[0]
    members = value if op is ops.IN else [parts[0]]
    inner = ""
    for op, value in members:
        if op is ops.LITERAL:
            inner += _escape(chr(value).lower())
        elif op is ops.RANGE:
            inner += _escape(chr(value[0]).lower()) + "-" + _escape(chr(value[1]).lower())
        elif op is ops.CATEGORY and value in _LEFT_OUT:
            inner += _LEFT_OUT[value] + ("a-z" if value is ops.CATEGORY_WORD else "")
        else:
            return ""
    return f"[^{inner}]"


def _repeat(least: int, most: int, repeated: Any, *, at_edge: bool) -> tuple[str, bool]:
    wide, empty = _sequence(repeated, first=False, last=False)
    low = min(least, MAX_COUNTED)
    if at_edge:
        most = low
    if not wide or not most:
        return "", True
    if most > MAX_COUNTED or (most > 1 and len(repeated) == 1 and re.fullmatch(wide, " ")):
        count = {0: "*", 1: "+"}.get(low, f"{{{low},}}")
    else:
        count = "?" if (low, most) == (0, 1) else "" if low == most == 1 else f"{{{low},{most}}}"
    return f"(?:{wide}){count}", empty or not low


def _set(members: Any) -> str:
    if members[0][0] is ops.NEGATE:
        return _all_but(members[1:])
    inner = ""
    for op, value in members:
        if op is ops.LITERAL:
            inner += _char(value)
        elif op is ops.RANGE:
            inner += _range(*value)
        elif op is ops.CATEGORY and value in _CATEGORIES:
            inner += _CATEGORIES[value]
        else:
            return ANY
    return f"[{inner}]"


_LEFT_OUT = {ops.CATEGORY_DIGIT: "0-9", ops.CATEGORY_SPACE: "\\t\\x0b\\x0c\\r ", ops.CATEGORY_WORD: "0-9_"}


def _all_but(members: Any) -> str:
    """Any character of a line but those of the members that are ASCII and no letters, which have one case alone."""
    inner = ""
    for op, value in members:
        if op in (ops.LITERAL, ops.RANGE):
            first, last = (value, value) if op is ops.LITERAL else value
            chars = map(chr, range(first, min(last, 0x7E) + 1))
            inner += "".join(_escape(char) for char in chars if not char.isalpha() and char != "\n")
        elif op is ops.CATEGORY:
            inner += _LEFT_OUT.get(value, "")
    return f"[^\\n{inner}]"


def _char(code: int) -> str:
    """A character as members of a set: in lower case, with its full-width form."""
    return _BLANKS if code == ord(" ") else "".join(map(_escape, _forms(chr(code))))


def _forms(char: str) -> str:
    """A character in lower case, and what it may be written as."""
    low = char.lower()
    wide = chr(ord(char) + 0xFEE0) if "!" <= char <= "~" and not char.isalnum() else ""
    return low + _ALIKE.get(low, "") + wide


def _range(first: int, last: int) -> str:
    """A range, with the small letters and the full-width signs of its ASCII part."""
    inside = "".join(map(chr, range(first, min(last, 0x7E) + 1)))
    others = dict.fromkeys(form for char in inside for form in _forms(char) if not first <= ord(form) <= last)
    return f"{_escape(chr(first))}-{_escape(chr(last))}{''.join(map(_escape, others))}"


def _escape(char: str) -> str:
    return "\\n" if char == "\n" else re.escape(char) if char.isascii() else char
