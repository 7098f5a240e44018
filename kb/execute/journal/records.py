"""Build, read and validate journal entries.

Metadata only: a journal holds no word of a body, and of a secret in a title only that there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from kb.model.document import parse_doc
from kb.model.plan import (
    KEY_TYPES,
    TICKET_KEYS,
    TICKET_PATTERN,
    Change,
    ChangeKey,
    SeenState,
    Value,
    Verb,
    is_target,
    keys_of,
)
from kb.model.request import ChangeRequest, Outcome, PlacedNumber, Result, TargetState
from kb.plan.links.change import describe_hunk
from kb.plan.sections import block
from kb.plan.sections.numbers import LINES_PATTERN, NUMBER_PATTERN
from kb.plan.values import settled_values
from kb.secrets.mask_document import mask_text


def intent_entry(
    request: ChangeRequest, seen: TargetState, states: Mapping[int, TargetState], *, unmarked: bool = False
) -> dict[str, object]:
    """Return what is about to be sent, and the state of the target and of what changes along with it."""
    system = parse_doc(request.target).source
    entry: dict[str, object] = {
        "target": request.target,
        "title": request.changes[0].title,
        "changes": list(request.identities),
        "kinds": sorted({each.kind.value for each in request.changes}),
        "before": {key: _project_value(key, settled_values(seen.values)[key], request) for key in request.after},
        "after": dict(request.after),
        "seen": {"revision": seen.revision, "updated_at": seen.updated_at},
    }
    if unmarked:
        entry["unmarked"] = True
    if request.aside:
        entry["aside"] = True
    if answers := [{"asked": each.asked, "answer": each.answer} for each in request.changes if each.answer]:
        entry["answers"] = answers
    if request.answered:
        entry["answered"] = request.answered
    if request.mark:
        entry["mark"] = request.mark
    if request.numbers:
        entry["numbers"] = [asdict(each) for each in request.numbers]
    if hunks := [line for each in request.changes for line in (*each.hunks, *describe_hunk(each))]:
        entry["hunks"] = hunks
    along = {f"{system}:{number}": _values_along(states[number]) for number in request.along if number in states}
    return entry | ({"along": along} if along else {})


def _project_value(key: str, value: Value, request: ChangeRequest) -> Value:
    """Return the part of a value a request is about: the written section of a text, the notes it names."""
    if key == ChangeKey.BODY:
        return block.project_digest(str(value), str(request.after[key]))
    wanted = request.after[key]
    if key == ChangeKey.NOTES and isinstance(value, tuple) and isinstance(wanted, tuple):
        named = {each.partition(" ")[0] for each in wanted}
        return tuple(each for each in value if each.partition(" ")[0] in named)
    return value


def _values_along(state: TargetState) -> dict[str, Value]:
    """Return the values of a target that changes along, without its text and notes."""
    return {key: value for key, value in state.values.items() if key not in (ChangeKey.BODY, ChangeKey.NOTES)}


def request_from_intent(intend: Entry) -> ChangeRequest:
    """Rebuild a request from its journal entry alone; the plan may differ by now."""
    target, before, after = str(intend["target"]), parse_values(intend.get("before")), parse_values(intend.get("after"))
    kinds = [Verb(each) for each in intend.get("kinds") or () if each in set(Verb)]
    kind, title = kinds[0] if kinds else Verb.UNDO, mask_text(str(intend.get("title", "")))
    change = Change(kind, target, before, after, SeenState(""), title=title)
    known_as = tuple(str(each) for each in intend.get("changes") or ())
    along, unmarked = tuple(states_along_intent(intend)), intend.get("unmarked") is True
    answered, mark = int(intend.get("answered") or 0), str(intend.get("mark") or "")
    return ChangeRequest(
        target,
        change.number,
        (change,),
        before,
        after,
        along=along,
        known_as=known_as,
        unmarked=unmarked,
        answered=answered,
        aside=intend.get("aside") is True,
        mark=mark,
        numbers=numbers_from_intent(intend),
    )


def numbers_from_intent(intend: Entry) -> tuple[PlacedNumber, ...]:
    """Return the tickets' numbers that a request put into a text, or took out."""
    return tuple(PlacedNumber(**{name: each[name] for name in _NUMBER_FIELDS}) for each in intend.get("numbers") or ())


def state_from_intent(intend: Entry) -> TargetState:
    """Return the target's state when its request was journaled."""
    seen = intend.get("seen") or {}
    return TargetState(
        parse_values(intend.get("before")), int(seen.get("revision") or 0), str(seen.get("updated_at") or "")
    )


def states_along_intent(intend: Entry) -> dict[int, TargetState]:
    """Return the states then of what changes along, by number."""
    found = intend.get("along") or {}
    return {parse_doc(target).number: TargetState(parse_values(values), 0, "") for target, values in found.items()}


def result_entry(
    request: ChangeRequest, result: Result, before: Mapping[int, TargetState], now: Mapping[int, TargetState]
) -> dict[str, object]:
    """Return the outcome of a request, and what changed along with its target."""
    system = parse_doc(request.target).source
    entry: dict[str, object] = {"target": request.target, "changes": list(request.identities)}
    if result.outcome is not Outcome.DONE:  # there may be no intent entry with its title
        entry["title"] = request.changes[0].title
    if result.why is not None:
        entry["why"] = {"ja": result.why.ja, "en": result.why.en}
    if result.perhaps:
        entry["perhaps"] = True
    if result.state is not None:
        state = result.state
        touched = mask_values(
            {k: _project_value(k, state.values[k], request) for k in request.after if k in state.values}
        )
        entry["state"] = {"values": touched, "revision": state.revision, "updated_at": state.updated_at}
        if state.made:
            status = mask_text(str(state.values.get(ChangeKey.STATUS, "")))
            entry |= {"made": f"redmine:{state.made}", "status": status, "closing": state.closing}
    if result.crossed:
        lost = mask_values(result.overwritten)
        entry |= {"crossed": True, "overwritten": lost}
        if hidden := [key for key, value in result.overwritten.items() if value != lost[key]]:
            entry["hidden"] = hidden
    if result.theirs:
        entry["theirs"] = list(result.theirs)
    along = {
        f"{system}:{number}": {
            "before": _values_along(before[number]),
            "after": _values_along(now[number]),
            "updated_at": now[number].updated_at,
        }
        for number in request.along
        if number in before and number in now
    }
    return entry | ({"along": along} if along else {})


def mask_values(values: Mapping[str, Value]) -> dict[str, Value]:
    """Mask secrets in values: somebody may have added one after the plan was checked."""
    found: dict[str, Value] = {}
    for key, value in values.items():
        texts = value if isinstance(value, tuple) else (value,)
        shown = [mask_text(each) if isinstance(each, str) else each for each in texts]
        found[key] = tuple(map(str, shown)) if isinstance(value, tuple) else shown[0]
    return found


def parse_values(found: Any) -> dict[str, Value]:
    """Return the values of an entry, lists as tuples."""
    values = found if isinstance(found, Mapping) else {}
    return {str(key): tuple(value) if isinstance(value, list) else value for key, value in values.items()}


_ABOUT_ONE = frozenset({"intend", "limited", *Outcome})
"""Entries about one target, each of a post or a ticket."""

Keys = Sequence[ChangeKey]
Fits = Callable[[Any, Keys], bool]
"""Whether a value of an entry has its type, given what the entry's target can be changed in."""


def is_valid_entry(entry: Any) -> bool:
    """Whether every known key of an entry has its type: a journal may come from anybody."""
    if not isinstance(entry, dict) or not isinstance(entry.get("what"), str):
        return False
    if "target" not in entry or entry["what"] not in _ABOUT_ONE:
        return _is_text(entry.get("at", ""), ())
    target = entry["target"]
    if not isinstance(target, str) or not is_target(target):
        return False
    fields = {**_FIELDS, "along": _stood if entry["what"] == "intend" else _moved}
    return _object_of(fields)(entry, keys_of(target))


def _is_text(value: Any, keys: Keys) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any, keys: Keys) -> bool:
    return isinstance(value, bool)


def _is_texts(value: Any, keys: Keys) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_number(value: Any, keys: Keys) -> bool:
    return type(value) is int and abs(value) < 2**63


def _is_ticket(value: Any, keys: Keys) -> bool:
    return isinstance(value, str) and TICKET_PATTERN.fullmatch(value) is not None


def _is_placed_number(value: Any, keys: Keys) -> bool:
    """Whether this says where a ticket's number stands: it is written into a text again by an undo."""
    if not isinstance(value, dict) or set(value) != {*_NUMBER_FIELDS}:
        return False
    words = value["before"], value["after"]
    return (
        all(_is_number(value[name], keys) and value[name] > 0 for name in ("line", "column"))
        and all(isinstance(each, str) and (not each or NUMBER_PATTERN.fullmatch(each)) for each in words)
        and isinstance(value["text"], str)
        and LINES_PATTERN.fullmatch(value["text"]) is not None
    )


def _is_values(value: Any, keys: Keys) -> bool:
    """Whether these are fields a change can touch in its target, each of its type."""
    return isinstance(value, dict) and all(_is_value(key, each, keys) for key, each in value.items())


def _is_value(key: str, value: Any, keys: Keys) -> bool:
    if key not in keys:
        return False
    return _is_texts(value, keys) if KEY_TYPES[ChangeKey(key)] is tuple else type(value) is KEY_TYPES[ChangeKey(key)]


def _list_of(fits: Fits) -> Fits:
    return lambda value, keys: isinstance(value, list) and all(fits(each, keys) for each in value)


def _object_of(fields: Mapping[str, Fits]) -> Fits:
    """Return a check that an object's fields, where present, pass theirs."""
    return lambda value, keys: (
        isinstance(value, dict) and all(fits(value[key], keys) for key, fits in fields.items() if key in value)
    )


def _per_ticket(fits: Fits) -> Fits:
    """Return a check of a value for each of some tickets, by target."""
    return lambda value, keys: (
        isinstance(value, dict)
        and all(TICKET_PATTERN.fullmatch(key) and fits(each, TICKET_KEYS) for key, each in value.items())
    )


_NUMBER_FIELDS = ("line", "column", "before", "after", "text")
_stood = _per_ticket(_is_values)
_moved = _per_ticket(_object_of({"before": _is_values, "after": _is_values, "updated_at": _is_text}))

_FIELDS: Mapping[str, Fits] = {
    "at": _is_text,
    "title": _is_text,
    "changes": _is_texts,
    "kinds": _is_texts,
    "before": _is_values,
    "after": _is_values,
    "overwritten": _is_values,
    "theirs": _is_texts,
    "hidden": _is_texts,
    "hunks": _is_texts,
    "answered": _is_number,
    "mark": _is_text,
    "numbers": _list_of(_is_placed_number),
    "made": _is_ticket,
    "perhaps": _is_flag,
    "status": _is_text,
    "closing": _is_text,
    "seen": _object_of({"updated_at": _is_text, "revision": _is_number}),
    "state": _object_of({"values": _is_values, "updated_at": _is_text, "revision": _is_number}),
    "why": _object_of({"ja": _is_text, "en": _is_text}),
}


Entry = Mapping[str, Any]
