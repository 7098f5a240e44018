"""The command `kb`: one lazy line a command.

A command's module is imported when it is called. `--lang`, `--debug` and `--config` are taken
out of the arguments first, wherever they stand, so that help texts know their language.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click
import typer
from typer.core import TyperGroup

import kb
from kb.cli.exit import exit_process, install_signal_handlers, run_to_exit_code
from kb.cli.help import HelpCommand, LocalizedHelp, explain_arguments
from kb.console import terminal
from kb.errors import UsageError
from kb.secrets.masking.registry import forget_known, provide_known
from kb.settings import workspace
from kb.sources import registry
from kb.text import lang
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.secrets.masking.known import KnownHashes

EMPTY_RUN_JSON: dict[str, object] = {
    "run": None, "done": 0, "skipped": 0, "stale": 0, "failed": 0, "requests": 0, "overwritten": [],
}  # fmt: skip
"""What `kb apply --json` and `kb undo --json` print where nothing was started."""


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command: its `module` or `module:function` below `kb.commands`, its group in the help, its one sentence."""

    module: str
    group: str
    help: Text


GROUPS: dict[str, Text] = {
    "setup": t("準備", "Setting up"),
    "weekly": t("毎週", "Every week"),
    "changes": t("変更", "Changes"),
    "diagram": t("構成図", "System diagram"),
    "other": t("道具", "Tools"),
}

COMMANDS: dict[str, CommandEntry] = {
    "init": CommandEntry(
        "setup.init",
        "setup",
        t("kb.toml を作る（チームの分類から提案）", "write kb.toml, proposed from the team's own categories"),
    ),
    "doctor": CommandEntry(
        "setup.doctor", "setup", t("設定・鍵・置き場所を調べる", "check settings, keys and the store")
    ),
    "key export": CommandEntry(
        "setup.key:export_key",
        "setup",
        t("秘密の照合に使う鍵を書き出す", "write out the key that secrets are told apart by"),
    ),
    "key import": CommandEntry("setup.key:import_key", "setup", t("チームの鍵を取り込む", "bring in your team's key")),
    "demo": CommandEntry("setup.demo", "setup", t("架空のチームで一通り試す", "try everything on an invented team")),
    "sync": CommandEntry(
        "weekly.sync", "weekly", t("esa と Redmine を手元に写す", "mirror esa and Redmine on this machine")
    ),
    "lint": CommandEntry("weekly.lint", "weekly", t("直すべきところを見つける", "find what needs mending")),
    "triage": CommandEntry("weekly.triage", "weekly", t("指摘を 1 件ずつ決める", "decide on findings one by one")),
    "secrets list": CommandEntry(
        "weekly.secrets:list_secrets",
        "weekly",
        t("書かれている秘密を、読める人の多い順に", "list secrets that are written down, by who can read them"),
    ),
    "secrets rotated": CommandEntry(
        "weekly.secrets:mark_rotated", "weekly", t("値を変更したことを控える", "note that a value was changed")
    ),
    "report": CommandEntry(
        "weekly.report",
        "weekly",
        t("今週の報告（変わったこと、今日すること）", "this week: what changed, and what to do today"),
    ),
    "incidents": CommandEntry("weekly.incidents", "weekly", t("過去のトラブル一覧", "list past troubles")),
    "explain": CommandEntry(
        "weekly.explain", "weekly", t("規則の理由と直し方を読む", "read why a rule exists and how to mend")
    ),
    "search": CommandEntry(
        "weekly.search", "weekly", t("esa と Redmine をまとめて探す", "search esa and Redmine at once")
    ),
    "show": CommandEntry("weekly.show", "weekly", t("1 件を読む", "read one document")),
    "plan done": CommandEntry(
        "change.plan.posts:plan_done",
        "changes",
        t("済んだ障害に印を付け、移す案", "mark finished incidents and move them"),
    ),
    "plan retitle": CommandEntry(
        "change.plan.move_retitle:plan_retitle", "changes", t("題名を正規表現で直す案", "other titles, by patterns")
    ),
    "plan move": CommandEntry(
        "change.plan.move_retitle:plan_move", "changes", t("分類を移す案", "other categories, by rules")
    ),
    "plan ship": CommandEntry(
        "change.plan.posts:plan_ship", "changes", t("書きかけ（WIP）を公開する案", "take drafts out of WIP")
    ),
    "plan archive": CommandEntry(
        "change.plan.posts:plan_archive", "changes", t("古い記事をアーカイブする案", "archive old posts")
    ),
    "plan close": CommandEntry(
        "change.plan.tickets:plan_close",
        "changes",
        t("終わったように見えるチケットを閉じる案", "close tickets that look finished"),
    ),
    "plan reassign": CommandEntry(
        "change.plan.tickets:plan_reassign", "changes", t("担当者を変える案", "hand tickets to somebody else")
    ),
    "plan from-findings": CommandEntry(
        "change.plan.posts:plan_from_findings",
        "changes",
        t("指摘の直し方をまとめた案", "all that findings would change"),
    ),
    "plan refresh": CommandEntry(
        "change.plan.refresh",
        "changes",
        t("案を今の写しに合わせる（決めたことは残る）", "a plan as things are now; decisions stay"),
    ),
    "plan to-csv": CommandEntry(
        "change.plan.csv:plan_to_csv", "changes", t("案を CSV に書き出す", "write a plan as CSV")
    ),
    "plan from-csv": CommandEntry(
        "change.plan.csv:plan_from_csv", "changes", t("CSV で決めたことを案に取り込む", "take decisions back from CSV")
    ),
    "review": CommandEntry(
        "change.review.command", "changes", t("変更案を確かめて決める", "look through a plan and decide on it")
    ),
    "apply": CommandEntry("change.apply", "changes", t("受け入れた変更を送る", "send what was accepted")),
    "undo": CommandEntry("change.undo", "changes", t("1 回の実行を元に戻す", "take a run back")),
    "history": CommandEntry(
        "change.history", "changes", t("送った記録を見る、渡す", "see what was sent, or hand it over")
    ),
    "diagram init": CommandEntry(
        "diagram.draft:init_diagram", "diagram", t("構成図のもと（TOML）を作る", "the first text of a system diagram")
    ),
    "diagram build": CommandEntry("diagram.build:build_diagram", "diagram", t("構成図を描く", "draw the system")),
    "diagram check": CommandEntry(
        "diagram.check", "diagram", t("構成図のもとと図を点検する", "check the text of the diagram, and its pictures")
    ),
    "diagram publish": CommandEntry(
        "diagram.build:publish_diagram", "diagram", t("構成図を esa に載せる", "publish the diagram to esa")
    ),
    "diagram diff": CommandEntry(
        "diagram.diff", "diagram", t("構成図の変わったところを見る", "what changed in the diagram")
    ),
    "diagram adopt": CommandEntry(
        "diagram.draft:adopt_nodes",
        "diagram",
        t("図にないサーバーの下書きを出す", "propose nodes for machines the model lacks"),
    ),
    "diagram import": CommandEntry(
        "diagram.draft:import_script",
        "diagram",
        t("diagrams のスクリプトを TOML にする", "a script of the package diagrams as TOML"),
    ),
    "purge-secrets": CommandEntry(
        "tools.purge_secrets", "other", t("見つかった秘密を手元の写しから消す", "take found secrets out of the mirror")
    ),
    "export": CommandEntry("tools.export", "other", t("写しをファイルに書き出す", "write the mirror out as files")),
    "state export": CommandEntry(
        "tools.state:export_state",
        "other",
        t("指摘の履歴を持ち出す（本文なし）", "carry the findings' history away, without texts"),
    ),
    "state import": CommandEntry(
        "tools.state:import_state", "other", t("持ち出した履歴を取り込む", "take a carried history in")
    ),
    "sandbox": CommandEntry(
        "tools.sandbox", "other", t("手元に偽の esa と Redmine を立てる", "run a fake esa and Redmine on this machine")
    ),
}


class CommandGroup(LocalizedHelp, TyperGroup):
    """Loads a command's module when it is called, and groups the help without loading any.

    A command of two words (`key export`) is found by both, and below its first word.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return SubcommandGroup(cmd_name) if any(name.startswith(f"{cmd_name} ") for name in COMMANDS) else None
        path, _, name = entry.module.partition(":")
        module = importlib.import_module(f"kb.commands.{path}")
        function = getattr(module, name or "command")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(
            cmd_name, cls=HelpCommand, help=str(entry.help), epilog=_example(module, name), context_settings=_CONTEXT
        )(function)
        return explain_arguments(typer.main.get_command(app), function)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for key, title in GROUPS.items():
            rows = [(name, str(entry.help)) for name, entry in COMMANDS.items() if entry.group == key]
            if rows:
                with formatter.section(str(title)):
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
        return [second for first, _, second in map(_split_words, COMMANDS) if first == self.name and second]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, f"{self.name} {cmd_name}")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(str(t("コマンド", "Commands"))):
            formatter.write_dl([(name, str(COMMANDS[f"{self.name} {name}"].help)) for name in self.list_commands(ctx)])


def _print_help() -> None:
    """Print the help of what was called without a command."""
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())


def _split_words(name: str) -> tuple[str, str, str]:
    return name.partition(" ")


_CONTEXT: dict[str, Any] = {"help_option_names": ["--help", "-h"]}


def _example(module: Any, name: str) -> str:
    """The command's example, shown below its options: a line or more a person can paste."""
    example = getattr(module, f"{name}_EXAMPLE".upper() if name else "EXAMPLE", "")
    return f"{t('例', 'Example')}:\n{example}" if example else ""


def _version(wanted: bool) -> None:
    if wanted:
        print(f"kb {kb.__version__}")
        raise typer.Exit


def build_cli() -> click.Command:
    """The whole command line, in the language in use."""
    app = typer.Typer(
        cls=CommandGroup,
        invoke_without_command=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_CONTEXT,
        help=str(
            t(
                "esa と Redmine の知識を手入れする道具です。\n"
                "どのコマンドでも使える指定: --lang ja|en、--config FILE、--debug",
                "Keeps a team's knowledge in esa and Redmine in good order.\n"
                "With every command: --lang ja|en, --config FILE, --debug",
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
            from kb.commands.status import command

            command()

    return typer.main.get_command(app)


def parse_global_options(arguments: list[str]) -> list[str]:
    """The arguments without `--lang`, `--config` and `--debug`, which are put into effect.

    What stands after `--` is left alone. Raises UsageError for a language kb does not speak, or no file.
    """
    rest: list[str] = []
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
                workspace.use_config(given)
            elif given in ("ja", "en"):
                lang.set_language("en" if given == "en" else "ja")
            else:
                raise UsageError(
                    t(f"--lang に「{given}」は使えません。", f"--lang cannot be {given!r}."),
                    t("ja か en を指定してください。", "give ja or en."),
                )
        else:
            rest.append(word)
    return rest


def _wants_run_json(arguments: list[str]) -> bool:
    """Whether this is a call of apply or undo with `--json`, looked at before anything can be wrong with it."""
    words = arguments[: arguments.index("--")] if "--" in arguments else arguments
    before = ["", *words]
    named = (
        word
        for word, last in zip(words, before, strict=False)
        if not word.startswith("-") and last not in ("--lang", "--config")
    )
    return "--json" in words and not {"--help", "-h"} & set(words) and next(named, "") in ("apply", "undo")


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
        workspace.use_source_tables(registry.source_tables)
        found: int | None = build_cli().main(args=words, prog_name="kb", standalone_mode=False)
        return found

    try:
        return run_to_exit_code(work)
    finally:
        forget_known()
