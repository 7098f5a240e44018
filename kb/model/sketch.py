"""What an incident can share with another, in numbers: two are compared without opening a page."""

from __future__ import annotations

from dataclasses import dataclass

from kb.text.lines import Span


@dataclass(frozen=True, slots=True)
class Mention:
    """A sentence about an earlier trouble: it came again, or (`apart`) this is another one.

    `count` is which time it is, 0 where that is not said. `links` are the addresses, paths and tickets it names,
    `titles` hashes of what stands in brackets, `words` those of all it says, `days` ISO dates. `span` is its place,
    None in the title.
    """

    apart: bool
    count: int = 0
    links: tuple[str, ...] = ()
    titles: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    days: tuple[str, ...] = ()
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class IncidentSketch:
    """The features of one incident, as 32-bit hashes of folded words; `kb.recurrence` compares them.

    `title` is the title without marks and days. `names` are machines and parts of the system, by any spelling; `scene`
    the words of title and summary, `cause` those of the cause, with the concepts both stand for; `blamed` the names
    in the cause.
    `statement` is the whole cause, 0 where it says too little to be compared. `day` is when it happened, "" where the
    page does not tell. `follows_up`: a later report of an event reported before.
    """

    title: int
    names: tuple[int, ...] = ()
    scene: tuple[int, ...] = ()
    cause: tuple[int, ...] = ()
    blamed: tuple[int, ...] = ()
    statement: int = 0
    day: str = ""
    follows_up: bool = False
    mentions: tuple[Mention, ...] = ()
