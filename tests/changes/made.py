"""Changes as tests need them: a target and what becomes of it."""

from __future__ import annotations

from typing import Any

from kb.model.facts import Confidence
from kb.model.plan import Change, SeenState, Value, Verb

SEEN = SeenState("2026-11-20T00:00:00Z", 3)


def change(target: str, kind: Verb = Verb.MOVE, *, group: str = "", **keys: tuple[Value, Value]) -> Change:
    """`change("esa:1", title=("before", "after"))`; what does not matter is filled in."""
    before: dict[str, Value] = {key: values[0] for key, values in keys.items()}
    after: dict[str, Value] = {key: values[1] for key, values in keys.items()}
    return Change(kind, target, before, after, SEEN, group or f"{kind} の組", "理由", Confidence.HIGH)


def moved(number: int, before: str, after: str, kind: Verb = Verb.MOVE, **given: Any) -> Change:
    """A post that goes to another category."""
    return change(f"esa:{number}", kind, category=(before, after), **given)


def titled(number: int, before: str, after: str, kind: Verb = Verb.RETITLE, **given: Any) -> Change:
    """A post that gets another title."""
    return change(f"esa:{number}", kind, title=(before, after), **given)


def closed(number: int, was: str = "解決", **given: Any) -> Change:
    """A ticket that is closed."""
    return change(f"redmine:{number}", Verb.CLOSE, status=(was, "終了"), **given)
