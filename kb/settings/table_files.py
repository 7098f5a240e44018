"""Files of `[[tables]]` that people and git edit too: read with line numbers, written a block an entry.

    format = 1

    [[decision]]
    code = "INC402"
    …

A block an entry, a key a line: two branches that add different entries merge without a conflict.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from kb.errors import InputError
from kb.secrets.mask_document import mask_text
from kb.settings.toml import BadTomlError, find_key_line, format_fields, load_toml, name_line, value_text
from kb.text.lang import Text, space_ascii, t

TABLE_FORMAT = 1
MOST_COUNT = 1_000_000
"""Findings of one rule on the words of one section; kb counts what a page can hold."""

_CORRECT = t("その行を直すか、git で前の版に戻してください。", "correct that line, or restore the file from git.")


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One entry: its values by key, and how to say what is wrong with it."""

    values: Mapping[str, object]
    name: str
    file: str
    at: tuple[str, ...] = ()
    """Where it stands: its table and its number in it; () for what stands above all tables."""

    def error(self, key: str, what: Text, next_step: Text) -> InputError:
        """Build the error for a key of this entry."""
        return _error(self.name, find_key_line(self.file, (*self.at, key)), what, next_step)

    def text(self, key: str, *, needed: bool = False) -> str:
        """Return a text, "" when missing. Raises InputError for another type, and for none where one is needed."""
        value = self.values.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(key, t("文字列", "a text"))
        if needed and not value.strip():
            raise self.error(
                key,
                t(f"{key} がありません", f"{key} is missing"),
                t(f'例: {key} = "{_EXAMPLES.get(key, "…")}"', f'example: {key} = "{_EXAMPLES.get(key, "...")}"'),
            )
        return value

    def day(self, key: str, *, needed: bool = False) -> str:
        """Return a date as ISO, written as a text or bare; "" when missing.

        Raises InputError for anything else, and for none where one is needed.
        """
        value = self.values.get(key, "")
        if needed and value == "":
            return self.text(key, needed=True)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str) and (not value or _is_day(value)):
            return value
        raise self._wrong(key, t("日付", "a date"))

    def count(self, key: str) -> int:
        """Return a whole number from 1 to MOST_COUNT; 1 when missing. Raises InputError for anything else."""
        value = self.values.get(key, 1)
        if type(value) is int and 1 <= value <= MOST_COUNT:
            return value
        raise self._wrong(key, t(f"1 から {MOST_COUNT:,} までの整数", f"a whole number from 1 to {MOST_COUNT:,}"))

    def identity(self, key: str) -> str | int:
        """Return a document's id: a text or a whole number. Raises InputError for anything else."""
        value = self.values.get(key, "")
        if value == "":
            return self.text(key, needed=True)
        if isinstance(value, str) or type(value) is int:
            return value
        raise self._wrong(key, t("文字列か整数", "a text or a whole number"))

    def _wrong(self, key: str, wanted: Text) -> InputError:
        example = _EXAMPLES.get(key, "…") if key == "count" else f'"{_EXAMPLES.get(key, "…")}"'
        shown = mask_text(value_text(self.values[key]))[:40]
        return self.error(
            key,
            t(
                f"{key} は{space_ascii(wanted.ja)}で書きます（今は「{shown}」）",
                f"{key} must be {wanted.en} (it is {shown!r})",
            ),
            t(f"例: {key} = {example}", f"example: {key} = {example}"),
        )


_EXAMPLES = {
    "doc": "esa:123",
    "part": "body",
    "code": "INC402",
    "count": "1",
    "until": "2026-12-31",
    "on": "2026-11-25",
    "what": "accept",
    "reason": "機能を廃止するため",
    "key": "1a2b3c4d",
    "value_id": "5f0c1d2e3b4a59687786a5b4",
}


def read_entries(
    text: str, name: str, table: str, keys: tuple[str, ...], heads: tuple[str, ...] = ()
) -> tuple[TableEntry, Iterator[TableEntry]]:
    """Return what stands above the entries of a file, and the entries of its `[[table]]`. An empty text holds none.

    Raises InputError, with the line where it can be told, for what is not TOML, a newer format, and a
    key that is not one of `keys`, or above the entries of `heads`.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        parsed = load_toml(text)
    except BadTomlError as error:
        raise _unreadable(name, error) from None
    above = TableEntry({key: parsed[key] for key in heads if key in parsed}, name, text)
    for key in parsed:
        if key not in ("format", *heads, table):
            raise _unknown(above, key, ("format", *heads, table))
    version = parsed.get("format", TABLE_FORMAT)
    if version != TABLE_FORMAT or isinstance(version, bool):
        raise above.error(
            "format",
            t(
                f"format = {value_text(version):.20} は、この kb では読めません",
                f"this kb cannot read format = {value_text(version):.20}",
            ),
            t("新しい kb で書かれたファイルなら、kb を更新してください。", "if a newer kb wrote it, update kb."),
        )
    entries = parsed.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise above.error(
            table,
            t(f"{table} は [[{table}]] の並びで書きます", f"{table} must be a list of [[{table}]]"),
            t(f"[[{table}]] の行から始めてください。", f"begin each with a line [[{table}]]."),
        )
    rows = (TableEntry(values, name, text, (table, str(number))) for number, values in enumerate(entries, 1))
    return above, (_require_known(row, keys) for row in rows)


def _require_known(row: TableEntry, keys: tuple[str, ...]) -> TableEntry:
    for key in row.values:
        if key not in keys:
            raise _unknown(row, key, keys)
    return row


def render_entry(table: str, values: Mapping[str, object], *, visible: bool = False) -> str:
    """Render one entry; keys with an empty text or list are left out."""
    return f"[[{table}]]\n{format_fields(values, visible=visible)}"


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _unreadable(name: str, error: BadTomlError) -> InputError:
    if error.problem == "deep":
        return _error(name, error.line, t("項目の名前に段が多すぎます", "a key has too many parts"), _CORRECT)
    if error.problem == "conflict":
        return _error(
            name,
            error.line,
            t("git の競合の印が残っています", "a git conflict is not resolved"),
            t("残す項目を選び、印の行を消してください。", "keep the entries you want, and remove the marks."),
        )
    return _error(name, error.line, t("TOML として読めません", f"it is not TOML ({error.why:.80})"), _CORRECT)


def _unknown(row: TableEntry, key: str, keys: tuple[str, ...]) -> InputError:
    near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
    return row.error(
        key,
        t(f"「{mask_text(key)[:40]}」という項目はありません", f"there is no field {mask_text(key)[:40]!r}"),
        t(f"{near[0]} ではありませんか。", f"did you mean {near[0]}?")
        if near
        else t(f"書けるのは {'、'.join(keys)} です。", f"what can stand here: {', '.join(keys)}."),
    )


def _error(name: str, line: int, what: Text, next_step: Text) -> InputError:
    place = name_line(name, line)
    return InputError(t(f"{place.ja}: {what.ja}。", f"{place.en}: {what.en}."), next_step)
