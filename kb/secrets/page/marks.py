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
    """What a place of a text says. Of those from TOKEN to FOLDED it is enough to know that there is one."""

    SIGN = 0  # a word of `words/prefilter.toml`
    LABEL = 1  # what may be a label
    GOVERNOR = 2  # any other word that may govern a value
    JOIN = 3  # a sign that may join a name to its password
    CORE = 4  # a word labels are made of
    TOKEN = 5  # the beginning of a vendor's token or of a private key
    ENCODED = 6  # a letter in percent signs
    TABLE = 7  # a header of columns or rows that hold credentials, without a label
    FOLDED = 8  # what folding changes into what a pattern may match
    DETECTOR = 9  # what a detector needs; the next numbers are those of others


ANYWHERE = frozenset({Mark.TOKEN, Mark.ENCODED, Mark.TABLE, Mark.FOLDED})


class MarkPattern(NamedTuple):
    """A pattern that `re` and Hyperscan read alike, and the mark its matches are: one of `Mark`, or of a detector."""

    mark: int
    pattern: str


class Pass(Protocol):
    """Finds the marks of a text."""

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """Return where marks end in a text in UTF-8, and which: one of each ANYWHERE is enough."""


class Marks:
    """The marks of a text: each with the numbers, from 0, of the lines it is on."""

    __slots__ = ("_lines",)

    def __init__(self, lines: dict[int, set[int]]) -> None:
        self._lines = lines

    def __contains__(self, mark: int) -> bool:
        return mark in self._lines

    def on(self, mark: int) -> frozenset[int]:
        """Return the numbers of the lines with a mark; of one that is ANYWHERE only whether there is any."""
        return frozenset(self._lines.get(mark, ()))


NOWHERE: frozenset[int] = frozenset()


_pass: Pass | None = None
_load: Callable[[], Pass | None] | None = None


def provide_pass(load: Callable[[], Pass | None] | None) -> None:
    """Let `load` give the pass when a text is looked at for the first time; None for none."""
    global _pass, _load
    _pass, _load = None, load


def read_marks(low: str, *, folded: bool) -> Marks | None:
    """The marks of a text in lower case, None without a pass. `folded`: the text is in one width."""
    global _pass, _load
    if _load is not None:
        _pass, _load = _load(), None
    if _pass is None:
        return None
    data = encode(f"\n{low}\n")  # so that something stands before and behind each match
    scans = [(data, _pass.scan(data))]
    if not folded and any(mark == Mark.FOLDED for _, mark in scans[0][1]):
        data = encode(f"\n{fold_text(low).lower()}\n")
        scans.append((data, [each for each in _pass.scan(data) if each[1] != Mark.SIGN]))
    return _merge(scans)


def _merge(scans: Iterable[tuple[bytes, list[tuple[int, int]]]]) -> Marks:
    lines: dict[int, set[int]] = {}
    for data, found in scans:
        number, at = -1, 0
        for end, mark in sorted(found):
            number += data.count(b"\n", at, end - 1)  # a match may end with the line feed
            at = end - 1
            lines.setdefault(mark, set()).add(number)
    return Marks(lines)


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
            flags=[hyperscan.HS_FLAG_UTF8 | (once if each.mark in ANYWHERE else 0) for each in found],
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
