"""Where the measures of a page stand in the world: as the page says, and as their tickets do.

A ticket that a measure names knows better than the page: it is open, or a person closed it. A
ticket that kb closed proves nothing about the page that names it, so evidence never circles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kb.lang import Text, t
from kb.lint.world import Ticket, World
from kb.model import Facts, Item, ItemState, Role

FINISHED = frozenset({ItemState.DONE, ItemState.SETTLED})
UNFINISHED = frozenset({ItemState.OPEN, ItemState.PLACEHOLDER})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one measure stands, and the ticket that says so (None: the page itself), by the word that names it."""

    item: Item
    state: ItemState
    word: str = ""
    ticket: Ticket | None = None


def measures(facts: Facts) -> tuple[Item, ...]:
    """The measures of a page; those of a permanent fix where it names no others."""
    found = tuple(item for item in facts.items if item.role is Role.PREVENTION)
    return found or tuple(item for item in facts.items if item.role is Role.FIX_PERM)


def standings(facts: Facts, world: World) -> list[Standing]:
    """The measures of a page with their states in the world, in the order of the page."""
    return [_standing(item, world.tickets) for item in measures(facts)]


def _standing(item: Item, tickets: Mapping[str, Ticket]) -> Standing:
    if item.state is ItemState.SETTLED:
        return Standing(item, item.state)
    named = [(word, tickets.get(word)) for word in item.tickets]
    for word, ticket in named:
        if ticket is not None and not ticket.closed:
            return Standing(item, ItemState.OPEN, word, ticket)
    if named and all(ticket is not None and not ticket.by_kb for _, ticket in named):
        word, ticket = max(named, key=lambda pair: pair[1].since if pair[1] else "")
        return Standing(item, ItemState.DONE, word, ticket)
    return Standing(item, item.state)


def status(facts: Facts) -> ItemState:
    """What a page's own status section says of it; UNSTATED when it says nothing, or is silent."""
    said = {item.state for item in facts.items if item.role is Role.STATUS}
    for state in (ItemState.OPEN, ItemState.PLACEHOLDER, ItemState.DONE):
        if state in said:
            return state
    return ItemState.UNSTATED


def told(standing: Standing, today: date) -> Text | None:
    """Who moved the ticket of a measure and when, as a sentence; None when the page itself said it."""
    ticket = standing.ticket
    if ticket is None:
        return None
    name = ticket.key.rpartition(":")[2] if "://" in standing.word else standing.word.removeprefix("#")
    ja_day, en_day = _day(ticket.since, today)
    ja = f"#{name} は{ja_day}{_called(ticket.by)}が" if ticket.by else f"#{name} は{ja_day}"
    en = f" by {ticket.by}{en_day}" if ticket.by else en_day
    if ticket.closed:
        return t(f"{ja}{'完了にしています' if ticket.by else '完了になっています'}。", f"#{name} was closed{en}.")
    if ticket.since:
        return t(f"{ja}{'再開しています' if ticket.by else '再開されています'}。", f"#{name} was reopened{en}.")
    return t(f"#{name} は進行中です（{ticket.status}）。", f"#{name} is open ({ticket.status}).")


def _called(name: str) -> str:
    return name if name.endswith(("さん", "様", "氏")) else f"{name}さん"


def _day(iso: str, today: date) -> tuple[str, str]:
    """A day as people say it: in Japanese without the year when that is today's, in English as ISO; "" for none."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return "", ""
    year = "" if day.year == today.year else f"{day.year}/"
    return f" {year}{day.month}/{day.day} に", f" on {day.isoformat()}"
