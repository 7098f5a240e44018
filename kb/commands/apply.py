"""`kb apply`: send what a plan has accepted."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.apply_options import Allow, AsJson, Mails, PerDay, Rehearse, WithoutNote, YesToAll
from kb.config import open_workspace
from kb.console import safe, say, talk
from kb.errors import Exit, InputError, KbError, RefusedError, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.plan import Plan
    from kb.changes.runs import Run

EXAMPLE = "kb apply plan.toml --rehearse\nkb apply plan.toml"


def command(
    plan: Annotated[
        Path, typer.Argument(metavar="plan.toml", help=str(t("変更案", "the plan")), show_default=False)
    ] = Path("plan.toml"),
    rehearse: Rehearse = False,
    allow: Allow = None,
    per_day: PerDay = None,
    without_note: WithoutNote = False,
    yes: YesToAll = False,
    mails: Mails = None,
    as_json: AsJson = False,
) -> None:
    """Check the plan, send it change by change, and tell what came of each."""
    from kb.changes.apply import Wish, prepared
    from kb.commands import applying, journals
    from kb.commands.consent import consented

    if mails is not None and not yes:
        raise UsageError(
            t("--mails は --yes と一緒に使います。", "--mails goes with --yes."),
            t(f"例: kb apply plan.toml --yes --mails {mails}", f"example: kb apply plan.toml --yes --mails {mails}"),
        )
    workspace = open_workspace()
    wanted = _read(plan)
    wish = Wish(plan.name, allow=allow, per_day=per_day, without_note=without_note, rehearse=rehearse)
    if not wanted.accepted:
        applying.nothing(as_json=as_json)
        return
    file = shlex.quote(str(plan))
    again = f"kb apply {file}{applying.flags(wish)}"
    with prepared(workspace, wanted, wish) as ready:
        journals.tell_faults(ready.runs, used=ready.before)
        found, ask = applying.foreseen_of(ready), applying.somebody()
        if not as_json or (ready.undecided and ask and not yes and not rehearse):
            applying.foretell(ready, found)
        if rehearse:
            done = applying.rehearsed(ready)
        else:
            review = f"kb review {file}"
            agreed = consented(
                ready, found.consequences.mails, review=review, again=again, yes=yes, stated=mails, ask=ask
            )
            if agreed is None:
                _say_unsent(review)
                raise typer.Exit(Exit.FINDINGS)
            done = applying.applied(ready, yes=yes, ask=ask, consented=agreed)
            _leave_receipt(plan, ready.runs.run(done.run))
    applying.tell(done, again, refresh=f"kb sync && kb plan refresh {file}", rehearsed=rehearse, as_json=as_json)
    applying.warn(ready)
    applying.leave(done)


def _say_unsent(review: str) -> None:
    talk(str(t("何も送っていません。", "nothing was sent.")))
    talk(str(t(f"グループごとに決めるには: {review}", f"to decide group by group: {review}")))


def _leave_receipt(plan: Path, run: Run) -> None:
    """Put the receipt beside the plan. What was sent is sent, also where that cannot be done: it is only said then."""
    from kb.changes.receipt import receipt, receipt_path
    from kb.lint import team_file

    try:
        team_file.replace(receipt_path(plan), receipt(run))
    except KbError as error:
        say(safe(str(error.what)))
        talk(
            str(
                t(
                    f"控えは残せませんでしたが、送った記録はあります（kb history {run.name}）。",
                    f"so there is no receipt; what was sent is in kb history {run.name}.",
                )
            )
        )


def _read(path: Path) -> Plan:
    """The plan in a file. Raises InputError where there is none.

    Raises RefusedError for one that cannot be believed: nothing is sent then.
    """
    from kb.changes.plan_file import plan_in
    from kb.lint import team_file

    try:
        text = team_file.read(path)
        if text is not None:
            return plan_in(text, path.name)
    except InputError as error:
        refused = RefusedError(error.what, error.next_step)
    else:
        raise InputError(
            t(f"{path} がありません。", f"{path} does not exist."),
            t(
                "kb plan done -o plan.toml などで作ってください。",
                "make one, for example with kb plan done -o plan.toml.",
            ),
        )
    raise refused
