"""Apply a plan: begin or resume its run, connect the systems it writes to, send.

Applying a plan again resumes where it stopped; nothing is sent twice, and a plan that was undone is not sent at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import kb
from kb.errors import KbError, RefusedError
from kb.execute.batch_move import Subtree, plan_subtrees
from kb.execute.engine import ApplyEngine
from kb.execute.journal.records import request_from_intent, result_entry
from kb.execute.journal.run import EDITED_AFTER_SEND, Run, RunStatus, find_edited_after_send
from kb.execute.journal.runs import Runs, count_sent_on
from kb.execute.journal.writer import EntryLog, RunJournal, new_journal_path, utc_now
from kb.execute.preflight.check import CheckedPlan, check_plan, check_team
from kb.execute.recovery import find_finished_in_receipts
from kb.execute.rehearsal import NullJournal, rehearse_remote
from kb.execute.run_control import ApplyOptions, ApplyResult, RunOptions, RunStats
from kb.mirror.store import Mirror
from kb.mirror.sync.lock import run_lock
from kb.model.document import Source, parse_doc
from kb.model.plan import Change, ChangeKey, Plan, merge_values
from kb.model.request import ChangeRequest, Outcome, RequestPreview, Result, build_request
from kb.plan.rebase import FindContradiction
from kb.plan.sections.patch import NewTexts
from kb.settings.workspace import Workspace
from kb.sources.port import Remote, RemoteOptions
from kb.sources.registry import reader_name, writable_sources
from kb.sources.transport.call import Watcher
from kb.text.lang import count_noun, t


@contextmanager
def prepare_apply(
    workspace: Workspace, plan: Plan, options: ApplyOptions, texts: NewTexts | None = None
) -> Iterator[PreparedApply]:
    """Check a plan and hold the apply lock while the caller applies it. `texts` are the bodies the plan leaves out.

    Raises RefusedError when it may not be applied, BusyError while another kb applies, UsageError, StoreError.
    """
    path = workspace.mirrored()
    with (
        run_lock(workspace.private, "apply", workspace.settings.timezone),
        Mirror.open(path) as mirror,
    ):
        runs = Runs(workspace.private / "runs")
        before = runs.of_plan(plan.digest, options.undoes, plan.created, {each.identity for each in plan.changes})
        if before is not None and (undone := runs.undoing(before.name)) is not None:
            if not options.undoes or undone.ended != RunStatus.FINISHED:
                raise _undone_error(before, undone)
            before = None  # the undo was itself undone, so the run can be undone again
        if before is not None:
            before.finished |= find_finished_in_receipts(before, plan, (workspace.root, Path.cwd()))
        done = [record.target for record in before.records.values() if record.outcome is Outcome.DONE] if before else []
        limited = not options.undoes
        counted = limited or runs.run(options.undoes).is_imported
        found = check_plan(
            workspace, mirror, plan, allow=options.allow, limited=limited, counted=counted, done=done,
            bounded=not options.rehearse,
        )  # fmt: skip
        ready = PreparedApply(workspace, mirror, runs, plan, options, found, before, texts or {})
        against = check_allowance(options, ready.pending)
        if against is not None and not options.rehearse:
            raise against
        yield replace(ready, checked=replace(found, beyond=found.beyond or against))


def settle_run(workspace: Workspace, name: str) -> Run:
    """Return a run after resolving the requests a crash interrupted; without that they could not be undone.

    Only reads, except that it restores a text esa had merged with kb's when the crash came. Raises like
    `prepare_apply`.
    """
    runs = Runs(workspace.private / "runs")
    run = runs.run(name)
    if not run.interrupted or not run.has_head:
        return run
    path = workspace.mirrored()
    with (
        run_lock(workspace.private, "apply", workspace.settings.timezone),
        Mirror.open(path) as mirror,
    ):
        run = runs.run(run.name)
        changes = tuple(each for intend in run.interrupted.values() for each in request_from_intent(intend).changes)
        plan = Plan(run.team, run.at, kb.__version__, changes, run.redmine)
        check_team(workspace, plan)
        PreparedApply(workspace, mirror, runs, plan, ApplyOptions(), CheckedPlan(()), run).settle()
        return runs.run(run.name)


@dataclass(frozen=True, slots=True)
class PreparedApply:
    """A plan that may be applied. `before` is the run that began to, None at the first call."""

    workspace: Workspace
    mirror: Mirror
    runs: Runs
    plan: Plan
    options: ApplyOptions
    checked: CheckedPlan
    before: Run | None
    texts: NewTexts = field(default_factory=dict)

    @property
    def pending(self) -> tuple[ChangeRequest, ...]:
        """The requests no earlier call has finished."""
        finished = self.before.finished if self.before else set()
        return tuple(each for each in self.checked.requests if not finished.issuperset(each.identities))

    @property
    def undecided(self) -> tuple[Change, ...]:
        """The changes to be sent that neither the plan nor this run's first call decided on."""
        finished, consented = (self.before.finished, self.before.consented) if self.before else (set(), set())
        left = {each.identity for request in self.pending for each in request.changes} - finished
        return tuple(each for each in self.plan.undecided if each.identity in left and each.own_id not in consented)

    @property
    def is_weighed(self) -> bool:
        """Whether `kb review` or the call that began this run showed the impact already."""
        if self.undecided or self.options.undoes or self.options.rehearse:
            return False
        waiting = self.plan.open_groups
        return self.before is not None or not any(c.group in waiting for each in self.pending for c in each.changes)

    def apply(
        self,
        run_options: RunOptions,
        watch: Watcher | None = None,
        contradicts: FindContradiction | None = None,
        consented: Iterable[Change] = (),
    ) -> ApplyResult:
        """Send what is accepted. Raises SourceError, StoreError where the run cannot begin; it leaves no journal then.

        `contradicts` rereads pages people edited since the decision (kb.plan.rebase); `consented` are the undecided
        changes that were agreed to just now.
        """
        now = datetime.now(UTC)
        with ExitStack() as stack:
            made = self._connect(stack, watch)
            before = self.before
            path = self.runs.path(before.name) if before else new_journal_path(self.runs.folder, self._day(now))
            journal = stack.enter_context(RunJournal(path, utc_now))
            remotes = {source: make(journal.run) for source, make in made.items()}
            if before is None:
                stack.push(journal.forget_start)
            self._write_head(journal)
            if agreed := [each.own_id for each in consented]:
                journal.write("consent", changes=agreed)
            run_options = self._limit_per_day(run_options, now)
            engine = ApplyEngine(
                journal, before or Run(journal.run), run_options, self.subtrees, contradicts, self.checked.guard
            )
            self._report_unsendable(engine.stats, journal)
            began_s = sum(remote.waited_s for remote in remotes.values())
            trouble: Exception | None = None
            try:
                status = engine.run(self._order(remotes))
            except KeyboardInterrupt:  # a second one, while the first was being recorded
                status = RunStatus.INTERRUPTED
            except Exception as error:  # a bug too: what was sent by then has to be reported
                if before is None and not journal.has_intent and isinstance(error, KbError):
                    raise  # it never began
                status, trouble = RunStatus.BROKEN, error
            requests = sum(remote.requests for remote in remotes.values())
            waited = sum(remote.waited_s for remote in remotes.values()) - began_s
            unsettled = tuple(self.runs.run(journal.run).interrupted) if trouble is not None else ()
            return ApplyResult(journal.run, status, engine.stats, requests, waited, trouble, unsettled)

    def settle(self) -> None:
        """Resolve the requests a crash interrupted and journal their outcomes."""
        assert self.before is not None
        with ExitStack() as stack:
            made = self._connect(stack, None)
            journal = stack.enter_context(RunJournal(self.runs.path(self.before.name), utc_now))
            journal.write("resume", kb=kb.__version__)
            ApplyEngine(journal, self.before, RunOptions()).settle([make(journal.run) for make in made.values()])

    def next_name(self) -> str:
        """Return the name the run will get unless another one begins first."""
        if self.before is not None:
            return self.before.name
        day = self._day(datetime.now(UTC))
        return next(name for n in count(1) if not (self.runs.folder / f"{(name := f'{day}-{n}')}.jsonl").exists())

    def _day(self, now: datetime) -> str:
        return now.astimezone(ZoneInfo(self.workspace.settings.timezone)).strftime("%Y%m%d")

    @property
    def subtrees(self) -> tuple[Subtree, ...]:
        """The categories the plan moves as a whole; none where sending is limited per day."""
        if self.options.per_day:
            return ()
        return plan_subtrees(self.mirror, (change for each in self.checked.requests for change in each.changes))

    def rehearse(
        self,
        watch: Watcher | None = None,
        preview: Callable[[RequestPreview], None] | None = None,
        contradicts: FindContradiction | None = None,
    ) -> ApplyResult:
        """Look and compare as `apply` does, but send and write nothing. `preview` receives each request."""
        with ExitStack() as stack:
            run = self.next_name() if preview is not None else ""
            real = {source: make(run) for source, make in self._connect(stack, watch).items()}
            guard = self.checked.guard
            engine = ApplyEngine(NullJournal(), self.before or Run(""), RunOptions(), self.subtrees, contradicts, guard)
            self._report_unsendable(engine.stats, NullJournal())
            status = engine.run(
                self._order({source: rehearse_remote(remote, preview) for source, remote in real.items()})
            )
            return ApplyResult("", status, engine.stats, sum(each.requests for each in real.values()), 0.0)

    def _report_unsendable(self, stats: RunStats, journal: EntryLog) -> None:
        """Report what cannot be sent although the rest is."""
        for request, why in self.checked.unsendable:
            result = Result(Outcome.SKIPPED, why)
            journal.write(result.outcome.value, **result_entry(request, result, {}, {}))
            stats.note(request, result)
        for change in find_edited_after_send(self.before, self.plan.accepted) if self.before else ():
            stats.note(build_request([change]), Result(Outcome.SKIPPED, EDITED_AFTER_SEND))

    def _connect(self, stack: ExitStack, watch: Watcher | None) -> dict[Source, Callable[[str], Remote]]:
        """Connect the systems to write to, or with an interrupted request."""
        cut = self.before.interrupted if self.before else {}
        wish = self.options
        noted = {each.number for each in self.checked.of(Source.REDMINE) if ChangeKey.NOTES in each.after}
        noted |= {
            parse_doc(target).number for target, each in cut.items() if ChangeKey.NOTES in (each.get("after") or ())
        }
        options = RemoteOptions(
            self.texts,
            wish.tells,
            notes=not wish.without_note,
            with_secrets=wish.with_secrets,
            noted=frozenset(noted),
            planned_at=self.plan.created,
        )
        return {
            port.source: port.open_remote(stack, self.workspace, self.mirror, options, watch)
            for port in writable_sources(self.workspace.settings)
            if self.checked.of(port.source)
            or any(target.startswith(f"{port.source}:") for target in cut)
            or (port.source is Source.ESA and any(each.creates for each in self.checked.requests))  # to see the posts
        }

    def _order(self, remotes: Mapping[Source, Remote]) -> list[tuple[Remote, Sequence[ChangeRequest]]]:
        """Return what goes to which system: tickets that are made first, since posts get their numbers."""
        work = [(remote, self.checked.of(source)) for source, remote in remotes.items()]
        return sorted(work, key=lambda each: not any(request.creates for request in each[1]))

    def _write_head(self, journal: RunJournal) -> None:
        asked = {key: getattr(self.options, key) for key in ("allow", "per_day", "without_note")}
        said = {"asked": {key: value for key, value in asked.items() if value}} if any(asked.values()) else {}
        if self.before is not None:
            journal.write("resume", kb=kb.__version__, **(said or ({"asked": {}} if self.before.flags else {})))
            return
        journal.write_head(
            plan=self.plan.digest,
            file=self.options.file,
            team=self.plan.team,
            redmine=self.plan.redmine,
            by=reader_name(self.mirror),
            undoes=self.options.undoes,
            changes=len(self.plan.accepted),
            **said,
        )

    def _limit_per_day(self, run_options: RunOptions, now: datetime) -> RunOptions:
        if not self.options.per_day:
            return run_options
        left = max(0, self.options.per_day - count_sent_on(self.runs, now, self.workspace.settings.timezone))
        return replace(run_options, budget=left if run_options.budget is None else min(left, run_options.budget))


def check_allowance(options: ApplyOptions, pending: Iterable[ChangeRequest]) -> RefusedError | None:
    """Return the refusal where `--allow` or `--per-day` permits fewer targets than are left, else None."""
    if not (targets := sum(bool(merge_values(each.changes)) for each in pending)):
        return None
    if options.allow is not None and options.allow < targets:
        return RefusedError(
            t(
                f"送る変更は {targets:,} 件で、--allow {options.allow} より多いので、何も送っていません。",
                f"{count_noun(targets, 'change')} would be sent, more than --allow {options.allow}: nothing is sent.",
            ),
            t(f"送るなら --allow {targets} としてください。", f"to send them: --allow {targets}."),
        )
    if options.per_day == 0:
        return RefusedError(
            t("--per-day 0 なので、何も送っていません。", "--per-day 0 was given: nothing is sent."),
            t("1 日に送る件数を書くか、外してください。", "give the number for a day, or leave it out."),
        )
    return None


def _undone_error(run: Run, undone: Run) -> RefusedError:
    return RefusedError(
        t(
            f"この変更案は {run.name} で送り、{undone.name} で元に戻しています。",
            f"this plan was sent in {run.name} and taken back in {undone.name}.",
        ),
        t(
            f"もう一度送るなら、kb plan refresh で作り直すか、kb undo {undone.name} で戻したことを取り消してください。",
            f"to send it again, refresh it with kb plan refresh, or undo the undoing with kb undo {undone.name}.",
        ),
    )
