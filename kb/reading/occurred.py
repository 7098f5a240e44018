"""The day an incident occurred, as its page tells it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from kb.model import Role
from kb.reading.claims import claims
from kb.reading.dates import find_date
from kb.reading.sections import Section

_WHEN = re.compile("発生|日時|日付|いつ|検知|障害日|date|when|started", re.I)
_AHEAD = frozenset({Role.PREVENTION, Role.FIX_PERM})
_HALF_A_YEAR = timedelta(days=181)  # so that the nearest day is at most one after the page's, by another clock


def occurred_on(title: str, found: Sequence[Section], written: date | None) -> str:
    """What a line on it says, else the title, else the first date with a time; ISO, "" when none is told.

    Nobody writes of an incident before it happens: a date without a year is the last one before the
    page was `written`. Days of measures are none of the incident.
    """
    near = written - _HALF_A_YEAR if written and written > date.min + _HALF_A_YEAR else written
    behind = [section for section in found if not section.measure and not _AHEAD.intersection(section.roles)]
    for section in behind:
        if section.head and _WHEN.search(section.head.label):
            for claim in claims(section):
                if day := find_date(claim.text, near):
                    return day
    said = [claim.text for section in behind for claim in claims(section)]
    for text in said:
        if _WHEN.search(text[:12]) and (day := find_date(text, near)):
            return day
    if day := find_date(title, near):
        return day
    return next((day for text in said if ":" in text and (day := find_date(text, near))), "")
