"""A body → its structure, and where its HTML comments stand.

A comment in code or in a quote is a text about comments, and none itself.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from kb.markup.blocks import PARSER_VERSION, Block, BlockKind, _blocks, _unpack
from kb.model.document import Markup
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import find_enclosed, truncate_bytes

_CODE = (BlockKind.CODE, BlockKind.SPAN)


def find_comments(body: bytes, found: list[Block]) -> Iterator[tuple[int, int, bool]]:
    """First and last byte of each comment outside of code and quotes, and whether it is closed."""
    hidden = merge_ranges((block.start, block.end) for block in found if block.quote or block.kind in _CODE)
    seen: dict[int, tuple[int, bool]] = {}
    for block in found:
        if block.kind == BlockKind.COMMENT:
            seen.setdefault(block.start, (block.end, True))
        elif block.kind == BlockKind.HTML:
            seen.update(
                (start, (end, closed)) for start, end, closed in _in_html(body[block.start : block.end], block.start)
            )
    past = 0
    for start, (end, closed) in sorted(seen.items()):
        if start >= past and not lies_in(hidden, start):
            past = end
            yield start, end, closed


def _in_html(text: bytes, base: int) -> Iterator[tuple[int, int, bool]]:
    """The comments of an HTML block that do not stand in its code or quotes."""
    small = text.lower()
    aside = merge_ranges(
        pair
        for tag in (b"pre", b"code", b"blockquote")
        for pair in (find_enclosed(small, b"<" + tag, b"</" + tag + b">") if b"<" + tag in small else ())
    )
    at = text.find(b"<!--")
    while at >= 0:
        end = text.find(b"-->", at + 4)
        if not lies_in(aside, at):
            yield base + at, base + (end + 3 if end >= 0 else len(text.rstrip())), end >= 0
        at = text.find(b"<!--", end + 3) if end >= 0 else -1


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the same ranges by their beginnings, those that overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def lies_in(ranges: Sequence[tuple[int, int]], at: int) -> bool:
    """Whether one of these ranges, in their order and apart, holds a place."""
    before = bisect_right(ranges, at, key=lambda each: each[0]) - 1
    return before >= 0 and at < ranges[before][1]


MAX_PARSED_BYTES = 500_000
"""Bytes of a body that are parsed; the longest pages people write have a fifth of it."""


def parse_structure(body: bytes, markup: Markup) -> bytes:
    """The packed structure of a body. Never fails: every text has some structure.

    `body` is UTF-8 as `kb.text.lines.encode` makes it; bytes that are not UTF-8 are read as
    question marks of the same length, so that offsets stay true. A body that is plainly written in
    the other markup than its source says (a ticket's text pasted into a post) is read as it is written.
    """
    return msgspec.msgpack.encode([PARSER_VERSION, *_numbers(body, markup)])


def iter_blocks(body: bytes, markup: Markup, structure: bytes | None = None) -> Iterator[Block]:
    """The blocks of a body: those of a stored structure, or parsed when there is none this version can read."""
    if structure:
        try:
            version, *numbers = _unpack(structure)
        except (msgspec.DecodeError, ValueError):
            version, numbers = 0, []
        if version == PARSER_VERSION:
            return _blocks(numbers)
    return _blocks(_numbers(body, markup))


@lru_cache(maxsize=2)  # each who asks for a body's structure may be the first, and none but they need it
def _numbers(body: bytes, markup: Markup) -> list[int]:
    body = truncate_bytes(body, MAX_PARSED_BYTES)
    if detect_markup(body, markup) is Markup.TEXTILE:
        from kb.markup.textile import scan_blocks
    else:
        from kb.markup.markdown import scan_blocks
    return scan_blocks(body)


# Every body is asked, so these begin with the line feed before the line: `re` runs from one to the next.
_TEXTILE_HEADING = compile_lazy(rb"\nh[1-6]\. \S")
_TEXTILE = compile_lazy(rb"\n(?:\|_[^|\r\n]{0,8}\. ?|bq\. |p\. )")
_MARKDOWN = compile_lazy(rb"^(?:#{2,6} \S|\|[ :|-]*-{2,}[ :|-]*\|[ \t]*\r?$)", re.M)
_TITLE = compile_lazy(rb"^# \S", re.M)  # the number of a list in Textile
# In Textile, `##` is a deeper number: it stands right below another item.
_HASHED = compile_lazy(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))#{2,6} [^\r\n]+", re.M)


def detect_markup(body: bytes, markup: Markup) -> Markup:
    """The markup a body is written in, judged by lines that only one of the two has."""
    lines = b"\n" + body
    if markup is Markup.MARKDOWN:
        headed = _TEXTILE_HEADING.search(lines)
        textile = headed or (_TEXTILE.search(lines) and not _TITLE.search(body))
        return Markup.TEXTILE if textile and not _MARKDOWN.search(body) else markup
    if not _TEXTILE_HEADING.search(lines) and not _TEXTILE.search(lines) and _HASHED.search(body):
        return Markup.MARKDOWN
    return markup


_TEXTILE_SIGNS = compile_lazy(
    r"""^h[1-6]\.\ \S            # h2. heading
      | ^\|_\.                   # |_. table head
      | ^(?:bq|p)(?:\(\w+\))?\.\ # bq. quote
      | ^\#\ .*\n\#{1,3}\ \S     # numbered list of two
      | ^\*{2,3}\ \S             # ** second level
      | </?pre>
      | "[^"\n]{1,80}":(?:https?://|/|\#)
      | (?<![\w@])@[^@\s][^@\n]*@(?![\w@])
    """,
    re.VERBOSE | re.MULTILINE,
)
_MARKDOWN_SIGNS = compile_lazy(
    r"""^\#{2,6}\ \S
      | ^\#\ \S.*\n(?!\#\ )      # one heading, not a list
      | ^(?:```|~~~)
      | ^\s*[-*+]\ \[[ xX]\][ ]
      | ^\|?\s*:?-{3,}:?\s*\|
      | \[[^\]\n]{1,80}\]\((?:https?://|/|\#)
      | \*\*\S[^*\n]*\*\*
      | ^\s+-\ \S
    """,
    re.VERBOSE | re.MULTILINE,
)


def guess_markup(body: str) -> Markup:
    """Return the markup whose signs are more frequent in a text; Markdown where neither is.

    For sources that do not tell, such as Redmine, whose default is Markdown since 6.0.
    """
    textile = sum(1 for _ in _TEXTILE_SIGNS.finditer(body))
    if not textile:
        return Markup.MARKDOWN
    return Markup.TEXTILE if textile > sum(1 for _ in _MARKDOWN_SIGNS.finditer(body)) else Markup.MARKDOWN
