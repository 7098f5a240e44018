"""Write a plan as CSV, for deciding in a spreadsheet.

One row a change, by id; only `accept`, `after.*` and `note` are read back. What an encoding or spreadsheet would spoil
is written as `&#x1F600;` (and read back as `&#128512;` too, LibreOffice's form). A cell that could be computed or read
as a date gets a leading `'`. Source: OWASP, CSV Injection; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

from kb.model.plan import Change, ChangeKey, Plan, Value

BOM = b"\xef\xbb\xbf"
UTF8, CP932 = "utf-8", "cp932"

_LEAD = ("id", "accept", "group", "target", "title")
_TAIL = ("note", "reason")
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
    keys = list_keys(plan)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_LEAD, *column_names(keys), *_TAIL])
    for change in plan.changes:
        writer.writerow([defuse_formula(escape_lossy(cell, encoding)) for cell in _cells(change, keys)])
    text = out.getvalue()
    return text.encode(CP932) if encoding == CP932 else BOM + text.encode()


def list_keys(plan: Plan) -> list[ChangeKey]:
    """Return the keys the changes of a plan touch."""
    return [key for key in ChangeKey if any(key in change.before for change in plan.changes)]


def column_names(keys: Sequence[ChangeKey]) -> list[str]:
    """Return the columns for these keys."""
    return [f"{when}.{key}" for key in keys for when in ("before", "after")]


def _cells(change: Change, keys: Sequence[ChangeKey]) -> list[str]:
    both = [
        render_cell(values[key]) if key in values else "" for key in keys for values in (change.before, change.after)
    ]
    accept = "TRUE" if change.accept else "FALSE"
    return [change.id, accept, change.group, change.target, change.title, *both, change.note, change.reason]


def render_cell(value: Value) -> str:
    """Render a value as a cell: one tag a line, since no tag holds a line break."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "\n".join(value) if isinstance(value, tuple) else value


def escape_lossy(text: str, encoding: str) -> str:
    """Escape invisible characters, and those CP932 lacks or does not round-trip."""
    text = _AWKWARD.sub(_escape_match, text)
    if encoding != CP932:
        return text
    return "".join(each if is_encodable(each) else _reference(each) for each in text)


def _escape_match(found: re.Match[str]) -> str:
    """Return the reference of a character; a literal `&#47;` in a title keeps its meaning."""
    return found[0] if found[1] and not _is_lost(int(found[1])) else _reference(found[0])


def _is_lost(number: int) -> bool:
    """Whether CP932 lacks the character of this number: spreadsheets write only such ones in decimal."""
    return _is_character(number) and not is_encodable(chr(number))


def _is_character(number: int) -> bool:
    return number < 0x110000 and not 0xD800 <= number < 0xE000


def is_encodable(character: str) -> bool:
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
