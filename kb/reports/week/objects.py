"""The week as JSON, for programs: one object `{"format": 1, …}` of all that a Week holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum, IntEnum
from typing import Any

from kb.lang import Text
from kb.lint.formats.jsonl import dump
from kb.reports.week.model import Week

FORMAT = 1


def lines(week: Week) -> Iterator[str]:
    """The object, with its line end: texts in the language in use, days as ISO dates, times with their zone."""
    yield dump({"format": FORMAT, **_plain(week), "moved": _plain(week.changed.moved)}) + "\n"


def _plain(value: Any) -> Any:
    """A value as JSON has it; what kinds there are is said by the lower-case name."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
