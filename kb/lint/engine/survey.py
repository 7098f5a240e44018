"""Every document with its findings and what set each aside; lint output and reports are made of it.

    for each in survey(Request(), workspace):
        each.judgement.entry, each.findings

The findings are those of the rules the team and the request select, with the team's severities.
Nothing is left out for its confidence or because somebody set it aside: `finding.waiver` says that.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from kb.clock import lint_time
from kb.console.terminal import say_error
from kb.errors import InputError, StoreError, UsageError
from kb.lint.cache import compiled
from kb.lint.cache.host_names import mark_renamed
from kb.lint.cache.known_values import KnownValues
from kb.lint.cache.store import DamagedCacheError, FindingsCache, JudgedDocument, LintOutcome, hash_inputs, open_cache
from kb.lint.engine import plugins, ranges
from kb.lint.engine.given import judge_given
from kb.lint.engine.keep_judged import compare_given, keep_judged, plans_measures
from kb.lint.engine.ranges import MirrorChanges, Workers, count_processors, find_changes
from kb.lint.engine.request import DocumentStream, OnJudged, Profile, Request, StreamWatcher, SurveyedDocument
from kb.lint.engine.withheld import has_secret_name, missing_sources, silent_joins
from kb.lint.engine.work import IdRange, JudgeOrders, build_judge, judge_range
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.inputs import jsonl, paths
from kb.lint.waivers.set_aside import SetAsideMarker
from kb.model.document import PAGE_KINDS, Document, Kind
from kb.model.facts import Confidence
from kb.model.finding import Finding
from kb.model.recurrence import Recurrence
from kb.rules.codes import TeamRules, config_errors_in, select_rules
from kb.rules.condense import Condenser
from kb.rules.finding import position_key
from kb.rules.judge import Judgement, judge_joins
from kb.rules.registry import Rule
from kb.rules.suppress import apply_suppressions
from kb.rules.suppressions import HYGIENE
from kb.rules.world import World
from kb.secrets.masking.registry import get_known
from kb.settings.kb_toml import Settings
from kb.settings.secret_key import SecretKey, load_key
from kb.settings.workspace import Workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.people.audience import MemberFilter
    from kb.mirror.store import Mirror


OnInputError = Callable[[InputError], None]


class Survey:
    """One survey, with the counts and cached results it leaves for the history."""

    def __init__(
        self,
        request: Request,
        workspace: Workspace | None,
        trouble: OnInputError = lambda error: None,
        *,
        watch: StreamWatcher = lambda documents: documents,
    ) -> None:
        self.request = request
        self.workspace = workspace
        self.settings = workspace.settings if workspace else Settings()
        self.now: datetime = lint_time(request.now, self.settings.timezone)
        self.loaded = plugins.load_all_rules(plugins.gather_sources(workspace))
        self.every = self.loaded.rules
        try:
            self.team = TeamRules(self.settings.lint, self.every)
            self._usual = self._team_codes()
            self.selected = self._shown_rules()
        except UsageError as error:  # an unknown rule may be one that failed to load
            raise next(iter(self.loaded.troubles), error) from None
        self.judging = self._judging_rules()
        self.aside = SetAsideMarker(workspace, request.baseline, self.now.date())
        self.changes = MirrorChanges()
        self.kept: FindingsCache | None = None
        self.on_judged: OnJudged | None = None
        self.mine = _member_filter(request.member, workspace) if request.member is not None else None
        self._codes = frozenset(rule.code for rule in self.selected)
        self._joins = [rule for rule in self.judging if rule.join is not None]
        self._ran = {kind: frozenset(rule.code for rule in self.judging if kind in rule.kinds) for kind in Kind}
        self.unusable = 0
        self._condenser = Condenser(self.judging, once=request.mirrored)
        self._trouble = trouble
        self._watch = watch

    def __enter__(self) -> Survey:
        return self

    def __exit__(self, *_: object) -> None:
        compiled.save_patterns()
        if self.kept is not None:
            self.kept.close()
            self.kept = None
        if self.mine is not None:
            self.mine.close()

    def _report(self, error: InputError) -> None:
        self.unusable += 1
        self._trouble(error)

    def __iter__(self) -> Iterator[SurveyedDocument]:
        found = self._mirror_documents() if self.request.mirrored else self._local_documents()
        for judgement, findings in found:
            if self.on_judged is None:
                marked = self._with_waivers(judgement, findings, self._codes)
            else:
                marked = self._with_waivers(judgement, findings, self._codes | self._usual)
                usual = self._condenser.condense([each for each in marked if each.code in self._usual])
                counting = {each.fingerprint for each in usual if self._is_counting(each)}
                self.on_judged(counting, {each.fingerprint for each in findings} - counting)
            yield SurveyedDocument(judgement, self._shown(judgement, marked))

    def _shown(self, judgement: Judgement, marked: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return the findings of the rules to show, of one member if asked, without those that say the same again."""
        shown: Sequence[Finding] = [each for each in marked if each.code in self._codes]
        if self.mine is not None:
            shown = self.mine.findings_of(judgement.entry, shown) or shown
        return self._condenser.condense(shown, self.request.min_confidence)

    def _with_waivers(
        self, judgement: Judgement, findings: Sequence[Finding], codes: Collection[str]
    ) -> tuple[Finding, ...]:
        """Return these rules' findings with the team's places, severities and waivers applied."""
        own = self.team.own(judgement.entry, [each for each in findings if each.code in codes])
        return tuple(self.aside.mark(judgement, own))

    def _is_counting(self, finding: Finding) -> bool:
        """Return whether the team has to act on a finding: wanted, sure, not set aside."""
        sure = finding.confidence >= Confidence.MEDIUM
        return sure and finding.waiver is None and finding.code in self._usual

    @cached_property
    def key(self) -> SecretKey | None:
        """The key that names secret values, created at the first lint that needs it."""
        return _secret_key(self.workspace)

    @cached_property
    def missing(self) -> frozenset[str]:
        """The sources the mirror should hold and does not."""
        return missing_sources(self.workspace) if self.request.mirrored else frozenset()

    @cached_property
    def join_codes(self) -> frozenset[str]:
        """The codes of rules that join."""
        return frozenset(rule.code for rule in self._joins)

    @property
    def is_narrow(self) -> bool:
        """Whether only what changed is read, or only some documents."""
        asked = self.request
        return asked.mirrored and (bool(asked.docs) or (asked.new_only and not asked.reads_pages))

    def find_recurrence(self, doc: str) -> Recurrence | None:
        """Return what an incident of the mirror repeats, while the survey runs; None for nothing."""
        return self.kept.recurrence_of(doc) if self.kept is not None else None

    def _team_codes(self) -> frozenset[str]:
        """Return the codes of the team's rules, whatever the command line selects."""
        with config_errors_in("[lint]"):
            return frozenset(
                rule.code for rule in select_rules(self.every, self.settings.lint.select, self.settings.lint.ignore)
            )

    def _shown_rules(self) -> tuple[Rule, ...]:
        """Return the rules to show: the command line's selection, else kb.toml's."""
        select, ignore = self.request.select, self.request.ignore
        if not select:
            team = self.settings.lint
            select, ignore = team.select, (*ignore, *team.ignore)
        return select_rules(self.every, select, ignore, strict=self.request.profile is Profile.STRICT)

    def _judging_rules(self) -> tuple[Rule, ...]:
        """Return the rules that judge: for a mirror all that are on, so that another selection is cached too."""
        if not self.request.mirrored:
            return self.selected
        return tuple(rule for rule in self.every if rule.on or rule in self.selected)

    def judge_one(self, document: Document, structure: bytes | None, around: WorldBuilder) -> SurveyedDocument:
        """Judge one given document against a world; nothing is cached."""
        judgement = build_judge(self._orders())(document, structure)
        judgement, findings = self._conclude(judgement, around.world([judgement.entry]))
        return SurveyedDocument(judgement, self._with_waivers(judgement, findings, self._codes))

    def _local_documents(self) -> Iterator[tuple[Judgement, Sequence[Finding]]]:
        """Yield the documents of PATHs and `--input`, judged against the workspace's world if there is one."""
        around: WorldBuilder | None = None
        mirror: Mirror | None = None
        try:
            judged: Iterable[Judgement] = self._judge_local()
            recurrences: Mapping[str, Recurrence] = {}
            if "INC601" in self.join_codes:
                judged = tuple(judged)
                recurrences = compare_given(judged, self.aside.answers, self.settings.policy)
            for judgement in judged:
                if around is None:
                    if self._joins and self.workspace is not None and self.workspace.mirror.exists():
                        from kb.mirror.store import Mirror

                        mirror = Mirror.open(self.workspace.mirror, readonly=True)
                    around = WorldBuilder(self.settings, self.now.date(), mirror)
                    around.find_recurrence = recurrences.get
                yield self._conclude(judgement, around.world([judgement.entry]))
        finally:
            if mirror is not None:
                mirror.close()

    def _judge_local(self) -> Iterator[Judgement]:
        """Yield the judgements on given documents, with every value any of them revealed masked."""
        jobs = self.request.jobs or count_processors()
        return judge_given(self._documents, self._orders(), self.request.reads_pages, self._report, jobs)

    def _documents(self, report: OnInputError) -> DocumentStream:
        yield from self._watch(paths.read_paths(self.request.paths, report))
        if self.request.input is not None:
            for document in jsonl.read_jsonl(self.request.input, report):
                yield document, None

    def _mirror_documents(self) -> Iterator[tuple[Judgement, Sequence[Finding]]]:
        """Yield the mirror's documents, once more from where a damaged cache ended it, which is made anew."""
        given = 0
        try:
            for each in self._judge_mirror():
                yield each
                given += 1
        except DamagedCacheError as error:
            say_error(error.what, t("いま判定し直しています。", "judging everything again now."))
            yield from islice(self._judge_mirror(), given, None)

    def _judge_mirror(self) -> Iterator[tuple[Judgement, Sequence[Finding]]]:
        """Yield the mirror's documents: cached results where nothing changed, the rest judged and cached."""
        if self.workspace is None:
            raise UsageError(
                t(
                    "判定するものがありません（kb.toml も、PATH も、--input もありません）。",
                    "there is nothing to lint: no kb.toml, no PATH, no --input.",
                ),
                t(
                    "kb init で始めるか、例: kb lint notes/*.md",
                    "begin with kb init, or for example: kb lint notes/*.md",
                ),
            )
        from kb.mirror.store import Mirror

        pages = PAGE_KINDS if self.request.reads_pages else frozenset()
        kinds = frozenset(pages).union(*(rule.kinds for rule in self.judging))
        path = self.workspace.mirror
        with Mirror.open(path, readonly=True) as mirror:
            # A wider choice of rules has a file of its own, so that it and the daily one do not undo each other.
            usual = all(rule.on for rule in self.judging)
            self.kept = kept = open_cache(self.workspace.cache / ("judged.db" if usual else "judged-wide.db"))
            around = WorldBuilder(self.settings, self.now.date(), mirror, self.missing)
            key_id = self.key.id if self.key else ""
            mark = hash_inputs(self.judging, self.settings.policy, key_id) + self.loaded.digest
            crew = Workers(self.request.jobs or count_processors(), self.request.cluster)
            with kept.discarding_damage():
                made = kept.stamp(mark)
                self._mark_outdated(kept)
                mark_renamed(kept, mirror, self.settings.policy.hosts.collected)
                around.plans_measures = plans_measures(kept)
                world = kept.stamp(mark + around.digest())
                changes = self.changes = find_changes(kept, mirror, made, world, kinds, pages, around.end_state)
                if changes.to_judge:
                    for _, new in ranges.judge_ranges(
                        self._split(mirror, kinds, crew), path, self._orders(), pages=bool(pages), crew=crew
                    ):
                        keep_judged(kept, new, changes, made)
                # What the whole team does decides some joins, so nothing is joined before all is judged.
                gone = [here for here, *_ in changes.gone]
                again = kept.refresh_recurrences(self.aside.answers, gone)
                around.find_recurrence = kept.recurrence_of
                changes.to_join = array("q", sorted({*changes.to_join, *again}.difference(gone)))
                plans = plans_measures(kept, gone)
                if plans is not around.plans_measures and not self.request.docs:
                    around.plans_measures = plans
                    world = kept.stamp(mark + around.digest())
                    renewed = find_changes(kept, mirror, made, world, kinds, pages, around.end_state)
                    changes.to_join = array("q", sorted({*renewed.to_join, *changes.held}))
                shares = self._split(mirror, kinds, crew)
                for share, new in ranges.judge_ranges(shares, path, self._orders(), pages=bool(pages), crew=crew):
                    new += [changes.held[here] for here in share.to_join if here in changes.held]
                    yield from self._join_range(share, new, kept, around, made, world)

    def _split(self, mirror: Mirror, kinds: Collection[Kind], crew: Workers) -> list[IdRange]:
        """Return the documents that are wanted as ranges for the workers."""
        docs = self.request.docs
        return ranges.split_ranges(mirror, self.changes, kinds, changed_only=self.is_narrow, crew=crew, docs=docs)

    def _mark_outdated(self, kept: FindingsCache) -> None:
        """Mark documents that hold a value learned since they were judged."""
        get_known()  # learns what the mirror holds by now
        if self.workspace is None or self.key is None or not self.workspace.known.exists():
            return
        try:
            with KnownValues(self.workspace.known, self.key.bytes_, self.key.id, readonly=True) as values:
                age, touched = values.age, values.find_touched(kept.age)
        except StoreError:  # damaged: unknown which documents hold a value
            kept.mark_for_judging(None, kept.age)
            return
        if kept.age < age:
            kept.mark_for_judging(touched, age)
        elif kept.age > age:  # known.db was recreated
            kept.mark_for_judging(None, age)

    def _join_range(
        self,
        share: IdRange,
        new: list[JudgedDocument],
        kept: FindingsCache,
        around: WorldBuilder,
        made: int,
        world: int,
    ) -> Iterator[tuple[Judgement, Sequence[Finding]]]:
        """Yield one range's results, new and cached, joined where due, by id."""
        fresh = {each.id: each for each in new}
        wanted = {*share.to_judge, *fresh}
        rest = [here for here in share.shown if here not in wanted]
        old = kept.get_many(rest) if self.is_narrow else kept.get(share.lo, share.hi)
        missing = [here for here in rest if here not in old]  # another run was here meanwhile
        if missing and self.workspace is not None:
            args = (self._orders(), self.workspace.mirror, share.lo, share.hi, missing, self.request.reads_pages)
            fresh |= {each.id: each for each in judge_range(*args)}
        due = {here: old[here][0] for here in share.to_join if here in old and here not in fresh}
        due |= {here: each.judgement for here, each in fresh.items()}
        here_and_now = around.world(judgement.entry for judgement in due.values())
        outcomes: list[LintOutcome] = []
        concluded: dict[int, tuple[Judgement, Sequence[Finding]]] = {}
        for here, judgement in due.items():
            judged = fresh.get(here)
            silent = silent_joins(judgement.entry, around, self.join_codes)
            joined, findings = concluded[here] = self._conclude(judgement, here_and_now, silent)
            # What a crashed rule would find is not known, and a name that holds a secret is kept nowhere:
            # such a document is judged again next time.
            if not joined.crashes and not has_secret_name(judgement.entry):
                entry = judgement.entry
                outcomes.append(
                    LintOutcome(here, tuple(findings), around.ticket_stamps(entry), judged, around.link_ends(entry))
                )
        if outcomes:
            try:
                kept.put(outcomes, made, world)
            except StoreError:
                pass  # a full disk costs time next time, no more
        for here in share.shown:
            found = concluded.get(here) or (old.get(here) if here not in wanted else None)
            if found is not None:
                yield found

    def _conclude(
        self, judgement: Judgement, world: World, silent: Collection[str] = ()
    ) -> tuple[Judgement, Sequence[Finding]]:
        """Return a judgement with its joins, except `silent` ones, and the page's own suppressions."""
        findings, crashes = judgement.findings, judgement.crashes
        if self._joins:
            joins = [rule for rule in self._joins if rule.code not in silent] if silent else self._joins
            more, failed = judge_joins(judgement, joins, world)
            findings, crashes = (*findings, *more), (*crashes, *failed)
        if judgement.directives:
            ran = self._ran[judgement.entry.kind]
            if crashes:  # what they would have found is not known: no suppression is called needless
                ran = ran & set(HYGIENE)
            ran = ran.difference(silent)
            entry, today = judgement.entry, self.now.date()
            findings = tuple(
                apply_suppressions(entry, findings, judgement.directives, rules=self.every, ran=ran, today=today)
            )
        if crashes is not judgement.crashes:
            judgement = replace(judgement, crashes=crashes)
        return judgement, sorted(findings, key=position_key) if len(findings) > 1 else findings

    def _orders(self) -> JudgeOrders:
        cache = self.workspace.cache if self.workspace else None
        codes = tuple(rule.code for rule in self.judging)
        key = self.key.bytes_ if self.key else b""
        whole = self.request.mirrored or self.mine is not None  # kept with what was judged; hosts tell whose a page is
        known_at = self.workspace.known if self.workspace else None
        return JudgeOrders(codes, self.settings.policy, cache, self.loaded.extras, key, get_known(), known_at, whole)


def _member_filter(member: str, workspace: Workspace | None) -> MemberFilter:
    from kb.lint.people.audience import open_member_filter  # few lints are for one member

    return open_member_filter(member, workspace)


def _secret_key(workspace: Workspace | None) -> SecretKey | None:
    """Return the workspace's key for secrets, None where none can be kept. Raises UsageError for an invalid one."""
    try:
        return load_key(workspace, make=True)
    except StoreError:  # a disk that takes no writing: its secrets go without names
        return None
