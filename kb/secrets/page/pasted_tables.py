"""Tables pasted from a spreadsheet: lines with as many tabs, or commas, under a line of names. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from kb.text.lazy_pattern import compile_lazy

SEPARATORS = "\t,"
_LEAST_ROWS = 3
"""Lines of a table: its names, and what stands below them more than once."""
_MOST_CELLS, _LONGEST_NAME = 30, 40
_NO_NAME = compile_lazy(r"[=;{}<>\"'`$\\@]|://|\d{3}|\d\.\d|\.\Z|[。、(（]")
"""What no name of a column has: code, addresses, numbers, sentences."""
_BRACKETED = compile_lazy(r"[(（][^()（）]{0,40}[)）]\Z")


def find_pasted_tables(body: str) -> Iterator[tuple[int, int, str]]:
    """The first and the last line of what looks like such a table, and what stands between its cells."""
    lines = body.split("\n")
    for separator in SEPARATORS:
        if separator not in body:
            continue
        for count, run in groupby(range(len(lines)), partial(_count, lines, separator)):
            numbers = list(run) if count else []
            if len(numbers) >= _LEAST_ROWS and _are_names(lines[numbers[0]].split(separator)):
                yield numbers[0], numbers[-1], separator


def _count(lines: Sequence[str], separator: str, number: int) -> int:
    """How many separators a line of a table has; 0 for another line."""
    line = lines[number]
    found = line.count(separator)
    if not 0 < found < _MOST_CELLS or line[0] in " \t|,>-*#/":
        return 0
    return 0 if separator == "," and (", " in line or "(" in line or '"' in line or "、" in line) else found


def _are_names(cells: Sequence[str]) -> bool:
    """Whether cells are the names of columns."""
    names = [_BRACKETED.sub("", cell.strip()) for cell in cells]
    return len(set(names)) == len(names) and all(
        name and len(name) <= _LONGEST_NAME and not _NO_NAME.search(name) for name in names
    )
