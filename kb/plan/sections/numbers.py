"""Put the numbers of tickets behind measures, and take them out again, wherever the lines of a measure stand.

A plan knows a measure by a digest of its lines: what is edited elsewhere in its page does not matter. The number goes
into the first of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kb.model.plan import NEW_TICKET_PATTERN, Change, ChangeKey, SeenState
from kb.model.request import PlacedNumber
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import encode, find_line_starts, find_place

NUMBER_PATTERN = compile_lazy(
    r" ?(?:redmine:new-[1-9][0-9]{0,17}-[0-9a-f]{8}|#[1-9][0-9]{0,17}"
    r"|\[(?:#(?P<known>[1-9][0-9]{0,17})|(?P<new>redmine:new-[1-9][0-9]{0,17}-[0-9a-f]{8}))\]"
    r"\((?P<base>https?://[^\s()<>\[\]|@\\`*]{1,160})/issues/(?:(?P=known)|(?P=new))\)) ?"
)
"""What is written behind a measure, with the blanks that part it from what is there.

A bare `#45` is the post of that number to esa, so that kb writes a link to the ticket.
"""
LINES_PATTERN = compile_lazy(r"lines:(?P<count>[1-9][0-9]?):[0-9a-f]{64}")
MAX_LINES = 40
"""Lines of a measure that gets a number; the lines of longer ones are looked for in vain."""

NUMBER_MOVED = t("対策の行が変わっています", "the lines of the measure have changed")
NOT_MADE = t("チケットが作られていないので、番号を書きませんでした", "its ticket was not made, so there is no number")
UNKNOWN_NUMBER = "?"
"""Stands for a number in a rehearsal, which makes no ticket."""


def digest_lines(text: str, line: int, count: int) -> str:
    """Return the digest of `count` lines from `line` on (1-based): `lines:2:…`."""
    return _digest(text, find_line_starts(text), line, count)


def _digest(text: str, starts: Sequence[int], line: int, count: int) -> str:
    end = starts[line - 1 + count] - 1 if line - 1 + count < len(starts) else len(text)
    lines = (each.rstrip() for each in text[starts[line - 1] : end].split("\n"))
    return f"lines:{count}:{hashlib.sha256(encode(chr(10).join(lines))).hexdigest()}"


def find_measure(text: str, seen: SeenState, *, once: bool = False) -> int:
    """Return the line at which the lines of a measure begin: where they stood, else the only place; 0 for none.

    With `once` they must stand nowhere else: the same lines can have come to where they stood by an edit.
    """
    if (found := LINES_PATTERN.fullmatch(seen.text)) is None:
        return 0
    starts, count = find_line_starts(text), int(found["count"])
    last = len(starts) - count + 1
    if count > MAX_LINES:
        return 0
    if not once and 0 < seen.line <= last and _digest(text, starts, seen.line, count) == seen.text:
        return seen.line
    places = [line for line in range(1, last + 1) if _digest(text, starts, line, count) == seen.text]
    return places[0] if len(places) == 1 else 0


def is_number(change: Change) -> bool:
    """Whether a change is of a ticket's number in a text."""
    return ChangeKey.NUMBER in change.after


def awaited_ticket(change: Change) -> str:
    """Return the ticket that is to be made whose number a change writes, "" for a number that is known."""
    found = NEW_TICKET_PATTERN.search(str(change.after.get(ChangeKey.NUMBER, "")))
    return found[0] if found else ""


def link_ticket(ticket: str, base: str) -> str:
    """Return a ticket that is to be made as a link to where it will be; as it is for a Redmine that cannot stand so.

    `base` is Redmine's address, "" for none.
    """
    link = f"[{ticket}]({base.rstrip('/')}/issues/{ticket})"
    return link if NUMBER_PATTERN.fullmatch(link) and mask_text(link) == link else ticket


def linked_base(change: Change) -> str:
    """Return the Redmine that a change's number links to, "" for a bare number."""
    found = NUMBER_PATTERN.fullmatch(str(change.after.get(ChangeKey.NUMBER, "")))
    return (found["base"] or "") if found else ""


def fill_in_number(change: Change, made: Mapping[str, int]) -> Change:
    """Return the change with the number of its ticket, where it was made; 0 is one that a rehearsal made."""
    ticket = awaited_ticket(change)
    if ticket not in made:
        return change
    written = fill_in_words(str(change.after[ChangeKey.NUMBER]), ticket, made[ticket])
    return replace(change, after={**change.after, ChangeKey.NUMBER.value: written})


def fill_in_words(words: str, ticket: str, number: int) -> str:
    """Return what is written behind a measure with the number of its ticket, 0 for one that a rehearsal made."""
    told = str(number or UNKNOWN_NUMBER)
    return words.replace(f"/issues/{ticket}", f"/issues/{told}").replace(ticket, f"#{told}")


def place_numbers(made: str, edits: Iterable[tuple[int, int, str]], changes: Iterable[Change]) -> list[PlacedNumber]:
    """Return where the numbers stand in a text that was made with these edits: start, end, new words, in order.

    `changes` are those of numbers, in the same order; the text has no other edits.
    """
    starts, shift = find_line_starts(made), 0
    found = []
    for (start, end, after), change in zip(edits, changes, strict=True):
        line, column = find_place(starts, start + shift)
        shift += len(after) - (end - start)
        lines = LINES_PATTERN.fullmatch(change.seen.text)
        stands = digest_lines(made, line, int(lines["count"]) if lines else 1)
        found.append(PlacedNumber(line, column, str(change.before[ChangeKey.NUMBER]), after, stands))
    return found


def describe_number(words: str) -> Text:
    """Return a number as a card shows it; one that is still to be given is told in words."""
    if NEW_TICKET_PATTERN.search(words):
        return t("#（作ったチケットの番号）", "# (the number of the new ticket)")
    return t(words.strip(), words.strip())
