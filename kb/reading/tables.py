"""Tables that are a page's skeleton: keys in a column, in the header, or in rows of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from kb.model import Role
from kb.reading.cores import DUE, NUMBERING, OWNER, STATE
from kb.reading.heads import PLAIN_RANK, Head
from kb.reading.lexicon import Key, lookup
from kb.reading.unit import Unit

# Columns beside the content of a skeleton: who wrote it, when, whether it was checked.
_ASIDE = re.compile(
    "者\\Z|担当|日時?\\Z|日付|更新|確認|備考|チェック|状態|\\b(?:owner|date|author|by|status|checked)\\b", re.I
)

Cells = dict[tuple[int, int], list[Unit]]

JUDGED = frozenset({Role.CAUSE, Role.FIX, Role.FIX_TEMP, Role.FIX_PERM, Role.PREVENTION})


def read_table(units: list[Unit]) -> list[tuple[Head | None, Unit]]:
    """The cells of one table in the order a reader takes them: heads, and what belongs to them.

    A table that is no skeleton comes back as it is, without heads.
    """
    cells: Cells = {place: list(found) for place, found in groupby(units, lambda unit: (unit.row, unit.column))}
    rows = sorted({row for row, _ in cells})
    for read in (_by_column, _by_rows):
        if found := read(cells, rows):
            return found
    return [(None, unit) for unit in units]


def listing(units: list[Unit]) -> bool:
    """Whether a table lists several cases, one a row, with a column for cause or measure."""
    header = [unit.text for unit in units if unit.row == 0]
    rows = {unit.row for unit in units if unit.row}
    keys = [key for text in header if (key := lookup(text)) and JUDGED & set(key.roles)]
    return (
        bool(keys)
        and len(rows) >= 2
        and len(header) >= 3
        and not any(OWNER.search(text) or DUE.search(text) for text in header)
    )


def _key(cells: Cells, row: int, column: int) -> Key | None:
    found = cells.get((row, column), [])
    text = " ".join(unit.text for unit in found)
    return lookup(text) if found else None


def _by_column(cells: Cells, rows: list[int]) -> list[tuple[Head | None, Unit]] | None:
    """`| 原因 | … |` a row; the keys may stand behind a column of numbers."""
    for column in (0, 1):
        keyed = {row: key for row in rows if (key := _key(cells, row, column))}
        roles = {role for key in keyed.values() for role in key.roles}
        body = [row for row in rows if row > 0] or rows
        valued = [row for row in keyed if any(_texts(cells, row, column))]
        if len(roles) < 2 or 2 * len(keyed) < len(body) or 2 * len(valued) < len(keyed):
            continue
        if column == 1 and not all(_numbering(cells, row) for row in keyed):
            continue
        aside = {
            at for (row, at), found in cells.items() if row == 0 and 0 not in keyed and _ASIDE.search(found[0].text)
        }
        out: list[tuple[Head | None, Unit]] = []
        for row in rows:
            for (place, at), found in sorted(cells.items()):
                if place != row or at < column or (at > column + 1 and at in aside):
                    continue
                for unit in found:
                    head = _head(keyed[row], unit, "|") if row in keyed and at == column else None
                    if head or at > column or row not in keyed:
                        out.append((head, unit))
        return out
    return None


def _texts(cells: Cells, row: int, column: int) -> Iterator[str]:
    return (unit.text for (place, at), found in cells.items() if place == row and at > column for unit in found)


def _numbering(cells: Cells, row: int) -> bool:
    text = " ".join(unit.text for unit in cells.get((row, 0), []))
    return not text or text.strip(".()").isdigit() or len(text) <= 2


def _by_rows(cells: Cells, rows: list[int]) -> list[tuple[Head | None, Unit]] | None:
    """A row of keys over a row of content, once (a header of sections) or again and again."""
    keyed: dict[int, dict[int, Key]] = {}
    for row in rows:
        filled = [column for place, column in cells if place == row and any(unit.text for unit in cells[place, column])]
        keys = {column: key for column in filled if (key := _key(cells, row, column))}
        if keys and 2 * len(keys) >= len(filled) and (len(filled) == 1 or len(keys) > 1):
            keyed[row] = keys
    roles = {role for keys in keyed.values() for key in keys.values() for role in key.roles}
    strong = {role for keys in keyed.values() for key in keys.values() if not key.weak for role in key.roles}
    if len(roles) < 2 or len(keyed) * 2 > len(rows) + 1 or len(keyed) == len(rows):
        return None
    header = [unit.text for (row, _), found in cells.items() if row in keyed for unit in found]
    fields = sum(bool(OWNER.search(text) or DUE.search(text)) for text in header)
    if fields and len(strong & JUDGED) < 2:
        return None
    out: list[tuple[Head | None, Unit]] = []
    opening = sorted(keyed)
    for index, row in enumerate(opening):
        until = opening[index + 1] if index + 1 < len(opening) else rows[-1] + 1
        for column, key in keyed[row].items():
            out.append((_head(key, cells[row, column][0], "||"), cells[row, column][0]))
            for (place, at), found in sorted(cells.items()):
                if row < place < until and (at == column or len(keyed[row]) == 1):
                    out.extend((None, unit) for unit in found)
    return out


def _head(key: Key, unit: Unit, style: str) -> Head:
    return Head(key, unit.text, style, PLAIN_RANK, len(unit.text))


def columns(header: list[str]) -> dict[str, int]:
    """Which column of a table of measures holds what: `measure`, `owner`, `due`, `state`."""
    found: dict[str, int] = {}
    for index, text in enumerate(header):
        name = text.strip()
        for field, pattern in (("owner", OWNER), ("due", DUE), ("state", STATE)):
            if field not in found and pattern.search(name) and len(name) <= 10:
                found[field] = index
                break
        else:
            if "measure" not in found and not NUMBERING.fullmatch(name):
                found["measure"] = index
    return found
