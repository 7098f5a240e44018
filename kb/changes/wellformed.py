"""Whether an entry of a journal says what kb would have written: a journal may come from anybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kb.changes.plan import KEYS, TYPES, Key
from kb.changes.remote import Came
from kb.model import Source

_ABOUT_ONE = frozenset({"intend", "limited", *Came})
"""Entries about one target; that of others is no post and no ticket."""

_TARGET = re.compile(r"(?:esa|redmine):[1-9][0-9]{0,17}")
_TICKET = re.compile(r"redmine:[1-9][0-9]{0,17}")


def wellformed(entry: Any) -> bool:
    """Whether this is an entry in which whatever is there is of the kind it should be; other keys do not matter."""
    if not isinstance(entry, dict) or not isinstance(entry.get("what"), str):
        return False
    if "target" not in entry or entry["what"] not in _ABOUT_ONE:
        return _text(entry.get("at", ""), Source.ESA)
    target = entry["target"]
    if not isinstance(target, str) or not _TARGET.fullmatch(target):
        return False
    fields = {**_FIELDS, "along": _stood if entry["what"] == "intend" else _moved}
    return _object(fields)(entry, Source(target.partition(":")[0]))


def _text(value: Any, source: Source) -> bool:
    return isinstance(value, str)


def _texts(value: Any, source: Source) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _number(value: Any, source: Source) -> bool:
    return type(value) is int and abs(value) < 2**63


def _values(value: Any, source: Source) -> bool:
    """Fields a change can touch in this system, each of its type."""
    return isinstance(value, dict) and all(_of_key(key, each, source) for key, each in value.items())


def _of_key(key: str, value: Any, source: Source) -> bool:
    if key not in KEYS[source]:
        return False
    return _texts(value, source) if TYPES[Key(key)] is tuple else type(value) is TYPES[Key(key)]


def _object(fields: Mapping[str, Callable[[Any, Source], bool]]) -> Callable[[Any, Source], bool]:
    """An object whose fields, as far as they are there, are of these kinds."""
    return lambda value, source: (
        isinstance(value, dict) and all(fits(value[key], source) for key, fits in fields.items() if key in value)
    )


def _tickets(fits: Callable[[Any, Source], bool]) -> Callable[[Any, Source], bool]:
    """Something about each of some tickets, by their targets."""
    return lambda value, source: (
        isinstance(value, dict)
        and all(_TICKET.fullmatch(key) and fits(each, Source.REDMINE) for key, each in value.items())
    )


_stood = _tickets(_values)
_moved = _tickets(_object({"before": _values, "after": _values, "updated_at": _text}))

_FIELDS: Mapping[str, Callable[[Any, Source], bool]] = {
    "at": _text,
    "title": _text,
    "changes": _texts,
    "kinds": _texts,
    "before": _values,
    "after": _values,
    "overwritten": _values,
    "hidden": _texts,
    "hunks": _texts,
    "answered": _number,
    "seen": _object({"updated_at": _text, "revision": _number}),
    "state": _object({"values": _values, "updated_at": _text, "revision": _number}),
    "why": _object({"ja": _text, "en": _text}),
}
