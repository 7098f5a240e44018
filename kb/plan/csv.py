"""Write a plan as CSV for deciding in a spreadsheet, and read the decisions back: all or none.

One row a change, by id; only `accept`, `after.*` and `note` are read back. What an encoding or spreadsheet would spoil
is written as `&#x1F600;` (and read back as `&#128512;` too, LibreOffice's form). A cell that could be computed or read
as a date gets a leading `'`. Source: OWASP, CSV Injection; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.errors import InputError
from kb.model.plan import Change, ChangeKey, Plan, Value
from kb.plan.values import check_note, check_value
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, join_texts, t

BOM = b"\xef\xbb\xbf"
UTF8, CP932 = "utf-8", "cp932"

_ESCAPED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_AWKWARD = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|&(?=#x)|&(?=#([0-9]{1,7});)"
)
_FORMULA = "=+-@"
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_COMPUTED = re.compile(
    r"[0-9０-９][0-9０-９\s.,/:%年月日時分秒eE+-]*|true|false"
    rf"|(?:[0-9]{{1,4}}[-/ ]?)?(?:{_MONTH})[a-z]*[-/ ]?[0-9]{{0,4}}",
    re.I,
)


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


def escape_lossy(text: str, encoding: str) -> str:
    """Escape invisible characters, and those CP932 lacks or does not round-trip."""
    text = _AWKWARD.sub(_escape_match, text)
    if encoding != CP932:
        return text
    return "".join(each if _is_encodable(each) else _reference(each) for each in text)


def _escape_match(found: re.Match[str]) -> str:
    """Return the reference of a character; a literal `&#47;` in a title keeps its meaning."""
    return found[0] if found[1] and not _is_lost(int(found[1])) else _reference(found[0])


def _is_lost(number: int) -> bool:
    """Whether CP932 lacks the character of this number: spreadsheets write only such ones in decimal."""
    return _is_character(number) and not _is_encodable(chr(number))


def _is_character(number: int) -> bool:
    return number < 0x110000 and not 0xD800 <= number < 0xE000


def _is_encodable(character: str) -> bool:
    """Whether a character survives CP932."""
    try:
        return character.encode(CP932).decode(CP932) == character
    except UnicodeError:
        return False


def _reference(character: str) -> str:
    return f"&#x{ord(character):X};"


def defuse_formula(cell: str) -> str:
    """Return a cell no spreadsheet computes or reads as a number, date or boolean."""
    if cell in ("TRUE", "FALSE"):
        return cell  # a boolean we wrote
    bare = cell.lstrip(" \u3000\n")
    first = unicodedata.normalize("NFKC", bare[:1])
    return f"'{cell}" if first[:1] in ("'", *_FORMULA) or _COMPUTED.fullmatch(bare.strip()) else cell


def restore_cell(cell: str) -> str:
    """Undo `defuse_formula` and `escape_lossy`."""
    cell = cell.replace("\r\n", "\n").removeprefix("'")
    return _ESCAPED.sub(_unescape_match, cell)


def _unescape_match(found: re.Match[str]) -> str:
    if found[2]:
        return chr(int(found[2])) if _is_lost(int(found[2])) else found[0]
    number = int(found[1], 16)
    return chr(number) if _is_character(number) else found[0]


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
        f"行が {len(missing)} 件足りません（{some.ja}{' など' if len(missing) > 3 else ''}）。"
        "やめる変更は、消さずに accept を FALSE にしてください。",
        f"{len(missing)} rows are missing ({some.en}{' ...' if len(missing) > 3 else ''}). "
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
    return given == _render_cell(stands).replace("\r\n", "\n")


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
    spoiled = "".join(each if _is_encodable(each) else "?" for each in stands)
    doubled = "".join(each if _is_encodable(each) else "?" * (1 + (each > "\uffff")) for each in stands)
    if encoding == CP932 and given != stands and given in (spoiled, doubled):
        raise _RowError(
            t(
                f"{name} の文字が「?」に変わっています（「CSV UTF-8」で保存し直してください）",
                f'characters of {name} have become "?" (save it as CSV UTF-8)',
            )
        )
