"""A ticket as it stands: its fields, who brought them there, and what people last said of its work. No text.

What kb itself did is told apart: it speaks neither for a ticket nor against it, and makes none fresh.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NoteMeaning(StrEnum):
    """What a note says of its ticket. DEED is work that was done, be it all or a part; THANKS lets what was
    said before it stand.
    """

    FINISHED = "finished"
    STILL = "still"
    DEED = "deed"
    THANKS = "thanks"
    NOTHING = "nothing"


FINISHED_STATUSES = ("解決", "解決済み", "対応済み", "完了", "終了待ち", "クローズ待ち", "Resolved", "Fixed", "Done")
"""What teams call the status between done and closed."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who did something, and when: `at` as UTC, `on` as the day in the team's time zone (ISO). "" where not told."""

    by: str = ""
    at: str = ""
    on: str = ""
    by_kb: bool = False


NO_ATTRIBUTION = Attribution()


@dataclass(frozen=True, slots=True)
class RelatedTicket:
    """Another ticket that matters to one: a child, or one that blocks it. `by` closed it `on` a day (ISO)."""

    key: str  # "redmine:45"
    closed: bool
    by_kb: bool = False  # kb closed it
    by: str = ""
    on: str = ""


@dataclass(frozen=True, slots=True)
class TicketState:
    """One ticket.

    `turned` brought it to its `status` from `was`, one that `was_closed` or not ("" when it never had another);
    `rated` set `done_ratio`. `says` is what the last note of a person says that says anything but thanks, `said`
    who wrote it; notes for a few count only when they object. `quiet` is the last thing a person did.
    """

    key: str
    status: str
    closed: bool
    tracker: str = ""
    assignee: str = ""
    created: Attribution = NO_ATTRIBUTION
    due: str = ""
    done_ratio: int = 0
    turned: Attribution = NO_ATTRIBUTION
    was: str = ""
    was_closed: bool = False
    rated: Attribution = NO_ATTRIBUTION
    says: NoteMeaning = NoteMeaning.NOTHING
    said: Attribution = NO_ATTRIBUTION
    quiet: Attribution = NO_ATTRIBUTION
    children: tuple[RelatedTicket, ...] = ()
    blockers: tuple[RelatedTicket, ...] = ()

    @property
    def open_children(self) -> tuple[str, ...]:
        """The keys of children that are not closed."""
        return tuple(each.key for each in self.children if not each.closed)

    @property
    def open_blockers(self) -> tuple[str, ...]:
        """The keys of tickets that block it and are not closed."""
        return tuple(each.key for each in self.blockers if not each.closed)


@dataclass(frozen=True, slots=True)
class TicketPolicy:
    """What kb.toml says of tickets: the statuses that mean finished but open, and after how many days of quiet
    a finished ticket can be closed, and an open one is stale.
    """

    finished_statuses: tuple[str, ...] = FINISHED_STATUSES
    quiet_days: int = 14
    stale_days: int = 90
