"""Read the task boxes of a Markdown text: counted as esa counts them, and those of kb's own checklists. Pure.

A line of a checklist ends with an id in a code span; its twin, one level below, says that the reader will not:

    - [ ] 移す: [esa:1203 夜間バッチ](/posts/1203) 旧運用 → 運用 `1f0c22d9`
        - [ ] やらない `1f0c22d9`

The same word behind the first line's id refuses as well.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import mark_code

_TASK = compile_lazy(r"^[ \t>]*(?:[-*+]|\d+[.)])[ \t]+\[([ xX])\][ \t]")


def count_tasks(body: str) -> tuple[int, int]:
    """Return the number of a body's task items and of the ticked ones; fenced code does not count."""
    if "[ ]" not in body and "[x]" not in body and "[X]" not in body:
        return 0, 0
    ticked = [each for _, _, each in find_boxes(body.splitlines())]
    return len(ticked), sum(ticked)


def find_open_tasks(body: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with an open task and their numbers, from 1, without those of kb's own checklists."""
    if "[ ]" in body:
        for number, line, ticked in find_boxes(body.split("\n")):
            if not ticked and read_tick_line(line) is None:
                yield number, line


def find_boxes(lines: list[str]) -> Iterator[tuple[int, str, bool]]:
    """Yield the lines with a box outside fenced code: number, text, whether it is ticked."""
    for number, (line, code) in enumerate(mark_code(lines), 1):
        if not code and (task := _TASK.match(line)):
            yield number, line, task[1] != " "


REFUSAL = t("やらない", "Leave it")
"""What the second box of a line says, and what may be written behind the first one."""

_REFUSALS = frozenset(each.casefold() for each in (REFUSAL.ja, REFUSAL.en))
_BOX = compile_lazy(
    r"(?P<head>[ \t]*[-*+][ \t]+\[)(?P<box>[ xX])(?P<text>\][ \t][^\n]*?`(?P<id>[0-9a-f]{8})`)(?P<tail>[^`\n]*)"
)
_LABEL = compile_lazy(r"\[((?:[a-z]{1,20}:[0-9]{1,12}(?![0-9A-Za-z]))?)[^\[\]\n]*\]\(")
_AROUND_WORD = " \t\r\u3000()（）「」、。.,:：-–—"


@dataclass(frozen=True, slots=True)
class TickLine:
    """One box of a checklist. `refuses`: it is the twin that says no. `word`: a refusal stands behind its id.

    `text` is what it says, without box, id, blanks and the words of its links, which may be the title of a page: of
    those the page's id stays, since it is what people go by. `more` is what else somebody wrote behind the id.
    """

    id: str
    ticked: bool
    refuses: bool
    word: bool
    text: str
    more: str = ""


def read_tick_line(line: str) -> TickLine | None:
    """Read a line of a checklist of kb; None for any other line."""
    if "[" not in line or (found := _BOX.fullmatch(line.rstrip("\r\n"))) is None:
        return None
    said = " ".join(_LABEL.sub(r"[\1](", found["text"][1:].rpartition("`" + found["id"])[0]).split())
    tail = found["tail"].strip(_AROUND_WORD)
    word = _fold(tail) in _REFUSALS
    more = "" if word else tail
    return TickLine(found["id"], found["box"] != " ", _fold(said) in _REFUSALS, word, f"{said} {more}".strip(), more)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def untick_line(line: str) -> str:
    """Return a line of a checklist as nobody has answered it; any other line as it is."""
    read = read_tick_line(line)
    return line if read is None or read.more else set_tick_line(line, ticked=False, word="")


def set_tick_line(line: str, *, ticked: bool, word: str) -> str:
    """Return a line of a checklist with its box set and this word behind its id; its line end stays."""
    bare = line.rstrip("\r\n")
    found = _BOX.fullmatch(bare)
    assert found is not None
    return f"{found['head']}{'x' if ticked else ' '}{found['text']}{word and f' {word}'}{line[len(bare) :]}"
