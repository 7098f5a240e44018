"""TKT: tickets that no longer say how things stand.

What people did decides, never what kb did: its edits make no ticket fresh, and what it closed proves nothing.
"""

from __future__ import annotations

from kb.lang import Text
from kb.lint.rules import Hit
from kb.lint.world import World
from kb.model import Confidence, Entry, Kind
from kb.reading.content import content_of
from kb.reading.ticket_state import TicketState
from linters.incident.titles import title_span

TICKETS = frozenset({Kind.TICKET})


def state(entry: Entry, world: World) -> TicketState | None:
    """How an open ticket stands; None for one that is closed, or of which nothing is known."""
    found = world.states.get(str(entry.doc))
    return None if found is None or found.closed else found


def hit(entry: Entry, says: Text, confidence: Confidence, reason: str) -> Hit:
    """A hit on a ticket as a whole."""
    return Hit(says, title_span(entry.title), confidence, part="title", content=content_of(entry.title), reason=reason)
