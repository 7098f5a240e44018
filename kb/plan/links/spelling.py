"""A path as an address has it: decoded segment by segment, and spelled anew in the same way.

People paste addresses whole (`%2F%E9%81%8B`), half (`%2F運用`) or not at all encoded, and esa's pages take all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

from kb.text.lazy_pattern import compile_lazy


class Form(StrEnum):
    """How a path is written: in an address, in a search there, as the target of a link, in a search kept as words."""

    ADDRESS = "address"
    QUERY = "query"
    TARGET = "target"
    WORDS = "words"


class Letter(NamedTuple):
    """A decoded letter, and where it is written."""

    text: str
    start: int
    end: int


class _Segment(NamedTuple):
    name: str
    start: int
    end: int


_UNIT = compile_lazy(r"(?P<bytes>(?:%[0-9A-Fa-f]{2})+)|(?P<and>&amp;)|\\(?P<escaped>[!-/:-@\[-`{-~])|.", re.S)
_LOWER = compile_lazy(r"%(?:[0-9][a-f]|[a-f][0-9a-f])")
_UPPER = compile_lazy(r"%(?:[0-9][A-F]|[A-F][0-9A-F])")
_BYTE = compile_lazy(r"%[0-9A-F]{2}")
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_ENDS_ADDRESS = frozenset("（）「」『』【】、。，．")
_BARE = compile_lazy("[^\\s\"'`<>|（）「」、。()*]{1,400}(?<![.,;:!?\\]_~])")


def decode_letters(written: str, form: Form) -> list[Letter]:
    """Return the letters a written text stands for. Per cents that encode no UTF-8 are letters themselves."""
    if form is Form.WORDS:
        return [Letter(letter, at, at + 1) for at, letter in enumerate(written)]
    found: list[Letter] = []
    for unit in _UNIT.finditer(written):
        start, end = unit.span()
        if unit["bytes"]:
            found += _decode_bytes(unit["bytes"], start)
        elif unit["and"]:
            found.append(Letter("&", start, end))
        elif unit["escaped"]:
            found.append(Letter(unit["escaped"], start, end))
        else:
            found.append(Letter(" " if unit[0] == "+" and form is Form.QUERY else unit[0], start, end))
    return found


def _decode_bytes(written: str, start: int) -> Iterator[Letter]:
    try:
        text = bytes.fromhex(written.replace("%", "")).decode()
    except UnicodeDecodeError:
        yield from (Letter(letter, at, at + 1) for at, letter in enumerate(written, start))
        return
    for letter in text:
        end = start + 3 * len(letter.encode())
        yield Letter(letter, start, end)
        start = end


def join_letters(letters: Sequence[Letter]) -> str:
    """Return the decoded text."""
    return "".join(each.text for each in letters)


def clean_path(decoded: str) -> str:
    """Return a path as the mirror has categories."""
    return unicodedata.normalize("NFC", decoded).strip().strip("/")


class WrittenPath:
    """A path in an address, or relative to the category of its page. `quoted`: quotes of a search are around it."""

    def __init__(self, written: str, form: Form, *, quoted: bool = False) -> None:
        self.written, self.form, self.quoted = written, form, quoted
        self._letters = decode_letters(written, form)
        self.decoded = join_letters(self._letters)
        self.path = clean_path(self.decoded)

    @property
    def is_relative(self) -> bool:
        """Whether it begins at the page's own category."""
        return self.form is Form.TARGET and self.decoded.startswith(".")

    def resolve(self, category: str) -> str:
        """Return the path it leads to from a category."""
        return join_path(category, self.decoded) if self.is_relative else self.path

    def respell(self, path: str, category: str = "") -> str | None:
        """Return another path written the same way, seen from `category`; None where that cannot be written."""
        if self.is_relative:
            return self._respell_relative(path, category)
        if self.form is Form.WORDS or self.form is Form.QUERY:
            if '"' in path:
                return None
            marks = not self.quoted and not _BARE.fullmatch(path)
            written = self._respell(path)
            mark = ('"' if self.form is Form.WORDS else "%22") if marks else ""
            return f"{mark}{written}{mark}"
        return self._respell(path)

    def _respell(self, path: str) -> str:
        """Keep the segments both paths begin and end with as they are written."""
        old, new = self._segments(), path.split("/")
        if not old:
            return self.written + self._join(new)
        names = [each.name for each in old]
        first = _count_same(names, new)
        last = _count_same(names[first:][::-1], new[first:][::-1])
        left = self.written[: old[first - 1].end] if first else self.written[: old[0].start]
        right = self.written[old[-last].start :] if last else self.written[old[-1].end :]
        middle = self._join(new[first : len(new) - last])
        if not last and self.form is not Form.WORDS and middle.endswith("_"):
            middle = f"{middle[:-1]}%5F"  # the end of a bare address is cut off there
        before = self._slash if first and (middle or last) else ""
        after = self._slash if last and middle else ""
        return f"{left}{before}{middle}{after}{right}"

    def _respell_relative(self, path: str, category: str) -> str:
        here, there = category.split("/") if category else [], path.split("/") if path else []
        same = _count_same(here, there)
        kept = {each.name: self.written[each.start : each.end] for each in self._segments()}
        ways = [".."] * (len(here) - same) or ["."]
        parts = [*ways, *(kept.get(name) or self._encode(name) for name in there[same:])]
        end = self._slash if self.decoded.endswith("/") else ""
        return self._slash.join(parts) + end

    def _segments(self) -> list[_Segment]:
        found: list[_Segment] = []
        start = 0
        letters = self._letters
        while start < len(letters) and letters[start].text.isspace():
            start += 1
        stop = len(letters)
        while stop > start and letters[stop - 1].text.isspace():
            stop -= 1
        here: list[Letter] = []
        for each in (*letters[start:stop], Letter("/", 0, 0)):
            if each.text != "/":
                here.append(each)
            elif here:
                name = unicodedata.normalize("NFC", join_letters(here))
                found.append(_Segment(name, here[0].start, here[-1].end))
                here = []
        return found

    @property
    def _slash(self) -> str:
        """A separator as this path writes them."""
        written = next((self.written[each.start : each.end] for each in self._letters if each.text == "/"), "")
        if written or self.form in (Form.WORDS, Form.TARGET):
            return written or "/"
        return ("%2f" if self._is_lower else "%2F") if self._encodes else "/"

    @property
    def _is_lower(self) -> bool:
        return bool(_LOWER.search(self.written)) and not _UPPER.search(self.written)

    @property
    def _encodes(self) -> bool:
        """Whether letters outside of ASCII are encoded: one that stands there as itself says no."""
        return "%" in self.written and self.written.isascii()

    def _join(self, names: Sequence[str]) -> str:
        return self._slash.join(map(self._encode, names))

    def _encode(self, name: str) -> str:
        if self.form is Form.WORDS:
            return name
        found = "".join(letter if self._is_plain(letter) else quote(letter, safe="") for letter in name)
        if self.form is Form.QUERY and "+" in self.written:
            found = found.replace("%20", "+")
        return _BYTE.sub(lambda each: each[0].lower(), found) if self._is_lower else found

    def _is_plain(self, letter: str) -> bool:
        if letter.isascii():
            return letter in _UNRESERVED
        hidden = letter in _ENDS_ADDRESS or unicodedata.category(letter)[0] in "CZ"
        return not hidden and not self._encodes


def join_path(category: str, decoded: str) -> str:
    """Return where a relative path leads from a category."""
    parts = category.split("/") if category else []
    for each in decoded.split("/"):
        if each == "..":
            parts = parts[:-1]
        elif each not in ("", "."):
            parts.append(each)
    return unicodedata.normalize("NFC", "/".join(parts))


def _count_same(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
