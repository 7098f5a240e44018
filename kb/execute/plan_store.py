"""Read and write plan files in a workspace, and say what became of a plan that was applied."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb import files
from kb.errors import InputError, RefusedError, UsageError
from kb.execute.journal.run import Run, RunStatus
from kb.execute.journal.runs import Runs
from kb.execute.preflight.check import check_team
from kb.files import lock_folder, store_error
from kb.mirror.store import Mirror
from kb.model.plan import Change, Plan, digest_group
from kb.model.request import Outcome
from kb.plan.file.parse import parse_plan
from kb.plan.file.patch import patch_decisions
from kb.plan.groups import is_owned
from kb.plan.ticks.answers import share_changes
from kb.settings.workspace import Workspace
from kb.sources.registry import writable_sources
from kb.text.lang import Text, count_noun, t


def is_private_path(path: Path, workspace: Workspace) -> bool:
    """Whether a file is below `.kb/`, which never leaves this machine."""
    return path.resolve().is_relative_to(workspace.private.resolve())


def limited_targets(changes: Sequence[Change], workspace: Workspace) -> frozenset[str]:
    """Return the targets that only part of the team may read, by kb.toml or the mirror."""
    if not workspace.mirror.exists():
        return frozenset()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        found = (each.find_limited(mirror, changes) for each in writable_sources(workspace.settings))
        return frozenset().union(*found)


def drop_limited(changes: Sequence[Change], workspace: Workspace, out: Path) -> tuple[Change, ...]:
    """Return the changes this file may hold: all where it is private, else those of what every member may read."""
    hidden = frozenset() if is_private_path(out, workspace) else limited_targets(changes, workspace)
    return tuple(each for each in changes if each.target not in hidden)


def format_left_out(count: int, workspace: Workspace) -> Text:
    """Say how many changes were left out, and how to get them."""
    where = shlex.quote(str(workspace.private / "plan.toml"))
    return t(
        f"{count:,} 件はメンバー全員には見えないので、この変更案には入れていません"
        f"（入れるなら、git に入らない場所に: -o {where}）。",
        f"{count_noun(count, 'change')} of what not every member can see: left out of this plan "
        f"(to have them, write it where git does not look: -o {where}).",
    )


def require_private_path(table: Path, changes: Sequence[Change], workspace: Workspace) -> None:
    """Raise UsageError where a file that may be shared would hold changes of what not every member may read."""
    if not is_private_path(table, workspace) and (count := len(limited_targets(changes, workspace))):
        raise UsageError(
            t(
                f"メンバー全員には見えないものの変更が {count:,} 件あるので、{table} には書きません。",
                f"{table} is not written: {count_noun(count, 'change')} of what not every member can see.",
            ),
            t(
                f"{workspace.private} の中に書いてください。例: {workspace.private / 'plan.csv'}",
                f"write it below {workspace.private}, such as {workspace.private / 'plan.csv'}.",
            ),
        )


class PlanFile:
    """A plan.toml under review; each decision is written at once.

    Raises InputError when it is not a plan, or not the one it was at the start.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._text, self._plan = "\0", Plan("", "", "", ())  # as no file reads
        self._digest = ""
        self.plan()
        self._digest = self._plan.digest

    def plan(self) -> Plan:
        """Return the plan the file holds now, reparsed when it changed."""
        if (text := files.read_text(self.path)) is None:
            raise InputError(
                t(f"{self.name} がありません。", f"{self.name} does not exist."),
                t("kb plan done などで作ってください。", "make one, for example with kb plan done."),
            )
        if text != self._text:
            plan = parse_plan(text, self.name)
            if self._digest and plan.digest != self._digest:
                raise InputError(
                    t(f"{self.name} は別の変更案に置き換わっています。", f"{self.name} is a different plan now."),
                    t("kb review をやり直してください。", "run kb review again."),
                )
            self._text, self._plan = text, plan
        return self._plan

    def latest(self) -> Plan:
        """Return the plan as last readable: somebody may be saving the file right now."""
        try:
            return self.plan()
        except InputError:
            return self._plan

    def accept(self, ids: Collection[str], accept: bool, *, decided: Collection[str] = ()) -> None:
        """Accept or refuse changes, and mark the groups `decided` as reviewed. Raises InputError, StoreError."""
        wanted = frozenset(ids)

        def set_flags(plan: Plan) -> Plan:
            changes = tuple(replace(each, accept=accept) if each.id in wanted else each for each in plan.changes)
            return _mark_reviewed(replace(plan, changes=changes), decided)

        self._rewrite(set_flags)

    def edit(self, values: Mapping[str, Change]) -> None:
        """Replace the values of changes by those of the same id. Raises InputError, StoreError."""

        def set_values(plan: Plan) -> Plan:
            return replace(plan, changes=tuple(_with_values(each, values.get(each.id)) for each in plan.changes))

        self._rewrite(set_values)

    def decide(self, groups: Iterable[str]) -> None:
        """Mark groups as reviewed in their present state. Raises InputError, StoreError."""
        names = tuple(groups)
        self._rewrite(lambda plan: _mark_reviewed(plan, names))

    def take_back(self, groups: Collection[str], accepted: Mapping[str, bool]) -> None:
        """Mark groups as open again and restore what was accepted. Raises InputError, StoreError."""

        def restore(plan: Plan) -> Plan:
            gone = {_group_digest(plan, group) for group in groups}
            marks = [mark for mark in plan.reviewed if mark not in gone]
            changes = tuple(replace(each, accept=accepted.get(each.id, each.accept)) for each in plan.changes)
            return replace(plan, changes=changes, reviewed=tuple(marks))

        self._rewrite(restore)

    def ask(self, asked: Mapping[str, str], posts: Sequence[str]) -> None:
        """Write whom each change (by id) is asked of, and in which posts. Raises InputError, StoreError."""
        self._rewrite(lambda plan: share_changes(plan, asked, posts))

    def take_answers(self, answered: Plan) -> None:
        """Take over what was answered; decisions made in the file meanwhile stay. Raises InputError, StoreError."""
        read = {each.id: each for each in answered.changes}

        def take(plan: Plan) -> Plan:
            return replace(plan, changes=tuple(_with_answer(each, read.get(each.id)) for each in plan.changes))

        self._rewrite(take)

    def _rewrite(self, change: Callable[[Plan], Plan]) -> None:
        try:
            with lock_folder(self.path.parent):
                now = self.plan()
                then = change(now)
                if then != now or _asked_fields(then) != _asked_fields(now):
                    text = patch_decisions(self._text, now, then)
                    files.replace_text(self.path, text)
                    self._text, self._plan = text, then
        except OSError as error:
            raise store_error(error, self.path) from None


def undecided_groups(plan: Plan) -> list[tuple[str, tuple[Change, ...]]]:
    """Return the open groups of a plan, in its order, without those that their owners decide on."""
    waiting = plan.open_groups
    return [(group, changes) for group, changes in plan.groups() if group in waiting and not is_owned(changes)]


def is_decided(plan: Plan, group: str) -> bool:
    """Whether a group of the plan is reviewed."""
    return _group_digest(plan, group) in plan.reviewed


def _group_digest(plan: Plan, group: str) -> str:
    return digest_group(group, (each for each in plan.changes if each.group == group))


def _mark_reviewed(plan: Plan, groups: Collection[str]) -> Plan:
    marks = dict.fromkeys((*plan.reviewed, *(_group_digest(plan, group) for group in groups)))
    return replace(plan, reviewed=tuple(marks))


def _asked_fields(plan: Plan) -> list[tuple[object, ...]]:
    """Return what equality of changes leaves out and a decision may change."""
    return [(each.proposed, each.asked, each.answer) for each in plan.changes]


def _with_answer(change: Change, read: Change | None) -> Change:
    if read is None or change.accept is not change.answer.startswith("yes"):
        return change
    return replace(change, accept=read.accept, answer=read.answer)


def _with_values(change: Change, values: Change | None) -> Change:
    return change if values is None else replace(change, after=values.after, note=values.note, accept=True)


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """The run that applied a plan, and the name of the one that undid it ("" for none)."""

    run: Run
    undone: str

    def pending(self, plan: Plan) -> tuple[Change, ...]:
        """Return the accepted changes that were not sent."""
        return tuple(each for each in plan.accepted if each.identity not in self.run.finished)

    @property
    def is_over(self) -> bool:
        """Whether the run came to its end, or was taken back."""
        return bool(self.undone) or self.run.ended == RunStatus.FINISHED


def find_applied(workspace: Workspace, plan: Plan) -> AppliedPlan | None:
    """Return what is known here of a plan's run; None where it was not sent."""
    runs = Runs(workspace.private / "runs")
    run = runs.of_plan(plan.digest, "", plan.created)
    undone = runs.undoing(run.name) if run is not None else None
    return None if run is None else AppliedPlan(run, undone.name if undone else "")


def why_not_here(workspace: Workspace, plan: Plan) -> RefusedError | None:
    """Return why a plan cannot be applied in this workspace; None when it can."""
    try:
        check_team(workspace, plan)
    except RefusedError as error:
        return error
    return None


def describe_applied(before: AppliedPlan, plan: Plan, path: Path) -> Iterator[Text]:
    """Yield what was sent of a plan and what to do next, in a sentence or two."""
    file, run = shlex.quote(str(path)), before.run
    done, left = run.count(Outcome.DONE), before.pending(plan)
    if before.undone:
        yield t(
            f"この変更案は {run.name} で送り、{before.undone} で元に戻しています。",
            f"this plan was sent in {run.name} and taken back in {before.undone}.",
        )
        yield t(f"もう一度送るには: kb plan refresh {file}", f"to send it again: kb plan refresh {file}")
        return
    if left:
        yield t(
            f"この変更案は {run.name} で途中まで送りました（済み {done:,} 件、残り {len(left):,} 件）。",
            f"this plan was sent in part, in {run.name} ({done:,} done, {count_noun(len(left), 'change')} left).",
        )
        return
    yield t(
        f"この変更案は {run.name} で送りました（済み {done:,} 件）。",
        f"this plan was sent in {run.name} ({done:,} done).",
    )
    if undecided := sum(not any(each.accept for each in rows) for _, rows in undecided_groups(plan)):
        yield t(
            f"送らなかった {undecided:,} グループを決めるには: kb review {file}",
            f"{count_noun(undecided, 'group')} stayed behind. To decide: kb review {file}",
        )
    yield t(f"元に戻すには: kb undo {run.name}", f"to take it back: kb undo {run.name}")
