"""Texts some characters of which are covered: comparing them with what a source sends, and JSON likewise. Pure.

A cover takes the place of each character of a value by one of the same length in UTF-8
(`kb.secrets.masking.covered`), so a text and its covered form agree in everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kb.secrets.masking import cover_of

Json: TypeAlias = Any
"""What JSON holds: objects, lists, texts, numbers, None."""

_COVERS = frozenset(cover_of("a\u00e9\u6f22\U0001f600"))


def is_cover_of(kept: str, sent: str) -> bool:
    """Whether `kept` is `sent`, or `sent` with some characters covered."""
    return kept == sent or (
        len(kept) == len(sent)
        and all(mine == theirs or mine in _COVERS for mine, theirs in zip(kept, sent, strict=True))
    )


def merged(kept: Json, sent: Json) -> Json:
    """What was sent, with each text that is covered in `kept` covered as it is there."""
    if isinstance(sent, str):
        return kept if isinstance(kept, str) and is_cover_of(kept, sent) else sent
    if isinstance(sent, dict) and isinstance(kept, dict):
        return {name: merged(kept[name], value) if name in kept else value for name, value in sent.items()}
    if isinstance(sent, list) and isinstance(kept, list):
        return [merged(kept[at], value) if at < len(kept) else value for at, value in enumerate(sent)]
    return sent


def each_text(value: Json, change: Callable[[str], str]) -> Json:
    """JSON with each of its texts changed; names of fields stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: each_text(below, change) for name, below in value.items()}
    if isinstance(value, list):
        return [each_text(below, change) for below in value]
    return value
