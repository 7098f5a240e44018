"""What a journal is told of a target: how it stood, what is about to be sent, and what came of it.

Metadata only. Of a target's body a journal never holds a word, and of secrets in titles only that there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.changes import bodies
from kb.changes.journal import Entry
from kb.changes.plan import Change, Key, Seen, Value, Verb
from kb.changes.remote import Answered, Came, Request, State
from kb.model import Confidence
from kb.secrets.shown import shown_text


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
    return bodies.projected(str(value), str(request.after[key])) if key == Key.BODY else value


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
