"""One pass over a text tells what it is worth looking for in it: where signs, labels and governors stand.

The pass is Hyperscan's, over the text in lower case, and tries all patterns at once. They are those of the detectors,
widened (`kb.secrets.needs`): what has no mark holds nothing they find. Who judges many documents provides the pass
(`provide_pass`). Without one nothing is left out, and all is tried: the same is found, in more time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from kb.text.fold import fold_text
from kb.text.lines import encode


class Mark(IntEnum):
    """What a place of a text says, besides the signs of its line."""

    LABEL = 0  # what may be a label
    GOVERNOR = 1  # any other word that may govern a value
    CORE = 2  # a word labels are made of
    TOKEN = 3  # the beginning of a vendor's token or of a private key
    ENCODED = 4  # a letter in percent signs
    TABLE = 5  # a header of columns or rows that hold credentials, without a label
    FOLDED = 6  # what folding changes into what a pattern may match
    DETECTOR = 7  # of the first detector, which has PER_DETECTOR of them; the next numbers are those of the others


SIGNS = 1_000
"""The mark of a word of `words/prefilter.toml`, less the signs it is of a line (`kb.secrets.page.prefilter`)."""

PER_DETECTOR = 3
"""Marks of a detector: what it needs, what is worth a look, what the page must hold (`kb.secrets.detectors.Needs`)."""


class MarkPattern(NamedTuple):
    """A pattern that `re` and Hyperscan read alike, and the mark its matches are: one of `Mark`, or of a detector.

    `once`: it is enough to know that there is one.
    """

    mark: int
    pattern: str
    once: bool = False


class Pass(Protocol):
    """Finds the marks of a text."""

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """Return where marks end in a text in UTF-8, and which."""


class Marks:
    """The marks of a text: each with the numbers, from 0, of the lines it is on. `signs`: all that a line may have."""

    __slots__ = ("_lines", "signs")

    def __init__(self, lines: dict[int, set[int]], signs: dict[int, int]) -> None:
        self._lines = lines
        self.signs = signs

    def __contains__(self, mark: int) -> bool:
        return mark in self._lines

    def on(self, mark: int) -> frozenset[int]:
        """Return the numbers of the lines with a mark; of one that is told once not all."""
        return frozenset(self._lines.get(mark, ()))


NOWHERE: frozenset[int] = frozenset()


LOADED_AFTER, MADE_AFTER = 20_000, 1_000_000
"""Characters of texts after which a pass that is kept is worth loading (20 ms), and another one making (4 s)."""

LoadPass = Callable[[bool], "Pass | None"]
"""Gives the pass; where it would have to be made only if told to."""


class _Provider:
    """Gives the pass when the texts looked at have so many characters, each time so far none has come of it."""

    __slots__ = ("_load", "_looked_at", "_steps", "found")

    def __init__(self, load: LoadPass | None, loaded_after: int, made_after: int) -> None:
        self.found: Pass | None = None
        self._load = load
        self._steps = [(made_after, True), (loaded_after, False)] if load else []
        self._looked_at = 0

    def look_at(self, size: int) -> Pass | None:
        if self._steps and self._load is not None:
            self._looked_at += size
            while self.found is None and self._steps and self._looked_at > self._steps[-1][0]:
                self.found = self._load(self._steps.pop()[1])
        return self.found


_provider = _Provider(None, 0, 0)


def provide_pass(load: LoadPass | None, *, loaded_after: int = LOADED_AFTER, made_after: int = MADE_AFTER) -> None:
    """Let `load` give the pass once it pays; None for none."""
    global _provider
    _provider = _Provider(load, loaded_after, made_after)


def read_marks(low: str, *, folded: bool) -> Marks | None:
    """The marks of a text in lower case, None without a pass. `folded`: the text is in one width."""
    found = _provider.look_at(len(low))
    return _read_marks(low, found, folded=folded) if found is not None else None


def _read_marks(low: str, scanner: Pass, *, folded: bool) -> Marks:
    data = encode(f"\n{low}\n")  # so that something stands before and behind each match
    scans = [(data, scanner.scan(data))]
    if not folded and any(mark == Mark.FOLDED for _, mark in scans[0][1]):
        data = encode(f"\n{fold_text(low).lower()}\n")
        scans.append((data, [each for each in scanner.scan(data) if each[1] < SIGNS]))
    return _merge(scans)


def _merge(scans: Iterable[tuple[bytes, list[tuple[int, int]]]]) -> Marks:
    lines: dict[int, set[int]] = {}
    signs: dict[int, int] = {}
    for data, found in scans:
        number, at = -1, 0
        for end, mark in sorted(found):
            number += data.count(b"\n", at, end - 1)  # a match may end with the line feed
            at = end - 1
            if mark >= SIGNS:
                signs[number] = signs.get(number, 0) | (mark - SIGNS)
            else:
                lines.setdefault(mark, set()).add(number)
    return Marks(lines, signs)


class HyperscanPass:
    """Finds all marks of a text at once."""

    __slots__ = ("_database",)

    def __init__(self, database: Any) -> None:
        self._database = database

    @classmethod
    def compile(cls, patterns: Iterable[MarkPattern]) -> HyperscanPass:
        """Compile the patterns. Raises ImportError without Hyperscan."""
        import hyperscan

        found = tuple(patterns)
        once = hyperscan.HS_FLAG_SINGLEMATCH
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[each.pattern.encode() for each in found],
            ids=[each.mark for each in found],
            flags=[hyperscan.HS_FLAG_UTF8 | (once if each.once else 0) for each in found],
        )
        return cls(database)

    @classmethod
    def loads(cls, data: bytes) -> HyperscanPass:
        """Load what `dumps` returned. Raises hyperscan.error for data damaged or made on another machine."""
        import hyperscan

        database = hyperscan.loadb(data, mode=hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
        return cls(database)

    def dumps(self) -> bytes:
        """Return the compiled patterns."""
        import hyperscan

        data: bytes = hyperscan.dumpb(self._database)
        return data

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []

        def mark(number: int, start: int, end: int, flags: int, context: object) -> None:
            found.append((end, number))

        self._database.scan(data, mark)
        return found
