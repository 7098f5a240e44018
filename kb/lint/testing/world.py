"""The world a page is tested in: a small file beside it.

today = 2025-07-01
stale_days = 30
members = ["ono"]                # who is there, and in `former` who was
names = ["佐藤 健"]              # who may stand in a mark of kb:verified
plans_measures = true            # whether the team gives measures owners and due dates; else it is not known
[policy]                         # what kb.toml says of pages: fields of kb.model.page.PagePolicy
done_mark = "【完了】"
[tickets."#45"]                  # by the words that name it; fields of kb.rules.world.Ticket
key = "redmine:45"
title = "…"
status = "終了"
closed = true
[states."redmine:45"]            # how a ticket stands, by document; fields of kb.reading.tickets.state.TicketState
status = "解決"
turned = {by = "大野", at = "2025-05-01T00:00:00Z", on = "2025-05-01"}
[document]                       # what a file cannot say of itself; fields of kb.model.document.Document
kind = "issue"
doc = "redmine:45"
[gone]                           # addresses that lead nowhere, with what they led to
"https://docs.esa.io/posts/12" = "esa:12"
[recurrence]                     # what the page repeats; fields of kb.model.recurrence.Recurrence
count = 2
earlier = [{doc = 1204, day = "2025-03-02", prevention = "placeholder"}]
[ticket_policy]                  # fields of kb.reading.tickets.state.TicketPolicy
quiet_days = 14
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from kb.model.document import Document, Kind, Source
from kb.model.facts import Item, ItemState, Role, Verdict
from kb.model.page import PagePolicy
from kb.model.recurrence import EarlierIncident, Recurrence, RepeatKind
from kb.reading.tickets.state import Attribution, NoteMeaning, RelatedTicket, TicketPolicy, TicketState
from kb.rules.world import Ticket, World
from kb.settings.toml import load_toml
from kb.text.fold import normalize_name
from kb.text.lines import Span

TODAY = date(2025, 7, 1)
"""The day of a page whose world names none."""


def load_test_world(page: Path | None) -> World:
    """Return a page's world: from a file of its own name, else `world.toml` or `world.json` in its folder.

    Raises AssertionError for an unknown name: a world that is silently ignored tests nothing.
    """
    raw = _read_world_file(page)
    today = raw.get("today", TODAY)
    return World(
        today=date.fromisoformat(today) if isinstance(today, str) else today,
        policy=PagePolicy(**_tuples(raw.get("policy", {}))),
        tickets={word: Ticket(**fields) for word, fields in raw.get("tickets", {}).items()},
        members=frozenset(raw.get("members", ())),
        former=frozenset(raw.get("former", ())),
        stale_days=raw.get("stale_days", 30),
        ticket_policy=TicketPolicy(**_tuples(raw.get("ticket_policy", {}))),
        states={doc: _state(doc, fields) for doc, fields in raw.get("states", {}).items()},
        gone=raw.get("gone", {}),
        folders=tuple(raw.get("folders", ("Users/*",))),
        wip_days=raw.get("wip_days", 60),
        verified_days=raw.get("verified_days", 180),
        names=frozenset(map(normalize_name, raw.get("names", ()))),
        bots=frozenset(map(normalize_name, raw.get("bots", ()))),
        plans_measures=raw.get("plans_measures"),
        recurrences=_recurrences(page, raw),
    )


def apply_test_fields(document: Document, page: Path) -> Document:
    """Return a page's document with the fields of the file beside it."""
    fields = _tuples(_read_world_file(page).get("document", {}))
    for name, choices in (("kind", Kind), ("source", Source)):
        if name in fields:
            fields[name] = choices(fields[name])
    return replace(document, **fields)


def _read_world_file(page: Path | None) -> dict[str, Any]:
    """Return the file beside a page. Raises AssertionError for an unknown name."""
    if page is None:
        return {}
    names = [page.with_suffix(".toml"), page.with_suffix(".json"), *map(page.with_name, ("world.toml", "world.json"))]
    path = next((path for path in names if path.exists()), None)
    if path is None:
        return {}
    text = path.read_text("utf-8")
    raw: dict[str, Any] = json.loads(text) if path.suffix == ".json" else load_toml(text)
    unknown = raw.keys() - _NAMES
    assert not unknown, f"{path}: {', '.join(sorted(unknown))} means nothing here"
    return raw


_NAMES = {
    "document", "today", "policy", "tickets", "members", "former", "stale_days", "ticket_policy", "states", "gone",
    "folders", "wip_days", "verified_days", "names", "bots", "plans_measures", "recurrence",
}  # fmt: skip


def _recurrences(page: Path | None, raw: dict[str, Any]) -> dict[str, Recurrence]:
    """Return what the page repeats, by its own id."""
    fields = raw.get("recurrence")
    if page is None or fields is None:
        return {}
    made: dict[str, Any] = dict(fields)
    for name in ("earlier", "likely"):
        made[name] = tuple(_earlier(each) for each in fields.get(name, ()))
    made["kind"] = RepeatKind(fields.get("kind", "said" if made["earlier"] else "likely"))
    return {str(raw.get("document", {}).get("doc", page.as_posix())): Recurrence(**made)}


def _earlier(fields: dict[str, Any]) -> EarlierIncident:
    """Return an earlier incident; its `measures` are the states they are in."""
    nowhere = Span(1, 1, 1, 1)
    states = fields.get("measures", ())
    measures = tuple(Item(Role.PREVENTION, ItemState(state), nowhere) for state in states)
    verdict = Verdict(fields.get("prevention", "concrete" if measures else "missing"))
    return EarlierIncident(fields["doc"], fields["day"], verdict, measures, fields.get("marked_done", False))


def _state(doc: str, fields: dict[str, Any]) -> TicketState:
    """Return a ticket's state: people as tables, other tickets as lists of tables."""
    made: dict[str, Any] = {"key": doc, "closed": False, **fields}
    for name, value in made.items():
        if isinstance(value, dict):
            made[name] = Attribution(**value)
        elif isinstance(value, list):
            made[name] = tuple(RelatedTicket(**each) for each in value)
    return TicketState(**made | {"says": NoteMeaning(made.get("says", "nothing"))})


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
