"""`kb help`: the commands of every day on one screen, or all of them."""

from __future__ import annotations

from typing import Annotated

import click

from kb.commands.registry import FULL_HELP, command, option
from kb.text.lang import t


@command("help", t("コマンドを並べる", "list the commands"), example="kb help\nkb help --all")
def show_help(
    all: Annotated[
        bool, option("--all", t("すべてのコマンドを、説明つきで", "every command, with what it does"))
    ] = False,
) -> None:
    """Print what `kb --help` prints, or `kb --help --all`."""
    root = click.get_current_context().find_root()
    root.meta[FULL_HELP] = all
    print(root.get_help())
