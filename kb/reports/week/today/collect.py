"""Collect what could be one of today's three, document by document, and credentials by who can read them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from kb.mirror.history.shown_tasks import MAX_EVIDENCE
from kb.model.finding import Finding, Severity
from kb.reports.incidents.rows import Incident
from kb.reports.week.context import ReportContext, SeenDocument, TopItems
from kb.reports.week.findings import DONE_COMMAND, DueMeasure
from kb.reports.week.model import SourceState, WeekRow
from kb.reports.week.today.choose import Candidate, TaskKind
from kb.reports.week.today.estimates import ESTIMATES
from kb.reports.week.today.wording import OUTDATED_DAYS
from kb.rules.codes import CREDENTIAL_PREFIX, RECURRED, is_secret
from kb.rules.finding import compute_fingerprint
from kb.secrets.exposure import Exposure, rate_exposure
from kb.text.dates import parse_day
from kb.text.lang import Text, count_noun, t

_SOON = timedelta(days=7)
_MOST = 200
"""Tasks of a kind that are kept, the newest: more weeks than anybody looks back."""
HOT_FROM = 2
"""Incidents of 90 days on one node from which another is a recurring one."""

_TICKET, _LATE, _STALE, _UNMARKED = "TKT101", "INC407", "INC506", "INC501"
_MARKED = frozenset({"INC502", "INC504"})
_MARKS = DONE_COMMAND - _MARKED
_GONE = "PST103"
_DRAFTS = frozenset({"PST101", _GONE})
_LACKS = {"INC2": "cause", "INC3": "fix", "INC401": "prevention", "INC402": "prevention", "INC403": "prevention"}
_LACKS |= {"INC404": "prevention", "INC405": "measures", "INC406": "measures", "INC408": "measures"}
_EVIDENT = frozenset({TaskKind.OVERDUE, TaskKind.SOON, TaskKind.INCIDENT, TaskKind.FINDING})
"""Kinds for which more evidence brings a page back at once; the others can wait."""
_ELSEWHERE = frozenset({_LATE, _STALE, *_MARKS})
"""Told by another task than that which completes the page; that a page rests is none by itself."""
_TOLD_ELSEWHERE = _ELSEWHERE | _DRAFTS
"""No task by themselves: what other tasks tell, and who wrote a page and left, which a report passes on to nobody."""


@dataclass(slots=True)
class CredentialCounts:
    """Open credentials: readable outside the team, by every member, by few; and those changed since."""

    exposed: int = 0
    open_to_all: int = 0
    limited: int = 0
    rotated: int = 0

    def add(self, seen: SeenDocument) -> None:
        for found in seen.open:
            if not found.code.startswith(CREDENTIAL_PREFIX) or found.secret is None:
                continue
            if found.rotated_on:
                self.rotated += 1
                continue
            seen_by = rate_exposure(seen.entry, found)
            self.exposed += seen_by >= Exposure.ANONYMOUS
            self.open_to_all += seen_by is Exposure.MEMBERS
            self.limited += seen_by < Exposure.MEMBERS


@dataclass(slots=True)
class TaskCollector:
    """Collects tasks; of each kind the newest, and those of a member where the report is one's own."""

    context: ReportContext
    credentials: CredentialCounts = field(default_factory=CredentialCounts)
    _kinds: dict[TaskKind, TopItems[Candidate]] = field(default_factory=dict)

    def add(self, seen: SeenDocument, measures: Sequence[DueMeasure]) -> None:
        """Add a document, with its measures that are late or due soon."""
        self.credentials.add(seen)
        self.add_measures(seen, measures)
        serious = [each for each in seen.open if not is_secret(each.code) and each.severity > Severity.INFO]
        drafts = [each for each in seen.open if each.code in _DRAFTS] if seen.entry.wip else []
        passed_on = any(each.code == _GONE for each in drafts)
        if not passed_on and seen.incident is not None and self._add_incident(seen, seen.incident, serious):
            return  # an incident that gets old as a draft is the same task as before
        if drafts:
            self._add(TaskKind.DRAFT, seen, self._edited(seen), ("draft",), drafts[0])
        elif finished := next((each for each in serious if each.code == _TICKET), None):
            self._add(TaskKind.TICKET, seen, self._edited(seen), ("ticket",), finished)
        elif rest := [each for each in serious if each.code not in _TOLD_ELSEWHERE]:
            worst = min(rest, key=lambda each: -int(each.severity))
            self._add(TaskKind.FINDING, seen, self._edited(seen), ("finding",), worst)

    def add_measures(self, seen: SeenDocument, measures: Sequence[DueMeasure]) -> None:
        """Add the newest measure that is late, and that due soon; none whose being late was decided on."""
        entry, decided = seen.entry, {each.fingerprint for each in seen.aside}
        measures = [
            each for each in measures if compute_fingerprint(entry.doc, entry.part, _LATE, each.role) not in decided
        ]
        for kind, late in ((TaskKind.OVERDUE, True), (TaskKind.SOON, False)):
            found = min(
                (each for each in measures if (each.late > 0) is late), key=lambda each: abs(each.late), default=None
            )
            if found is None or -found.late > _SOON.days:
                continue
            part = "soon" if not late else "outdated" if found.late > OUTDATED_DAYS else "overdue"
            self._put(kind, seen, found.day, (part,), partial(self._measure_row, seen, found), found.number)

    def _measure_row(self, seen: SeenDocument, found: DueMeasure) -> WeekRow:
        return self.context.row(seen.entry, t("", ""), owner=found.owner, due=found.day.isoformat())

    def candidates(
        self,
        *,
        expiring: Iterable[WeekRow],
        sources: Iterable[SourceState],
        hot: Mapping[str, int],
        back: Collection[str],
    ) -> Iterator[Candidate]:
        """Yield all tasks. `hot` are incidents of 90 days by node, `back` the fingerprints that are there again."""
        for kind, found in self._kinds.items():
            for each in found.first():
                of_kind = replace(each, count=found.total) if kind is TaskKind.TICKET else each
                yield replace(of_kind, again=_recurs(each, hot, back))
        today, seen_by = self.context.today, int(self.context.audience)
        for row in expiring:
            if row.due and row.due <= (today + _SOON).isoformat():
                subject = f"set aside {row.fingerprint}"
                yield Candidate(TaskKind.EXPIRING, subject, today, ("expiring",), row, visibility=seen_by)
        if self.context.person is None:
            for source in sources:
                if source.failed:
                    why = Text(source.why, source.why) if source.why else None
                    label, subject = Text(source.label, source.label), f"source:{source.name}"
                    yield Candidate(
                        TaskKind.SOURCE, subject, today, ("source",), label=label, why=why, visibility=seen_by
                    )
        counts = self.credentials
        if counts.exposed or counts.open_to_all:
            return  # they are pinned, and lead to the others as well
        kind = TaskKind.SECRETS if counts.limited else TaskKind.ROTATED
        if count := counts.limited or counts.rotated:
            yield Candidate(kind, kind.value, today, (kind.value,), count=count, visibility=seen_by)

    def _add_incident(self, seen: SeenDocument, row: Incident, serious: Sequence[Finding]) -> bool:
        """Add what completes an incident, or files it where it is finished; return whether there is anything."""
        own = (each for each in serious if each.code not in _ELSEWHERE and each.code != RECURRED)
        lacking = [each for each in own if each.code.startswith("INC")]
        names = {_what_lacks(each) for each in lacking}
        marks = [each for each in seen.open if each.code in _MARKS]
        if parts := tuple(name for name in ESTIMATES if name in names):
            day = parse_day(row.day) or self._edited(seen)
            worst = min(lacking, key=lambda each: -int(each.severity))
            self._add(TaskKind.INCIDENT, seen, day, parts, worst, since=row.day)
        elif marks:
            part = "mark" if any(each.code == _UNMARKED for each in marks) else "filing"
            self._add(TaskKind.MARK, seen, self._edited(seen), (part,), marks[0])
        return bool(parts or marks)

    def _add(
        self, kind: TaskKind, seen: SeenDocument, day: date, parts: tuple[str, ...], found: Finding, since: str = ""
    ) -> None:
        self._put(kind, seen, day, parts, lambda: self.context.finding(seen.entry, found, since=since))

    def _put(
        self,
        kind: TaskKind,
        seen: SeenDocument,
        day: date,
        parts: tuple[str, ...],
        make_row: Callable[[], WeekRow],
        count: int = 0,
    ) -> None:
        def make() -> Candidate:
            return Candidate(
                kind,
                str(seen.entry.doc),
                day,
                parts,
                make_row(),
                count,
                nodes=seen.incident.nodes if seen.incident is not None else (),
                evidence=self._evidence(seen) if kind in _EVIDENT else frozenset(),
                visibility=int(seen.entry.visibility),
            )

        key = abs((self.context.today - day).days), str(seen.entry.doc)
        self._kinds.setdefault(kind, TopItems(_MOST)).add(key, make)

    def _evidence(self, seen: SeenDocument) -> frozenset[str]:
        """Return what a task about a document rests on: what is wrong with it, and the days its measures have."""
        entry = seen.entry
        found = {each.fingerprint for each in seen.open if each.severity > Severity.INFO and each.code != _STALE}
        found -= {each.fingerprint for each in seen.open if is_secret(each.code)}
        items = entry.facts.items if entry.facts is not None else ()
        days = sorted({item.due for item in items if item.due})
        found.update(compute_fingerprint(entry.doc, entry.part, "DUE", day) for day in days)
        return frozenset(sorted(found)[:MAX_EVIDENCE])

    def _edited(self, seen: SeenDocument) -> date:
        return parse_day(self.context.day(seen.entry.human_at or seen.entry.updated_at)) or date.min


def _what_lacks(found: Finding) -> str:
    """Return the estimate that completes a page by what a finding says."""
    if found.code in _MARKED:
        return "marked"
    return _LACKS.get(found.code) or _LACKS.get(found.code[:4]) or "finding"


def _recurs(each: Candidate, hot: Mapping[str, int], back: Collection[str]) -> Text | None:
    """Return why a task is a recurring one, None if it is not."""
    if not each.evidence.isdisjoint(back):
        return t("一度直り、また見つかりました", "it was mended once, and is there again")
    node = max(
        (name for name in each.nodes if hot.get(name, 0) >= HOT_FROM), key=lambda name: (hot[name], name), default=""
    )
    if not node:
        return None
    return t(
        f"{node} で 90 日に障害が {hot[node]:,} 件起きています",
        f"{count_noun(hot[node], 'incident')} on {node} in 90 days",
    )
