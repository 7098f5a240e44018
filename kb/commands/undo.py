"""`kb undo RUN`: take back what a run did, field by field, as far as nobody has touched it since."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.apply_options import Allow, AsJson, PerDay, Rehearse, WithoutNote, Yes
from kb.config import open_workspace
from kb.console import talk
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.runs import Run, Runs

EXAMPLE = "kb history\nkb undo 20261126-1 --rehearse\nkb undo 20261126-1"


def command(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help=str(t("kb history にある実行か last", "a run of kb history, or last")))
    ],
    rehearse: Rehearse = False,
    allow: Allow = 0,
    per_day: PerDay = 0,
    without_note: WithoutNote = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make the reverse of a run, and apply it like any plan."""
    from kb.changes.apply import Wish, prepared, settled
    from kb.changes.runs import LAST, Runs
    from kb.changes.undo import taking_back
    from kb.changes.way import How
    from kb.commands import applying

    workspace = open_workspace()
    if run == LAST:
        _pass_over(Runs(workspace.private / "runs"))
    taken = settled(workspace, run)
    if run == LAST and taken.undoes and taken.ended != How.FINISHED:
        talk(
            str(
                t(
                    f"{taken.name} は {taken.undoes} を元に戻す途中なので、続きから戻します。",
                    f"{taken.name} has not taken all of {taken.undoes} back yet: going on with that.",
                )
            )
        )
        taken = settled(workspace, taken.undoes)
    run, back = taken.name, taking_back(taken)
    if not back.changes:
        told = t(f"{run} には元に戻すものがありません。", f"there is nothing to take back of {run}.")
        applying.result(told, as_json=as_json)
        return
    if not as_json:
        _files_stay(Runs(workspace.private / "runs"), taken)
    wish = Wish(
        f"undo {run}", undoes=run, allow=allow, per_day=per_day, without_note=without_note, rehearse=rehearse
    )  # fmt: skip
    with prepared(workspace, back, wish) as ready:
        if not as_json:
            applying.foretell(ready)
        done = applying.rehearsed(ready) if rehearse else applying.applied(ready, yes=yes, ask=applying.somebody())
    applying.tell(done, f"kb undo {run}{applying.flags(wish)}", rehearsed=rehearse, as_json=as_json)
    applying.warn(ready)
    applying.leave(done)


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
    from kb.changes.way import How

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
