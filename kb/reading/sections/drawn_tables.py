"""Tables drawn with bars alone, which no parser takes for one: 検査を足す｜大野｜5/16｜済.

Lines with as many bars as their neighbours become rows; one whose cells only name columns is their header.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kb.markup.units import Unit, UnitForm, count_bytes, make_unit
from kb.reading.sections.heading_words import DUE_COLUMN, NUMBER_COLUMN, OWNER_COLUMN, STATE_COLUMN
from kb.text.lazy_pattern import compile_lazy

_BARS = "|｜"
_BAR = compile_lazy("[|｜]")
_RULER = compile_lazy("[\\s|｜:+=-]+")
_LEAST_BARS, _LEAST_ROWS = 2, 2
_LONGEST_NAME = 12


def draw_tables(units: Sequence[Unit]) -> list[Unit]:
    """The units, with lines that draw a table as the cells of one."""
    if not any(_count_bars(unit) for unit in units):
        return list(units)
    out: list[Unit] = []
    table = -1
    for bars, run in groupby(units, _count_bars):
        rows = list(run)
        if bars < _LEAST_BARS or len(rows) < _LEAST_ROWS:
            out += rows
            continue
        out += _read_cells([row for row in rows if not _RULER.fullmatch(row.raw)], table)
        table -= 1
    return out


def _count_bars(unit: Unit) -> int:
    """The bars between cells of a line; 0 for anything else."""
    if unit.form not in (UnitForm.LINE, UnitForm.ITEM) or not any(bar in unit.raw for bar in _BARS):
        return 0
    inner = unit.raw.strip().strip(_BARS)
    return len(_BAR.findall(inner))


def _read_cells(rows: Sequence[Unit], table: int) -> Iterator[Unit]:
    first = 0 if rows and _is_header(rows[0]) else 1
    for row, unit in enumerate(rows, first):
        for column, (start, end) in enumerate(_split(unit.raw)):
            cell = make_unit(UnitForm.CELL, unit.raw[start:end], unit.start + count_bytes(unit.raw[:start]))
            if cell is None:
                cell = Unit(UnitForm.CELL, "", "", unit.start, unit.start)
            cell.table, cell.row, cell.column = table, row, column
            cell.box = unit.box if column == 0 else cell.box
            yield cell


def _split(raw: str) -> Iterator[tuple[int, int]]:
    """Where the cells of a line begin and end; bars at its ends hold none."""
    bars = [found.start() for found in _BAR.finditer(raw)]
    starts, ends = [0, *(bar + 1 for bar in bars)], [*bars, len(raw)]
    cells = list(zip(starts, ends, strict=True))
    if not raw[: bars[0]].strip():
        cells = cells[1:]
    if not raw[bars[-1] + 1 :].strip():
        cells = cells[:-1]
    return iter(cells)


def _is_header(unit: Unit) -> bool:
    """Whether the cells of a line name columns, one of them for who, when or how far."""
    names = [unit.raw[start:end].strip() for start, end in _split(unit.raw)]
    if any(len(name) > _LONGEST_NAME for name in names):
        return False
    known = (OWNER_COLUMN, DUE_COLUMN, STATE_COLUMN)
    named = sum(any(column.search(name) for column in known) for name in names)
    return (
        named >= 1
        and not any(character.isdigit() for name in names for character in name)
        and (named >= 2 or any(NUMBER_COLUMN.fullmatch(name) for name in names))
    )
