"""Count shares (incident pages without a finding, with a cause, posts out of WIP), sources, and what is left out.

Past values are counted the same way: pages without an open finding of some rules.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from kb.lint.engine.start import unsettled_fingerprints
from kb.lint.people.ownership import OwnerReason
from kb.mirror.history.events import format_utc
from kb.mirror.history.start import OpenNow, StartMeasures
from kb.mirror.history.state import StateDb
from kb.mirror.history.timeline import Timeline
from kb.mirror.store import Mirror
from kb.model.document import PAGE_KINDS, Kind, Source, Visibility, doc_range, parse_doc
from kb.reading.pages.marks import MarkStatus, check_mark
from kb.reports.incidents.rows import call_tickets
from kb.reports.week.context import ReportContext, SeenDocument, TopItems
from kb.reports.week.model import SourceState, WeekRow, WeekShare
from kb.settings.kb_toml import Settings
from kb.sources.registry import configured_sources
from kb.text.display import sanitize
from kb.text.lang import Text, t
from linters.incident import is_for_the_record

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
class ShareCounter:
    """Counts shares by document. Pages kept for the record are in no share of incident pages."""

    context: ReportContext
    _pages: set[str] = field(default_factory=set)  # the incident pages there were when the week began
    _now: dict[str, list[int]] = field(default_factory=dict)
    _aside: Counter[str] = field(default_factory=Counter)  # pages that have nothing but findings people set aside

    def add(self, seen: SeenDocument) -> None:
        entry = seen.entry
        if entry.part != "body" or entry.kind not in PAGE_KINDS:
            return
        owner = self.context.owners.owner_of(entry)
        self._add("owned", owner is not None and owner.why is not OwnerReason.STEWARD)
        if entry.kind is Kind.POST:
            self._add("published", not entry.wip)
        row, facts = seen.incident, entry.facts
        if row is None or facts is None or is_for_the_record(facts, entry.created_at, self.context.settings.policy):
            return
        codes = {*(each.code for each in seen.open), *seen.hidden_codes}
        aside = {each.code for each in seen.aside}
        for name, (_, wanted) in _KINDS.items():
            fine, left = (not (each if wanted is None else each & wanted) for each in (codes, aside))
            self._add(name, fine and left)
            self._aside[name] += fine and not left
        if not seen.unsure:  # whether a measure is done its ticket knows
            done = self._now.setdefault("measures", [0, 0])
            done[0], done[1] = done[0] + row.done, done[1] + row.measures
        if entry.created_at and entry.created_at < format_utc(self.context.week.begins):
            self._pages.add(str(entry.doc))

    def shares(self, timeline: Timeline) -> tuple[WeekShare, ...]:
        """Return the non-empty shares, with their values at the week's start if known."""
        return tuple(self._shares(timeline))

    def _shares(self, timeline: Timeline) -> Iterator[WeekShare]:
        begins = self.context.week.begins
        began = timeline.began()
        known = bool(began) and began <= format_utc(begins)
        for name, (label, codes) in _KINDS.items():
            if name in self._now:
                count, of, aside = *self._now[name], self._aside[name]
                # the record does not tell what was set aside then: a value that counts it as written compares with none
                had = self._without(timeline.documents_at(begins, codes or ())) if known and not aside else None
                label = _with_aside(call_tickets(label, self.context.settings), aside)
                yield WeekShare(name, label, count, of, had, aside)
        for name, label in _OTHERS.items():
            if name in self._now and self._now[name][1]:
                yield WeekShare(name, label, *self._now[name])

    def _without(self, places: Iterable[tuple[str, str]]) -> int:
        """Return how many incident pages are not among these."""
        return len(self._pages.difference(doc for doc, part in places if part == "body"))

    def _add(self, name: str, fine: bool) -> None:
        counts = self._now.setdefault(name, [0, 0])
        counts[0], counts[1] = counts[0] + fine, counts[1] + 1


def _with_aside(label: Text, count: int) -> Text:
    """Return the label of a share beside which pages have only findings that were set aside: nobody mended those."""
    if not count:
        return label
    return t(
        f"{label.ja}（指摘を脇に置いた {count:,} 件は数えない）",
        f"{label.en} (without {count:,} whose findings were set aside)",
    )


VERIFIED_LABEL = t("読んで正しいと確かめられた文書", "documents read and found right")
_EDITED = t(
    "確かめた日より後に編集されています。もう一度読んで、確認日を新しくしてください。",
    "Edited after it was last checked: read it again and give a new date.",
)


@dataclass(slots=True)
class VerifiedPages:
    """Counts verification marks; `expired` are those of posts whose owners `kb plan share --expired` can ask."""

    context: ReportContext
    expired: int = 0
    edited: TopItems[WeekRow] = field(default_factory=TopItems)
    _marked: int = 0
    _right: int = 0
    _documents: int = 0

    def add(self, seen: SeenDocument) -> None:
        entry, settings = seen.entry, self.context.settings
        if entry.part != "body" or entry.kind not in PAGE_KINDS:
            return
        self._documents += 1
        stands = check_mark(entry, self.context.today, settings.owners.verified_days, settings.timezone)
        self._marked += stands is not MarkStatus.NONE
        self._right += stands is MarkStatus.VERIFIED
        asked = entry.source is Source.ESA and entry.visibility >= Visibility.MEMBERS
        self.expired += asked and stands is MarkStatus.EXPIRED
        if stands is MarkStatus.EDITED:
            on = entry.verified.on if entry.verified is not None else ""
            self.edited.add(
                (on, str(entry.doc)),
                lambda: self.context.row(entry, _EDITED, owner=self.context.owners.owner_of(entry), since=on),
            )

    def share(self) -> WeekShare | None:
        """Return the share of documents with a valid mark; None if no one marks any."""
        return WeekShare("verified", VERIFIED_LABEL, self._right, self._documents) if self._marked else None


@dataclass(slots=True)
class SettledCounter:
    """Counts the preventions open when the workspace began that are settled now: the number that rises.

    A document whose tickets cannot be read now is in neither number.
    """

    context: ReportContext
    start: StartMeasures
    _places: Collection[tuple[str, str]] = ()
    _seen: dict[tuple[str, str], OpenNow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = self.start.places()

    def add(self, seen: SeenDocument) -> None:
        entry, place = seen.entry, (str(seen.entry.doc), seen.entry.part)
        if place not in self._places or seen.unsure:
            return
        world = seen.world
        found = unsettled_fingerprints(entry, world) if world is not None else frozenset[str]()
        self._seen[place] = OpenNow(found, entry.human_at or entry.updated_at)

    def share(self) -> WeekShare | None:
        """Return the number, with that of the week's start if the workspace is older; None if nothing was open."""
        if not self._seen:
            return None
        begins = self.context.week.begins
        found = self.start.count(self._seen, self.context.now, begins)
        day = self.context.day(found.began)
        label = t(
            f"はじめ（{day}）から片付いた再発防止",
            f"prevention settled since the start ({day})",
        )
        return WeekShare(
            "settled", label, found.count, found.of, found.before if found.began < format_utc(begins) else None
        )


def list_source_states(
    settings: Settings, mirror: Mirror, state: StateDb, audience: Visibility
) -> tuple[SourceState, ...]:
    """Return the state of each source in kb.toml that `audience` may know of, in order.

    The reason of a failure is for whoever runs kb: it may name a ticket or project not every reader may see.
    """
    ended, lacking = {each.name: each for each in state.sources()}, state.lacking()
    last = state.last("sync", good=True)
    found: list[SourceState] = []
    private = {f"{Source.FILES}:{each.name}" for each in settings.source if each.readers < audience}
    for source in configured_sources(settings):
        name = source.name
        if name in private:
            continue
        sync = ended.get(name)
        read_at = sync.good_at if sync is not None else (last.ended_at if last is not None else "")
        failed = sync is not None and sync.failed
        why = str(sync.why) if sync is not None and audience <= Visibility.PRIVATE else ""
        lacks = name in lacking
        count = 0 if lacks else _count(mirror, name, audience)
        found.append(SourceState(name, sanitize(source.label), count, read_at, failed, why, lacks))
    return tuple(found)


def count_left_out(mirror: Mirror, audience: Visibility, lacking: Collection[str] = ()) -> int:
    """Return how many documents not every reader may see: pages, and notes and comments narrower than their page.

    Those of `lacking` sources are not counted, nor are private files, which readers do not know of.
    """
    rows = mirror.database.rows(
        "SELECT d.doc FROM documents d WHERE d.state = 'live' AND d.source != 'files' AND d.visibility < ? "
        "AND (d.parent IS NULL OR (SELECT p.visibility FROM documents p WHERE p.id = d.parent) >= ?)",
        (int(audience), int(audience)),
    )
    return sum(parse_doc(doc).collection not in lacking for (doc,) in rows)


def _count(mirror: Mirror, name: str, audience: Visibility) -> int:
    """Return the live pages of a source, as document ids."""
    return int(
        mirror.database.value(
            "SELECT count(*) FROM documents WHERE doc >= ? AND doc < ? AND state = 'live' AND parent IS NULL "
            "AND visibility >= ?",
            (*doc_range(name), int(audience)),
        )
    )
