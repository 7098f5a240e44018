"""A week in a ticket of a real Redmine: written, found the same, kept beside what others write, and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from changes.test_real_redmine import kb, mirrored
from servers import RealRedmine

__all__ = ["kb", "mirrored"]

pytestmark = pytest.mark.redmine


def test_a_week_in_a_ticket_comes_and_goes(closing_redmine: RealRedmine, kb: Callable[..., str]) -> None:
    number = closing_redmine.ids["closing"]["bug"]

    def text() -> str:
        with closing_redmine.client("tanaka") as client:
            return str(client.get(f"/issues/{number}.json").json()["issue"]["description"])

    def edit(description: str) -> None:
        with closing_redmine.client("tanaka") as client:
            assert client.put(f"/issues/{number}.json", json={"issue": {"description": description}}).is_success

    edit("一行目\n\n二行目")
    toml = Path("kb.toml")
    toml.write_text(toml.read_text() + f"[report]\nredmine_ticket = {number}\n", encoding="utf-8")
    kb("sync")
    kb("report", "--publish", "redmine", "--insert", "bottom", "--yes", "--now", "2026-11-20T09:00")
    first = text()
    assert first.startswith("一行目\r\n\r\n二行目\r\n\r\n<!-- kb:report begin sha256=")
    kb("report", "--publish", "redmine", "--now", "2026-11-20T09:00")
    assert text() == first
    edit(first.replace("一行目", "直した一行目"))
    kb("report", "--publish", "redmine", "--yes", "--now", "2026-11-27T09:00")
    assert text().startswith("直した一行目")
    assert "2026-W48" in text()
    back = json.loads(kb("undo", "last", "--yes", "--json"))
    assert (back["done"], text()) == (1, first.replace("一行目", "直した一行目"))
    assert json.loads(kb("undo", back["run"], "--yes", "--json"))["done"] == 1
    assert "2026-W48" in text()
    edit(text().replace("週報", "人が直した週報"))
    kb("report", "--publish", "redmine", "--yes", "--now", "2026-12-04T09:00", code=5)
