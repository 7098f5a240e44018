"""The same trouble again: what is known of the earlier ones of an incident. Plain rows, without the pages' words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.model.document import RawDocId
from kb.model.facts import Item, Verdict


class RepeatKind(StrEnum):
    """Why two incidents are taken for the same trouble."""

    SAID = "said"  # the page says so
    STATED = "stated"  # both causes are stated, in the same words
    CONFIRMED = "confirmed"  # a person answered
    LIKELY = "likely"  # the same mechanism on the same part, in other words


MOST_TOLD = 20
"""Earlier incidents kept of each: more say nothing new, and all of a long row would be kept for each of it."""


@dataclass(frozen=True, slots=True)
class EarlierIncident:
    """An earlier incident: when it was, and what came of its prevention, which `measures` and `prevention` tell.

    `day` is an ISO date. `marked_done`: its title or its place says that all is done.
    """

    doc: RawDocId
    day: str
    prevention: Verdict = Verdict.MISSING
    measures: tuple[Item, ...] = ()
    marked_done: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """What an incident repeats: `earlier` for certain, oldest first, and `likely` ones, each oldest first.

    `kind` is why, of the strongest reason. `count` is which time it is, as far as is known or as the page says.
    Of a long row only MOST_TOLD are kept: the first, and the last ones.
    """

    earlier: tuple[EarlierIncident, ...] = ()
    likely: tuple[EarlierIncident, ...] = ()
    kind: RepeatKind = RepeatKind.LIKELY
    count: int = 0
