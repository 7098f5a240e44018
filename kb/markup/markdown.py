"""Markdown → blocks. pyromark parses; this file only remembers where things stood.

pyromark's ranges are byte offsets into the UTF-8 body, for every event, which is what the store
and the pattern gate count in too.
"""

from __future__ import annotations

import re
from typing import Any

from pyromark import Options, events_with_range

from kb.markup.blocks import BlockKind, Bullet, CheckBox
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode

OPTIONS = Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS

HEADING, TEXT, TABLE, CELL, CODE, HTML, RULE, STRIKE, SPAN, COMMENT = (int(kind) for kind in BlockKind)

_LEVELS = {"H1": 1, "H2": 2, "H3": 3, "H4": 4, "H5": 5, "H6": 6}

# Exported notes begin with YAML. A lone `---` on top is a rule, so the first line inside must be a key.
_FRONT_MATTER = compile_lazy(
    rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n[A-Za-z_][\w-]*:.*?^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M
)


def measure_front_matter(body: bytes) -> int:
    """How many bytes of YAML front matter a body begins with."""
    if not body.startswith((b"---", b"\xef\xbb\xbf---")):
        return 0
    found = _FRONT_MATTER.match(body)
    return found.end() if found else 0


def scan_blocks(body: bytes) -> list[int]:
    """The blocks of a Markdown body as `kb.markup.blocks` packs them, without the version."""
    base = measure_front_matter(body)
    out: list[int] = []
    put = out.extend
    depth = quote = row = column = 0
    ordered: list[Bullet] = []
    # `first` and `last` bound the inline text being read: of a heading, a cell, or a tight list
    # item, none of which has a range of its own. -2 means that nobody asks.
    first, last = -2, 0
    box, bullet = CheckBox.NONE, Bullet.NONE

    def flush() -> None:
        """Close the text of a tight list item: a nested block begins, or the item ends."""
        nonlocal first, box, bullet
        if first != -2 and bullet:
            start = first if first >= 0 else last
            put((TEXT, base + start, base + max(last, start), depth, quote, box, bullet))
            first, box, bullet = -2, CheckBox.NONE, Bullet.NONE

    # A string, or a dict of one that nobody needs afterwards. The loop is hot: it looks and does not parse.
    event: Any
    for event, where in events_with_range(decode(body[base:]), options=OPTIONS):
        if event.__class__ is str:
            if event == "Rule":
                flush()
                put((RULE, base + where["start"], base + where["end"], depth, quote, 0, 0))
            continue
        name, value = event.popitem()
        if name == "Text":
            if first != -2:
                if first == -1:
                    first = where["start"]
                if where["end"] > last:
                    last = where["end"]
        elif name == "Start":
            what, detail = (value, None) if value.__class__ is str else value.popitem()
            if what == "Paragraph":
                if bullet:
                    put((TEXT, base + where["start"], base + where["end"], depth, quote, box, bullet))
                    # A box in a loose list comes after this event: see TaskListMarker.
                    first, box, bullet = -2, CheckBox.NONE, Bullet.NONE
                else:
                    put((TEXT, base + where["start"], base + where["end"], depth, quote, 0, 0))
            elif what == "Item":
                depth = len(ordered)
                first, last, box, bullet = -1, where["start"], CheckBox.NONE, ordered[-1]
            elif what == "List":
                flush()
                ordered.append(Bullet.MARK if detail is None else Bullet.NUMBER)
                depth = len(ordered)
            elif what == "Heading":
                flush()
                first, last = -1, where["start"]
            elif what == "TableCell":
                first, last = -1, where["start"]
            elif what == "TableHead":
                row = column = 0
            elif what == "TableRow":
                row, column = row + 1, 0
            elif what == "Table":
                flush()
                put((TABLE, base + where["start"], base + where["end"], depth, quote, 0, 0))
            elif what == "BlockQuote":
                flush()
                quote += 1
            elif what == "CodeBlock":
                flush()
                put((CODE, base + where["start"], base + where["end"], depth, quote, 0, 0))
            elif what == "HtmlBlock":
                flush()
                put((HTML, base + where["start"], base + where["end"], depth, quote, 0, 0))
            else:  # emphasis, strike, link, image
                if what == "Strikethrough":
                    put((STRIKE, base + where["start"], base + where["end"], depth, quote, 0, 0))
                if first != -2:
                    first = where["start"] if first == -1 else first
                    last = max(last, where["end"])
        elif name == "End":
            what = value if value.__class__ is str else next(iter(value))
            if what == "Item":
                flush()
            elif what == "List":
                ordered.pop()
                depth = len(ordered)
            elif what == "Heading":
                start = first if first >= 0 else last
                put((HEADING, base + start, base + last, depth, quote, _LEVELS[value["Heading"]], 0))
                first = -2
            elif what == "TableCell":
                start = first if first >= 0 else where["start"]
                put((CELL, base + start, base + max(last, start), depth, quote, row, column))
                column += 1
                first = -2
            elif what == "BlockQuote":
                quote -= 1
        elif name == "TaskListMarker":
            box = CheckBox.TICKED if value else CheckBox.OPEN
            if first == -2:  # a loose item: its paragraph has been put already
                out[-2] = box
                box = CheckBox.NONE
            else:
                last = where["end"]
        else:  # Code, InlineHtml, Html
            if name == "Code":
                put((SPAN, base + where["start"], base + where["end"], depth, quote, 0, 0))
            elif name == "InlineHtml" and value.startswith("<!--"):
                put((COMMENT, base + where["start"], base + where["end"], depth, quote, 0, 0))
            if first != -2:
                first = where["start"] if first == -1 else first
                last = max(last, where["end"])
    return out
