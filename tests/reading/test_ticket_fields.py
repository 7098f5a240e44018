"""Custom fields of a ticket are its sections: which tickets are incidents, and what is found in which field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.judge import Judge
from kb.settings.kb_toml import IncidentSettings

TICKETS = [
    json.loads(line)
    for line in (Path(__file__).parent / "tickets" / "fields.jsonl").read_text(encoding="utf-8").splitlines()
]
JUDGED = ("INC2", "INC3", "INC4")


def make_ticket(row: dict[str, Any]) -> Document:
    return Document(
        doc="redmine:7",
        source=Source.REDMINE,
        kind=Kind.TICKET,
        title=row["title"],
        body=row["body"],
        markup=Markup(row["markup"]),
        category="yoyaku",
        created_at="2026-08-03T02:00:00Z",
        custom_fields=tuple((name, value) for name, value in row["fields"]),
        meta={"tracker": row["tracker"], "status": "新規", "closed": False},
    )


def make_policy(row: dict[str, Any]) -> PagePolicy:
    return PagePolicy(
        incident_trackers=tuple(row["trackers"]),
        incident_fields=tuple((name, tuple(values)) for name, values in row["places"]),
        other=IncidentSettings().not_places,
    )


@pytest.mark.parametrize("row", TICKETS, ids=lambda row: row["name"])
def test_fields_are_sections_of_their_ticket(row: dict[str, Any]) -> None:
    rules = [rule for rule in registry.load_rules() if rule.code.startswith(JUDGED) and rule.check is not None]
    judgement = Judge(rules, make_policy(row), read=read_facts)(make_ticket(row))
    assert not judgement.crashes
    facts = judgement.entry.facts
    assert facts is not None
    assert facts.is_incident is row["incident"]
    found = [[each.code, each.part, each.span.line] for each in judgement.findings if each.severity > 1]
    assert sorted(found) == row["found"]
