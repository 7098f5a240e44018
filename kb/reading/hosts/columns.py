"""Hosts in tables: a column headed ホスト, a name beside its address; in Markdown, Textile, and listings in code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.reading.hosts.names import NAME, SPELLED, judge_spelling
from kb.reading.hosts.sign import Sign
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/hosts/signs.toml").compiled
_MARKS = compile_lazy(r"[`*]|^_\.|^[=<>^~\\/0-9]{0,4}\.(?=\s)|\[(?P<text>[^\]]*)\]\([^)]*\)")
_ASIDE = compile_lazy(r"\([^()]*\)")
_BETWEEN = compile_lazy(r"\s*(?:[、,・/~]|<br ?/?>|\s)\s*")
_NAME = compile_lazy(NAME, re.A)
_PART = compile_lazy(rf"{NAME}|[0-9]{{1,4}}|-", re.A)
_IP = compile_lazy(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_RULE = compile_lazy(r"[\s|:+-]*")
_GAP = compile_lazy(r"\t|\s{2,}|,")
_MAX_CELLS = 40
_ALIKE_NEEDED = 2


def is_row(line: str) -> bool:
    """Return whether a line is a row of a table."""
    return line.lstrip().startswith("|") and line.count("|") > 1


def read_table(rows: Sequence[str]) -> Iterator[tuple[str, Sign]]:
    """Yield the hosts, and the names of other things, in the rows of one table."""
    head: list[str] = []
    hosts: list[str] = []
    for number, row in enumerate(rows):
        cells = [_plain(cell) for cell in row.strip().strip("|").split("|")[:_MAX_CELLS]]
        if number == 0:
            head = [cell.strip() for cell in cells]
        elif not _RULE.fullmatch(row):
            for name, sign in _read_row(head, cells):
                yield name, sign
                hosts += [name] if sign is Sign.COLUMN else []
        if len(cells) > 1 and _RE.machine_column.fullmatch(cells[0].strip()):
            yield from ((name, Sign.LABEL) for name in _names(cells[1]))  # a table of keys and values
    yield from _read_company(hosts)


def _read_row(head: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, Sign]]:
    facts = any(_RE.machine_fact.fullmatch(each) for each in head)
    has_address = any(_IP.search(cell) for cell in cells)
    for column, cell in enumerate(cells):
        title = head[column] if column < len(head) else ""
        if _RE.machine_column.fullmatch(title):
            sign = Sign.COLUMN
        elif _RE.thing_column.fullmatch(title):
            sign = Sign.OTHER
        elif (_RE.name_column.fullmatch(title) and facts) or (column == 0 and has_address):
            sign = Sign.BOUND
        else:
            continue
        yield from ((name, sign) for name in _names(cell))


def _read_company(hosts: Sequence[str]) -> Iterator[tuple[str, Sign]]:
    """Yield the names of a column again where at least half of them are spelled as hosts are."""
    alike = sum(judge_spelling(name) in SPELLED for name in hosts)
    if alike >= _ALIKE_NEEDED and alike * 2 >= len(hosts):
        yield from ((name, Sign.AMONG) for name in hosts)


def _plain(cell: str) -> str:
    return _MARKS.sub(lambda match: match["text"] or "", cell)


def _names(cell: str) -> list[str]:
    """The names a cell consists of; none where it holds other words."""
    parts = [part for part in _BETWEEN.split(_ASIDE.sub(" ", cell).strip()) if part]
    if not parts or not all(_PART.fullmatch(part) for part in parts):
        return []
    return [part for part in parts if _NAME.fullmatch(part)]


def read_listing(lines: Sequence[str]) -> Iterator[tuple[str, Sign]]:
    """Yield the hosts of a listing in a code block whose first line heads a column of hosts, aligned or CSV."""
    column, sign = -1, Sign.COLUMN
    hosts: list[str] = []
    for line in lines:
        cells = [cell.strip() for cell in _GAP.split(line.strip())[:_MAX_CELLS]]
        if column < 0 or not line.strip():
            column = next((at for at, cell in enumerate(cells) if _RE.machine_column.fullmatch(cell)), -1)
            column, sign = column if len(cells) > 1 else -1, Sign.COLUMN
            if column < 0 and cells[0] == "NAME" and len(cells) > 2:  # of kubectl, which lists nodes and other things
                column, sign = 0, Sign.COLUMN if "ROLES" in cells else Sign.OTHER
        elif column < len(cells):
            names = _names(cells[column])
            yield from ((name, sign) for name in names)
            hosts += names if sign is Sign.COLUMN else []
    yield from _read_company(hosts)
