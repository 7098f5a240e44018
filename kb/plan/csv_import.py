"""Read the decisions of a CSV file back into its plan: all of them, or none with the reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.errors import InputError
from kb.model.plan import Change, ChangeKey, Plan, Value
from kb.plan.csv_export import CP932, UTF8, column_names, is_encodable, list_keys, render_cell, restore_cell
from kb.plan.values import check_note, check_value
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, t

_YES = frozenset({"true", "1", "yes", "はい", "○", "〇", "◯"})
_NO = frozenset({"false", "0", "no", "いいえ", "×", "✕"})

MAX_SHOWN_TITLE = 60
"""Characters of a title in a message."""

MAX_CSV_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a plan of 10,000 changes has a tenth of it."""


@dataclass(frozen=True, slots=True)
class ImportedDecisions:
    """The plan with a spreadsheet's decisions, how many changed, and what could not be read."""

    plan: Plan
    changed: int
    troubles: tuple[Text, ...]


def import_csv(data: bytes, plan: Plan, name: str) -> ImportedDecisions:
    """Return the plan with the decisions of a CSV file. Raises InputError for an unreadable file."""
    text, encoding = _decode(data, name)
    rows = _read_rows(text, name)
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
            made[here] = change
            troubles.append(
                t(
                    f"{line} 行目（{_describe_target(change).ja}）: {wrong.why.ja}。",
                    f"line {line} ({_describe_target(change).en}): {wrong.why.en}.",
                )
            )
    missing = [change for change in plan.changes if change.id not in made]
    if missing:
        troubles.append(_missing_rows(missing))
    changes = tuple(made.get(change.id, change) for change in plan.changes)
    changed = sum(_differs(one, other) for one, other in zip(plan.changes, changes, strict=True))
    return ImportedDecisions(replace(plan, changes=changes), changed, tuple(troubles))


class _RowError(Exception):
    """A row that cannot be used; the reason is a clause without a full stop."""

    def __init__(self, why: Text) -> None:
        super().__init__(str(why))
        self.why = why


def _describe_target(change: Change) -> Text:
    """Return a target and its masked title."""
    title = mask_text(change.title)[:MAX_SHOWN_TITLE]
    return t(f"{change.target}「{title}」", f'{change.target} "{title}"') if title else t(change.target, change.target)


def _differs(one: Change, other: Change) -> bool:
    return (one.accept, one.after, one.note) != (other.accept, other.after, other.note)


def _decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8 with or without a mark, else CP932."""
    if len(data) > MAX_CSV_BYTES:
        raise InputError(
            t(
                f"{name} は {MAX_CSV_BYTES >> 20} MB を超えています。",
                f"{name} is larger than {MAX_CSV_BYTES >> 20} MB.",
            ),
            t("変更案から書き出した CSV を指定してください。", "give the CSV that was written from the plan."),
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(name, t("UTF-16 のようです", "it seems to be UTF-16"))
    for encoding in ("utf-8-sig", CP932):
        try:
            return data.decode(encoding), UTF8 if encoding != CP932 else CP932
        except UnicodeDecodeError:
            continue
    raise _unreadable(name, t("UTF-8 でも CP932 でもありません", "it is neither UTF-8 nor CP932"))


def _unreadable(name: str, why: Text) -> InputError:
    return InputError(
        t(f"{name} を読めません（{why.ja}）。", f"{name} cannot be read ({why.en})."),
        t("「CSV UTF-8」か「CSV（コンマ区切り）」で保存し直してください。", "save it as CSV UTF-8, or as plain CSV."),
    )


def _read_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the non-blank rows, each with the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=False)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable(name, t(f"{reader.line_num} 行目: {error}", f"line {reader.line_num}: {error}")) from None


def _read_header(row: Sequence[str], plan: Plan, name: str) -> dict[str, int]:
    """Map columns to their positions. Raises InputError for missing and duplicate ones."""
    wanted = ["id", "accept", *column_names(list_keys(plan)), "note"]
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
    targets = "、".join(_describe_target(each).ja for each in missing[:3])
    named = ", ".join(_describe_target(each).en for each in missing[:3])
    return t(
        f"行が {len(missing)} 件足りません（{targets}{' など' if len(missing) > 3 else ''}）。"
        "やめる変更は、消さずに accept を FALSE にしてください。",
        f"{len(missing)} rows are missing ({named}{' ...' if len(missing) > 3 else ''}). "
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
    if note != change.note.replace("\r\n", "\n"):
        _require_lossless(note, change.note, "note", encoding)
        if (why := check_note(note)) is not None:
            raise _RowError(t(f"note: {why.ja}", f"note: {why.en}"))
    else:
        note = change.note
    return replace(change, accept=_parse_flag(row["accept"], "accept"), after=after, note=note)


def _is_unchanged(given: str, stands: Value) -> bool:
    if isinstance(stands, bool):
        return given.strip().casefold() in (_YES if stands else _NO)
    return given == render_cell(stands).replace("\r\n", "\n")


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
    _require_lossless(given, render_cell(stands), name, encoding)
    value: Value = tuple(line for line in given.split("\n") if line) if isinstance(stands, tuple) else given
    why = check_value(key, value)
    if why is not None:
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
