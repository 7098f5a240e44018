"""TKT: tickets that no longer say how things stand.

What people did decides, never what kb did: its edits make no ticket fresh, and what it closed proves nothing.
"""

from __future__ import annotations

from kb.model.document import Kind
from kb.model.facts import Confidence
from kb.model.page import Entry
from kb.reading.tickets.state import TicketState
from kb.rules.registry import Hit
from kb.rules.world import World
from kb.text.fold import hash_content
from kb.text.lang import Text
from linters.titles import title_span

TICKETS = frozenset({Kind.TICKET})


def open_state(entry: Entry, world: World) -> TicketState | None:
    """Return an open ticket's state; None if it is closed or unknown."""
    found = world.states.get(str(entry.doc))
    return None if found is None or found.closed else found


def ticket_hit(entry: Entry, says: Text, confidence: Confidence, reason: str) -> Hit:
    """Return a hit on a whole ticket."""
    return Hit(
        says, title_span(entry.title), confidence, part="title", content=hash_content(entry.title), reason=reason
    )
