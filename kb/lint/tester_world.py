"""The world a page is tested in: a small file beside it.

today = 2025-07-01
stale_days = 30
members = ["ono"]                # who is there, and in `former` who was
[policy]                         # what kb.toml says of pages: fields of kb.model.PagePolicy
done_mark = "【完了】"
[tickets."#45"]                  # by the words that name it; fields of kb.lint.world.Ticket
key = "redmine:45"
title = "…"
status = "終了"
closed = true
"""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from kb.lint.world import Ticket, World
from kb.model import PagePolicy

TODAY = date(2025, 7, 1)
"""The day of a page whose world names none."""


def world_from(page: Path | None) -> World:
    """The world of a page: of a file of its own name, else `world.toml` or `world.json` of its folder.

    Raises AssertionError for a name nobody knows: a world that is silently ignored tests nothing.
    """
    raw: dict[str, Any] = {}
    if page is not None:
        places = [
            page.with_suffix(".toml"),
            page.with_suffix(".json"),
            *map(page.with_name, ("world.toml", "world.json")),
        ]
        path = next((path for path in places if path.exists()), None)
        if path is not None:
            raw = (
                json.loads(path.read_text("utf-8"))
                if path.suffix == ".json"
                else tomllib.loads(path.read_text("utf-8"))
            )
            unknown = raw.keys() - {"today", "policy", "tickets", "members", "former", "stale_days"}
            assert not unknown, f"{path}: {', '.join(sorted(unknown))} means nothing here"
    today = raw.get("today", TODAY)
    return World(
        today=date.fromisoformat(today) if isinstance(today, str) else today,
        policy=PagePolicy(**_tuples(raw.get("policy", {}))),
        tickets={word: Ticket(**fields) for word, fields in raw.get("tickets", {}).items()},
        members=frozenset(raw.get("members", ())),
        former=frozenset(raw.get("former", ())),
        stale_days=raw.get("stale_days", 30),
    )


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
