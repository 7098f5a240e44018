"""The world as plain tables: what a document's verdict depends on besides the document itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from kb.model.page import PagePolicy
from kb.reading.tickets.state import TicketPolicy, TicketState


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it stands now. `since` is the day (ISO date) it was closed or reopened, `by` who did it.

    `by_kb` says that kb itself closed it: then it proves nothing about the page that names it. `created` is
    the day it was made. Of a `private` one, which not every member may read, nothing is told on other pages but
    whether it is closed.
    """

    key: str  # "redmine:45"
    title: str
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
    """What joins look things up in. `tickets` are by the words that name them: `#45`, or an address.

    `members` are the names people go by today, `former` those of members who are no longer there;
    both case-folded, screen names and full names alike. `states` are the open tickets among the documents
    at hand, by document. `gone` are the addresses that lead nowhere as far as the mirror knows, with what they
    led to: `esa:12`, `redmine:45`, or the path of a category. `folders` are globs of personal folders. A page
    that was marked as read and right is so for `verified_days`; `names` are all names of people, as
    `kb.text.fold` has them, where a document at hand has such a mark.
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
