"""Cut values out of a text, cover them, and name them by a keyed hash. Pure."""

from __future__ import annotations

import hashlib
import hmac
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import cast
from unicodedata import normalize

from kb.model.document import FIELD_PREFIX, Document
from kb.model.masked import SameText, reshape
from kb.model.secret import LengthClass, Secret
from kb.secrets.masking.known import unescape_value
from kb.secrets.masking.registry import get_known
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, find_line_starts


def classify_length(characters: int) -> LengthClass:
    """The class of a value of so many characters."""
    if characters < 8:
        return LengthClass.SHORT
    if characters < 16:
        return LengthClass.MIDDLE
    return LengthClass.LONG if characters < 32 else LengthClass.LONGER


TITLE, CATEGORY, TAGS = "title", "category", "tags"
"""The parts of a document that are not its body: its title, its category, and its tags, one a line."""


def get_part(document: Document[SameText], part: str) -> SameText:
    """The text a part of a document is, its body for any other part."""
    if part == TITLE:
        return document.title
    if part == CATEGORY:
        return document.category
    if part.startswith(FIELD_PREFIX):
        name = part.removeprefix(FIELD_PREFIX)
        return next((value for field, value in document.custom_fields if field == name), document.body)
    return cast("SameText", "\n".join(document.tags)) if part == TAGS else document.body


def cut_value(document: Document, secret: Secret) -> str:
    """The value itself, cut out of the document. For masks and fingerprints; keep it out of everything else."""
    return cut_span(get_part(document, secret.part), secret.span)


def cut_span(text: str, span: Span) -> str:
    """The part of a text a span covers; a place beyond the text ends with the text."""
    start = find_offset(text, span.line, span.column)
    return text[start : max(start, find_offset(text, span.end_line, span.end_column))]


def locate_secrets(text: str, secrets: Iterable[Secret]) -> Iterator[tuple[int, int]]:
    """Where in a text each of its credentials begins and ends; of its lines no more are looked for than are asked for.

    A place beyond the text ends with the text.
    """
    lines = _LineOffsets(text)
    for each in secrets:
        start = lines.offset(each.span.line, each.span.column)
        yield start, max(start, lines.offset(each.span.end_line, each.span.end_column))


class _LineOffsets:
    """Where lines of a text begin: line ends are counted by blocks, and looked for in the blocks that are asked for."""

    _BLOCK = 4_096

    def __init__(self, text: str) -> None:
        self._text = text
        blocks = range(0, len(text), self._BLOCK)
        self._before = list(accumulate((text.count("\n", at, at + self._BLOCK) for at in blocks), initial=0))
        self._starts: dict[int, list[int]] = {}  # by block

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1."""
        if line == 1:
            return min(column - 1, len(self._text))
        block = bisect_left(self._before, line - 1) - 1  # the line feed before it stands in there
        if block == len(self._before) - 1:
            return len(self._text)
        if block not in self._starts:
            at = block * self._BLOCK
            self._starts[block] = [at + start for start in find_line_starts(self._text[at : at + self._BLOCK])]
        return min(self._starts[block][line - 1 - self._before[block]] + column - 1, len(self._text))


def find_offset(text: str, line: int, column: int) -> int:
    """The offset of a line and column, both from 1."""
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    return min(at + column - 1, len(text))


# Covered texts: what every output, log and export shows.


_MASKS = {
    LengthClass.SHORT: "****",
    LengthClass.MIDDLE: "********",
    LengthClass.LONG: "****************",
    LengthClass.LONGER: "********************************",
}

_FILLERS = {1: "*", 2: "×", 3: "＊", 4: "\U0001f7b6"}
"""A character of each length in UTF-8, none of which is a letter, a digit or a blank."""

MASK_PATTERN = compile_lazy(f"[{''.join(_FILLERS.values())}]{{4,}}")
"""A masked value in a text."""


def level_masks(text: SameText) -> SameText:
    """Return a masked text in which no mask tells the length of its value."""
    return reshape(text, lambda text: MASK_PATTERN.sub(_MASKS[LengthClass.MIDDLE], text))


_TELLING = 6
"""Characters of a value that is looked for elsewhere too."""

_FEW = 20
"""Values for each of which a text is searched through; a page of thousands is walked through once."""

_COVERS = "".join((*_FILLERS.values(), "\n"))


def render_mask(secret: Secret) -> str:
    """What stands in place of a value: stars in the number of its length class, nothing of the value."""
    return render_stars(secret.length)


def render_stars(length: LengthClass) -> str:
    """What stands in place of a value of a length."""
    return _MASKS[length]


def mask_secrets(text: str, secrets: Iterable[Secret]) -> str:
    """A text with the values of its credentials covered. The secrets are those found in this very text.

    A value is covered wherever else it stands in the text as well, so that a quotation of it does not
    give away what its place hides. Line ends inside a value of several lines stay.
    """
    secrets = tuple(secrets)
    found = sorted(zip(locate_secrets(text, secrets), secrets, strict=True), key=lambda each: each[0])
    pieces: list[str] = []
    values: dict[str, str] = {}
    at = 0
    for (start, end), secret in found:
        if start < at or end <= start:
            continue
        value = text[start:end]
        cover = render_mask(secret) + "\n" * value.count("\n")
        pieces += (text[at:start], cover)
        if len(value) >= _TELLING and value.strip(_COVERS):
            values[value] = cover
        at = end
    pieces.append(text[at:])
    if values:
        put = _replacing(values)
        pieces = [piece if number % 2 else put(piece) for number, piece in enumerate(pieces)]
    return "".join(pieces)


def cover_secrets(text: str, secrets: Iterable[Secret]) -> str:
    """A text in which each character of a value is replaced by one of the same length in UTF-8.

    Offsets, spans and a stored structure stay right, so that such a text can be read in place of the
    original. Line feeds stay.
    """
    secrets = tuple(secrets)
    pieces: list[str] = []
    at = 0
    for start, end in locate_secrets(text, secrets) if secrets else ():
        if start < at or end <= start:
            continue
        pieces += (text[at:start], cover_value(text[start:end]))
        at = end
    return "".join((*pieces, text[at:])) if pieces else text


def mask_values(text: str, values: Iterable[str]) -> str:
    """A text in which values are covered wherever they stand: what quotes one says no more of it than its place does.

    A short value, or one that is a plain word, stands in other words and other meanings too: it is left.
    """
    covers = {each: cover_value(each) for each in values if len(each) >= _TELLING and not each.isalpha()}
    return _replacing(covers)(text) if covers else text


def _replacing(covers: Mapping[str, str]) -> Callable[[str], str]:
    """What puts into a text, in place of each of these values, what covers it; of several at a place the longest.

    Every value is `_TELLING` characters or more.
    """
    ordered = sorted(covers, key=len, reverse=True)
    if len(ordered) <= _FEW:

        def one_by_one(text: str) -> str:
            for value in ordered:
                text = text.replace(value, covers[value])
            return text

        return one_by_one

    lengths: dict[str, dict[int, None]] = {}
    for value in ordered:
        lengths.setdefault(value[:_TELLING], {})[len(value)] = None

    def in_one_pass(text: str) -> str:
        pieces: list[str] = []
        at = done = 0
        while at <= len(text) - _TELLING:
            for length in lengths.get(text[at : at + _TELLING], ()):
                cover = covers.get(text[at : at + length])
                if cover is not None:
                    pieces += (text[done:at], cover)
                    at = done = at + length
                    break
            else:
                at += 1
        return "".join((*pieces, text[done:]))

    return in_one_pass


def cover_value(value: str) -> str:
    """What stands in a covered text in place of a value."""
    return "".join(map(_filler, value))


def _filler(character: str) -> str:
    return character if character == "\n" else _FILLERS[len(character.encode("utf-8", "surrogatepass"))]


# Names of values: keyed, so that a short password cannot be guessed from one.


KEY_BYTES = 32
"""How long a key is made."""
MIN_KEY_BYTES = 16
"""How long one must be."""

_DIGITS = 24


def make_value_id(document: Document, secret: Secret, key: bytes) -> str:
    """The keyed name of a value, the same wherever the value stands, in any width of its characters.

    HMAC-SHA-256 of the NFKC form, cut to 96 bits. Raises ValueError for a key under 16 bytes.
    """
    return make_id_of_value(cut_value(document, secret), key)


def make_id_of_value(value: str, key: bytes) -> str:
    """`value_id` of a value that is at hand, the same for an escaped one (`%23`, `&#35;`) as for what is typed."""
    return _keyed(b"value", get_known().typed(value) if "\\" in value else unescape_value(value), key)


def make_place_id(document: Document, secret: Secret, key: bytes) -> str:
    """The keyed name of a value in one document: it survives edits around the value, and the value's moving."""
    return _keyed(
        f"place\0{document.doc}\0{document.part}".encode("utf-8", "replace"), cut_value(document, secret), key
    )


def make_name_id(name: str, key: bytes) -> str:
    """The keyed form of a name that files for everybody do not hold, of a machine say. 96 bits, as of a value."""
    return _keyed(b"name", name, key)


def make_key_id(key: bytes) -> str:
    """A name for a key, for baselines to say which one made their ids."""
    _check(key)
    return hmac.new(key, b"kb key id", hashlib.sha256).hexdigest()[:8]


def _keyed(purpose: bytes, value: str, key: bytes) -> str:
    _check(key)
    said = purpose + b"\0" + normalize("NFKC", value).encode("utf-8", "replace")
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:_DIGITS]


def _check(key: bytes) -> None:
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"a key needs {MIN_KEY_BYTES} bytes, this one has {len(key)}")
