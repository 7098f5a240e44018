"""`kb doctor`: check each thing kb depends on, with a sign, a fact and a remedy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from kb.commands.registry import command, option
from kb.console.terminal import paint, terminal_width
from kb.errors import Exit, UsageError
from kb.model.health import CheckStatus
from kb.text.display import sanitize, wrap
from kb.text.lang import t

_COUNTED = {
    CheckStatus.OK: t("{} 件は問題なし", "{} fine"),
    CheckStatus.NOTE: t("{} 件は確認を", "{} to look at"),
    CheckStatus.FAULT: t("{} 件は動きません", "{} not working"),
}
_COLOUR = {CheckStatus.OK: "green", CheckStatus.NOTE: "yellow", CheckStatus.FAULT: "red"}


@command(
    "doctor",
    t("設定・鍵・置き場所を調べる", "check settings, keys and the store"),
    example="kb doctor\nkb doctor --handover",
)
def doctor(
    handover: Annotated[
        bool,
        option(
            "--handover", t("kb そのものを引き継ぐための一覧", "what kb itself depends on, for whoever takes it over")
        ),
    ] = False,
    as_json: Annotated[bool, option("--json", t("--handover を JSON で出力する", "print --handover as JSON"))] = False,
) -> None:
    """Look at everything and print it. Exit 0 unless something does not work."""
    if handover:
        from kb.reports.handover import operations

        operations.print_operations(as_json=as_json)
        return
    if as_json:
        raise UsageError(
            t("--json は --handover と一緒に使います。", "--json goes with --handover."),
            t("例: kb doctor --handover --json", "example: kb doctor --handover --json"),
        )
    from kb.reports.health import check_workspace

    codes: list[Exit] = []
    counts = dict.fromkeys(CheckStatus, 0)
    for check in check_workspace():
        counts[check.sign] += 1
        print(f"{paint(check.sign.value, _COLOUR[check.sign])} {sanitize(str(check.fact))}")
        if check.remedy:
            print("\n".join(_remedy(str(check.remedy))))
        if check.fault:
            codes.append(Exit(check.fault.exit_code))
    told = [str(_COUNTED[sign]).format(counts[sign]) for sign in CheckStatus if counts[sign]]
    print(f"{str(t('、', ', ')).join(told)}{t('。', '.')}")
    raise typer.Exit(Exit.worst(*codes))


def _remedy(text: str) -> Iterator[str]:
    """Yield the next step below its fact, wrapped on a terminal only; lines to paste stay whole."""
    step, *paste = map(sanitize, text.split("\n"))
    lines = [*(wrap(step, terminal_width() - 6) if sys.stdout.isatty() else [step]), *paste]
    for number, line in enumerate(lines):
        yield f"    {' ' if number else '→'} {line}"
