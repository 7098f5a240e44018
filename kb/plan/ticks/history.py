"""Read the revisions of a post as answers: who turned which box of a checklist, and whether that counts.

A box counts when the addressee's own edit turned it on and it is on still. What was pasted or put back ticked, turned
by kb or by anybody else, or says something else than kb wrote, counts as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.errors import RefusedError
from kb.plan.sections.block import find_section
from kb.plan.sections.boxes import TickBoxes, read_boxes
from kb.text.tasks import read_tick_line

TICKS_SECTION = "ticks"


@dataclass(frozen=True, slots=True)
class TickRevision:
    """One revision of a post. `by_kb`: its message names a run of kb, whoever's token that was."""

    number: int
    author: str
    by_kb: bool
    body: str
    at: str = ""  # when it was saved, UTC


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A line of a checklist: whom it asks, and what it may say (`TickLine.text`, in each language)."""

    id: str
    asked: str
    texts: frozenset[str]

    @classmethod
    def of(cls, id: str, asked: str, lines: Iterable[str]) -> AskedLine:
        """Return the line of this id that may stand as any of these, up to its box."""
        read = (read_tick_line(f"- [ ] {line}") for line in lines)
        return cls(id, asked, frozenset(each.text for each in read if each is not None))


class TickAnswer(StrEnum):
    """What the boxes of a line come to. `KEPT` says nothing new: what is known of it stays."""

    YES = "yes"
    NO = "no"
    OPEN = "open"
    KEPT = "kept"


class TickDoubt(StrEnum):
    """Why what stands there is no answer."""

    NONE = ""
    BOTH = "both"  # a yes and a no
    FOREIGN = "foreign"  # turned by somebody who was not asked
    PASTED = "pasted"  # it came ticked
    CHANGED = "changed"  # the line is gone, doubled, or says something else
    COMMENT = "comment"  # a comment of the addressee names the line, and says more than one word of it
    BROKEN = "broken"  # the section has no marks, or wrong ones


@dataclass(frozen=True, slots=True)
class TickReading:
    """The answer to a line, whether a lead gave it for its addressee, and the revision it came with."""

    answer: TickAnswer
    lead: bool = False
    revision: int = 0
    doubt: TickDoubt = TickDoubt.NONE


@dataclass(frozen=True, slots=True)
class _Turn:
    """Who turned a box on. `vote` is own, lead, kept, or "" for what counts as nothing."""

    vote: str = ""
    revision: int = 0
    doubt: TickDoubt = TickDoubt.NONE


_OFF = _Turn()


def read_history(
    revisions: Sequence[TickRevision],
    asked: Collection[AskedLine],
    person: Callable[[str], object],
    lead: object = None,
) -> dict[str, TickReading]:
    """Return the answer to each line, by id.

    `revisions` go from the one kb wrote on to the newest. `person` returns whom a name means; `lead` is one of those.
    """
    seen = [_read_page(each.body) for each in revisions]
    return {line.id: _read_line(line, revisions, seen, person, lead) for line in asked}


def _read_page(body: str) -> Mapping[str, TickBoxes] | None:
    """Return the boxes in the section of a text; None where it cannot be told what the section is."""
    try:
        found = find_section(body, TICKS_SECTION)
    except RefusedError:
        return None
    return None if found is None else read_boxes(found.content)


def _read_line(
    line: AskedLine,
    revisions: Sequence[TickRevision],
    seen: Sequence[Mapping[str, TickBoxes] | None],
    person: Callable[[str], object],
    lead: object,
) -> TickReading:
    states = [_own_boxes(page, line) for page in seen]
    if not states or states[-1] is None:
        broken = not seen or seen[-1] is None
        return TickReading(TickAnswer.KEPT, doubt=TickDoubt.BROKEN if broken else TickDoubt.CHANGED)

    def vote(turned: list[bool | None]) -> _Turn:
        return _judge(turned, revisions, lambda author: _weigh(author, line.asked, person, lead))

    yes = vote([None if state is None else state.do for state in states])
    no = max(
        vote([None if state is None else state.no for state in states]),
        vote([None if state is None else state.word for state in states]),
        key=lambda each: (bool(each.vote), each.doubt),
    )
    if yes.vote and no.vote:
        return TickReading(TickAnswer.OPEN, doubt=TickDoubt.BOTH)
    turn = yes if yes.vote else no
    if not turn.vote:
        return TickReading(TickAnswer.OPEN, doubt=yes.doubt or no.doubt)
    if turn.vote == "kept":
        return TickReading(TickAnswer.KEPT)
    return TickReading(TickAnswer.YES if turn is yes else TickAnswer.NO, turn.vote == "lead", turn.revision)


def _own_boxes(page: Mapping[str, TickBoxes] | None, line: AskedLine) -> TickBoxes | None:
    """Return the boxes of a line that says what kb wrote."""
    boxes = page.get(line.id) if page else None
    return boxes if boxes is not None and boxes.text in line.texts else None


def _judge(turned: list[bool | None], revisions: Sequence[TickRevision], weigh: Callable[[str], str]) -> _Turn:
    """Return who turned a box on that is on now; `turned` is what each revision shows, None for what cannot be told."""
    if not turned[-1]:
        return _OFF
    at = _begin_of_ticked(turned)
    if at == 0:
        return _Turn("kept")
    by = revisions[at]
    if turned[at - 1] is None:
        return _Turn("kept") if by.by_kb else _Turn(doubt=TickDoubt.PASTED)
    counted = "" if by.by_kb else weigh(by.author)
    return _Turn(counted, by.number) if counted else _Turn(doubt=TickDoubt.FOREIGN)


def _begin_of_ticked(turned: Sequence[bool | None]) -> int:
    """Return where the last run of ticked revisions begins."""
    at = len(turned) - 1
    while at and turned[at - 1]:
        at -= 1
    return at


def _weigh(author: str, asked: str, person: Callable[[str], object], lead: object) -> str:
    who = person(author)
    return "own" if who == person(asked) else "lead" if lead is not None and who == lead else ""
