"""Rows of posts and tickets as a sandbox loads them; a test gives the fields that matter to it."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

SATO = {"id": 11, "name": "佐藤"}


def ticket(number: int, **fields: Any) -> Row:
    """Return a new ticket of 佐藤."""
    return {
        "id": number,
        "project": {"id": 1, "name": "基盤"},
        "tracker": {"id": 1, "name": "障害"},
        "status": {"id": 1, "name": "新規"},
        "priority": {"id": 2, "name": "通常"},
        "author": SATO,
        "subject": f"件名 {number}",
        "description": f"説明 {number}",
        "created_on": "2026-01-01T00:00:00Z",
        "updated_on": "2026-01-01T00:00:00Z",
        **fields,
    }


def post(number: int, body: str = "本文", **fields: Any) -> Row:
    """Return a post of 佐藤, edited in the order of numbers."""
    return {
        "number": number,
        "name": f"記事 {number}",
        "category": "運用/手順",
        "body_md": body,
        "created_at": "2026-01-01T00:00:00+09:00",
        "updated_at": f"2026-01-02T{number // 60:02}:{number % 60:02}:00+09:00",
        "created_by": {"screen_name": "sato", "name": "佐藤"},
        **fields,
    }
