"""`kb plan from-csv`: take the decisions of a CSV back into its plan."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.console import safe, say
from kb.errors import InputError, UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.plan import Plan

EXAMPLE = "kb plan from-csv plan.csv plan.toml"

SHOWN = 20
"""Sentences on what could not be taken; more say nothing new."""


def command(
    table: Annotated[Path, typer.Argument(metavar="plan.csv", help=str(t("取り込む CSV", "the CSV to take in")))],
    plan: Annotated[
        Path, typer.Argument(metavar="plan.toml", help=str(t("もとの変更案", "the plan it was made from")))
    ],
) -> None:
    """Take `accept`, `after` and `note` of every row, and write the plan: all of them, or nothing."""
    from kb.changes.plan_file import plan_in
    from kb.changes.plan_patch import patched
    from kb.changes.sheet_back import decided
    from kb.commands.plan_files import say_next, text_of
    from kb.lint import team_file

    if table.suffix == ".toml" and plan.suffix == ".csv":
        raise UsageError(
            t("CSV と変更案の順が逆です。", "the CSV comes first, then the plan."),
            t(
                f"kb plan from-csv {shlex.quote(str(plan))} {shlex.quote(str(table))}",
                f"kb plan from-csv {shlex.quote(str(plan))} {shlex.quote(str(table))}",
            ),
        )
    text = text_of(plan)
    now = plan_in(text, plan.name)
    data = team_file.read_bytes(table, named=True)
    if data is None:
        raise InputError(
            t(f"{table} がありません。", f"{table} does not exist."),
            t("kb plan to-csv で書き出してください。", "write it with kb plan to-csv."),
        )
    found = decided(data, now, table.name)
    for trouble in found.troubles[:SHOWN]:
        say(safe(str(trouble)))
    if found.troubles:
        count = len(found.troubles)
        raise InputError(
            t(
                f"{table} に、取り込めないところが {count} か所あります。{plan} は変えていません。",
                f"{count} things in {table} could not be taken. {plan} is as it was.",
            ),
            t("直してから、もう一度取り込んでください。", "correct them, and take it in again."),
        )
    if found.changed:
        team_file.replace(plan, patched(text, now, found.plan))
    accepted, edited = len(found.plan.accepted), sum(change.edited for change in found.plan.changes)
    by_hand = t(f"、手で直した {edited} 件", f", {edited} edited by hand") if edited else t("", "")
    say(
        safe(
            str(
                t(
                    f"{plan}: {found.changed} 件を書き換えました（受け入れ {accepted} 件{by_hand.ja}）。",
                    f"{plan}: {found.changed} changed ({accepted} accepted{by_hand.en}).",
                )
            )
        )
    )
    if count := _colliding(found.plan):
        say(
            str(
                t(
                    f"受け入れた変更のうち {count} 件は、名前がほかの記事と重なるので、このままでは kb apply が断ります"
                    "（空いている題名は、案の warning にあります）。",
                    f"{count} of the accepted changes collide with the names of other posts: kb apply refuses them "
                    "as they are (warning names a title that is free).",
                )
            )
        )
    say_next(f"kb review {shlex.quote(str(plan))}")


def _colliding(plan: Plan) -> int:
    """How many accepted changes collide, where the posts of a workspace are at hand."""
    from kb.changes.colliding import collide_in
    from kb.config import find_config, open_workspace
    from kb.mirror.store import Mirror

    workspace = open_workspace() if find_config() else None
    if workspace is None or not workspace.mirror.exists():
        return 0
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return len(collide_in(workspace, mirror)(plan.accepted).refused_ids)
