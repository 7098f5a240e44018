"""Find where behind a measure the number of its ticket is read as such: tried by reading, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from kb.model.facts import Facts, Item
from kb.text.lazy_pattern import compile_lazy

_CLOSERS = {")": "(", "）": "（", "]": "[", "】": "【"}
_TICKET_HEAD = compile_lazy(r"\s*(?:\S{0,6}チケット\S{0,4}|課題番号?|redmine|issue|ticket|番号|#)\s*", 2)  # re.I


def find_number_place(
    text: str, item: Item, reads: Callable[[str], Facts], words: str = ""
) -> tuple[int, str, str] | None:
    """Return the column of a measure's first line where a number is read as its ticket, with the blanks around it.

    Each place is tried: the text with a number there must read as before, but for the ticket of this measure. `words`
    are those of a number that stands on no page (`TRIAL`), as they are written: "" for the number alone.
    """
    words = words or f"#{TRIAL}"
    lines, at = text.split("\n"), item.span.line - 1
    known = reads(text)
    index = next((n for n, each in enumerate(known.items) if each.span == item.span), -1)
    if index < 0:
        return None
    for offset in dict.fromkeys(_offsets(lines, at, item.span.column - 1)):
        line = lines[at]
        lead = "" if line[:offset].endswith((" ", "\t")) or not offset else " "
        trail = " " if line[offset:].strip() and not line[offset:].startswith((" ", "（", "(", "\r")) else ""
        tried = f"{lead}{words}{trail}"
        made = "\n".join((*lines[:at], f"{line[:offset]}{tried}{line[offset:]}", *lines[at + 1 :]))
        if _reads_alike(known.items, reads(made).items, index):
            return offset + 1, lead, trail
    return None


TRIAL = 9999998
"""A ticket's number that stands on no page."""


def _reads_alike(before: Sequence[Item], after: Sequence[Item], index: int) -> bool:
    if len(before) != len(after):
        return False
    for number, (one, other) in enumerate(zip(before, after, strict=True)):
        tickets = {*one.tickets, f"#{TRIAL}"} if number == index else {*one.tickets}
        if (one.role, one.state, one.owner, one.due) != (other.role, other.state, other.owner, other.due):
            return False
        links = (each for each in other.tickets if number == index and each.endswith(f"/issues/{TRIAL}"))
        if tickets != {*other.tickets}.difference(links):  # a link is read as its number and its address
            return False
    return True


def _offsets(lines: Sequence[str], at: int, start: int) -> Iterator[int]:
    """Yield where a number could go into a line: a column for tickets, before what is said in brackets, at the end."""
    line = lines[at].rstrip()
    if line.lstrip().startswith("|"):
        yield from _cell_offsets(lines, at, start)
        return
    if (opener := _CLOSERS.get(line[-1:])) is not None:
        depth, closer = 0, line[-1]
        for place in range(len(line) - 1, start, -1):
            depth += (line[place] == closer) - (line[place] == opener)
            if not depth:
                if line[start:place].strip():
                    yield place
                break
    yield len(line)


def _cell_offsets(lines: Sequence[str], at: int, start: int) -> Iterator[int]:
    """Yield the end of the empty cell below a heading for tickets, then that of the measure's own cell."""
    cells = _split_row(lines[at])
    top = at
    while top and lines[top - 1].lstrip().startswith("|"):
        top -= 1
    heads = [lines[top][begin:end] for begin, end in _split_row(lines[top])]
    for (begin, end), head in zip(cells, heads, strict=False):
        if top < at and _TICKET_HEAD.fullmatch(head) and not lines[at][begin:end].strip(" -ー—–\t"):
            yield begin
    for begin, end in cells:
        if begin <= start < max(end, begin + 1):
            yield begin + len(lines[at][begin:end].rstrip())


def _split_row(line: str) -> list[tuple[int, int]]:
    """Return where the cells of a table's row begin and end."""
    bars = [place for place, char in enumerate(line) if char == "|" and line[place - 1 : place] != "\\"]
    return [(one + 1, other) for one, other in pairwise(bars)]
