"""Read the boxes of a checklist in a section of kb, and carry what was ticked into the section written next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.plan.sections.block import split_lines
from kb.text.tasks import REFUSAL, TickLine, read_tick_line, set_tick_line


@dataclass(frozen=True, slots=True)
class TickBoxes:
    """The boxes of one id: whether its line is ticked, its twin, and whether a refusal is written behind it."""

    text: str
    do: bool = False
    no: bool = False
    word: bool = False


def read_boxes(content: str) -> Mapping[str, TickBoxes]:
    """Return the boxes in a section by id; not those of a line that stands there twice or in code.

    A twin alone is nothing: it does not say what it refuses.
    """
    lines: dict[str, list[TickLine]] = {}
    twins: dict[str, list[TickLine]] = {}
    for line in split_lines(content):
        if not line.code and (read := read_tick_line(line.text)) is not None:
            (twins if read.refuses else lines).setdefault(read.id, []).append(read)
    found = {}
    for id, same in lines.items():
        refusing = twins.get(id, [])
        if len(same) == 1 and len(refusing) < 2:
            twin = bool(refusing) and (refusing[0].ticked or refusing[0].word)
            found[id] = TickBoxes(same[0].text, same[0].ticked, twin, same[0].word)
    return found


def carry_boxes(old: str, new: str) -> str:
    """Return new content with the boxes of the lines it shares with the old one as they are there."""
    if not (stood := read_boxes(old)):
        return new
    stands = read_boxes(new)
    made = []
    for line in split_lines(new):
        read = None if line.code else read_tick_line(line.text)
        was = stood.get(read.id) if read else None
        if read is None or was is None or read.id not in stands or stands[read.id].text != was.text:
            made.append(line.text)
        elif read.refuses:
            made.append(set_tick_line(line.text, ticked=was.no, word=""))
        else:
            made.append(set_tick_line(line.text, ticked=was.do, word=str(REFUSAL) if was.word else ""))
    return "".join(made)
