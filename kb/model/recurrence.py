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


MOST_CLAIMED = 3
"""Times of the same trouble that may be claimed; a longer row is a question."""


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

    `kind` is why, of the strongest reason; SAID of a page without an `earlier` one that says "again" and names none.
    `count` is which time it is, as the page says; 0 where it does not.
    Of a long row only MOST_TOLD are kept: the first, and the last ones.
    """

    earlier: tuple[EarlierIncident, ...] = ()
    likely: tuple[EarlierIncident, ...] = ()
    kind: RepeatKind = RepeatKind.LIKELY
    count: int = 0

    @property
    def claimed(self) -> tuple[EarlierIncident, ...]:
        """The earlier ones that nobody has to be asked about."""
        return self.earlier if max(self.count, len(self.earlier) + 1) <= MOST_CLAIMED else ()
