"""All signs in one text, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from kb.reading.hosts.columns import is_row, read_listing, read_table
from kb.reading.hosts.commands import read_commands, read_printed
from kb.reading.hosts.prose import is_machine_heading, read_item, read_sentence
from kb.reading.hosts.sign import Sign
from kb.text.lazy_pattern import compile_lazy

_FENCE = compile_lazy(r"\s*(?:```|~~~|</?pre|\{\{\{|\}\}\})")
_FENCE_MARK = compile_lazy(r"```|~~~|</?pre|\{\{\{|\}\}\}")
_HEADING = compile_lazy(r"\s*(?:#{1,6}\s|h[1-6]\.\s|[■●◆□▼]|【|\*\*[^*]+\*\*\s*$)")
_MAX_LINE = 2_000


def read_signs(title: str, body: str) -> Iterator[tuple[str, Sign]]:
    """Yield each word of a page with a sign that it is a host, or is none; both texts folded (NFKC)."""
    yield from read_sentence(title)
    rows: list[str] = []
    code: list[str] | None = None
    listed = False
    for whole in body.splitlines():
        line = whole[:_MAX_LINE]
        if len(_FENCE_MARK.findall(line)) == 1 and _FENCE.match(line):
            if code is not None:
                yield from read_listing(code)
            code = [] if code is None else None
            continue
        if code is not None:
            code.append(line)
        elif is_row(line):
            rows.append(line)
        elif rows:
            yield from read_table(rows)
            rows = []
        yield from read_printed(line)
        yield from read_commands(line)
        if code is not None:
            continue
        if _HEADING.match(line):
            listed = is_machine_heading(line)
        elif listed and (name := read_item(line)):
            yield name, Sign.LISTED
        yield from read_sentence(line)
    if code:
        yield from read_listing(code)
    if rows:
        yield from read_table(rows)
