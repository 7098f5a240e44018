"""Where a Redmine keeps its incidents: which trackers, or which value of a custom field, `kb init` proposes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.reading.tickets.custom_fields import is_section_name
from kb.text.fold import fold_text
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/tickets/places.toml").compiled
_LONGEST_CHOICE = 20  # characters of a value that sorts tickets
_MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class TicketPlaces:
    """What a team without esa could write into `[incidents]`.

    `offered` are the server's trackers, in its order, `trackers` and `fields` those proposed, and `sections` the
    custom fields that are read as sections of a ticket.
    """

    offered: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    sections: tuple[str, ...] = ()


def propose_places(trackers: Sequence[str], tickets: Iterable[Sequence[tuple[str, str]]]) -> TicketPlaces:
    """Return what a server's trackers and the custom fields of some tickets speak for.

    A tracker that is named for trouble comes first, then a field's value that is, then a tracker of bugs.
    """
    seen = [list(fields) for fields in tickets]
    strong = tuple(name for name in trackers if _names(name, _RE.trouble))
    fields = () if strong else _propose_fields(seen)
    weak = () if strong or fields else tuple(name for name in trackers if _names(name, _RE.wrong))
    names = dict.fromkeys(name for ticket in seen for name, _ in ticket)
    return TicketPlaces(tuple(trackers), strong or weak, fields, tuple(filter(is_section_name, names)))


def _names(word: str, kind: re.Pattern[str]) -> bool:
    folded = fold_text(word)
    return bool(kind.search(folded)) and not _RE.about.search(folded)


def _propose_fields(tickets: Sequence[Sequence[tuple[str, str]]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the fields that sort tickets by a few short values, some of which are named for trouble."""
    values: dict[str, dict[str, None]] = {}
    for fields in tickets:
        for name, value in fields:
            values.setdefault(name, {}).update(dict.fromkeys(filter(None, map(str.strip, value.split("\n")))))
    found = []
    for name, each in values.items():
        trouble = tuple(sorted(value for value in each if _names(value, _RE.trouble)))
        short = len(each) <= _MOST_CHOICES and all(len(value) <= _LONGEST_CHOICE for value in each)
        if trouble and short and len(trouble) < len(each) and not is_section_name(name):
            found.append((name, trouble))
    return tuple(found)
