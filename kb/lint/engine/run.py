"""Run a lint and write its findings; those of a mirror are recorded in the history, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from kb.clock import parse_day
from kb.errors import KbError, StoreError
from kb.lint.engine.request import FindingWriter, LintCounts, Profile, Request
from kb.lint.engine.survey import Survey
from kb.model.document import Visibility
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.text.dates import local_day

if TYPE_CHECKING:
    from kb.lint.engine.history_writer import HistoryWriter

OnTold = Callable[[KbError], None]


def write_survey(
    found: Survey, writer: FindingWriter, tell: OnTold, audience: Visibility = Visibility.PRIVATE
) -> LintCounts:
    """Write a survey's findings and, for a mirror's, record them in the history.

    The counts are those of what all of `audience` may read. The writer gets the rest, too, to say how much it is,
    but no file of a private folder.
    """
    counts = LintCounts(whose=found.mine.label() if found.mine is not None else None)
    for trouble in found.loaded.troubles:
        counts.crashes += 1
        tell(trouble)
    sieve = RequestFilter.from_request(found.request, found.settings.timezone)
    with _history_writer(found) as teller:
        for each in found:
            judgement = each.judgement
            if teller is not None:
                teller.look(judgement.entry)
            for crash in judgement.crashes:
                tell(crash)
            findings = sieve.filter_findings(each.findings) if sieve.admits(judgement.entry) else None
            if findings is not None and found.mine is not None:
                findings = found.mine.findings_of(judgement.entry, findings)
            if findings is None:
                counts.crashes += len(judgement.crashes)
                continue
            if found.request.new_only and teller is not None:
                findings = teller.find_new(judgement.entry, findings)
            open_ones = [finding for finding in findings if finding.waiver is None]
            shown = [finding for finding in open_ones if finding.confidence >= found.request.min_confidence]
            waived = [finding for finding in findings if finding.waiver is not None]
            if judgement.entry.visibility < audience:
                counts.crashes += len(judgement.crashes)
                if not judgement.entry.is_personal_file:
                    writer.add(judgement, shown, waived)
                continue
            counts.unsure += len(open_ones) - len(shown)
            counts.add(judgement, shown)
            counts.followed.update(what for each in shown if (what := found.aside.find_followed(each)))
            writer.add(judgement, shown, waived)
        if found.is_narrow and found.mine is None and not found.request.docs:
            counts.documents = found.changes.documents - _count_narrower(found, audience)
        counts.unusable = found.unusable
        writer.end(counts)
        if teller is not None:
            teller.write()
    return counts


def _count_narrower(found: Survey, audience: Visibility) -> int:
    """Return how many of the mirror's documents not all of `audience` may read."""
    if audience <= Visibility.PRIVATE or found.workspace is None:
        return 0
    from kb.mirror import queries
    from kb.mirror.store import Mirror

    with Mirror.open(found.workspace.mirror, readonly=True) as mirror:
        return queries.count_narrower(mirror.database, audience)


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Selects documents and findings by the request's dates and profile."""

    since: str
    updated_since: str
    relaxed: bool
    zone: ZoneInfo

    @classmethod
    def from_request(cls, request: Request, zone: str) -> RequestFilter:
        """Return the filter of a request. Raises UsageError for an invalid date."""
        return cls(
            parse_day(request.since, "--since") if request.since else "",
            parse_day(request.updated_since, "--updated-since") if request.updated_since else "",
            request.profile is Profile.RELAXED,
            ZoneInfo(zone),
        )

    def admits(self, entry: Entry) -> bool:
        """Return whether a document occurred, and was updated, late enough. An unknown date is."""
        if self.updated_since and (updated := self._day(entry.updated_at)) and updated < self.updated_since:
            return False
        if self.since:
            occurred = entry.facts.occurred_on if entry.facts else ""
            when = occurred or self._day(entry.created_at)
            return not when or when >= self.since
        return True

    def filter_findings(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Return the findings severe enough for the profile."""
        if self.relaxed:
            return [finding for finding in findings if finding.severity >= Severity.ERROR]
        return findings

    def _day(self, moment: str) -> str:
        """Return the day of a time in the team's time zone, "" when invalid."""
        found = local_day(moment, self.zone)
        return found.isoformat() if found else ""


@contextmanager
def _history_writer(found: Survey) -> Iterator[HistoryWriter | None]:
    """Open the history writer; None for files and for some documents. Only `--new-only` requires a history."""
    if found.workspace is None or not found.request.mirrored or found.request.docs:
        yield None
        return
    from kb.lint.engine.history_writer import HistoryWriter  # with the mirror, which files do not need
    from kb.mirror.history.state import StateDb

    try:
        state = StateDb(found.workspace.state)
    except StoreError:
        if found.request.new_only:
            raise
        yield None
        return
    with state:
        yield HistoryWriter(found, state)
