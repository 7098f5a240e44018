"""Tickets with notes, children and relations for a workspace's mirror, as a sync would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kb.mirror.store import Mirror
from kb.model.document import Source, Visibility
from kb.sources.redmine import rows as redmine_rows
from kb.sources.redmine.rows import RowContext

BASE = "https://redmine.example.jp"
STATUSES = {1: "新規", 2: "進行中", 3: "解決", 5: "終了", 6: "却下"}
CLOSED = frozenset({5, 6})
NUMBERS = {name: number for number, name in STATUSES.items()}
WORLD = RowContext(BASE, {1: redmine_rows.ProjectPlace("infra", Visibility.MEMBERS)}, CLOSED, None)


def note(by: str, at: str, text: str = "", *, private: bool = False, **changes: tuple[Any, Any]) -> dict[str, Any]:
    """One entry of a ticket's history; `status=("新規", "解決")` and `done=(0, 100)` are changes."""
    named = {"status": "status_id", "done": "done_ratio"}
    details = [
        {
            "property": "attr",
            "name": named[name],
            "old_value": str(NUMBERS.get(old, old)),
            "new_value": str(NUMBERS.get(new, new)),
        }
        for name, (old, new) in changes.items()
    ]
    return {
        "user": {"id": 7, "name": by},
        "created_on": at,
        "notes": text,
        "private_notes": private,
        "details": details,
    }


def issue(number: int, *history: dict[str, Any], status: str = "新規", **fields: Any) -> dict[str, Any]:
    """A ticket as Redmine shows it."""
    journals = [{"id": number * 100 + place, **each} for place, each in enumerate(history)]
    return {
        "id": number,
        "project": {"id": 1, "name": "基盤"},
        "tracker": {"id": 2, "name": "作業"},
        "status": {"id": NUMBERS[status], "name": status, "is_closed": NUMBERS[status] in CLOSED},
        "author": {"id": 9, "name": "大野 慎"},
        "assigned_to": {"id": 7, "name": "佐藤 健"},
        "subject": f"件 {number}",
        "description": "",
        "done_ratio": 0,
        "created_on": "2025-03-01T00:00:00Z",
        "updated_on": max([each["created_on"] for each in history], default="2025-03-01T00:00:00Z"),
        "journals": journals,
        **fields,
    }


def put_tickets(root: Path, *issues: dict[str, Any]) -> None:
    """Tickets in the mirror of a workspace."""
    with Mirror.open(root / ".kb" / "mirror.db") as mirror, mirror.write() as writer:
        rows = {
            str(number): {"id": number, "name": name, "is_closed": number in CLOSED}
            for number, name in STATUSES.items()
        }
        writer.things(Source.REDMINE, "status", rows)
        writer.things(Source.REDMINE, "project", {"1": {"id": 1, "identifier": "infra", "name": "基盤", "status": 1}})
        for each in issues:
            writer.put(redmine_rows.ticket_rows(each, WORLD, notes=True))


def children(*numbers: int) -> list[dict[str, Any]]:
    """Children as Redmine names them in their parent."""
    return [{"id": number, "tracker": {"id": 2, "name": "作業"}, "subject": f"件 {number}"} for number in numbers]


def relation(kind: str, one: int, other: int) -> dict[str, Any]:
    """A relation as `one` states it."""
    return {"id": one * 1000 + other, "issue_id": one, "issue_to_id": other, "relation_type": kind, "delay": None}
