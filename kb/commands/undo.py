"""`kb undo RUN`: take back what a run did, field by field, as far as nobody has touched it since."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from kb.config import open_workspace
from kb.lang import t

EXAMPLE = "kb history\nkb undo 20261126-1 --rehearse\nkb undo 20261126-1"


def command(
    run: Annotated[
        str, typer.Argument(metavar="RUN", help=str(t("kb history にある実行か last", "a run of kb history, or last")))
    ],
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help=str(t("確かめるだけで、何も送らない", "look and compare, and send nothing"))),
    ] = False,
    per_day: Annotated[
        int,
        typer.Option(
            "--per-day", min=0, metavar="N", help=str(t("1 日に N 件まで", "at most N a day")), show_default=False
        ),
    ] = 0,
    without_note: Annotated[
        bool,
        typer.Option("--without-note", help=str(t("チケットに注記を残さない", "leave no note on tickets"))),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", help=str(t("最初の 3 件のあとで確認しない", "do not ask after the first three"))),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(t("件数を JSON で出力する", "print the figures as JSON")))
    ] = False,
) -> None:
    """Make the reverse of a run, and apply it like any plan."""
    from kb.changes.apply import Wish, prepared
    from kb.changes.runs import Runs
    from kb.changes.undo import taking_back
    from kb.commands import applying

    workspace = open_workspace()
    taken = Runs(workspace.private / "runs").run(run)
    run, back = taken.name, taking_back(taken)
    if not back.changes:
        if as_json:
            applying.nothing(as_json=True)
        else:
            print(t(f"{run} には元に戻すものがありません。", f"there is nothing to take back of {run}."))
        return
    wish = Wish(f"undo {run}", undoes=run, per_day=per_day, without_note=without_note)
    with prepared(workspace, back, wish) as ready:
        if not as_json:
            applying.foretell(ready)
        done = applying.rehearsed(ready) if rehearse else applying.applied(ready, yes=yes, ask=sys.stdin.isatty())
    if as_json:
        print(json.dumps(applying.figures(done)))
    else:
        applying.tell(done, f"kb undo {run}{applying.flags(wish)}", rehearsed=rehearse)
    if code := applying.code(done):
        raise typer.Exit(code)
