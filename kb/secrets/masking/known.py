"""Values known from other documents: looked up by keyed hash, escaped ones (HTML, URL, JSON, TOML) too. Pure.

What an escaped value looks like is known here alone, for all who look for values: masking, findings, ids, a purge.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from unicodedata import normalize

from kb.text.fold import fold
from kb.text.lazy_pattern import compile_lazy

_ESCAPE = compile_lazy(
    r"(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});)"
    r"|(?P<url>(?:%[0-9A-Fa-f]{2})+)"
    r"|\\(?:u(?P<four>[0-9a-fA-F]{4})|U(?P<eight>[0-9a-fA-F]{8})|x(?P<two>[0-9a-fA-F]{2})|(?P<one>[!-/:-@\[-`{-~]))"
)

_TIMES = 3
"""How often a text was escaped at most: JSON in an attribute of a page that was quoted."""

Places = list[int]
"""For each character, and the end, of the plain text where it stood in the escaped one."""


def undo_escapes(run: str) -> Iterator[tuple[str, Places]]:
    """The run without one level of escapes after another, each with its places; nothing for one without escapes."""
    places = list(range(len(run) + 1))
    for _ in range(_TIMES):
        plain, back = _once(run)
        if plain == run:
            return
        places = [places[at] for at in back]
        run = plain
        yield run, places


_WORDED = compile_lazy(r"[^\s、。「」]+")


def read_escaped(text: str) -> Iterator[tuple[int, str, Places]]:
    """Yield each run of a text with escapes in it, without one level of them after another: where, what, places."""
    if _ESCAPES.search(text):
        for run in _WORDED.finditer(text):
            if not _ESCAPES.search(run[0]):
                continue
            for plain, places in undo_escapes(run[0]):
                yield run.start(), plain, places


def unescape_value(value: str) -> str:
    """Return a value as it is typed where an address or HTML holds it escaped; any other as it is."""
    if "\\" in value:
        return value
    plain = [value, *(plain for plain, _ in undo_escapes(value))][-1]
    return plain if plain.isprintable() and plain.strip() else value


def _once(run: str) -> tuple[str, Places]:
    pieces: list[str] = []
    back: Places = []
    at = 0
    for found in _ESCAPE.finditer(run):
        said = _said(found)
        if said is None:
            continue
        pieces += (run[at : found.start()], said[0])
        back += range(at, found.start())
        back += (found.start() + each for each in said[1])
        at = found.end()
    back += range(at, len(run) + 1)
    return "".join((*pieces, run[at:])), back


def _said(found: re.Match[str]) -> tuple[str, list[int]] | None:
    """What an escape stands for, and where in it each character begins; None for one that stands for itself."""
    if found["url"]:
        raw = bytes.fromhex(found["url"].replace("%", ""))
        text = raw.decode("utf-8", "replace")
        if "\ufffd" in text:
            text = raw.decode("latin-1")
        starts, at = [], 0
        for each in text:
            starts.append(3 * at)
            at += len(each.encode()) if len(text) != len(raw) else 1
        return text, starts
    if found["entity"]:
        from html import unescape  # a table of two thousand names

        text = unescape(found["entity"])
        return (text, [0] * len(text)) if text != found["entity"] else None
    if found["one"]:
        return found["one"], [0]
    code = int(found["four"] or found["eight"] or found["two"], 16)
    return (chr(code), [0]) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else None


# A text is looked up in runs of ASCII without blanks, as they stand and unescaped: every window of a known length in
# each run, so that a value is found between quotes or Japanese. A run is hashed once, which keeps large exports cheap.


MIN_LENGTH, MAX_LENGTH = 8, 200
"""Characters of a value that is looked for; a longer one is found by its looks."""

DIGEST_BYTES = 16
"""Bytes of the hash that stands for a value."""

_RUN = compile_lazy(rf"[!-~]{{{MIN_LENGTH},}}")
_WIDE = compile_lazy(rb"(?:\xef(?:\xbc[\x90-\x99\xa1-\xba]|\xbd[\x81-\x9a])){2}")
"""Two letters or digits of full width, as UTF-8 has them: quicker to tell than in the text."""
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}

_CROSSING = compile_lazy(r"(?<=[!-~])(?=[^\x00-\x7f])|(?<=[^\x00-\x7f])(?=[!-~])")
"""Between Japanese and ASCII. A value with both is looked for there: nothing else tells where one begins in prose."""

_WORTH = compile_lazy(r"[0-9]|[a-z](?=[A-Z])|[!#$%&*+=?^~]")
"""What a run with a value in it has: no value is words alone (`kb.secrets.scoring.entropy`)."""

_TWO_LETTERS = compile_lazy("[A-Za-z][^A-Za-z]*[A-Za-z]")
_ESCAPES = compile_lazy(r"[&%\\]")

_EVERYWHERE = 40
"""The longest value that is looked for at every offset of a run; a longer one begins or ends at a boundary."""

_CROWDED = 200
"""Characters of a run above which every value must begin or end at a boundary: long addresses, minified code."""

_EDGE = compile_lazy(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?![A-Za-z0-9])|(?<=[^A-Za-z0-9])(?=[^A-Za-z0-9])"
)

_MOST_RUNS = 300_000
"""Runs that are remembered."""

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

Range = tuple[int, int]


def find_crossing(value: str) -> int:
    """Return where a value, of one width, first changes between Japanese and ASCII; 0 for one that does not."""
    found = None if value.isascii() else _CROSSING.search(value)
    return found.start() if found else 0


def derive_key(key: bytes) -> bytes:
    """Derive the key of these hashes from the team's key, so that they are not its `value_id`s."""
    return hashlib.blake2b(b"kb known values", key=key[:64], digest_size=32).digest()


def hash_value(value: str, prepared: bytes) -> bytes:
    """Return the keyed hash of a value, the same for any width of its characters."""
    said = normalize("NFKC", value).encode("utf-8", "replace")
    return hashlib.blake2b(said, key=prepared, digest_size=DIGEST_BYTES).digest()


@dataclass(frozen=True)
class KnownHashes:
    """Known values: their hashes by `key` (`prepare`), and their lengths in characters.

    `crossings` are of those with Japanese in them: where each first changes to ASCII or from it, and its length.
    `names` are words no value is masked for, in lower case: members and hosts. `host` is a pattern of more.
    """

    key: bytes = field(default=b"", repr=False)
    values: frozenset[bytes] = field(default=frozenset(), repr=False)
    lengths: tuple[int, ...] = ()
    names: frozenset[str] = field(default=frozenset(), repr=False)
    host: str = ""
    crossings: tuple[Range, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values)

    def ranges(self, text: str) -> list[Range]:
        """Return where known values stand in a text, in order, overlapping ones merged."""
        return list(_apart(self._find(text)))

    def places(self, text: str) -> list[Range]:
        """Return where known values stand in a text, in order and apart: of overlapping ones the longest."""
        kept: list[Range] = []
        for start, end in sorted(self._find(text), key=lambda each: (each[0] - each[1], each)):
            at = bisect_left(kept, (end,))
            if not at or kept[at - 1][1] <= start:
                kept.insert(at, (start, end))
        return kept

    def typed(self, value: str) -> str:
        """Return a value as it is known, where it stands escaped; any other as it is."""
        plain = (plain for plain, _ in undo_escapes(value) if hash_value(plain, self.key) in self.values)
        return next(plain, value) if self.values else value

    def _find(self, text: str) -> list[Range]:
        """Return where known values stand in a text, in the order of its runs."""
        if not self.values:
            return []
        found = self._find_ascii(text)
        if self.crossings:
            found += self._crossed(text)
            for begin, plain, places in read_escaped(text):
                found += ((begin + places[start], begin + places[end]) for start, end in self._crossed(plain))
        return found

    def _crossed(self, text: str) -> Iterator[Range]:
        """Yield where values with Japanese in them stand in a text of any width."""
        if text.isascii():
            return
        folded = fold(text)
        whole, last, copy = folded.text, 0, self._hash.copy
        for crossing in _CROSSING.finditer(whole):
            at = crossing.start()
            for before, length in self.crossings:
                start = at - before
                if not last <= start <= len(whole) - length:
                    continue  # another change comes before this one
                digest = copy()
                digest.update(whole[start : start + length].encode("utf-8", "replace"))
                if digest.digest() in self.values:
                    yield folded.back(start), folded.back(start + length)
            last = at

    def _find_ascii(self, text: str) -> list[Range]:
        if not text.isascii() and _WIDE.search(text.encode("utf-8", "replace")):
            text = text.translate(_NARROW)
        clean, new = self._clean, set(_RUN.findall(text)) - self._clean
        held = {run: spans for run in new if (spans := self._look(run))}
        clean |= new - held.keys()
        if len(clean) > _MOST_RUNS:
            clean.clear()
        if not held:
            return []
        return [
            (run.start() + start, run.start() + end)
            for run in _RUN.finditer(text)
            for start, end in held.get(run[0], ())
        ]

    def holds(self, text: str) -> bool:
        """Whether a known value stands in a text."""
        return bool(self.ranges(text))

    def replaced(self, text: str, cover: Callable[[str], str]) -> str:
        """The text with `cover` of each known value in its place."""
        found = self.ranges(text)
        if not found:
            return text
        pieces: list[str] = []
        at = 0
        for start, end in found:
            pieces += (text[at:start], cover(text[start:end]))
            at = end
        return "".join((*pieces, text[at:]))

    def with_values(self, values: Iterable[str]) -> KnownHashes:
        """Return these values with more added."""
        forms = {normalize("NFKC", value) for value in values}
        more = frozenset(hash_value(form, self.key) for form in forms)
        if more <= self.values:
            return self
        lengths = tuple(len(form) for form in forms if form.isascii())
        crossings = tuple((find_crossing(form), len(form)) for form in forms if not form.isascii())
        return self.joined(KnownHashes(self.key, more, lengths, crossings=crossings))

    def joined(self, other: KnownHashes) -> KnownHashes:
        """Return these values with another's of the same key."""
        lengths = tuple(sorted({*self.lengths, *other.lengths}))
        crossings = tuple(sorted({*self.crossings, *other.crossings}))
        return KnownHashes(self.key, self.values | other.values, lengths, self.names, self.host, crossings)

    @cached_property
    def _clean(self) -> set[str]:
        """The runs in which no value stands."""
        return set()

    @cached_property
    def _hash(self) -> hashlib.blake2b:
        return hashlib.blake2b(key=self.key, digest_size=DIGEST_BYTES)

    @cached_property
    def _host(self) -> re.Pattern[str] | None:
        try:
            return re.compile(self.host) if self.host else None
        except re.error:  # kb.settings.workspace says so
            return None

    def _look(self, run: str) -> tuple[Range, ...]:
        found: list[Range] = []
        if _TWO_LETTERS.search(run) and _WORTH.search(run):
            found += self._in(run)
        if _ESCAPES.search(run):
            for text, places in undo_escapes(run):
                found += [(places[start], places[end]) for start, end in self._in(text)]
        return tuple(found)

    def _in(self, run: str) -> list[Range]:
        """Find values in a run as it is written."""
        found: list[Range] = []
        raw = run.encode("ascii", "replace")  # what an escape stood for may be no ASCII, and then is in no value
        copy, values = self._hash.copy, self.values
        for start, lengths in self._windows(run):
            for length in lengths:
                digest = copy()
                digest.update(raw[start : start + length])
                if digest.digest() in values and not self._is_name(run[start : start + length]):
                    found.append((start, start + length))
        return found

    def _windows(self, run: str) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield each offset with the lengths a value may have there.

        No value has fewer than two letters or is nothing but words
        (`kb.secrets.scoring.entropy`), which dismisses most windows.
        """
        size = len(run)
        need = [size + 1] * (size + 1)
        mixed = letter = second = size + 1
        marks = {found.start() for found in _WORTH.finditer(run)}
        for at in range(size - 1, -1, -1):
            if run[at] in _LETTERS:
                letter, second = at, letter
            if at in marks:
                mixed = at
            need[at] = max(mixed, second) - at + 1
        short = [length for length in self.lengths if length <= _EVERYWHERE and size <= _CROWDED]
        for start in range(size - MIN_LENGTH + 1) if short else ():
            yield start, short[bisect_left(short, need[start]) : bisect_right(short, size - start)]
        long = [length for length in self.lengths[len(short) :] if length <= size]
        if long:
            edges = {0, size, *(edge.start() for edge in _EDGE.finditer(run))}
            for length in long:
                for start in {*edges, *(edge - length for edge in edges)}:
                    if 0 <= start <= size - length and need[start] <= length:
                        yield start, (length,)

    def _is_name(self, value: str) -> bool:
        """Whether a value is the name of a member or host that some page has for a password."""
        return value.lower() in self.names or bool(self._host and self._host.fullmatch(value))

    def __reduce__(self) -> tuple[type[KnownHashes], tuple[object, ...]]:
        return KnownHashes, (self.key, self.values, self.lengths, self.names, self.host, self.crossings)


def _apart(found: list[Range]) -> Iterator[Range]:
    """Sort ranges and merge those that overlap."""
    last: Range | None = None
    for start, end in sorted(found):
        if last is None:
            last = start, end
        elif start < last[1]:
            last = last[0], max(last[1], end)
        else:
            yield last
            last = start, end
    if last is not None:
        yield last


NO_KNOWN_VALUES = KnownHashes()
