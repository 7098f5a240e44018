"""Every finding on a system with what set it aside, held against what was there before.

`kb diagram check`, `kb report` and `kb triage` look at the same findings: those of the rules on the model and on what
was collected, named as files for git may name them, each with its waiver.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from kb.diagram.model.nouns import Model
from kb.errors import StoreError
from kb.lint.waivers.baseline import Baseline, BaselineEntry
from kb.lint.waivers.set_aside import SetAsideMarker
from kb.lint.waivers.update import BaselineRun
from kb.mirror.history.damage import DamagedStateError
from kb.mirror.history.state import StateDb
from kb.model.document import Kind, Source, parse_doc
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.reports.drift.evidence import (
    ABOUT_SOURCES,
    UNVERIFIED,
    is_told_once,
    list_names,
    make_reader,
    make_records,
)
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_name
from kb.settings.secret_key import SecretKey, load_key
from kb.settings.workspace import Workspace

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate
    from kb.rules.registry import Rule


@dataclass(frozen=True)
class SystemSurvey:
    """The findings on a system by file of the model, each with what set it aside.

    `known` are the rules that looked, `estate` what they looked at (None: at the model alone), `key_id` the id of the
    key that names what is outside the model. `before` is what the last run knew (None: there was none). `unclear` are
    rules and nodes of which something was there before and nobody can tell whether it still is, `remembered` those of
    which anything was ever remembered.
    """

    judgements: tuple[tuple[Judgement, tuple[Finding, ...]], ...]
    known: tuple[Rule, ...]
    estate: Estate | None
    aside: SetAsideMarker
    key_id: str = ""
    before: frozenset[str] | None = None
    unclear: frozenset[tuple[str, str]] = frozenset()
    remembered: frozenset[tuple[str, str]] = frozenset()
    first_seen: dict[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """All findings, set aside or not."""
        return [each for _, findings in self.judgements for each in findings]

    def is_new(self, finding: Finding) -> bool:
        """Return whether nobody had seen a finding before this run; what a source cannot tell is always told."""
        from kb.estate.drift.shared import drift_id

        if self.before is None or (finding.code in ABOUT_SOURCES and not is_told_once(finding)):
            return True
        return finding.code != UNVERIFIED and drift_id(finding) not in self.before

    def baseline_run(self, today: date, again: str, *, new_only: bool = False) -> BaselineRun:
        """Return what a baseline needs to know of it; `again` is the command that updates it."""
        return BaselineRun(
            self.aside,
            today,
            again,
            self.key_id,
            frozenset(rule.code for rule in self.known if rule.pressing and not self._tells_once(rule.code)),
            lambda known: known.is_on_system,
            self._make_coverage_test,
            is_narrow=new_only,
            new_only=new_only,
        )

    def _tells_once(self, code: str) -> bool:
        """Return whether all that a rule says of sources is what their user may not read, which may be set aside."""
        return all(is_told_once(each) for each in self.findings if each.code == code)

    def _make_coverage_test(self, baseline: Baseline) -> Callable[[BaselineEntry], bool]:
        """Return a test of whether a finding would have been there: not where a source, or a host of one, is silent."""
        from kb.estate.drift.rules import LOOKS

        codes = frozenset(rule.code for rule in self.known)
        estate = self.estate
        whole = (
            estate is not None
            and not estate.missing
            and all(each.proves_absence and each.lists_all for each in estate.standings)
        )

        def covers(known: BaselineEntry) -> bool:
            place = known.code, parse_doc(known.doc).key if ":" in str(known.doc) else ""
            if not known.is_on_system or known.code not in codes or baseline.is_foreign(known, self.key_id):
                return False
            return known.code not in LOOKS or (place not in self.unclear and (whole or place in self.remembered))

        return covers


def survey_system(
    found: Iterable[Finding],
    known: Sequence[Rule],
    model: Model,
    workspace: Workspace | None,
    moment: datetime,
    estate: Estate | None = None,
    *,
    baseline: str | None = None,
    state: StateDb | None = None,
) -> SystemSurvey:
    """Return findings as the team's files name them, set aside by these, and remembered in state.db where it can be.

    `known` are the rules that looked, `baseline` is the file of `--baseline`, `state` the state.db that is open.
    Raises InputError for a file of the team that cannot be read, UsageError for an invalid key, StoreError.
    """
    from kb.estate.drift.shared import seal_findings

    key = _load_key(workspace) if estate is not None else None
    aside = SetAsideMarker(workspace, baseline, moment.date())
    sealed = seal_findings(found, model, key.bytes_ if key else b"", key.id if key else "")
    files = sorted({place.file for place in model.places.values()} | {str(each.doc) for each in sealed})
    judgements = []
    for file in files:
        here = [each for each in sealed if each.doc == file]
        judgement = Judgement(Entry(file, Source.FILES, Kind.FILE, mask_name(file)), tuple(here))
        judgements.append((judgement, tuple(aside.mark(judgement, here))))
    survey = SystemSurvey(tuple(judgements), tuple(known), estate, aside, key.id if key else "")
    if workspace is None or estate is None:
        return survey
    try:
        if state is not None:
            return _remember(survey, state, estate, moment)
        with StateDb(workspace.state) as opened:
            return _remember(survey, opened, estate, moment)
    except DamagedStateError:
        raise
    except StoreError:  # it is locked, or the disk is full: the next run remembers
        return survey


def _remember(survey: SystemSurvey, state: StateDb, estate: Estate, moment: datetime) -> SystemSurvey:
    from kb.estate.drift.shared import drift_id

    before = frozenset(each.fingerprint for each in state.drift.standing()) if state.drift.begun() else None
    seen = {drift_id(each) for each in survey.findings}
    record_drift(state, survey.findings, estate, moment, week_of(moment), [rule.code for rule in survey.known])
    standing = state.drift.standing()
    return replace(
        survey,
        before=before,
        unclear=frozenset((each.code, each.node) for each in standing if each.fingerprint not in seen),
        remembered=state.drift.known(),
        first_seen=state.drift.first_seen(),
    )


def record_drift(
    state: StateDb,
    found: Iterable[Finding],
    estate: Estate,
    now: datetime,
    dated: datetime,
    ran: Collection[str] | None = None,
) -> None:
    """Remember what was judged, `dated` as given; rules that did not run (None: all did) mend nothing.

    Raises StoreError.
    """
    from kb.estate.drift.rules import LOOKS

    judged = (each for each in found if each.code in LOOKS)
    records = make_records(judged, estate)
    state.drift.record(records, list_names(estate), now, make_reader(estate), dated=dated, ran=ran)


def week_of(now: datetime) -> datetime:
    """Return when what is seen now came or went: on a Monday in the week that ended, as the report has it."""
    return datetime.combine(now.date(), time(), now.tzinfo) - timedelta(seconds=1) if now.weekday() == 0 else now


def _load_key(workspace: Workspace | None) -> SecretKey | None:
    """Return the key, made where there is none yet; None where none can be kept. Raises UsageError."""
    try:
        return load_key(workspace, make=True)
    except StoreError:
        return None
