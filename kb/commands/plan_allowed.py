"""Asks Redmine what tickets can be given: one request for tickets that are alike, one each for parents."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.changes.propose.closable import HIDDEN, MOVED, UNKNOWN, Kind, Ticket, Way, questions
from kb.mirror.rows import table, text, utc, whole
from kb.sources.workers import each as side_by_side

if TYPE_CHECKING:
    from kb.sources.redmine import Redmine
    from kb.sources.redmine_workflow import Allowed

ASKED = 3
"""Tickets of one kind that are asked in turn, where one has changed since it was mirrored."""

AT_ONCE = 4
"""Requests side by side; more only loads the server."""


def ways(redmine: Redmine, tickets: Sequence[Ticket], closing: Collection[int]) -> dict[int, Way]:
    """What is known of each ticket, by number. `closing` are the ids of the statuses that close.

    Raises CredentialError when the key is not accepted, and what the client raises.
    """
    me = redmine.identify().user_id
    asked = questions(tickets, me)
    found: dict[int, Way] = {}
    alike: dict[Kind, Way] = {}
    for kind, members in asked.kinds.items():
        for ticket in members[:ASKED]:
            way = _way(ticket, redmine.workflow.allowed(ticket.number), closing)
            if way.why is None:
                alike[kind] = way
                break
            found[ticket.number] = way
    alone = {ticket.number: ticket for ticket in asked.alone}
    answers = side_by_side(lambda number: (number, redmine.workflow.allowed(number)), alone, width=AT_ONCE)
    found |= {number: _way(alone[number], answer, closing) for number, answer in answers}
    for ticket in tickets:
        found.setdefault(ticket.number, alike.get(ticket.kind(me), UNKNOWN))
    return found


def _way(ticket: Ticket, answer: Allowed | None, closing: Collection[int]) -> Way:
    if answer is None:
        return Way(why=HIDDEN)
    status = text(table(answer.issue.get("status")).get("name"))
    if status != ticket.state.status or utc(answer.issue.get("updated_on")) != ticket.updated_at:
        return Way(why=MOVED)
    if answer.statuses is None:
        return UNKNOWN
    closed = (each for each in answer.statuses if each.get("is_closed") is True or whole(each["id"]) in closing)
    return Way(tuple(text(each["name"]) for each in closed))


def with_versions(redmine: Redmine, tickets: Sequence[Ticket]) -> list[Ticket]:
    """The tickets, knowing whether their versions are closed: one request for each project that has any."""
    places = dict.fromkeys(ticket.place for ticket in tickets if ticket.version_id)
    states: dict[int, bool] = {}
    for place in places:
        for version in redmine.workflow.versions(place) or ():
            states[whole(version.get("id"))] = version.get("status") == "closed"
    return [replace(ticket, version_closed=_closed(ticket, states)) for ticket in tickets]


def _closed(ticket: Ticket, states: Mapping[int, bool]) -> bool | None:
    return states.get(ticket.version_id) if ticket.version_id else False
