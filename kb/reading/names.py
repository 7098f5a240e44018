"""Names of people as they are compared: esa, Redmine and pages write them with other blanks and widths."""

from __future__ import annotations

from kb.reading.fold import folded


def plain(name: str) -> str:
    """A name without widths, blanks, case, and the @ of a mention."""
    return "".join(folded(name).casefold().split()).removeprefix("@")
