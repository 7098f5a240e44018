"""What kind of text the lines of a page are: a program, settings, a shell, a log, a diagram, messages.

Decided for lines with a candidate only, from the language of the fence where one is given, else from how the lines
around begin. Figures for a library that guesses languages are in docs/secrets.md.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from kb.secrets.page.text_page import TextPage
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/code.toml")

MAX_LOOKED = 60
"""Lines of a block that are looked at: from its beginning, or around a line of prose."""

MAX_WIDTH = 300
"""Characters of a line that are looked at."""

_FENCE = compile_lazy(
    r"[ \t>]*(?:[-*+][ \t]+)?(?:(?:```+|~~~+)[ \t]*\{?\.?(?P<fence>[\w+#.-]*)|<(?:pre|code)\b(?P<tag>[^>\n]{0,80})>"
    r"(?:[ \t]*<code\b(?P<inner>[^>\n]{0,80})>)?|bc\.{1,2}|@@@[ \t]*(?P<at>\w*)|</(?:code|pre)>)"
)
_CLASS = compile_lazy(r"class=[\"'](?:language-|lang-|brush:[ ]?)?(?P<name>[\w+#-]+)")
_FILE = compile_lazy(r"\.(?P<name>[a-z0-9]{1,10})$", re.I)
_BEGINS = compile_lazy(_TABLE["diagram_begins"])
_PROGRAM = compile_lazy(_TABLE["program_begins"], re.A)
_OPENS = compile_lazy(_TABLE["opens_types"])
_LOG = compile_lazy(_TABLE["logs"])
_MESSAGES = compile_lazy(_TABLE["message_files"], re.M)
_SETTING = compile_lazy(
    r"-?[ \t]*[\"']?[\w.@/-]{1,60}[\"']?[ \t]*(?::[ \t]+|:$|=(?!=)|:=?[ \t]*[\"'{\[])"
    r"|\[[^\[\]]{1,60}\][ \t]*$|[#;]|<[a-zA-Z/!?]"
)
_BARE_VALUE = compile_lazy(
    r"(?:export[ \t]+)?-?[ \t]*[A-Za-z_][\w.-]{0,60}(?:=|[ \t]*:[ \t]+|[ \t]*=[ \t]+)"
    r"(?![A-Za-z_][\w.:]{0,80}[ \t]*(?:[({\[,;]|$))"
    r"(?:[A-Za-z][\w.:/@-]{0,80}|[^\s\"'`{\[(]{0,40}[@#%^*/-][^\s\"']{0,40})[ \t]*(?:#.*)?$"
)
"""A key with a value of a file of settings, which nothing quotes and which is no name, number or call."""

_COMMAND = compile_lazy(r"[\w@:~.-]{0,40}[$#>%][ \t]+\S|\+[ \t]\S")
_STATEMENT = compile_lazy(r".{3,}(?:;|\{|\)[ \t]*=>[ \t]*\{?|\)[ \t]*->[ \t]*\S.{0,60}:)[ \t]*(?://.*)?$")
_NOT_SETTING = compile_lazy(r"^(?:export[ \t]+\w+=|import[ \t]+\S+\.conf|with:|if:|on:)")


class TextKind(Enum):
    """What kind of text a line belongs to."""

    PROSE = "prose"
    PROGRAM = "program"
    SETTINGS = "settings"
    SHELL = "shell"
    LOG = "log"
    DIAGRAM = "diagram"
    MESSAGES = "messages"


_BY_LANGUAGE = {
    name: kind
    for kind, names in (
        (TextKind.PROGRAM, "programs"),
        (TextKind.SETTINGS, "settings"),
        (TextKind.SHELL, "shells"),
        (TextKind.DIAGRAM, "diagrams"),
    )
    for name in _TABLE.words(names)
}


class Block(NamedTuple):
    """The first and last line of a stretch of code, its fences among them, or of a paragraph."""

    first: int
    last: int
    code: bool


class TextKinds:
    """The kinds of the lines of one page, each block read once."""

    def __init__(self, page: TextPage) -> None:
        self._page = page
        self._kinds: dict[Block, TextKind] = {}
        self._looks: dict[int, LineLook | None] = {}

    @cached_property
    def _blocks(self) -> list[Block]:
        """The stretches of code."""
        blocks: list[Block] = []
        first = last = -2
        for number in sorted(self._page.code):
            if number != last + 1 or (first >= 0 and first < last and self._closes(last)):
                if first >= 0:
                    blocks.append(Block(first, last, code=True))
                first = number
            last = number
        if first >= 0:
            blocks.append(Block(first, last, code=True))
        return blocks

    def _closes(self, number: int) -> bool:
        text = self._page.text(number)[:80].strip(" \t>")
        return text.startswith(("```", "~~~", "</pre", "</code"))

    def find_block(self, number: int) -> Block:
        """The block a line belongs to: of code, else the paragraph around it."""
        if number in self._page.code:
            at = bisect_right(self._blocks, number, key=lambda each: each.first)
            if at:
                return self._blocks[at - 1]
        first = last = number
        while first > 0 and number - first < MAX_LOOKED // 2 and self._continues(first - 1):
            first -= 1
        end = len(self._page.starts) - 1
        while last < end and last - number < MAX_LOOKED // 2 and self._continues(last + 1):
            last += 1
        return Block(first, last, code=False)

    def _continues(self, number: int) -> bool:
        page = self._page
        return number not in page.code and number not in page.tabled and bool(page.text(number).strip())

    def find_kind(self, number: int) -> TextKind:
        """The kind of text a line belongs to."""
        block = self.find_block(number)
        if block not in self._kinds:
            self._kinds[block] = self._read(block)
        return self._kinds[block]

    def find_opener(self, number: int) -> str:
        """The nearest line above in the same block that stands less deep; "" where there is none."""
        block = self.find_block(number)
        depth = _depth(self._page.text(number))
        for above in range(number - 1, max(block.first, number - MAX_LOOKED) - 1, -1):
            text = self._page.text(above)[:MAX_WIDTH]
            if text.strip() and _depth(text) < depth:
                return text
        return ""

    def above(self, number: int, most: int) -> list[str]:
        """The lines above a line in its block, the nearest first."""
        first = max(self.find_block(number).first, number - most)
        return [self._page.text(each)[:MAX_WIDTH] for each in range(number - 1, first - 1, -1)]

    def _read(self, block: Block) -> TextKind:
        last = min(block.last, block.first + MAX_LOOKED)
        if block.code:
            lines = [self._page.text(number)[:MAX_WIDTH] for number in range(block.first, last + 1)]
            if kind := _BY_LANGUAGE.get(_language(lines[0])):
                return TextKind.MESSAGES if kind is TextKind.SETTINGS and _MESSAGES.search("\n".join(lines)) else kind
            return _guess([_look_at(each) for each in lines if each.strip() and not _FENCE.match(each)], code=True)
        looks = (self._look(number) for number in range(block.first, last + 1))
        return _guess([each for each in looks if each is not None], code=False)

    def _look(self, number: int) -> LineLook | None:
        """What a line of prose looks like, None for a blank one: once, though many windows of lines hold it."""
        if number not in self._looks:
            text = self._page.text(number)[:MAX_WIDTH]
            self._looks[number] = _look_at(text) if text.strip() else None
        return self._looks[number]


def _language(line: str) -> str:
    """The language a fence names, in lower case."""
    found = _FENCE.match(line)
    if found is None:
        return ""
    name = found["fence"] or found["at"] or ""
    if not name:
        marked = _CLASS.search(found["inner"] or found["tag"] or "")
        name = marked["name"] if marked else ""
    file = _FILE.search(name)
    return (file["name"] if file else name).lower()


class LineLook(NamedTuple):
    """What one line looks like, whatever stands around it; `text` has neither depth nor the sign of a diff."""

    text: str
    log: bool
    program: bool
    setting: bool
    command: bool


def _look_at(line: str) -> LineLook:
    text = _undiffed(line)
    program = is_program_line(text)
    setting = not program and _SETTING.match(text) is not None
    return LineLook(text, _LOG.match(text) is not None, program, setting, _COMMAND.match(text) is not None)


def _guess(lines: list[LineLook], *, code: bool) -> TextKind:
    """The kind of lines of which no fence says it, none of them blank."""
    if not lines:
        return TextKind.PROSE
    if any(_BEGINS.match(each.text) for each in lines[:4]):
        return TextKind.DIAGRAM
    if code and _MESSAGES.search("\n".join(each.text for each in lines)):
        return TextKind.MESSAGES
    if 2 * sum(each.log for each in lines) >= len(lines):
        return TextKind.LOG
    program = sum(each.program for each in lines)
    settings = sum(each.setting for each in lines)
    commands = sum(each.command for each in lines)
    if commands and commands >= program:
        return TextKind.SHELL if code else TextKind.PROSE
    if program and (program > settings if code else program >= 2 and 2 * program >= len(lines)):
        return TextKind.PROGRAM
    if program and code and not any(_BARE_VALUE.match(each.text) for each in lines):
        return TextKind.PROGRAM
    if not code and settings < len(lines):
        return TextKind.PROSE
    return TextKind.SETTINGS


def _undiffed(line: str) -> str:
    """A line without its depth and without the sign a diff puts before it."""
    return re.sub(r"^[+-](?![+-])", "", line).lstrip(" \t>")


def _depth(line: str) -> int:
    line = re.sub(r"^[+-](?=[ \t])", " ", line)
    return len(line) - len(line.lstrip())


def is_program_line(text: str) -> bool:
    """Whether a line without its depth is one of a program, whatever its block is."""
    if _NOT_SETTING.match(text):
        return False
    return _PROGRAM.match(text) is not None or (text.isascii() and _STATEMENT.fullmatch(text) is not None)


def opens_types(text: str) -> bool:
    """Whether a line opens a block in which names have types: a class, a message, a resource."""
    return _OPENS.search(text) is not None


def is_log_line(text: str) -> bool:
    """Whether a line begins as one that a program wrote about what happened."""
    return _LOG.match(text.lstrip()) is not None
