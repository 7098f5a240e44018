"""Tickets for a workspace's mirror, as a sync would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kb.mirror.store import Mirror
from kb.model.document import Source, Visibility
from kb.sources.redmine import rows
from kb.sources.redmine.rows import RowContext

BASE = "https://redmine.example.jp"
CLOSED = "5"
_WORLD = RowContext(BASE, {1: rows.ProjectPlace("infra", Visibility.MEMBERS)}, frozenset({int(CLOSED)}), None)


def put_ticket(root: Path, number: int, *turns: tuple[str, str, str], body: str = "") -> None:
    """Ticket `number`; each turn is a new status ("1" open, "5" closed), a time and who turned it."""
    was = "1"
    journals = []
    for n, (now, at, who) in enumerate(turns):
        detail = {"property": "attr", "name": "status_id", "old_value": was, "new_value": now}
        journals.append(
            {"id": number * 100 + n, "user": {"name": who}, "created_on": at, "notes": "", "details": [detail]}
        )
        was = now
    issue: dict[str, Any] = {
        "id": number,
        "project": {"id": 1},
        "subject": f"件 {number}",
        "status": {"id": int(was), "name": "終了" if was == CLOSED else "新規"},
        "description": body,
        "created_on": "2025-05-01T00:00:00Z",
        "updated_on": turns[-1][1] if turns else "2025-05-01T00:00:00Z",
        "journals": journals,
    }
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        writer.things(Source.REDMINE, "status", {"1": {"id": 1}, CLOSED: {"id": 5, "is_closed": True}})
        writer.put(rows.ticket_rows(issue, _WORLD, notes=True))


def put_members(root: Path, now: tuple[str, ...], former: tuple[str, ...] = ()) -> None:
    """The team's members and those who left, by screen name."""
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        for kind, names in (("member", now), ("former-member", former)):
            writer.things(Source.ESA, kind, {name: {"screen_name": name} for name in names})
