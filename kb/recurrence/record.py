"""What is compared of an incident: its sketch with its place in time, and what points to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urlsplit

from kb.model.document import Kind, RawDocId, Source, Visibility, parse_doc
from kb.model.facts import Role, Verdict
from kb.model.page import Entry
from kb.model.recurrence import EarlierIncident, Recurrence, RepeatKind
from kb.model.sketch import IncidentSketch
from kb.reading.pages.declared_kind import find_team_folder
from kb.text.lazy_pattern import compile_lazy

Link: TypeAlias = tuple[str, str]
"""Where something is served ("" where that is not said), and its path there: `posts/12`, `issues/12`, `#12`."""

Answers: TypeAlias = Mapping[frozenset[str], bool]
"""What people answered of two incidents, by their ids: whether they are the same trouble."""
NO_ANSWERS: Answers = {}

VERSION = 2
"""Raised when other pairs would be found, so that kept results are computed again."""

MAX_LINKS = 60
_PATH = compile_lazy("(?:https?://([^/]*)/(?:[^?#]*/)?)?(posts|issues|tickets)/([1-9][0-9]{0,9})(?:[/#?].*)?")
_TAGGED = compile_lazy("#([1-9][0-9]{0,9})")


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident. `key` is its id as text, `host` where it is served, `links` what it names itself.

    `day` is when it happened, or was written where it does not tell (`told` then is False). `team` is the folder in
    which a team keeps its incidents, "" where there is one for all.
    """

    key: str
    doc: RawDocId
    source: Source
    host: str
    visibility: Visibility
    created: str
    day: str
    told: bool
    team: str
    sketch: IncidentSketch
    links: tuple[Link, ...]
    earlier: EarlierIncident

    @property
    def order(self) -> tuple[str, str, str]:
        """What came first: by day, then as written."""
        return self.day, self.created, self.key

    @property
    def compared(self) -> IncidentRecord:
        """What comparing reads: the record without what came of its prevention."""
        return replace(self, earlier=EarlierIncident(self.doc, self.day))


@dataclass(frozen=True, slots=True)
class Repeats:
    """What an incident repeats, as `Recurrence` tells it, by the keys of the earlier ones."""

    earlier: tuple[str, ...]
    likely: tuple[str, ...]
    kind: RepeatKind
    count: int

    def tell(self, find_earlier: Callable[[str], EarlierIncident]) -> Recurrence:
        """Return it with what `find_earlier` knows of each earlier incident."""
        return Recurrence(
            tuple(map(find_earlier, self.earlier)), tuple(map(find_earlier, self.likely)), self.kind, self.count
        )


def build_record(entry: Entry, *, marked_done: bool) -> IncidentRecord | None:
    """Return what is compared of a document; None where it is not one incident."""
    facts = entry.facts
    if facts is None or facts.sketch is None or not facts.is_incident:
        return None
    day = facts.sketch.day or entry.created_at[:10]
    fact = facts.role(Role.PREVENTION)
    verdict = fact.verdict if fact else Verdict.MISSING
    measures = tuple(item for item in facts.items if item.role in (Role.PREVENTION, Role.FIX_PERM))
    named = (link for word in (*facts.links, *facts.tickets) if (link := read_link(word)))
    return IncidentRecord(
        str(entry.doc),
        entry.doc,
        entry.source,
        urlsplit(entry.url).netloc,
        entry.visibility,
        entry.created_at,
        day,
        bool(facts.sketch.day),
        find_team_folder(entry.category) if entry.kind in (Kind.POST, Kind.FILE) else "",
        facts.sketch,
        tuple(dict.fromkeys(named))[:MAX_LINKS],
        EarlierIncident(entry.doc, day, verdict, measures, marked_done),
    )


def read_link(word: str) -> Link | None:
    """Return what a word that names a page or ticket comes to; None for another."""
    if _TAGGED.fullmatch(word):
        return "", word
    if found := _PATH.fullmatch(word):
        return found[1] or "", f"{'posts' if found[2] == 'posts' else 'issues'}/{found[3]}"
    return None


def list_paths(record: IncidentRecord) -> tuple[str, ...]:
    """Return the paths that lead to an incident."""
    number = parse_doc(record.doc).number
    return (f"{'posts' if record.source is Source.ESA else 'issues'}/{number}", f"#{number}") if number else ()
