"""The rows of a table of measures → claims: which column says what is done, who, by when and how far."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit
from kb.model.facts import ItemState
from kb.reading.claims.inline import as_ticket_ref, strip_inline_markup
from kb.reading.claims.names import is_surely_name
from kb.reading.claims.pieces import classify, divide_owner, find_ticket_keys, split_labels
from kb.reading.claims.states import read_state_cell
from kb.reading.sections.section import Claim
from kb.reading.sections.tables import find_columns
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import find_ticket_refs
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/read_claims.toml").compiled


def _read_record(units: Sequence[Unit], under: str, block: int) -> Claim | None:
    """One measure in a table of labels and values (対策 | …, 担当 | …); None for any other table."""
    cells: dict[int, dict[int, list[str]]] = {}
    for unit in units:
        cells.setdefault(unit.row, {}).setdefault(unit.column, []).append(_read_cell(unit))
    rows = {row: {column: " ".join(words) for column, words in line.items()} for row, line in cells.items()}
    if any(column > 1 for line in rows.values() for column in line):
        return None
    values = {row: (split_labels(f"{line.get(0, '')}: ")[0], line.get(1, "")) for row, line in rows.items()}
    labelled = {row: (kinds[0][0], value) for row, (kinds, value) in values.items() if kinds}
    rest = [row for row in rows if row and row not in labelled and rows[row].get(1)]
    if len(labelled) < 2 or not {"owner", "due"} & {kind for kind, _ in labelled.values()} or not rest:
        return None
    unit = next(unit for unit in units if unit.row == rest[0] and unit.column == 1)
    said = dict(labelled.values())
    return Claim(
        *(rows[rest[0]][1], unit.start, units[-1].end, unit.start, 1),
        bullet=True,
        owner=said.get("owner", ""),
        due=said.get("due", ""),
        state=said.get("state", ""),
        aside=said.get("ticket", ""),
        row=True,
        under=under,
        block=block,
    )


def read_rows(units: list[Unit], state: str = "", under: str = "", block: int = 0) -> Iterator[Claim]:
    """The rows of a table of measures, one claim each."""
    if record := _read_record(units, under, block):
        yield record
        return
    header = {unit.column: unit.text for unit in units if unit.row == 0}
    names = find_columns([header.get(column, "") for column in range(max(header, default=-1) + 1)])
    if "state" not in names and (column := _find_state_column(units, set(names.values()))) is not None:
        names["state"] = column
    _find_columns_by_content(units, header, names)
    dated, ticked = _read_state_column(units, names["state"]) if "state" in names else (False, False)
    crossed = "state" in names and _tells_open_from_dropped(units, names["state"])
    above: dict[str, str] = {}
    for row, group in groupby(units, lambda unit: unit.row):
        cells: dict[int, list[Unit]] = {}
        for unit in group:
            cells.setdefault(unit.column, []).append(unit)
        if row == 0:
            continue
        owners = names.get("owner")
        text = {
            column: ("、" if column == owners else " ").join(filter(None, map(_read_cell, found)))
            for column, found in cells.items()
        }
        measure = names.get("measure", 0)
        if not names:
            measure = next((column for column, words in text.items() if len(words) > 3), 0)
        said = text.get(measure, "")
        if "measure" not in names:
            said = " ".join(words for column, words in text.items() if column not in names.values())
        if not any(text.values()):
            continue
        unit = cells.get(measure, next(iter(cells.values())))[0]
        last = cells.get(measure, [unit])[-1]
        box = next((u.box for found in cells.values() for u in found if u.box), CheckBox.NONE)
        field = {name: text.get(column, "") for name, column in names.items()}
        for name in ("owner", "due", "state"):
            if _DITTO.fullmatch(field.get(name, "")):
                field[name] = above.get(name, "")
        above = dict(field)
        if "due" not in field:
            field |= _part_owner_and_due(field.get("owner", ""))
        if dated and _DAY.fullmatch(field["state"]):
            field["due"] = field.get("due") or field["state"]
            field["state"] = "完了"
        elif ticked and not field["state"]:
            field["state"] = "未"
        if crossed and field["state"].strip("\ufe0f ") in _CROSSES:
            field["state"] = "中止"
        yield Claim(
            *(said, unit.start, last.end, unit.start, 1, box, True),
            state=field.get("state", "") or state,
            owner=field.get("owner", ""),
            due=field.get("due", ""),
            aside=_join_other_columns(cells, header, {measure, *names.values()}),
            row=True,
            under=under,
            block=block,
            tickets=tuple(_find_tickets(text, measure)),
        )


def _find_tickets(text: dict[int, str], measure: int) -> Iterator[str]:
    """The tickets of a row beside its measure, and keys that fill a cell."""
    for column, words in text.items():
        yield from find_ticket_keys(words)
        if column != measure:
            yield from find_ticket_refs(words)


def _read_cell(unit: Unit) -> str:
    """A line of a cell; a mark that stands alone (○) is what it says."""
    return strip_inline_markup(unit.text) or unit.text.strip()


_DITTO = compile_lazy('[〃″”"]|同上|同じ|同|↑')


def _part_owner_and_due(words: str) -> dict[str, str]:
    """One column for both: 大野・2/28."""
    names, days = divide_owner(words)
    return {"owner": names or "-", "due": days[-1]} if days else {}


def _find_state_column(units: list[Unit], taken: set[int]) -> int | None:
    """The column whose cells are states, whatever its head is called: 実績, どう."""
    cells: dict[int, list[str]] = {}
    for unit in units:
        if unit.row and unit.column not in taken and unit.text.strip("-–— "):
            cells.setdefault(unit.column, []).append(strip_inline_markup(unit.text))
    return next((column for column, words in cells.items() if _are_states(words)), None)


def _are_states(words: Sequence[str]) -> bool:
    """Whether two of three words are states. Most columns are none, and their first cells show it."""
    others = len(words) // 3
    for word in words:
        if len(word) > _LONGEST_STATE or read_state_cell(word) is ItemState.UNSTATED:
            others -= 1
            if others < 0:
                return False
    return True


_DAY = compile_lazy("(?:[0-9]{4}[-/年])?[0-9]{1,2}[-/月][0-9]{1,2}日?")
_TICKS = frozenset("✓✔✅☑○◯●〇済完了xX")


def _read_state_column(units: Sequence[Unit], column: int) -> tuple[bool, bool]:
    """What the whole column says of its cells: a day in 完了日 is done, and no tick below ticks is not."""
    head = next((unit.text for unit in units if not unit.row and unit.column == column), "")
    filled = [cell for unit in units if unit.row and unit.column == column and (cell := _read_cell(unit))]
    return bool(_RE.days_done.search(head)), bool(filled) and all(set(cell) <= _TICKS for cell in filled)


_CROSSES = frozenset("❌⛔🚫")
_UNDER_WAY = frozenset("🔄🔃⏳🚧🟡🟠⬜🔲△▲☐□◐")


def _tells_open_from_dropped(units: Sequence[Unit], column: int) -> bool:
    """Whether a column has a sign of its own for what is open, so that a cross is what was dropped."""
    return any(unit.row and unit.column == column and set(unit.text) & _UNDER_WAY for unit in units)


_LONGEST_NAMES = 16


def _find_columns_by_content(units: list[Unit], header: dict[int, str], names: dict[str, int]) -> None:
    """Name the columns whose heads say nothing by what their cells are: days, and names beside them."""
    cells: dict[int, list[str]] = {}
    for unit in units:
        if unit.row and unit.column not in names.values() and unit.text:
            cells.setdefault(unit.column, []).append(strip_inline_markup(unit.text))
    if "measure" in names:
        cells.pop(names["measure"], None)
    cells = {column: words for column, words in cells.items() if not _RE.kind_column.search(header.get(column, ""))}
    kinds = {
        column: [classify(word)[0] for word in words]
        for column, words in cells.items()
        if all(len(word) <= _LONGEST_NAMES for word in words)
    }
    if "due" not in names:
        for column, said in kinds.items():
            if "day" in said and all(kind in ("day", "when", "nobody", "state") for kind in said):
                names["due"] = column
                break
    if "owner" not in names:
        for column, said in kinds.items():
            if column not in names.values() and _are_owners(said, cells[column], dated="due" in names):
                names["owner"] = column
                break
    if "measure" not in names and {"due", "owner"} & set(names):
        rest = {column: sum(map(len, words)) for column, words in cells.items() if column not in names.values()}
        if rest:
            names["measure"] = max(rest, key=lambda column: rest[column])


def _are_owners(kinds: Sequence[str], words: Sequence[str], *, dated: bool) -> bool:
    """Whether cells are names: all may be, and half surely are, or one beside a column of days."""
    if "name" not in kinds or not all(
        kind in ("name", "nobody") or len(divide_owner(word)[0].split("、")) > 1
        for kind, word in zip(kinds, words, strict=True)
    ):
        return False
    sure = sum(is_surely_name(word) for word in words)
    return 2 * sure >= len(words) or (dated and sure > 0)


_LONGEST_STATE = 24
_TICKETS = compile_lazy("チケット|課題|redmine|issue|ticket", re.I)


def _join_other_columns(cells: dict[int, list[Unit]], header: dict[int, str], taken: set[int]) -> str:
    """What the other columns of a row say, addresses of links included."""
    said = {column: " ".join(unit.raw for unit in found) for column, found in cells.items() if column not in taken}
    named = {column: _TICKETS.search(header.get(column, "")) for column in said}
    return " ".join(as_ticket_ref(words) if named[column] and column else words for column, words in said.items())
