"""`kb undo RUN`: take back what a run did, field by field, as far as nobody has touched it since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.change.apply import Allow, AsJson, PerDay, Rehearse, WithoutNote, Yes
from kb.console.sitting import seen as shown
from kb.console.terminal import say, talk, trouble
from kb.errors import KbError
from kb.settings.workspace import open_workspace
from kb.text.display import local
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.execute.journal.run import Run
    from kb.execute.journal.runs import Runs
    from kb.execute.undo import Last

EXAMPLE = "kb history\nkb undo 20261126-1 --rehearse\nkb undo 20261126-1"

SHOWN = 10
"""Runs that are named; the rest is in the history."""

IDLE = 3
"""Runs that changed nothing and are named."""


def command(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help=str(t("kb history にある実行か last", "a run of kb history, or last")))
    ],
    rehearse: Rehearse = False,
    allow: Allow = None,
    per_day: PerDay = None,
    without_note: WithoutNote = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make the reverse of a run, and apply it like any plan."""
    from kb.commands.flows import apply, apply_report
    from kb.console import terminal
    from kb.execute.apply import prepared, settled
    from kb.execute.journal.runs import LAST, Runs
    from kb.execute.run_control import Wish
    from kb.execute.undo import find_last, taking_back

    workspace = open_workspace()
    runs = Runs(workspace.private / "runs")
    if run == LAST:
        _pass_over(runs)
        last = find_last(runs, lambda name: settled(workspace, name))
        if last.run is None:
            _nothing_left(runs, last, workspace.settings.timezone, as_json=as_json)
            apply_report.tell_faults(runs)
            return
        _say_which(last)
        run = last.run.name
    taken = settled(workspace, run)
    run, found = taken.name, None
    apply_report.tell_faults(runs, used=taken)
    if taken.damaged:
        found = apply_report.restore(workspace, taken)
        taken = found.run
    back = taking_back(taken)
    if not back.changes:
        told = t(f"{run} には元に戻すものがありません。", f"there is nothing to take back of {run}.")
        if found is not None:
            told = t(f"{run} から元に戻せるものはありません。", f"nothing of {run} can be taken back.")
        apply_report.result(told, as_json=as_json)
        if code := apply_report.tell_restored(found, finished=True):
            raise typer.Exit(code)
        return
    if not as_json:
        _files_stay(runs, taken)
    wish = Wish(
        f"undo {run}", undoes=run, allow=allow, per_day=per_day, without_note=without_note, rehearse=rehearse
    )  # fmt: skip
    with prepared(workspace, back, wish) as ready:
        if not as_json:
            apply.foretell(ready, apply.foreseen_of(ready))
        done = apply.rehearsed(ready) if rehearse else apply.applied(ready, yes=yes, ask=terminal.somebody())
    apply_report.tell(done, f"kb undo {run}{apply.flags(wish)}", rehearsed=rehearse, as_json=as_json)
    apply_report.warn(ready)
    ended = apply_report.code(done)
    lost = apply_report.tell_restored(found, finished=not ended and not rehearse)
    if lost > ended and (done.trouble is None or isinstance(done.trouble, KbError)):
        if done.trouble is not None:
            trouble(str(done.trouble.what), str(done.trouble.next_step or ""))
        raise typer.Exit(lost)
    apply_report.leave(done)


def _say_which(last: Last) -> None:
    """Say why another run than the newest is taken back."""
    assert last.run is not None
    name, undo = last.run.name, last.unfinished
    if last.idle:
        idle = [*last.idle[:IDLE], *(["…"] if len(last.idle) > IDLE else [])]
        talk(
            str(
                t(
                    f"{'、'.join(idle)} は何も変えていません。その前の {undo.name if undo else name} を見ます。",
                    f"{', '.join(idle)} changed nothing; looking at {undo.name if undo else name} before that.",
                )
            )
        )
    if undo is not None:
        talk(
            str(
                t(
                    f"{undo.name} は {name} を元に戻す途中なので、続きから戻します。",
                    f"{undo.name} has not taken all of {name} back yet: going on with that.",
                )
            )
        )


def _nothing_left(runs: Runs, last: Last, zone: str, *, as_json: bool) -> None:
    """Say that the newest run is taken back already, and which others can be, by name."""
    from kb.execute.journal.runs import LAST

    if last.undone is None and not any(not each.taken and not each.is_for_good for each in runs.all()):
        runs.path(LAST)  # raises: nothing was sent from here
    if last.undone is None or last.by is None:
        lines = [t("元に戻せる実行はありません。", "there is no run to take back.")]
    else:
        name, by = last.undone.name, last.by.name
        lines = [
            t(
                f"{name} は {by} で元に戻してあります。何も送っていません。",
                f"{name} was taken back in {by}; nothing was sent.",
            ),
            *_named(last.others, zone),
            t(f"戻したことを取り消すには: kb undo {by}", f"to undo the undoing: kb undo {by}"),
        ]
    for line in lines:
        (say if as_json else print)(str(line))


def _named(others: Sequence[Run], zone: str) -> Iterator[Text]:
    """Runs that can be taken back: the command, when they were sent, and what they did."""
    if not others:
        yield t("ほかに元に戻せる実行はありません。", "there is no other run to take back.")
        return
    yield t("ほかに元に戻せる実行:", "other runs that can be taken back:")
    for each in others[:SHOWN]:
        when, done = local(each.at, zone, "%Y-%m-%d %H:%M") if each.at else "—", len(each.dones)
        head = f"  kb undo {each.name}  {when}  {shown(each.file)}"
        yield t(f"{head}（済み {done} 件）", f"{head} ({done} done)")
    if len(others) > SHOWN:
        more = len(others) - SHOWN
        yield t(f"  ほかに {more} 件（kb history）", f"  and {more} more (kb history)")


def _files_stay(runs: Runs, taken: Run) -> None:
    """Say that what was uploaded for a post stays in esa when the post is put back."""
    if any(each.is_upload and each.about in taken.told for each in runs.all()):
        talk(
            str(
                t(
                    "アップロード済みのファイルは esa に残ります（区画だけを戻します）。",
                    "files that were uploaded stay in esa: only the section is put back.",
                )
            )
        )


def _pass_over(runs: Runs) -> None:
    """Say that the messages and files that were sent since the last run stay where they are."""
    from kb.execute.journal.run import How

    last = list(takewhile(lambda run: run.is_for_good, (each for each in runs.all() if not each.taken)))
    sent = [each.name for each in last if each.is_notice and each.ended != How.FAILING]
    files = [each.name for each in last if each.is_upload]
    if files:
        names = "、".join(reversed(files))
        talk(
            str(
                t(
                    f"esa にアップロードしたファイル（{names}）は取り消せません。その前の実行を見ます。",
                    f"the files sent to esa ({names}) cannot be taken back; looking at the run before.",
                )
            )
        )
    if sent:
        names = "、".join(reversed(sent))
        talk(
            str(
                t(
                    f"Slack に送ったもの（{names}）は取り消せません。その前の実行を見ます。",
                    f"what was sent to Slack ({names}) cannot be taken back; looking at the run before.",
                )
            )
        )
