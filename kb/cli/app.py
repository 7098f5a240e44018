"""The command line: find the command, and handle kb's own flags.

`--lang` (or KB_LANG), `--debug` and `--config` are taken out of the arguments first, wherever they stand, so that help
texts know their language.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
import typer
from typer.core import TyperGroup

import kb
from kb.cli.exit import exit_process, install_signal_handlers, run_to_exit_code
from kb.cli.help import HelpCommand, LocalizedHelp, explain_arguments, hide_unusual_options, is_full_help
from kb.commands import GROUPS
from kb.commands.registry import find_command, is_first_word, list_commands
from kb.console import terminal
from kb.errors import UsageError
from kb.secrets.masking.registry import forget_known, provide_known
from kb.text import lang
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from pathlib import Path

    from kb.model.host_names import CollectedNames, HostNames
    from kb.secrets.masking.known import KnownHashes

EMPTY_RUN_JSON: dict[str, object] = {
    "run": None, "done": 0, "skipped": 0, "stale": 0, "failed": 0, "requests": 0, "overwritten": [],
}  # fmt: skip
"""What `kb apply --json` and `kb undo --json` print where nothing was started."""


FRONT: dict[str, Text | None] = {
    "init": None,
    "sync": None,
    "lint": None,
    "report": None,
    "search": None,
    "show": None,
    "incidents": None,
    "plan": t("変更案を作る（plan done、plan move など）", "propose changes as a plan (plan done, plan move …)"),
    "review": None,
    "apply, undo": t("受け入れた変更を送る、1 回の実行を元に戻す", "send what was accepted; take a run back"),
}
"""What `kb --help` shows on one screen, in the order of use. None: the command's own sentence."""


class CommandGroup(LocalizedHelp, TyperGroup):
    """Loads a command's module when it is called, and groups the help without loading any.

    A command of two words (`key export`) is found by both, and below its first word.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(list_commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = find_command(cmd_name)
        if found is None:
            return SubcommandGroup(cmd_name) if is_first_word(cmd_name) else None
        _provide_loaders()
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        example = f"{t('例', 'Example')}:\n{found.example}"
        app.command(cmd_name, cls=HelpCommand, help=str(found.help), epilog=example, context_settings=_CONTEXT)(
            found.run
        )
        made = explain_arguments(typer.main.get_command(app), found.run)
        if found.usual:
            hide_unusual_options(made, found.usual)
        return made

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if is_full_help(ctx):
            super().format_options(ctx, formatter)
        else:
            self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if not is_full_help(ctx):
            _format_front(formatter)
            return
        for group in GROUPS:
            title = importlib.import_module(f"kb.commands.{group}").TITLE
            rows = [(each.name, str(each.help)) for each in list_commands().values() if each.group == group]
            with formatter.section(str(title)):
                formatter.write_dl(rows)


def _format_front(formatter: click.HelpFormatter) -> None:
    """Write the commands of every day, and of each group the first words of the others."""
    commands = list_commands()
    with formatter.section(str(t("よく使うもの", "Used most"))):
        formatter.write_dl([(name, str(said or commands[name].help)) for name, said in FRONT.items()])
    shown = {word for name in FRONT for word in name.split(", ")}
    rows = []
    for group in GROUPS:
        words = dict.fromkeys(name.partition(" ")[0] for name, each in commands.items() if each.group == group)
        title = importlib.import_module(f"kb.commands.{group}").TITLE
        rows.append((str(title), "  ".join(word for word in words if word not in shown)))
    with formatter.section(str(t("ほかのもの（説明つきの全部は kb help --all）", "Others (all of it: kb help --all)"))):
        formatter.write_dl(rows)


class SubcommandGroup(CommandGroup):
    """The commands that share their first word."""

    def __init__(self, word: str) -> None:
        super().__init__(
            name=word,
            context_settings=_CONTEXT,
            invoke_without_command=True,
            callback=_print_help,
            rich_markup_mode=None,
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name.removeprefix(f"{self.name} ") for name in list_commands() if name.startswith(f"{self.name} ")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, f"{self.name} {cmd_name}")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        TyperGroup.format_options(self, ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(str(t("コマンド", "Commands"))):
            commands = list_commands()
            formatter.write_dl([(name, str(commands[f"{self.name} {name}"].help)) for name in self.list_commands(ctx)])


def _print_help() -> None:
    """Print the help of what was called without a command."""
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


_CONTEXT: dict[str, Any] = {"help_option_names": ["--help", "-h"]}


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kb {kb.__version__}")
        raise typer.Exit


def build_cli() -> click.Command:
    """Build the command line in the language in use."""
    app = typer.Typer(
        cls=CommandGroup,
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_CONTEXT,
        options_metavar="[--lang ja|en] [--config FILE] [--debug]",
        subcommand_metavar="COMMAND …",
        help=str(
            t(
                "esa と Redmine の知識を手入れする道具です。",
                "Keeps a team's knowledge in esa and Redmine in good order.",
            )
        ),
    )

    @app.callback()
    def root(
        ctx: typer.Context,
        version: bool = typer.Option(
            False, "--version", callback=_version, is_eager=True, help=str(t("版を表示する", "show the version"))
        ),
    ) -> None:
        if ctx.invoked_subcommand is None:
            from kb.commands.status import show_status

            _provide_loaders()
            show_status()

    return typer.main.get_command(app)


def parse_global_options(arguments: list[str]) -> list[str]:
    """Apply KB_LANG, `--lang`, `--config` and `--debug`, and return the other arguments.

    What stands after `--` is left alone. Raises UsageError for a language kb does not speak, or no file.
    """
    rest: list[str] = []
    if given := os.environ.get("KB_LANG", ""):  # commands that kb prints are pasted as they are
        _use_language(given, "KB_LANG")
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*rest, word, *words]
        name, _, value = word.partition("=")
        if name == "--debug" and not value:
            terminal.enable_debug()
        elif name in ("--lang", "--config"):
            given = value or next(words, "")
            if name == "--config" and not given:
                raise UsageError(
                    t("--config の値が足りません。", "--config needs a value."),
                    t("例: kb --config team/kb.toml lint", "example: kb --config team/kb.toml lint"),
                )
            if name == "--config":
                from kb.settings.workspace import use_config  # what settings need is slow to load

                use_config(given)
            else:
                _use_language(given, name)
        else:
            rest.append(word)
    return rest


def _use_language(given: str, name: str) -> None:
    if given not in ("ja", "en"):
        raise UsageError(
            t(f"{name} に「{given}」は使えません。", f"{name} cannot be {given!r}."),
            t("ja か en を指定してください。", "give ja or en."),
        )
    lang.set_language("en" if given == "en" else "ja")


def _wants_run_json(arguments: list[str]) -> bool:
    """Return whether this is apply or undo with `--json`, before anything can go wrong."""
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    before = ["", *words]
    named = (
        word
        for word, last in zip(words, before, strict=False)
        if not word.startswith("-") and last not in ("--lang", "--config")
    )
    return "--json" in words and not {"--help", "-h"} & set(words) and next(named, "") in ("apply", "undo")


def _provide_loaders() -> None:
    """Let the settings know the tables of the sources, and what was collected of machines, once a command asks.

    None of it is quick to load.
    """
    from kb.settings.workspace import use_names_loader, use_source_tables

    def load() -> Mapping[str, type]:
        from kb.sources.registry import source_tables

        return source_tables()

    def load_names(root: Path, own: HostNames) -> CollectedNames:
        from kb.estate.collect.names import load_names

        return load_names(root, own)

    use_source_tables(load)
    use_names_loader(load_names)


def _load_known() -> KnownHashes:
    from kb.lint.cache.load_known import load_known_values  # opens the mirror: not before a text is shown

    return load_known_values()


def main(arguments: list[str] | None = None) -> None:
    """Run `kb` and leave the process with its exit code."""
    terminal.prepare_streams()
    install_signal_handlers()
    exit_process(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run `kb` and give its exit code. Expected trouble is two sentences on stderr."""
    if _wants_run_json(arguments):
        terminal.promise_json(EMPTY_RUN_JSON)

    def work() -> int | None:
        words = parse_global_options(arguments)  # first: help texts are made in the language they ask for
        provide_known(_load_known)
        found: int | None = build_cli().main(args=words, prog_name="kb", standalone_mode=False)
        return found

    try:
        return run_to_exit_code(work)
    finally:
        forget_known()
