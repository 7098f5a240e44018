"""How far a source's list of its members can be believed."""

from __future__ import annotations

from enum import StrEnum


class ListState(StrEnum):
    """How the list came. Only a whole one says of anybody that they are not on it."""

    WHOLE = "whole"
    CUT = "cut"  # fewer than it says there are, or without the reader
    DENIED = "denied"
