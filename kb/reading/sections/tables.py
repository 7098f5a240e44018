"""Tables that are a page's skeleton: keys in a column, in the header, or in rows of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.markup.units import Unit
from kb.model.facts import Confidence, Role
from kb.reading.sections.heading_words import (
    DUE_COLUMN,
    NUMBER_COLUMN,
    OWNER_COLUMN,
    STATE_COLUMN,
    HeadingMeaning,
    lookup_heading,
    score_cues,
)
from kb.reading.sections.heads import PLAIN_RANK, SectionHead
from kb.reading.sections.section import JUDGED_ROLES, Lined
from kb.text.lazy_pattern import compile_lazy

# Columns beside the content of a skeleton: who wrote it, when, whether it was checked.
_ASIDE = compile_lazy(
    "者\\Z|担当|日時?\\Z|日付|更新|確認|備考|チェック|状態|\\b(?:owner|date|author|by|status|checked)\\b", re.I
)

TableRow = dict[int, list[Unit]]
TableCells = dict[int, TableRow]
"""Row number → column number → the lines of the cell."""
TableKeys = dict[int, dict[int, HeadingMeaning]]
"""Row number → column number → what the cell names, for the cells that name something."""


def read_table(units: list[Unit]) -> list[Lined]:
    """The cells of one table in the order a reader takes them: heads, and what belongs to them.

    A table that is no skeleton comes back as it is, without heads.
    """
    cells: TableCells = {}
    for unit in units:
        cells.setdefault(unit.row, {}).setdefault(unit.column, []).append(unit)
    keys = {
        row: {column: key for column, found in line.items() if (key := lookup_heading(_cell_label(found)))}
        for row, line in cells.items()
    }
    rows = sorted(cells)
    for read in (_read_by_column, _read_by_rows):
        if found := read(cells, rows, keys):
            return found
    return [(None, unit) for unit in units]


def _cell_label(found: list[Unit]) -> str:
    return found[0].text if len(found) == 1 else " ".join(unit.text for unit in found)


_SURE = 2.5
_LONGEST = 16


def _guess_meaning(cells: TableCells, row: int, column: int) -> HeadingMeaning | None:
    """What a cell the lexicon cannot explain names by its cues."""
    label = _cell_label(cells[row].get(column, []))
    if not 0 < len(label) <= _LONGEST:
        return None
    if not (said := score_cues(label)):
        return None
    best = max(said, key=lambda role: said[role])
    return HeadingMeaning((best,), confidence=Confidence.MEDIUM) if said[best] >= _SURE else None


def _read_by_column(cells: TableCells, rows: list[int], keys: TableKeys) -> list[Lined] | None:
    """`| 原因 | … |` a row; the keys may stand behind a column of numbers."""
    header = [unit.text for found in cells.get(0, {}).values() for unit in found]
    if sum(bool(OWNER_COLUMN.search(text)) for text in header) and sum(
        bool(DUE_COLUMN.search(text)) for text in header
    ):
        return None  # measures, by the kind of each: 検知, 予防
    for column in (0, 1):
        keyed = {row: key for row in rows if (key := keys[row].get(column))}
        softly = {row: key for row in rows if row not in keyed and (key := _guess_meaning(cells, row, column))}
        named = {role for key in (*keyed.values(), *softly.values()) for role in key.roles}
        if len(named & JUDGED_ROLES) >= (1 if keyed else 2) and len(named - {Role.OTHER}) >= 3:
            keyed |= softly
        roles = {role for key in keyed.values() for role in key.roles}
        body = [row for row in rows if row > 0] or rows
        valued = [row for row in keyed if any(_texts_behind(cells[row], column))]
        if len(roles) < 2 or 2 * len(keyed) < len(body) or 2 * len(valued) < len(keyed):
            continue
        if column == 1 and not all(_is_number_cell(cells[row]) for row in keyed):
            continue
        aside = {at for at, found in cells.get(0, {}).items() if 0 not in keyed and _ASIDE.search(found[0].text)}
        said = {at for row in body for at in cells[row] if at > column} - aside
        out: list[Lined] = []
        for row in rows:
            for at, found in sorted(cells[row].items()):
                if at < column or (at > column and at in aside and said):
                    continue
                for unit in found:
                    head = _make_head(keyed[row], unit, "|") if row in keyed and at == column else None
                    if head or at > column or row not in keyed:
                        out.append((head, unit))
        return out
    return None


def _texts_behind(row: TableRow, column: int) -> Iterator[str]:
    return (unit.text for at, found in row.items() if at > column for unit in found)


def _is_number_cell(row: TableRow) -> bool:
    text = " ".join(unit.text for unit in row.get(0, []))
    return not text or text.strip(".()").isdigit() or len(text) <= 2


def _read_by_rows(cells: TableCells, rows: list[int], keys: TableKeys) -> list[Lined] | None:
    """A row of keys over a row of content, once (a header of sections) or again and again."""
    keyed: dict[int, dict[int, HeadingMeaning]] = {}
    for row in rows:
        named = keys[row]
        if not named:
            continue
        if not row and len(rows) == 2:  # the header of one case
            named = named | _guess_header(cells, named)
        filled = sum(any(unit.text for unit in found) for found in cells[row].values())
        if (
            2 * len(named) >= filled
            and (filled == 1 or len(named) > 1)
            and not _repeats_keys_above(named, keyed.get(row - 1, {}))
        ):
            keyed[row] = named
    roles = {role for keys in keyed.values() for key in keys.values() for role in key.roles}
    strong = {role for keys in keyed.values() for key in keys.values() if not key.weak for role in key.roles}
    if len(roles) < 2 or len(keyed) * 2 > len(rows) + 1 or len(keyed) == len(rows):
        return None
    if not roles & JUDGED_ROLES and len(roles - {Role.OTHER}) < 2:
        return None  # a table of reports: day, who, what
    header = [unit.text for row in keyed for found in cells[row].values() for unit in found]
    fields = sum(bool(OWNER_COLUMN.search(text) or DUE_COLUMN.search(text)) for text in header)
    if fields and len(strong & JUDGED_ROLES) < 2:
        return None
    out: list[Lined] = []
    opening = sorted(keyed)
    for index, row in enumerate(opening):
        place = rows.index(row)
        until = opening[index + 1] if index + 1 < len(opening) else rows[-1] + 1
        for column, key in keyed[row].items():
            out.append((_make_head(key, cells[row][column][0], "||"), cells[row][column][0]))
            for below in rows[place + 1 :]:
                if below >= until:
                    break
                for at, found in sorted(cells[below].items()):
                    if at == column or len(keyed[row]) == 1:
                        out.extend((None, unit) for unit in found)
    return out


_WHOLE = 4
"""Roles of a header that is a report's."""


def _guess_header(cells: TableCells, named: dict[int, HeadingMeaning]) -> dict[int, HeadingMeaning]:
    """What the other cells of a header mean, where all together are those of a report: いつ, 何が, なぜ, これから."""
    softly = {column: key for column in cells[0] if column not in named and (key := _guess_meaning(cells, 0, column))}
    roles = {role for key in (*named.values(), *softly.values()) for role in key.roles}
    return softly if len(roles) >= _WHOLE and len(roles & JUDGED_ROLES) > 1 else {}


def _repeats_keys_above(named: dict[int, HeadingMeaning], above: dict[int, HeadingMeaning]) -> bool:
    """Whether weak keys are what the row says below their own names: TODO under 再発防止."""
    return bool(above) and all(
        key.weak and column in above and key.roles == above[column].roles for column, key in named.items()
    )


def _make_head(key: HeadingMeaning, unit: Unit, style: str) -> SectionHead:
    return SectionHead(key, unit.text, style, PLAIN_RANK, len(unit.text))


def find_columns(header: list[str]) -> dict[str, int]:
    """Which column of a table of measures holds what: `measure`, `owner`, `due`, `state`."""
    found: dict[str, int] = {}
    for index, text in enumerate(header):
        name = text.strip()
        for field, pattern in (("owner", OWNER_COLUMN), ("due", DUE_COLUMN), ("state", STATE_COLUMN)):
            if field not in found and pattern.search(name) and len(name) <= 10:
                found[field] = index
                break
        else:
            if "measure" not in found and name and not NUMBER_COLUMN.fullmatch(name):
                found["measure"] = index
    return found


_DEEDS = frozenset({Role.FIX, Role.FIX_TEMP, Role.FIX_PERM, Role.PREVENTION})


def holds_measures(units: Sequence[Unit]) -> bool:
    """Whether units are one table whose header names a deed, who does it, and by when or how far it is."""
    header = [unit.text for unit in units if unit.row == 0 and unit.table == units[0].table]
    columns = find_columns(header)
    if not {"measure", "owner"} <= columns.keys() or not {"due", "state"} & columns.keys():
        return False
    name = header[columns["measure"]]
    key = lookup_heading(name)
    roles = set(key.roles) if key else set(score_cues(name))
    return bool(roles & _DEEDS) and all(unit.table == units[0].table for unit in units)
