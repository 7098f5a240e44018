"""A small part of the invented team, for tests to which three hundred posts show no more than thirty do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from kb.sandbox.team import InventedTeam, build


def build_few(now: datetime) -> InventedTeam:
    """Build every third post on an incident, a few others, and every eighth ticket.

    They are chosen by the keys of their drafts: numbers and order are others on another day.
    """
    team = build(now)
    keys = sorted(team.numbers)
    chosen = [key for key in keys if key.startswith("post:inc-")][::3]
    chosen += [key for key in keys if key.startswith("post:")][::16]
    chosen += [key for key in keys if key.startswith("ticket:")][::8]
    numbers = {team.numbers[key] for key in chosen}
    return replace(
        team,
        posts=tuple(post for post in team.posts if post["number"] in numbers),
        tickets=tuple(ticket for ticket in team.tickets if ticket["id"] in numbers),
    )
