"""A plan as CSV, for those who sort and decide in a spreadsheet, and what they decided taken back.

A line a change, by its id. Only `accept`, what stands under `after.` and `note` are taken back; the rest is
there to be read. Nothing is lost on the way: what an encoding or a spreadsheet would spoil is written as
`&#x1F600;`, and read back as `&#128512;` too, as LibreOffice writes what CP932 lacks. A cell that could be
computed or taken for a date gets a `'` in front, which is taken off again.
Source: OWASP, CSV Injection; RFC 4180.
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
    """The plan as a CSV file, in UTF-8 with a byte order mark (Excel needs it) or in CP932."""
    keys = list_keys(plan)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_LEAD, *column_names(keys), *_TAIL])
    for change in plan.changes:
        writer.writerow([defuse_formula(escape_lossy(cell, encoding)) for cell in _cells(change, keys)])
    text = out.getvalue()
    return text.encode(CP932) if encoding == CP932 else BOM + text.encode()


def list_keys(plan: Plan) -> list[ChangeKey]:
    """What the changes of a plan touch."""
    return [key for key in ChangeKey if any(key in change.before for change in plan.changes)]


def column_names(keys: Sequence[ChangeKey]) -> list[str]:
    """The columns of these keys."""
    return [f"{when}.{key}" for key in keys for when in ("before", "after")]


def _cells(change: Change, keys: Sequence[ChangeKey]) -> list[str]:
    both = [
        render_cell(values[key]) if key in values else "" for key in keys for values in (change.before, change.after)
    ]
    accept = "TRUE" if change.accept else "FALSE"
    return [change.id, accept, change.group, change.target, change.title, *both, change.note, change.reason]


def render_cell(value: Value) -> str:
    """A value as a cell: tags one a line, since no tag holds a line break."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return "\n".join(value) if isinstance(value, tuple) else value


def escape_lossy(text: str, encoding: str) -> str:
    """A text without what would be lost: signs nobody sees, and those CP932 does not have or gives back as others."""
    text = _AWKWARD.sub(_unlike, text)
    if encoding != CP932:
        return text
    return "".join(each if is_encodable(each) else _reference(each) for each in text)


def _unlike(found: re.Match[str]) -> str:
    """A sign as a reference; that of a reference which means itself (`&#47;` in a title) stays."""
    return found[0] if found[1] and not _lost(int(found[1])) else _reference(found[0])


def _lost(number: int) -> bool:
    """Whether CP932 lacks the character of this number: only such ones does a spreadsheet write in decimals."""
    return _is_character(number) and not is_encodable(chr(number))


def _is_character(number: int) -> bool:
    return number < 0x110000 and not 0xD800 <= number < 0xE000


def is_encodable(character: str) -> bool:
    """Whether CP932 has a character, and gives it back as it was."""
    try:
        return character.encode(CP932).decode(CP932) == character
    except UnicodeError:
        return False


def _reference(character: str) -> str:
    return f"&#x{ord(character):X};"


def defuse_formula(cell: str) -> str:
    """A cell that no spreadsheet computes or reads as a number, a date or a truth."""
    if cell in ("TRUE", "FALSE"):
        return cell  # a truth of ours
    bare = cell.lstrip(" \u3000\n")
    first = unicodedata.normalize("NFKC", bare[:1])
    return f"'{cell}" if first[:1] in ("'", *_FORMULA) or _COMPUTED.fullmatch(bare.strip()) else cell


def restore_cell(cell: str) -> str:
    """What `inert` and `escaped` made a cell of, as it was."""
    cell = cell.replace("\r\n", "\n").removeprefix("'")
    return _ESCAPED.sub(_character, cell)


def _character(found: re.Match[str]) -> str:
    if found[2]:
        return chr(int(found[2])) if _lost(int(found[2])) else found[0]
    number = int(found[1], 16)
    return chr(number) if _is_character(number) else found[0]
