"""Find the run `kb undo last` means, and build the plan that undoes a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import kb
from kb.errors import RefusedError, StoreError, UsageError
from kb.execute.journal.run import PROBE, Run, RunStatus, SentChange
from kb.execute.journal.runs import Runs
from kb.model.plan import Change, ChangeKey, Plan, SeenState, Value, Verb
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class UndoTarget:
    """The subject of `kb undo last`. `run` is the one to undo, None where that is done or there is none.

    `unfinished` is an undo to resume; `undone` the last run where `by` has undone it already. `idle` are newer runs
    that changed nothing, `others` those that can be undone by name, newest first.
    """

    run: Run | None
    unfinished: Run | None = None
    undone: Run | None = None
    by: Run | None = None
    idle: tuple[str, ...] = ()
    others: tuple[Run, ...] = ()


def find_undo_target(runs: Runs, settle: Callable[[str], Run], is_cut: Callable[[Run], bool]) -> UndoTarget:
    """Find the newest own run that changed something and is not an undo, or an unfinished undo.

    `settle` resolves a run's interrupted requests; `is_cut` says that a journal lacks what was done. Raises what they
    raise, and InputError or StoreError for a newer run whose journal cannot be read.
    """
    idle: list[str] = []
    newest: Run | None = None
    found: Run | None = None
    for name in runs.names():
        run = runs.run(name)
        if run.is_imported or run.is_for_good or (run.is_empty and not is_cut(run)):
            continue
        begun = bool(run.undoes and run.interrupted)  # an undo interrupted at its first request: resuming resolves it
        if run.interrupted and not begun and not has_changed_anything(run):
            run = settle(name)
        if not begun and not has_changed_anything(run) and not is_cut(run):
            idle += [] if newest or run.is_undo else [name]
            continue
        newest = newest or run
        if not run.is_undo:
            found = run
            break
        if run is newest and run.undoes and run.ended != RunStatus.FINISHED:
            return UndoTarget(runs.run(run.undoes), run, idle=tuple(idle))
    if found is None:
        return UndoTarget(None)
    by = runs.undoing(found.name)
    if by is None or by.ended != RunStatus.FINISHED:
        return UndoTarget(found, by, idle=tuple(idle))
    return UndoTarget(None, undone=found, by=by, others=tuple(list_undoable(runs)))


def list_undoable(runs: Runs) -> list[Run]:
    """Return the own runs that can be undone, newest first: they changed something that still stands."""
    over = {name for name, run in runs.undone().items() if run.ended == RunStatus.FINISHED}
    own = (run for run in runs.all() if not (run.is_imported or run.is_for_good or run.is_undo))
    return [run for run in own if has_changed_anything(run) and run.name not in over]


def has_changed_anything(run: Run) -> bool:
    """Whether a run changed something; a damaged journal counts as yes, and a ticket that may have been made."""
    return bool(run.changed or run.damaged or run.unfound)


def build_undo_plan(run: Run) -> Plan:
    """Build the plan that undoes a run; the same each time, so that an undo can be resumed.

    Raises RefusedError for channel messages and uploads.
    """
    if run.is_upload:
        raise RefusedError(
            t(
                f"{run.name} は esa へのファイルのアップロードなので、kb からは取り消せません。",
                f"{run.name} sent files to esa, which kb cannot take back.",
            ),
            t(
                "記事の区画は、公開した実行を kb undo で元に戻せます（kb history）。ファイルそのものは残ります。",
                "the section of the post can be taken back (kb undo, the run that published it); the files stay.",
            ),
        )
    if run.is_notice:
        raise RefusedError(
            t(
                f"{run.name} は Slack への送信なので、kb からは取り消せません。",
                f"{run.name} was a message in Slack, which kb cannot take back.",
            ),
            t("要らなければ、Slack の画面で消してください。", "delete it in Slack, if it should not be there."),
        )
    if run.plan == PROBE:
        raise RefusedError(
            t(
                f"{run.name} は前の版の kb doctor --probe が作った確認用の記事で、kb からは取り消せません。",
                f"{run.name} made posts to try out esa (kb doctor --probe of an earlier kb); kb cannot take it back.",
            ),
            t("残っている記事は、esa の画面でアーカイブしてください。", "archive what is left of them in esa."),
        )
    changes = tuple(replace(each, id=each.own_id) for each in reverse_changes(run.name, run.sent()))
    return Plan(run.team, run.at, kb.__version__, changes, run.redmine)


def count_unmasked(runs: Runs, run: Run) -> int | None:
    """Count the posts on which undoing a run shows masked values again; None where what it undid cannot be read.

    An undo of an undo masks again, and undoing that shows the values once more.
    """
    masks, seen = True, {run.name}
    while run.is_undo:
        if not run.undoes or run.undoes in seen:
            return None
        seen.add(run.undoes)
        try:
            run, masks = runs.run(run.undoes), not masks
        except (UsageError, StoreError):
            return None
    return sum(Verb.REDACT in each.kinds for each in run.sent()) if masks else 0


def reverse_changes(run: str, sent: Iterable[SentChange]) -> tuple[Change, ...]:
    """Return the changes that undo what a run did, last first: parents reopen before their children.

    One change a field, so that a field somebody has touched since does not hold up the rest.
    """
    group = str(t(f"{run} を元に戻す", f"undo {run}"))
    # It names the run as people do, so that it is no mark of that run.
    note = str(t(f"前の変更（{run}）を元に戻します。", f"An earlier change ({run}) is taken back."))
    found: list[Change] = []
    for each in sent:
        values: list[tuple[dict[str, Value], dict[str, Value], SeenState]] = [
            ({key: value}, {key: each.before[key]}, each.seen) for key, value in sorted(each.after.items())
        ]
        for number in each.numbers:
            stands = replace(each.seen, text=number.text, line=number.line, column=number.column)
            key = ChangeKey.NUMBER.value
            values.append(({key: number.after}, {key: number.before}, stands))
        found += [
            Change(
                kind=Verb.UNDO,
                target=each.target,
                before=before,
                after=after,
                seen=seen,
                group=group,
                reason=group,
                title=each.title,
                note=note if each.target.startswith("redmine:") else "",
            )
            for before, after, seen in values
        ]
    return tuple(reversed(found))
