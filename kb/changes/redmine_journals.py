"""What a ticket's journal tells of an edit by kb: which fields it set, and whose values it replaced. Pure.

A list of tickets shows no journals, and a value set just before is gone from the ticket itself: the journal alone
still has it, as the old value of kb's own entry (measured on Redmine 6.0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.changes.plan import Key
from kb.mirror.own_edits import own
from kb.mirror.rows import tables, text, utc

FIELDS: Mapping[str, str] = {Key.STATUS: "status_id", Key.ASSIGNEE: "assigned_to_id"}
"""What a journal calls what a change can touch."""

Journal = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trace:
    """An edit in a journal: the keys it set (`made`), the ids it `replaced` that were not there at the look.

    `crossed` says that a person did something with the ticket between the look and the edit; `noted` that the journal
    has an entry of the edit, whether it set anything or not.
    """

    noted: bool
    made: frozenset[str]
    replaced: Mapping[str, str]
    crossed: bool


def trace(
    journals: Sequence[Journal],
    wanted: Mapping[str, str],
    stood: Mapping[str, str],
    is_ours: Callable[[Journal], bool],
    since: str,
) -> Trace:
    """The edit that set the `wanted` ids, by key, of a ticket that `stood` so when it was looked at.

    `since` is when the ticket had last moved at the look (UTC).
    """
    replaced: dict[str, str] = {}
    made: set[str] = set()
    last, noted = 0, False
    for place, journal in enumerate(journals):
        if not is_ours(journal):
            continue
        noted = True
        for key, value in wanted.items():
            old = _replaced(journal, FIELDS[key], value)
            if old is None:
                continue
            made.add(key)
            last = place
            replaced.pop(key, None)
            if old != stood.get(key, old):
                replaced[key] = old
    before = journals[:last]
    crossed = any(utc(each.get("created_on")) > since and not own(each, text(each.get("notes"))) for each in before)
    return Trace(noted, frozenset(made), replaced, crossed or bool(replaced))


def _replaced(journal: Journal, field: str, value: str) -> str | None:
    """The id an entry replaced with this one in a field, "" for none; None where it did not set that."""
    for each in tables(journal.get("details")):
        if each.get("property") == "attr" and each.get("name") == field and text(each.get("new_value")) == value:
            return text(each.get("old_value"))
    return None
