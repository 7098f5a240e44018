"""Masked: the type of a text whose credentials are covered. What is shown, stored, planned or sent takes it.

`kb.ingest` and `kb.secrets` make it, and nothing else does (tests/ingest/test_masked.py), so that mypy says where
masking is missing. It costs nothing at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NewType, cast

if TYPE_CHECKING:
    from typing_extensions import TypeVar  # defaults, which typing has from Python 3.13 on

    AnyText = TypeVar("AnyText", bound=str, default=str, covariant=True)
    SameText = TypeVar("SameText", bound=str)
else:
    from typing import TypeVar

    AnyText = TypeVar("AnyText", bound=str, covariant=True)
    SameText = TypeVar("SameText", bound=str)

Masked = NewType("Masked", str)
"""A text without credentials."""

EMPTY = Masked("")
"""No text at all."""

NO_TEXT: Any = ""
"""The default of fields that hold either kind of text."""


def reshape(text: SameText, change: Callable[[str], str]) -> SameText:
    """Return what `change` makes of a text: what is cut out of a masked text, or tidied, is masked.

    `change` adds no text of a page.
    """
    return cast("SameText", change(text))


def split_lines(text: SameText) -> list[SameText]:
    """Return the lines of a text."""
    return cast("list[SameText]", text.split("\n"))
