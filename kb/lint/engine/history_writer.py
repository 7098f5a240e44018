"""Record a survey of the mirror in the history."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice

import msgspec

from kb.errors import StoreError
from kb.lint.cache.store import FindingsCache, UnreportedOutcome
from kb.lint.engine.start import StartCollector
from kb.lint.engine.survey import Survey
from kb.lint.engine.withheld import is_from_source, silent_joins, undecidable_codes
from kb.lint.engine.world_builder import WorldBuilder
from kb.markup.blocks import PARSER_VERSION
from kb.mirror.history.events import PEOPLES_REASONS, DecidingVersions, EventReason, ObservedDocument, read_depths
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import Source, parse_doc
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.rules.codes import RECURRED
from kb.sources.registry import source_kinds
from kb.text.versions import DETECTOR_VERSION, READER_VERSION

BATCH = 500
_OFTEN = timedelta(hours=1)


class HistoryWriter:
    """Passes a survey of the mirror on and records it in the history; its cost is in what changed."""

    def __init__(self, found: Survey, state: StateDb) -> None:
        self._found = found
        self._state = state
        self._judges = _judges(found)
        self._reasons = state.history.reasons(self._judges)
        self._begun = state.history.begun()
        self._failed = state.failed()
        self._lacking = found.missing
        self._aside: set[str] = set()
        self._counting: set[str] = set()
        found.on_judged = self._collect
        self._start = None if state.start.began() else StartCollector(found)

    def look(self, entry: Entry) -> None:
        """Look at a document of the survey; each is passed here once."""
        if self._start is not None:
            self._start.add(entry)

    @cached_property
    def _uncounted(self) -> set[str]:
        """Findings that did not count so far; looked up at the first document."""
        return self._state.history.uncounted()

    def _collect(self, counting: Collection[str], aside: Collection[str]) -> None:
        """Collect which findings of a document start or stop counting."""
        self._aside.update(each for each in aside if each not in self._uncounted)
        self._counting.update(self._uncounted.intersection(counting))

    def find_new(self, entry: Entry, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings that were not there at the end of the last lint of the mirror.

        What only a new rule, reader or setting sees is not new. Findings in a source that was not read to its end
        become new once it is.
        """
        if not findings or not self._begun:
            return list(findings)
        if is_from_source(str(entry.doc), self._lacking):
            return []
        known = self._state.history.present({str(entry.doc)})
        at = ObservedDocument(str(entry.doc), entry.part, parse_doc(entry.doc).collection, True, {})
        return [
            finding
            for finding in findings
            if finding.fingerprint not in known
            and self._reasons.why(finding.code, at) in (*PEOPLES_REASONS, EventReason.FIRST)
        ]

    def write(self) -> None:
        """Write the changes to the history. If it is locked or full, the next lint does."""
        kept = self._found.kept
        if kept is None or self._found.workspace is None:
            return
        try:
            with Mirror.open(self._found.workspace.mirror, readonly=True) as mirror:
                self._write(kept, mirror)
        except StoreError:
            if self._found.request.new_only:
                raise

    def _write(self, kept: FindingsCache, mirror: Mirror) -> None:
        changes, now = self._found.changes, self._found.now
        whole = not mirror.unfinished()
        sources = _sources(self._found, mirror) if whole else []
        gone = {(doc, part): here for here, doc, part in changes.gone}
        lost = {*gone, *kept.lost_places()}
        if changes.is_first and self._begun:  # what was kept is lost, and with it which documents went
            lost.update(self._state.history.documents())
        lives = {place: mirror.state_of(*place) for place in sorted(lost)}
        unclear = {place for place, state in lives.items() if not state and not (whole and self._is_complete(place[0]))}
        reported: list[int] = []
        read_all = whole and (changes.is_first or not self._found.is_narrow)
        begins = self._start is not None and read_all and not (self._lacking or self._failed)
        if not (begins or lost or kept.has_unreported()) and self._state.history.knows(self._judges, sources):
            weighed = self._found.request.baseline is not None or not (self._counting or self._aside)
            if weighed and self._is_recent(now):
                return
        with self._state.telling() as history:
            for batch in _batches(kept.unreported()):
                silent = self._undecidable(kept, mirror, batch) if self._lacking else {}
                observed = [
                    self._observed(each, silent.get(each.id, ()))
                    for each in batch
                    if not is_from_source(each.doc, self._lacking)
                ]
                left = history.observe(observed, self._reasons, now, self._failed)
                left.update((each.doc, each.part) for each in batch if is_from_source(each.doc, self._lacking))
                reported += (each.id for each in batch if (each.doc, each.part) not in left)
            if self._found.request.baseline is None:  # another baseline is for one look
                history.weigh(self._aside, self._counting, now, whole=not self._found.is_narrow)
            for (doc, part), state in lives.items():
                if state == "hidden":
                    history.lose(doc, part, EventReason.DOCUMENT_HIDDEN, now)
                elif state == "gone" or (not state and (doc, part) not in unclear):
                    history.lose(doc, part, EventReason.DOCUMENT_GONE, now)
            history.settle(self._judges, sources, now, partly=bool(self._lacking))
            if begins and self._start is not None:
                self._state.start.record(now, self._start.found())
        kept.mark_reported(
            reported, [here for place, here in gone.items() if place not in unclear], unclear - gone.keys()
        )

    def _is_complete(self, doc: str) -> bool:
        """Return whether a document's source was read to its end, so that what is missing is gone."""
        return not is_from_source(doc, self._failed)

    def _undecidable(
        self, kept: FindingsCache, mirror: Mirror, batch: Sequence[UnreportedOutcome]
    ) -> dict[int, frozenset[str]]:
        """Return the codes, by document, that cannot be called fixed while a source is missing."""
        around = WorldBuilder(self._found.settings, self._found.now.date(), mirror, self._lacking)
        rows = kept.get_many([each.id for each in batch])
        return {
            here: undecidable_codes(silent_joins(judgement.entry, around, self._found.join_codes))
            for here, (judgement, _) in rows.items()
        }

    def _observed(self, each: UnreportedOutcome, silent: Collection[str]) -> ObservedDocument:
        found = {one.fingerprint: (one.code, one.content) for one in each.findings}
        aside = self._aside.intersection(found)
        source = parse_doc(each.doc).collection
        answered = (RECURRED,) if each.doc in self._answered else ()
        return ObservedDocument(each.doc, each.part, source, each.text, found, each.updated_at, aside, silent, answered)

    @cached_property
    def _answered(self) -> frozenset[str]:
        """The incidents of which somebody said whether they are the same trouble."""
        return frozenset(doc for pair in self._found.aside.answers for doc in pair)

    def _is_recent(self, now: datetime) -> bool:
        """Return whether a lint was recorded within the hour, so that one without changes need not be."""
        before = self._state.history.previous(now)
        return bool(before) and now - datetime.fromisoformat(before) < _OFTEN


def _judges(found: Survey) -> DecidingVersions:
    settings = hashlib.blake2b(msgspec.msgpack.encode(found.settings.policy.own), digest_size=16).hexdigest()
    return DecidingVersions(
        rules={rule.code: str(rule.version) for rule in found.judging},
        known=frozenset(rule.code for rule in found.every),
        reader=f"{PARSER_VERSION}.{READER_VERSION}.{DETECTOR_VERSION}",  # what is a secret is not read otherwise
        settings=settings,
        key=found.key.id if found.key else "",
        depths=_depths(found),
    )


def _sources(found: Survey, mirror: Mirror) -> list[str]:
    """Return the sources in the mirror, and what else was read of them to the end."""
    names = [kind.source.value for kind in source_kinds() if kind.source is not Source.FILES]
    names += [f"files:{each.name}" for each in found.settings.source]
    whole = (name for name, done in read_depths(mirror.database).items() if done)
    return [*(name for name in names if mirror.has(name)), *whole]


def _depths(found: Survey) -> frozenset[str]:
    """Return what is read of the sources besides their current documents."""
    if found.workspace is None:
        return frozenset()
    with Mirror.open(found.workspace.mirror, readonly=True) as mirror:
        return frozenset(read_depths(mirror.database))


def _batches(rows: Iterable[UnreportedOutcome]) -> Iterator[list[UnreportedOutcome]]:
    following = iter(rows)
    while batch := list(islice(following, BATCH)):
        yield batch
