"""`kb plan to-csv` and `kb plan from-csv`: a plan as CSV, decided on in a spreadsheet, and back."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.files import is_same_file, read_plan, read_plan_text, require_plan_place
from kb.commands.change.plan.output import say_next_command
from kb.commands.registry import argument, command, option
from kb.console.terminal import say, say_safe
from kb.errors import InputError, UsageError
from kb.settings.workspace import find_config, open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.model.plan import Plan


class CsvEncoding(StrEnum):
    """How the file is written."""

    UTF8 = "utf-8"
    CP932 = "cp932"


@command(
    "plan to-csv",
    t("案を CSV に書き出す", "write a plan as CSV"),
    example="kb plan to-csv plan.toml plan.csv\nkb plan to-csv plan.toml plan.csv --encoding cp932",
    shared=True,
)
def plan_to_csv(
    plan: Annotated[Path, argument("plan.toml", t("変更案", "the plan"))],
    table: Annotated[Path, argument("plan.csv", t("書き出す CSV", "the CSV to write"))],
    encoding: Annotated[
        CsvEncoding,
        option(
            "--encoding", t("文字コード（utf-8 は BOM 付き）", "how it is written (utf-8 has a BOM)"), show_default=True
        ),
    ] = CsvEncoding.UTF8,
    force: Annotated[bool, option("--force", t("前からあるファイルを上書きする", "overwrite what is there"))] = False,
) -> None:
    """Read the plan, and write it as CSV."""
    from kb import files
    from kb.execute.plan_store import require_private_path
    from kb.plan.csv import export_csv

    found = read_plan(plan)
    require_plan_place(table)
    if is_same_file(table, plan):
        raise UsageError(
            t(f"{plan} は変更案そのものです。", f"{plan} is the plan itself."),
            t("CSV には別の名前を指定してください。例: plan.csv", "give the CSV another name, such as plan.csv."),
        )
    if not force and (table.exists() or table.is_symlink()):
        raise UsageError(
            t(
                f"{table} はもうあるので、上書きしません。",
                f"{table} is there already, and is not overwritten.",
            ),
            t(
                "取り込むなら kb plan from-csv、なくなってよければ --force です。",
                "kb plan from-csv takes it in; if it may go: --force.",
            ),
        )
    if find_config() is not None:
        require_private_path(table, found.changes, open_workspace())
    files.replace_bytes(table, export_csv(found, encoding.value))
    say_safe(
        t(
            f"{table} に {len(found.changes):,} 行を書きました。書き換えるのは accept、after.、note です。",
            f"wrote {len(found.changes):,} rows to {table}. accept, after. and note are yours.",
        )
    )
    say_next_command(f"kb plan from-csv {shlex.quote(str(table))} {shlex.quote(str(plan))}")


MAX_ERRORS = 20
"""Sentences on what could not be taken; more say nothing new."""


@command(
    "plan from-csv",
    t("CSV で決めたことを案に取り込む", "take decisions back from CSV"),
    example="kb plan from-csv plan.csv plan.toml",
)
def plan_from_csv(
    table: Annotated[Path, argument("plan.csv", t("取り込む CSV", "the CSV to take in"))],
    plan: Annotated[Path, argument("plan.toml", t("もとの変更案", "the plan it was made from"))],
) -> None:
    """Take `accept`, `after` and `note` of every row, and write the plan: all of them, or nothing."""
    from kb import files
    from kb.plan.csv import import_csv
    from kb.plan.file.parse import parse_plan
    from kb.plan.file.patch import patch_decisions

    if table.suffix == ".toml" and plan.suffix == ".csv":
        command_line = f"kb plan from-csv {shlex.quote(str(plan))} {shlex.quote(str(table))}"
        raise UsageError(
            t("CSV と変更案の順が逆です。", "the CSV comes first, then the plan."), t(command_line, command_line)
        )
    text = read_plan_text(plan)
    now = parse_plan(text, plan.name)
    if (data := files.read_bytes(table, named=True)) is None:
        raise InputError(
            t(f"{table} がありません。", f"{table} does not exist."),
            t("kb plan to-csv で書き出してください。", "write it with kb plan to-csv."),
        )
    found = import_csv(data, now, table.name)
    for trouble in found.troubles[:MAX_ERRORS]:
        say_safe(trouble)
    if found.troubles:
        count = len(found.troubles)
        raise InputError(
            t(
                f"{table} に、取り込めないところが {count:,} か所あります。{plan} は変えていません。",
                f"{count:,} things in {table} could not be taken. {plan} is as it was.",
            ),
            t("直してから、もう一度取り込んでください。", "correct them, and take it in again."),
        )
    if found.changed:
        files.replace_text(plan, patch_decisions(text, now, found.plan))
    accepted, edited = len(found.plan.accepted), sum(change.edited for change in found.plan.changes)
    by_hand = t(f"、手で直した {edited:,} 件", f", {edited:,} edited by hand") if edited else t("", "")
    say_safe(
        t(
            f"{plan}: {found.changed:,} 件を書き換えました（受け入れ {accepted:,} 件{by_hand.ja}）。",
            f"{plan}: {found.changed:,} changed ({accepted:,} accepted{by_hand.en}).",
        )
    )
    if count := _colliding(found.plan):
        say(
            t(
                f"受け入れた変更のうち {count:,} 件は、名前がほかの記事と重なるので、このままでは kb apply が断ります"
                "（空いている題名は、案の warning にあります）。",
                f"{count:,} of the accepted changes collide with the names of other posts: kb apply refuses them "
                "as they are (warning names a title that is free).",
            )
        )
    say_next_command(f"kb review {shlex.quote(str(plan))}")


def _colliding(plan: Plan) -> int:
    """Count the accepted changes that collide with the posts of the workspace, if there is one."""
    from kb.execute.preflight.mirror_state import collision_finder
    from kb.mirror.store import Mirror

    workspace = open_workspace() if find_config() else None
    if workspace is None or not workspace.mirror.exists():
        return 0
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return len(collision_finder(workspace, mirror)(plan.accepted).refused_ids)
