"""So many of so many: incident pages without a finding, with a cause, with prevention, posts that are out of WIP …

What can be told of the past is counted the same way then and now: pages without an open finding of some rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kb.lang import Text, t
from kb.lint.ownership import Why
from kb.lint.rules import PAGES
from kb.mirror.events import utc
from kb.mirror.past import Past
from kb.model import Kind
from kb.reports.week.model import Share
from kb.reports.week.scene import Scene, Seen
from linters.incident import for_the_record

_CAUSE = frozenset({"INC201", "INC202", "INC203", "INC204", "INC205", "INC206"})
_PREVENTION = frozenset({"INC401", "INC402", "INC403", "INC404"})
_KINDS: dict[str, tuple[Text, frozenset[str] | None]] = {
    "clean": (t("指摘のない障害の記事", "incident pages without a finding"), None),
    "caused": (t("原因まで書かれた障害の記事", "incident pages with their cause"), _CAUSE),
    "prevented": (t("再発防止まで書かれた障害の記事", "incident pages with prevention"), _PREVENTION),
}
_OTHERS: dict[str, Text] = {
    "measures": t("済んだ対策", "measures done"),
    "published": t("書きかけ（WIP）でない記事", "posts that are no drafts"),
    "owned": t("担当が分かる文書", "documents with an owner"),
}


@dataclass(slots=True)
class Shares:
    """Counts as documents come by. Pages that are kept for the record alone are in no share of incident pages."""

    scene: Scene
    _pages: set[str] = field(default_factory=set)  # the incident pages there were when the week began
    _now: dict[str, list[int]] = field(default_factory=dict)

    def see(self, seen: Seen) -> None:
        """One document."""
        entry = seen.entry
        if entry.part != "body" or entry.kind not in PAGES:
            return
        owner = self.scene.owners.of(entry)
        self._add("owned", owner is not None and owner.why is not Why.STEWARD)
        if entry.kind is Kind.POST:
            self._add("published", not entry.wip)
        row, facts = seen.incident, entry.facts
        if row is None or facts is None or for_the_record(facts, entry.created_at, self.scene.settings.policy):
            return
        codes = {*(each.code for each in seen.open), *seen.held}
        for name, (_, wanted) in _KINDS.items():
            self._add(name, codes.isdisjoint(wanted) if wanted is not None else not codes)
        if not seen.unsure:  # whether a measure is done its ticket knows
            done = self._now.setdefault("measures", [0, 0])
            done[0], done[1] = done[0] + row.done, done[1] + row.measures
        if entry.created_at and entry.created_at < utc(self.scene.week.begins):
            self._pages.add(str(entry.doc))

    def shares(self, past: Past) -> tuple[Share, ...]:
        """The shares of which there is anything; with what they were when the week began, where that is known."""
        return tuple(self._shares(past))

    def _shares(self, past: Past) -> Iterator[Share]:
        begins = self.scene.week.begins
        began = past.began()
        known = bool(began) and began <= utc(begins)
        for name, (label, codes) in _KINDS.items():
            if name in self._now:
                had = self._without(past.documents_at(begins, codes or ())) if known else None
                count, of = self._now[name]
                yield Share(name, label, count, of, had)
        for name, label in _OTHERS.items():
            if name in self._now and self._now[name][1]:
                yield Share(name, label, *self._now[name])

    def _without(self, places: Iterable[tuple[str, str]]) -> int:
        """How many of the incident pages are not among these."""
        return len(self._pages.difference(doc for doc, part in places if part == "body"))

    def _add(self, name: str, fine: bool) -> None:
        counts = self._now.setdefault(name, [0, 0])
        counts[0], counts[1] = counts[0] + fine, counts[1] + 1
