"""The world as plain tables: what a verdict depends on besides the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from kb.model.document import Source, parse_doc
from kb.model.masked import Masked
from kb.model.page import PagePolicy
from kb.model.recurrence import Recurrence
from kb.reading.tickets.state import TicketPolicy, TicketState
from kb.text.dates import local_day
from kb.text.lang import Text, t


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket's current state.

    `since` is the ISO date it was closed or reopened, `by` who did it. With `by_kb` kb closed it, which proves
    nothing about a page that names it. Of a `private` ticket, which not every member may read, other pages learn
    only whether it is closed.
    """

    key: str  # "redmine:45"
    title: Masked
    status: str
    closed: bool
    since: str = ""
    by: str = ""
    by_kb: bool = False
    url: str = ""
    created: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """What joins look things up in.

    `tickets` are keyed by the words that name them: `#45`, or an address. `members` and `former` (who is not on the
    list of members) are case-folded screen names and full names. `states` are the open tickets among the documents,
    by document. `gone` maps dead addresses to their targets: `esa:12`, `redmine:45`, or a category's path. `folders`
    are globs of personal folders. A page marked as verified stays so for `verified_days`; `names` are all people's
    names, where a document has such a mark, and `bots` those of no people, as `kb.text.fold` returns them.
    `plans_measures` tells whether the team gives measures an owner and a due date at all, None where no mirror was
    looked through. `recurrences` are what incidents repeat, by document.
    """

    today: date
    policy: PagePolicy = field(default_factory=PagePolicy)
    tickets: Mapping[str, Ticket] = field(default_factory=dict)
    members: frozenset[str] = frozenset()
    former: frozenset[str] = frozenset()
    stale_days: int = 30
    ticket_policy: TicketPolicy = field(default_factory=TicketPolicy)
    states: Mapping[str, TicketState] = field(default_factory=dict)
    gone: Mapping[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ("Users/*",)
    wip_days: int = 60
    verified_days: int = 180
    names: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    plans_measures: bool | None = None
    recurrences: Mapping[str, Recurrence] = field(default_factory=dict)

    def day_of(self, moment: str) -> date | None:
        """Return the team's day of an ISO time, None where it is none."""
        return local_day(moment, ZoneInfo(self.policy.timezone))


def label_link_end(end: str) -> Text | None:
    """Return what people call the document a link leads to; None for a category."""
    doc = parse_doc(end)
    if not Source.has(doc.source):
        return None
    kinds = {Source.ESA: t("記事", "post"), Source.REDMINE: t("チケット", "ticket")}
    kind = kinds.get(Source(doc.source)) if doc.number else None
    return t(f"{kind.ja} #{doc.number}", f"{kind.en} #{doc.number}") if kind else t(f" {end}", f"document {end}")
