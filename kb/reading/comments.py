"""Where the HTML comments of a text stand. One in code or in a quote is a text about comments, and none itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from kb.reading.blocks import Block, BlockKind
from kb.reading.lines import pairs

_CODE = (BlockKind.CODE, BlockKind.SPAN)


def comments_of(body: bytes, found: list[Block]) -> Iterator[tuple[int, int, bool]]:
    """First and last byte of each comment outside of code and quotes, and whether it is closed."""
    hidden = _merged((block.start, block.end) for block in found if block.quote or block.kind in _CODE)
    seen: dict[int, tuple[int, bool]] = {}
    for block in found:
        if block.kind == BlockKind.COMMENT:
            seen.setdefault(block.start, (block.end, True))
        elif block.kind == BlockKind.HTML:
            seen.update(
                (start, (end, closed)) for start, end, closed in _in_html(body[block.start : block.end], block.start)
            )
    starts = [start for start, _ in hidden]
    past = 0
    for start, (end, closed) in sorted(seen.items()):
        around = bisect_right(starts, start) - 1
        if start >= past and not (around >= 0 and start < hidden[around][1]):
            past = end
            yield start, end, closed


def _in_html(text: bytes, base: int) -> Iterator[tuple[int, int, bool]]:
    """The comments of an HTML block that do not stand in its code or quotes."""
    small = text.lower()
    aside = _merged(
        pair
        for tag in (b"pre", b"code", b"blockquote")
        for pair in (pairs(small, b"<" + tag, b"</" + tag + b">") if b"<" + tag in small else ())
    )
    starts = [start for start, _ in aside]
    at = text.find(b"<!--")
    while at >= 0:
        end = text.find(b"-->", at + 4)
        around = bisect_right(starts, at) - 1
        if not (around >= 0 and at < aside[around][1]):
            yield base + at, base + (end + 3 if end >= 0 else len(text.rstrip())), end >= 0
        at = text.find(b"<!--", end + 3) if end >= 0 else -1


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ranges by their beginnings, those that overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
