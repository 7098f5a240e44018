"""The options `kb apply` and `kb undo` share: what people type, and what it is called in the code."""

from __future__ import annotations

from typing import Annotated

import typer

from kb.lang import t

Rehearse = Annotated[
    bool,
    typer.Option("--rehearse", help=str(t("確かめるだけで、何も送らない", "look and compare, and send nothing"))),
]
Allow = Annotated[
    int | None,
    typer.Option(
        "--allow",
        min=0,
        metavar="N",
        help=str(t("上限を超えて N 件まで送る", "send up to N changes, beyond the limits")),
        show_default=False,
    ),
]
PerDay = Annotated[
    int | None,
    typer.Option(
        "--per-day",
        min=0,
        metavar="N",
        help=str(t("1 日に N 件まで送り、続きは翌日に", "send at most N a day, and the rest on other days")),
        show_default=False,
    ),
]
WithoutNote = Annotated[
    bool,
    typer.Option("--without-note", help=str(t("チケットに注記を残さない", "leave no note on tickets"))),
]
Yes = Annotated[
    bool,
    typer.Option("--yes", "-y", help=str(t("最初の 3 件のあとで確認しない", "do not ask after the first three"))),
]
YesToAll = Annotated[
    bool,
    typer.Option(
        "--yes",
        "-y",
        help=str(
            t(
                "決めていない変更も、最初の 3 件のあとも、聞かずに送る",
                "send without asking: what nobody decided on, and after the first three",
            )
        ),
    ),
]
Mails = Annotated[
    int | None,
    typer.Option(
        "--mails",
        min=0,
        metavar="N",
        help=str(
            t(
                "--yes で、決めていない変更のメールを N 通まで認める",
                "with --yes: allow up to N mails where changes are not decided on",
            )
        ),
        show_default=False,
    ),
]
AsJson = Annotated[
    bool,
    typer.Option(
        "--json", help=str(t("件数と上書きした値を JSON で出力する", "print figures and overwritten values as JSON"))
    ),
]
