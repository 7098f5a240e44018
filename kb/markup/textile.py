"""Redmine's Textile → blocks, with the byte ranges `kb.markup.markdown` would give.

Redmine has no parser to borrow, and its Textile is forgiving: headings need no blank line after
them, lists may be indented, cells may hold line breaks, and people paste Markdown fences. One
pass over the lines; whatever is nothing else is a paragraph.
Source: Redmine 6 wiki formatting (Textile), and RedCloth 3's rules it is built on.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from kb.markup.blocks import BlockKind, Bullet, CheckBox
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import find_enclosed

_LINE = compile_lazy(rb"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
# A parenthesis opens a class where one closes soon, and is an indent elsewhere. Atomic, so that there is one
# way to read a row of them: with two, `()()()()` would be read in a thousand.
_ATTRIBUTES = rb"(?>\((?:[^().\r\n]{1,100}\))?+|\{[^}\r\n]{0,200}\}|\[[^\]\r\n]{0,100}\]|[<>=^~_)]|[\\/][0-9]{1,4})"
_BLOCK = compile_lazy(rb"(h[1-6]|bq|p|pre|bc|notextile)" + _ATTRIBUTES + rb"{0,60}+\.{1,2}[ \t]+")
_LIST = compile_lazy(rb"([ \t]*)([*#]+|-)[ \t]+(\[[ xX]\][ \t]+)?")
_CELL_MARK = compile_lazy(_ATTRIBUTES + rb"{1,60}+\.[ \t]?")
_RULE = compile_lazy(rb"[ \t]*-{3,}[ \t]*\Z")
_FENCE = compile_lazy(rb"[ \t]*(```+|~~~+)")
_CLOSER = compile_lazy(rb"^[ \t]*(```+|~~~+)[ \t]*\r?$", re.M)
_HTML = compile_lazy(rb"[ \t]*</?(?:h[1-6]|div|details|summary|table|tr|ul|ol|dl|blockquote)\b", re.I)
_VERBATIM = compile_lazy(rb"[ \t]*<(pre|code|notextile)\b", re.I)
_TABLE_ROW = compile_lazy(rb"[ \t]*(?:" + _ATTRIBUTES + rb"{1,60}+\.[ \t]+)?\|")
_INLINE = compile_lazy(
    rb"(?P<span>@(?=\S)[^@\r\n]*[^@\s]@|<code>[^\r\n]{0,400}?</code>)"
    rb"|(?P<strike>(?<![\w\-])-(?=[^\s\-])[^\r\n]{0,400}?[^\s\-]-(?![\w\-]))"
)


def scan_blocks(body: bytes) -> list[int]:
    """The blocks of a Textile body as `kb.markup.blocks` packs them, without the version."""
    reader = _TextileReader(body)
    reader.run()
    return reader.out


class _TextileReader:
    """One pass over the lines of a body."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.lines = [found.span(1) for found in _LINE.finditer(body)]
        self.at = 0
        self.closers: dict[bytes, list[int]] | None = None  # where lines that can close a fence end, by their mark
        self.out: list[int] = []

    def put(
        self, kind: BlockKind, start: int, end: int, *, depth: int = 0, quote: int = 0, a: int = 0, b: int = 0
    ) -> None:
        self.out.extend((kind, start, end, depth, quote, a, b))

    def text(self, start: int, end: int, *, depth: int = 0, quote: int = 0, a: int = 0, b: int = 0) -> None:
        """A paragraph or item, after the struck text and code inside it."""
        self.inline(start, end, depth, quote)
        self.put(BlockKind.TEXT, start, end, depth=depth, quote=quote, a=a, b=b)

    def inline(self, start: int, end: int, depth: int = 0, quote: int = 0) -> None:
        for found in _INLINE.finditer(self.body, start, end):
            kind = BlockKind.SPAN if found.lastgroup == "span" else BlockKind.STRIKE
            self.put(kind, found.start(), found.end(), depth=depth, quote=quote)

    def run(self) -> None:
        body = self.body
        comments = find_enclosed(body, b"<!--", b"-->")
        for start, end in comments:
            self.put(BlockKind.COMMENT, start, end)
        hidden = iter(comments)
        comment = next(hidden, None)
        while self.at < len(self.lines):
            start, end = self.lines[self.at]
            while comment and comment[1] <= start:
                comment = next(hidden, None)
            line = body[start:end]
            if not line.strip() or (comment and comment[0] <= start and end <= comment[1]):
                self.at += 1
            elif block := _BLOCK.match(line):
                self.block(block.group(1), start, start + block.end(), end)
            elif verbatim := _VERBATIM.match(line):
                self.verbatim(verbatim.group(1).lower(), start)
            elif fence := _FENCE.match(line):
                self.fence(fence.group(1), start)
            elif _TABLE_ROW.match(line):
                self.table()
            elif _RULE.match(line):
                self.put(BlockKind.RULE, start, end)
                self.at += 1
            elif item := _LIST.match(line):
                self.item(item, start, end)
            elif _HTML.match(line):
                self.put(BlockKind.HTML, start, self.run_end())
            elif line.startswith(b">"):
                self.text(start + 1, end, quote=1)
                self.at += 1
            else:
                self.paragraph(start)

    def run_end(self) -> int:
        """Move past the lines up to the next blank one; where the last of them ends."""
        end = self.lines[self.at][1]
        while self.at < len(self.lines) and self.body[slice(*self.lines[self.at])].strip():
            end = self.lines[self.at][1]
            self.at += 1
        return end

    def block(self, name: bytes, start: int, content: int, end: int) -> None:
        if name.startswith(b"h"):
            self.put(BlockKind.HEADING, content, end, a=int(name[1:]))
            self.at += 1
        elif name == b"p":
            self.text(content, end)
            self.at += 1
        elif name == b"bq":
            self.text(content, self.run_end(), quote=1)
        else:
            self.put(BlockKind.CODE, start, self.run_end())

    def verbatim(self, name: bytes, start: int) -> None:
        """`<pre>` to `</pre>`; left open, it runs to the end, as Redmine shows it."""
        closing = re.compile(b"</" + name + b">", re.I).search(self.body, start)
        end = closing.end() if closing else len(self.body)
        self.put(BlockKind.CODE, start, end)
        self.skip_to(end)

    def fence(self, mark: bytes, start: int) -> None:
        if self.closers is None:
            self.closers = {}
            for found in _CLOSER.finditer(self.body):
                self.closers.setdefault(found[1], []).append(found.end())
        ends = self.closers.get(mark, [])
        after = bisect_right(ends, self.lines[self.at][1])
        end = ends[after] if after < len(ends) else self.lines[self.at][1]
        self.put(BlockKind.CODE, start, end)
        self.skip_to(end)

    def skip_to(self, end: int) -> None:
        while self.at < len(self.lines) and self.lines[self.at][0] < end:
            self.at += 1

    def item(self, found: re.Match[bytes], start: int, end: int) -> None:
        indent, marks, box = found.groups()
        depth = len(marks) if marks != b"-" else 1 + len(indent.expandtabs(4)) // 2
        state = CheckBox.NONE if not box else CheckBox.OPEN if box[1:2] == b" " else CheckBox.TICKED
        bullet = Bullet.NUMBER if marks.endswith(b"#") else Bullet.MARK
        self.at += 1
        # Lines that begin nothing of their own go on with the item.
        while self.at < len(self.lines):
            line = self.body[slice(*self.lines[self.at])]
            if not line[:1].isspace() or not line.strip() or _begins(line):
                break
            end = self.lines[self.at][1]
            self.at += 1
        self.text(start + found.end(), end, depth=depth, a=state, b=bullet)

    def paragraph(self, start: int) -> None:
        end = start
        while self.at < len(self.lines):
            line = self.body[slice(*self.lines[self.at])]
            if not line.strip() or (end > start and _begins(line)):
                break
            end = self.lines[self.at][1]
            self.at += 1
        self.text(start, end)

    def table(self) -> None:
        first = self.at
        rows: list[tuple[int, int]] = []
        while self.at < len(self.lines) and _TABLE_ROW.match(self.body, *self.lines[self.at]):
            start, end = self.lines[self.at]
            self.at += 1
            # A cell may hold line breaks: the row ends with a bar.
            while self.at < len(self.lines) and not self.body[slice(*self.lines[self.at - 1])].rstrip().endswith(b"|"):
                following = self.body[slice(*self.lines[self.at])]
                if not following.strip() or _TABLE_ROW.match(following):
                    break
                end = self.lines[self.at][1]
                self.at += 1
            rows.append((start, end))
        self.put(BlockKind.TABLE, self.lines[first][0], rows[-1][1])
        number = 1
        for index, (start, end) in enumerate(rows):
            cells = self.cells(start, end)
            header = index == 0 and all(head for _, _, head in cells)
            for column, (begin, stop, _) in enumerate(cells):
                self.inline(begin, stop)
                self.put(BlockKind.CELL, begin, stop, a=0 if header else number, b=column)
            number += not header

    def cells(self, start: int, end: int) -> list[tuple[int, int, bool]]:
        """The cells of one row: where their text begins and ends, and whether it is a header."""
        found: list[tuple[int, int, bool]] = []
        at = self.body.index(b"|", start, end) + 1
        while at <= end:
            bar = self.body.find(b"|", at, end)
            stop = end if bar < 0 else bar
            raw = self.body[at:stop]
            if bar < 0 and not raw.strip():
                break
            mark = _CELL_MARK.match(raw)
            begin = at + (mark.end() if mark else 0)
            text = self.body[begin:stop]
            begin += len(text) - len(text.lstrip())
            found.append((begin, begin + len(text.strip()), bool(mark and b"_" in mark.group())))
            if bar < 0:
                break
            at = bar + 1
        return found


def _begins(line: bytes) -> bool:
    """Whether a line begins a block of its own, and so ends the paragraph before it."""
    openers = (_BLOCK, _LIST, _TABLE_ROW, _VERBATIM, _FENCE, _RULE, _HTML)
    return line.startswith(b">") or any(opener.match(line) for opener in openers)
