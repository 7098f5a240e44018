"""A lint from its survey to its writer: sifted, counted, and told to the findings' history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from kb.config import Workspace
from kb.errors import InputError, KbError, StoreError
from kb.lint.counts import Counts
from kb.lint.formats import Writer
from kb.lint.request import Profile, Request, day
from kb.lint.survey import Survey
from kb.lint.telling import Teller
from kb.mirror.state import State
from kb.model import Entry, Finding, Severity

__all__ = ["Request", "lint", "run"]

Tell = Callable[[KbError], None]


def lint(request: Request, workspace: Workspace | None, writer: Writer, tell: Tell) -> Counts:
    """Judge what was asked for and write what was found.

    Inputs that cannot be used and rules that crash go to `tell` and are counted; everything else
    is judged. Raises UsageError for a selector nobody knows and when there is nothing to read.
    """
    unusable = 0

    def trouble(error: InputError) -> None:
        nonlocal unusable
        unusable += 1
        tell(error)

    with Survey(request, workspace, trouble) as found:
        counts = run(found, writer, tell)
    counts.unusable += unusable
    return counts


def run(found: Survey, writer: Writer, tell: Tell) -> Counts:
    """Write what a survey finds. Afterwards the findings' history knows of it, if it was a mirror's."""
    counts = Counts(whose=found.mine.whose() if found.mine is not None else None)
    for trouble in found.loaded.troubles:
        counts.crashes += 1
        tell(trouble)
    sieve = Sieve.of(found.request, found.settings.timezone)
    with _teller(found) as teller:
        for each in found:
            judgement = each.judgement
            for crash in judgement.crashes:
                tell(crash)
            if not sieve.wants(judgement.entry):
                counts.crashes += len(judgement.crashes)
                continue
            heard = sieve.heavy(each.findings)
            if found.mine is not None:
                theirs = found.mine.of(judgement.entry, heard)
                if theirs is None:
                    counts.crashes += len(judgement.crashes)
                    continue
                heard = theirs
            if found.request.new_only and teller is not None:
                heard = teller.news(judgement.entry, heard)
            open_ones = [finding for finding in heard if finding.waiver is None]
            shown = [finding for finding in open_ones if finding.confidence >= found.request.min_confidence]
            counts.unsure += len(open_ones) - len(shown)
            counts.add(judgement, shown)
            counts.followed.update(what for each in shown if (what := found.aside.followed(each)))
            writer.add(judgement, shown, [finding for finding in heard if finding.waiver is not None])
        if found.narrow and found.mine is None:
            counts.documents = found.changes.documents
        writer.end(counts)
        if teller is not None:
            teller.tell()
    return counts


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which documents and findings were asked for, by dates and by the profile."""

    since: str
    updated_since: str
    relaxed: bool
    zone: ZoneInfo

    @classmethod
    def of(cls, request: Request, zone: str) -> Sieve:
        """The sieve of a request. Raises UsageError for what is no date."""
        return cls(
            day(request.since, "--since") if request.since else "",
            day(request.updated_since, "--updated-since") if request.updated_since else "",
            request.profile is Profile.RELAXED,
            ZoneInfo(zone),
        )

    def wants(self, entry: Entry) -> bool:
        """Whether a document occurred, and was updated, late enough. One without a date is not left out."""
        if self.updated_since and (updated := self._day(entry.updated_at)) and updated < self.updated_since:
            return False
        if self.since:
            occurred = entry.facts.occurred_on if entry.facts else ""
            when = occurred or self._day(entry.created_at)
            return not when or when >= self.since
        return True

    def heavy(self, findings: Sequence[Finding]) -> Sequence[Finding]:
        """The findings that weigh enough for the profile."""
        if self.relaxed:
            return [finding for finding in findings if finding.severity >= Severity.ERROR]
        return findings

    def _day(self, moment: str) -> str:
        """The day of a time in the team's time zone, "" when it is none."""
        try:
            when = datetime.fromisoformat(moment)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(self.zone).date().isoformat()
        except (ValueError, OverflowError):
            return ""


@contextmanager
def _teller(found: Survey) -> Iterator[Teller | None]:
    """Who tells the history; None when files were given. Only `--new-only` cannot do without a history."""
    if found.workspace is None or not found.request.mirrored:
        yield None
        return
    try:
        state = State(found.workspace.state)
    except StoreError:
        if found.request.new_only:
            raise
        yield None
        return
    with state:
        yield Teller(found, state)
