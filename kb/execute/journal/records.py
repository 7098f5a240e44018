"""What a journal is told of a target: how it stood, what is about to be sent, and what came of it.

Metadata only. Of a target's body a journal never holds a word, and of secrets in titles only that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from kb.model.document import Source
from kb.model.facts import Confidence
from kb.model.plan import KEYS, TYPES, Change, Key, Seen, Value, Verb
from kb.model.request import Answered, Came, Request, State
from kb.plan.sections import block
from kb.secrets.mask_document import shown_text


def intended(
    request: Request, seen: State, states: Mapping[int, State], *, unmarked: bool = False
) -> dict[str, object]:
    """What is about to be sent, and how the target and what changes along with it stood just before."""
    system = request.target.partition(":")[0]
    entry: dict[str, object] = {
        "target": request.target,
        "title": shown_text(request.changes[0].title),
        "changes": list(request.identities),
        "kinds": sorted({each.kind.value for each in request.changes}),
        "before": {key: _as_asked(key, seen.values[key], request) for key in request.after},
        "after": dict(request.after),
        "seen": {"revision": seen.revision, "updated_at": seen.updated_at},
    }
    if unmarked:
        entry["unmarked"] = True
    if request.answered:
        entry["answered"] = request.answered
    if hunks := [line for each in request.changes for line in each.hunks]:
        entry["hunks"] = hunks
    along = {f"{system}:{number}": _told(states[number]) for number in request.along if number in states}
    return entry | ({"along": along} if along else {})


def _as_asked(key: str, value: Value, request: Request) -> Value:
    """A value as far as a request is about it: of a text with sections only the one that is written."""
    return block.projected(str(value), str(request.after[key])) if key == Key.BODY else value


def _told(state: State) -> dict[str, Value]:
    """The values of what changes along, whose text nobody touches."""
    return {key: value for key, value in state.values.items() if key != Key.BODY}


def request_in(intend: Entry) -> Request:
    """The request that was written down, told from the journal alone: the plan may say otherwise by now."""
    target, before, after = str(intend["target"]), values_in(intend.get("before")), values_in(intend.get("after"))
    kinds = [Verb(each) for each in intend.get("kinds") or () if each in set(Verb)]
    change = Change(
        kind=kinds[0] if kinds else Verb.UNDO,
        target=target,
        before=before,
        after=after,
        seen=Seen("", 0),
        group="",
        reason="",
        confidence=Confidence.HIGH,
        title=str(intend.get("title", "")),
    )
    known_as = tuple(str(each) for each in intend.get("changes") or ())
    along, unmarked = tuple(stood_along(intend)), intend.get("unmarked") is True
    answered = int(intend.get("answered") or 0)
    return Request(target, change.number, (change,), before, after, "", along, known_as, unmarked, answered)


def stood(intend: Entry) -> State:
    """How a target stood when its request was written down."""
    seen = intend.get("seen") or {}
    return State(values_in(intend.get("before")), int(seen.get("revision") or 0), str(seen.get("updated_at") or ""))


def stood_along(intend: Entry) -> dict[int, State]:
    """How what changes along stood then, by number."""
    found = intend.get("along") or {}
    return {int(target.rpartition(":")[2]): State(values_in(values), 0, "") for target, values in found.items()}


def result(
    request: Request, answered: Answered, before: Mapping[int, State], now: Mapping[int, State]
) -> dict[str, object]:
    """What came of a target, and of what changed along with it."""
    system = request.target.partition(":")[0]
    entry: dict[str, object] = {"target": request.target, "changes": list(request.identities)}
    if answered.came is not Came.DONE:  # nothing may have been about to be sent that would say what it is called
        entry["title"] = shown_text(request.changes[0].title)
    if answered.why is not None:
        entry["why"] = {"ja": answered.why.ja, "en": answered.why.en}
    if answered.state is not None:
        state = answered.state
        touched = masked({k: _as_asked(k, state.values[k], request) for k in request.after if k in state.values})
        entry["state"] = {"values": touched, "revision": state.revision, "updated_at": state.updated_at}
    if answered.crossed:
        lost = masked(answered.overwritten)
        entry |= {"crossed": True, "overwritten": lost}
        if hidden := [key for key, value in answered.overwritten.items() if value != lost[key]]:
            entry["hidden"] = hidden
    along = {
        f"{system}:{number}": {
            "before": _told(before[number]),
            "after": _told(now[number]),
            "updated_at": now[number].updated_at,
        }
        for number in request.along
        if number in before and number in now
    }
    return entry | ({"along": along} if along else {})


def masked(values: Mapping[str, Value]) -> dict[str, Value]:
    """Values without secrets: somebody may have written one where there was none when the plan was checked."""
    found: dict[str, Value] = {}
    for key, value in values.items():
        texts = value if isinstance(value, tuple) else (value,)
        shown = [shown_text(each) if isinstance(each, str) else each for each in texts]
        found[key] = tuple(map(str, shown)) if isinstance(value, tuple) else shown[0]
    return found


def values_in(found: Any) -> dict[str, Value]:
    """The values of an entry, lists as the tuples they were."""
    values = found if isinstance(found, Mapping) else {}
    return {str(key): tuple(value) if isinstance(value, list) else value for key, value in values.items()}


# Whether an entry of a journal says what kb would have written: a journal may come from anybody.


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


Entry = Mapping[str, Any]
