"""TKT: tickets that no longer say how things stand.

What people did decides, never what kb did: its edits make no ticket fresh, and what it closed proves nothing.
"""

from __future__ import annotations

from kb.model.document import Kind
from kb.model.page import Entry
from kb.reading.tickets.state import TicketState
from kb.rules.registry import Fold, FoldBy
from kb.rules.world import World
from kb.text.lang import t

OPEN_TICKETS = Fold(
    "tickets",
    t(
        "開いたままのチケットです。終わったものは閉じ、止まったものは待つ相手か次に見る日を書いてください。",
        "Tickets left open: close what is finished; of the others write what they wait for, or when to look again.",
    ),
    FoldBy.PROJECT,
)
TICKETS = frozenset({Kind.TICKET})


def open_state(entry: Entry, world: World) -> TicketState | None:
    """Return an open ticket's state; None if it is closed or unknown."""
    found = world.states.get(str(entry.doc))
    return None if found is None or found.closed else found
