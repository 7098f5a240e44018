"""`kb secrets list`: every secret that is written down somewhere, where, who can read it, what it opens."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.config import open_workspace
from kb.console import say
from kb.errors import UsageError
from kb.lang import Text, t

if TYPE_CHECKING:
    from kb.commands.secrets_held import Held

EXAMPLE = "kb secrets list\nkb secrets list --format json --all\nkb secrets list --reveal 5f0c1d2e3b4a"


class Format(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"


def command(
    format: Annotated[Format, typer.Option("--format", help=str(t("出力の形", "how to write")))] = Format.TEXT,
    all: Annotated[
        bool,
        typer.Option(
            "--all",
            help=str(
                t(
                    "途中で切らず、受け入れたものや確かでないものも出す",
                    "do not cut, and show what was set aside or is not sure",
                )
            ),
        ),
    ] = False,
    reveal: Annotated[
        str,
        typer.Option(
            "--reveal",
            metavar="ID",
            help=str(
                t(
                    "1 つの値を、端末で確かめてから 1 度だけ表示する",
                    "show one value, once, at a terminal, after asking",
                )
            ),
            show_default=False,
        ),
    ] = "",
) -> None:
    """Gather the secrets by their values, and write the list; or show one of them to the person at the terminal."""
    workspace = open_workspace()
    if reveal:
        from kb.commands import secrets_reveal

        if format is not Format.TEXT:
            raise UsageError(
                t("--reveal は --format json と使えません。", "--reveal cannot be used with --format json."),
                t("--format を外し、端末で実行してください。", "leave --format out, at a terminal."),
            )
        secrets_reveal.reveal(workspace, reveal)
        return
    from kb.commands.secrets_held import held

    found = held(workspace, everything=all)
    _write(found, format, everything=all)
    for line in _last_lines(found):
        say(str(line))
    raise typer.Exit(found.exit_code)


def _write(found: Held, format: Format, *, everything: bool) -> None:
    if format is Format.JSON:
        from kb.reports.secrets import objects

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        sys.stdout.write(objects.text(found.holding))
    else:
        from kb.reports.secrets import text

        for line in text.lines(found.holding, everything=everything, rest="kb secrets list --all"):
            print(line)
    sys.stdout.flush()


def _last_lines(found: Held) -> Iterator[Text]:
    """Counts and what is left out; then what comes next."""
    from kb.commands.lint_output import many
    from kb.lint.formats.wording import set_aside
    from kb.model import Source

    held = found.holding
    names = ((Source.ESA, t("esa", "esa")), (Source.REDMINE, t("Redmine", "Redmine")), (Source.FILES, _FILES))
    rows = [(name, held.sources[source]) for source, name in names if held.sources[source]]
    where = t("、".join(f"{name.ja} {n}" for name, n in rows), ", ".join(f"{name.en} {n}" for name, n in rows))
    line = t(
        f"秘密 {len(held.values)} 種類、{held.places} か所{f'（{where.ja}）' if rows else ''}。",
        f"{many(len(held.values), 'secret')} in {many(held.places, 'place')}{f' ({where.en})' if rows else ''}.",
    )
    if held.dead:
        line = t(
            f"{line.ja}うち {held.dead} 種類は更新済みで、ページから消すだけです。",
            f"{line.en} {held.dead} of them changed, only to be taken off the pages.",
        )
    if aside := set_aside(held.aside):
        line = t(f"{line.ja}{aside.ja}。", f"{line.en} {aside.en}.")
    if held.unsure:
        line = t(
            f"{line.ja}確かでないもの {held.unsure} か所は出していません。",
            f"{line.en} {held.unsure} not sure, not shown.",
        )
    yield line
    if held.values and held.dead == len(held.values):
        yield t("→ ページから値を消してください。", "→ take the values off the pages.")
    elif held.values:
        yield t(
            "→ 値を変更してから、ページの値を消し、kb secrets rotated で控えてください。",
            "→ change the values, take them off the pages, then run kb secrets rotated.",
        )


_FILES = t("ファイル", "files")
