"""Values that a later document of a run told → the judgements on earlier ones with them covered. Pure.

Files and lines are read once, in their order, so a value may stand in one before another says what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from kb.lint.judge import Judgement
from kb.lint.sight import MOST_TAGS, without_known
from kb.model import Document, Secret, Span
from kb.secrets.inside import inside
from kb.secrets.secret import text_of

_PLACES = frozenset({"doc", "part", "url", "fingerprint", "content"})
"""What something is called is masked where it is shown, and a hash holds no words."""


def told_by(document: Document, secrets: tuple[Secret, ...]) -> Iterator[tuple[str, Secret]]:
    """The credentials that were found in a document, each with the text it stands in."""
    for each in secrets:
        yield text_of(document, each.part), each
    for word in (document.category, *document.tags[:MOST_TAGS]):
        for each in inside(word):
            yield word, each


def covered_again(judgement: Judgement) -> Judgement:
    """The judgement with the values covered that are known by now."""
    covered: Judgement = _covered(judgement)
    return covered


def _covered(value: Any) -> Any:
    if isinstance(value, str):
        return value if isinstance(value, Enum) else without_known(value)
    if isinstance(value, tuple):
        new = tuple(map(_covered, value))
        return value if all(a is b for a, b in zip(value, new, strict=True)) else new
    if is_dataclass(value) and not isinstance(value, (type, Span)):
        changed = {}
        for each in fields(value):
            if each.name not in _PLACES:
                old = getattr(value, each.name)
                new = _covered(old)
                if new is not old:
                    changed[each.name] = new
        return replace(value, **changed) if changed else value
    return value
