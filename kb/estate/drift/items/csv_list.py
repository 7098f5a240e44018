"""What lists say that people keep. Pure."""

from __future__ import annotations

from kb.estate.drift.items.item import Item


class ListedMachine(Item, frozen=True):
    """A row of a list that people keep; `checked_at` is the ISO date on which somebody last looked."""

    host: str
    ip: str = ""
    role: str = ""
    owner: str = ""
    checked_at: str = ""


class CsvItems(Item, frozen=True):
    """A list of machines that people keep."""

    rows: tuple[ListedMachine, ...] = ()
