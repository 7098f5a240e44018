"""Text as spreadsheets read and write it: encodings, rows, and cells that would be computed or lost.

What an encoding or spreadsheet would spoil is written as `&#x1F600;` (and read back as `&#128512;` too, LibreOffice's
form). A cell that could be computed or read as a date gets a leading `'`. Source: OWASP, CSV Injection; RFC 4180.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator

from kb.errors import InputError
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

BOM = b"\xef\xbb\xbf"
UTF8, CP932 = "utf-8", "cp932"

_ESCAPED = compile_lazy(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_AWKWARD = compile_lazy(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]|&(?=#x)|&(?=#([0-9]{1,7});)"
)
_FORMULA = "=+-@"
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_COMPUTED = compile_lazy(
    r"[0-9０-９][0-9０-９\s.,/:%年月日時分秒eE+-]*|true|false"
    rf"|(?:[0-9]{{1,4}}[-/ ]?)?(?:{_MONTH})[a-z]*[-/ ]?[0-9]{{0,4}}",
    re.I,
)


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


MAX_CSV_BYTES = 64 * 1024 * 1024
"""The largest file that is read; a plan of 10,000 changes has a tenth of it."""


_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .xls


def decode_csv(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8 with or without a mark, else CP932."""
    if len(data) > MAX_CSV_BYTES:
        raise InputError(
            t(
                f"{name} は {MAX_CSV_BYTES >> 20} MB を超えています。",
                f"{name} is larger than {MAX_CSV_BYTES >> 20} MB.",
            ),
            t("別のファイルではないか、確かめてください。", "see whether it is the right file."),
        )
    if data.startswith(_WORKBOOKS):
        raise _unreadable(name, t("Excel のブックのようです", "it seems to be a workbook of Excel"))
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


def read_rows(text: str, name: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield the non-blank rows, each with the line it ends on."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=False, delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield reader.line_num, row
    except csv.Error as error:
        raise _unreadable(name, t(f"{reader.line_num} 行目: {error}", f"line {reader.line_num}: {error}")) from None
