"""Write a plan as CSV for deciding in a spreadsheet, and read the decisions back: all or none.

One row a change, by id; only `accept`, `after.*` and `note` are read back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.errors import InputError
from kb.model.plan import Change, ChangeKey, Plan, Value
from kb.plan.spreadsheet import (
    BOM,
    CP932,
    UTF8,
    decode_csv,
    defuse_formula,
    escape_lossy,
    is_encodable,
    read_rows,
    restore_cell,
)
from kb.plan.values import check_note, check_value
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, join_texts, t


def export_csv(plan: Plan, encoding: str = UTF8) -> bytes:
    """Return the plan as CSV in UTF-8 with a byte order mark (Excel needs it) or CP932."""
    keys = _list_keys(plan)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "accept", "group", "target", "title", *_column_names(keys), "note", "reason"])
    for change in plan.changes:
        both = [
            _render_cell(values[key]) if key in values else ""
            for key in keys
            for values in (change.before, change.after)
        ]
        accept = _render_cell(change.accept)
        cells = [change.id, accept, change.group, change.target, change.title, *both, change.note, change.reason]
        writer.writerow([defuse_formula(escape_lossy(cell, encoding)) for cell in cells])
    text = out.getvalue()
    return text.encode(CP932) if encoding == CP932 else BOM + text.encode()


def _list_keys(plan: Plan) -> list[ChangeKey]:
    """Return the keys the changes of a plan touch."""
    return [key for key in ChangeKey if any(key in change.before for change in plan.changes)]


def _column_names(keys: Sequence[ChangeKey]) -> list[str]:
    """Return the columns for these keys."""
    return [f"{when}.{key}" for key in keys for when in ("before", "after")]


def _render_cell(value: Value) -> str:
    """Render a value as a cell: one tag a line, since no tag holds a line break."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "\n".join(value) if isinstance(value, tuple) else value


_YES = frozenset({"true", "1", "yes", "はい", "○", "〇", "◯"})
_NO = frozenset({"false", "0", "no", "いいえ", "×", "✕"})

MAX_SHOWN_TITLE = 60
"""Characters of a title in a message."""


@dataclass(frozen=True, slots=True)
class ImportedDecisions:
    """The plan with a spreadsheet's decisions, how many changed, and what could not be read."""

    plan: Plan
    changed: int
    troubles: tuple[Text, ...]


def import_csv(data: bytes, plan: Plan, name: str) -> ImportedDecisions:
    """Return the plan with the decisions of a CSV file. Raises InputError for an unreadable file."""
    text, encoding = decode_csv(data, name)
    rows = read_rows(text, name)
    heads = _read_header(next(rows, (0, []))[1], plan, name)
    known = {change.id: change for change in plan.changes}
    made: dict[str, Change] = {}
    troubles: list[Text] = []
    for line, cells in rows:
        row = {head: restore_cell(cells[at]) if at < len(cells) else "" for head, at in heads.items()}
        here = row["id"].strip()
        change = known.get(here)
        if change is None or here in made:
            troubles.append(_column_error(line, here, twice=here in made))
            continue
        try:
            made[here] = _apply_row(change, row, encoding)
        except _RowError as wrong:
            made[here], who = change, _describe_target(change)
            troubles.append(t(f"{line} 行目（{who.ja}）: {wrong.why.ja}。", f"line {line} ({who.en}): {wrong.why.en}."))
    if missing := [change for change in plan.changes if change.id not in made]:
        troubles.append(_missing_rows(missing))
    changes = tuple(made.get(change.id, change) for change in plan.changes)
    changed = sum(one != other for one, other in zip(plan.changes, changes, strict=True))
    return ImportedDecisions(replace(plan, changes=changes), changed, tuple(troubles))


class _RowError(Exception):
    """A row that cannot be used; the reason is a clause without a full stop."""

    def __init__(self, why: Text) -> None:
        super().__init__(str(why))
        self.why = why


def _describe_target(change: Change) -> Text:
    """Return a target and its title."""
    title = change.title[:MAX_SHOWN_TITLE]
    return t(f"{change.target}「{title}」", f'{change.target} "{title}"') if title else t(change.target, change.target)


def _read_header(row: Sequence[str], plan: Plan, name: str) -> dict[str, int]:
    """Map columns to their positions. Raises InputError for missing and duplicate ones."""
    wanted = ["id", "accept", *_column_names(_list_keys(plan)), "note"]
    found = [cell.strip().casefold() for cell in row]
    missing = [each for each in wanted if each not in found]
    twice = [each for each in wanted if found.count(each) > 1]
    if missing or twice:
        raise InputError(
            t(f"{name} に列がありません: {'、'.join(missing)}。", f"{name} lacks columns: {', '.join(missing)}.")
            if missing
            else t(f"{name} に同じ列が二度あります: {twice[0]}。", f"{name} has the column {twice[0]} twice."),
            t(
                "1 行目は kb plan to-csv が書いたままにしてください（コンマ区切りの CSV です）。",
                "leave the first line as kb plan to-csv wrote it (a CSV with commas).",
            ),
        )
    return {each: found.index(each) for each in wanted}


def _column_error(line: int, here: str, *, twice: bool) -> Text:
    shown = mask_text(here)[:30]
    if twice:
        return t(f"{line} 行目: id {shown} が二度あります。", f"line {line}: duplicate id {shown}.")
    return t(
        f"{line} 行目: id「{shown}」は変更案にありません（変更案を作り直したなら、CSV も書き出し直してください）。",
        f"line {line}: the plan has no id {shown!r} (if it was made again, write the CSV again too).",
    )


def _missing_rows(missing: Sequence[Change]) -> Text:
    some = join_texts(_describe_target(each) for each in missing[:3])
    return t(
        f"行が {len(missing):,} 件足りません（{some.ja}{' など' if len(missing) > 3 else ''}）。"
        "やめる変更は、消さずに accept を FALSE にしてください。",
        f"{len(missing):,} rows are missing ({some.en}{' ...' if len(missing) > 3 else ''}). "
        "To leave a change out, set accept to FALSE rather than remove it.",
    )


def _apply_row(change: Change, row: Mapping[str, str], encoding: str) -> Change:
    """Return the change as its row has it. Raises _RowError."""
    after = dict(change.after)
    for name, given in row.items():
        when, _, word = name.partition(".")
        if not word:
            continue
        key = ChangeKey(word)
        if key not in change.before:
            if given.strip():
                raise _RowError(
                    t(
                        f"この変更は {word} に触れません（{name} は空にしてください）",
                        f"it does not touch {word} ({name} must be empty)",
                    )
                )
            continue
        stands = change.before[key] if when == "before" else change.after[key]
        if _is_unchanged(given, stands):
            continue
        if when == "before":
            raise _RowError(t(f"before.{word} が変更案と違います", f"before.{word} is not what the plan says"))
        after[key] = _parse_after(key, given, stands, encoding)
    note = row["note"]
    if not _same_text(note, change.note):
        _require_lossless(note, change.note, "note", encoding)
        if (why := check_note(note)) is not None:
            raise _RowError(t(f"note: {why.ja}", f"note: {why.en}"))
    else:
        note = change.note
    return replace(change, accept=_parse_flag(row["accept"], "accept"), after=after, note=note)


def _is_unchanged(given: str, stands: Value) -> bool:
    if isinstance(stands, bool):
        return given.strip().casefold() in (_YES if stands else _NO)
    return _same_text(given, _render_cell(stands))


def _same_text(one: str, other: str) -> bool:
    """Whether two cells say the same, whatever ends their lines."""
    return one.replace("\r\n", "\n") == other.replace("\r\n", "\n")


def _parse_after(key: ChangeKey, given: str, stands: Value, encoding: str) -> Value:
    """Parse a cell under `after.`. Raises _RowError for a value that cannot be sent."""
    name = f"after.{key}"
    if isinstance(stands, bool):
        return _parse_flag(given, name)
    if not given.strip():
        raise _RowError(
            t(
                f"{name} が空です（やめるなら accept を FALSE に）",
                f"{name} is empty (to leave it out, set accept to FALSE)",
            )
        )
    _require_lossless(given, _render_cell(stands), name, encoding)
    value: Value = tuple(line for line in given.split("\n") if line) if isinstance(stands, tuple) else given
    if (why := check_value(key, value)) is not None:
        raise _RowError(t(f"{name}: {why.ja}", f"{name}: {why.en}"))
    return value


def _parse_flag(given: str, name: str) -> bool:
    word = given.strip().casefold()
    if word not in _YES | _NO:
        shown = mask_text(given.strip())[:20]
        raise _RowError(
            t(f"{name}「{shown}」は TRUE か FALSE にしてください", f"{name} {shown!r} must be TRUE or FALSE")
        )
    return word in _YES


def _require_lossless(given: str, stands: str, name: str, encoding: str) -> None:
    """Raise _RowError where a spreadsheet replaced what CP932 lacks by question marks."""
    spoiled = "".join(each if is_encodable(each) else "?" for each in stands)
    doubled = "".join(each if is_encodable(each) else "?" * (1 + (each > "\uffff")) for each in stands)
    if encoding == CP932 and given != stands and given in (spoiled, doubled):
        raise _RowError(
            t(
                f"{name} の文字が「?」に変わっています（「CSV UTF-8」で保存し直してください）",
                f'characters of {name} have become "?" (save it as CSV UTF-8)',
            )
        )
