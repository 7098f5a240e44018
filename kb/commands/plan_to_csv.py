"""`kb plan to-csv`: a plan as CSV, to be sorted and decided on in a spreadsheet."""

from __future__ import annotations

import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kb.console import safe, say
from kb.errors import UsageError
from kb.lang import t

EXAMPLE = "kb plan to-csv plan.toml plan.csv\nkb plan to-csv plan.toml plan.csv --encoding cp932"


class Encoding(StrEnum):
    """How the file is written."""

    UTF8 = "utf-8"
    CP932 = "cp932"


def command(
    plan: Annotated[Path, typer.Argument(metavar="plan.toml", help=str(t("変更案", "the plan")))],
    table: Annotated[Path, typer.Argument(metavar="plan.csv", help=str(t("書き出す CSV", "the CSV to write")))],
    encoding: Annotated[
        Encoding,
        typer.Option(
            "--encoding", help=str(t("文字コード（utf-8 は BOM 付き）", "how it is written (utf-8 has a BOM)"))
        ),
    ] = Encoding.UTF8,
    force: Annotated[
        bool, typer.Option("--force", help=str(t("前からあるファイルを上書きする", "overwrite what is there")))
    ] = False,
) -> None:
    """Read the plan, and write it as CSV."""
    from kb.changes.sheet import sheet
    from kb.commands.plan_files import read_plan, require_place, same_file, say_next
    from kb.commands.plan_limited import require_private
    from kb.config import find_config, open_workspace
    from kb.lint import team_file

    found = read_plan(plan)
    require_place(table)
    if same_file(table, plan):
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
        require_private(table, found.changes, open_workspace())
    team_file.replace_bytes(table, sheet(found, encoding.value))
    say(
        safe(
            str(
                t(
                    f"{table} に {len(found.changes)} 行を書きました。書き換えるのは accept、after.、note です。",
                    f"wrote {len(found.changes)} rows to {table}. accept, after. and note are yours.",
                )
            )
        )
    )
    say_next(f"kb plan from-csv {shlex.quote(str(table))} {shlex.quote(str(plan))}")
