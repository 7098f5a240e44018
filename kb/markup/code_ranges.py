"""Find the code of a text: fenced, indented and inline code, `<pre>` and its kin; and comments, which nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kb.markup.blocks import BlockKind
from kb.markup.parse import MAX_PARSED_BYTES, find_comments, iter_blocks, lies_in, merge_ranges
from kb.model.document import Markup
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode

_OPENS = compile_lazy(rb"<(pre|code|script|style|textarea)(?=[\s>])", re.I)
_LINE_START = compile_lazy(rb"(?:\A|\n)[ \t]{0,3}\Z")


def find_code_ranges(text: str, markup: Markup, structure: bytes | None = None) -> list[tuple[int, int]]:
    """Return where code and comments stand, in code points, apart and in order.

    `structure` is the stored one of the text. What lies beyond the part of a text that is parsed counts as code.
    """
    body = encode(text)
    blocks = list(iter_blocks(body, markup, structure))
    found = [(each.start, each.end) for each in blocks if each.kind in (BlockKind.CODE, BlockKind.SPAN)]
    if b"<!--" in body:
        found += [(start, end) for start, end, _ in find_comments(body, blocks)]
    found = merge_ranges(found)
    if b"<" in body:
        found = merge_ranges([*found, *_find_tags(body, found)])
    if len(body) > MAX_PARSED_BYTES:
        found = merge_ranges([*found, (MAX_PARSED_BYTES, len(body))])
    return found if len(body) == len(text) else list(_as_code_points(body, found))


def _find_tags(body: bytes, code: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the elements that show their content as it is; a `<pre>` at the beginning of a line needs no end."""
    small = body.lower()
    past = 0
    open_for_good: set[bytes] = set()
    for tag in _OPENS.finditer(body):
        name = tag[1].lower()
        if tag.start() < past or lies_in(code, tag.start()) or name in open_for_good:
            continue
        end = small.find(b"</" + name, tag.end())
        if end < 0:
            open_for_good.add(name)
            if name == b"code" or not _LINE_START.search(body[max(0, tag.start() - 4) : tag.start()]):
                continue
            end = len(body)
        past = end
        yield tag.start(), end


def _as_code_points(body: bytes, ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = count = 0
    for start, end in ranges:
        count += len(body[at:start].decode(errors="replace"))
        first = count
        count += len(body[start:end].decode(errors="replace"))
        at = end
        yield first, count
