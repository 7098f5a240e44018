"""The list as JSON, for programs: `{"format": 1, "left_out": 0, "incidents": […], "groups": […]}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from kb.lint.formats.jsonl import dump
from kb.reports.incidents.groups import Group
from kb.reports.incidents.rows import Incident


def lines(rows: Sequence[Incident], groups: Sequence[Group], hidden: int = 0) -> Iterator[str]:
    """The lines of the object, a row in each; `hidden` are those that not every reader may see, and are not in it."""
    yield f'{{"format": 1, "left_out": {hidden}, "incidents": ['
    for number, row in enumerate(rows):
        yield (",\n" if number else "\n") + dump(_row(row))
    yield '\n], "groups": ['
    for number, group in enumerate(groups):
        found = {
            "key": group.key,
            "count": len(group.rows),
            "open": group.open,
            "docs": [row.doc for row in group.rows],
        }
        yield (",\n" if number else "\n") + dump(found)
    yield "\n]}\n"


def _row(row: Incident) -> dict[str, Any]:
    return asdict(row) | {"visibility": row.visibility.name.lower(), "dated": row.dated}
