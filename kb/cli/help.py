"""What click says, in the words and the language of kb: helps, and usage errors."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from typing import Any, get_type_hints

import click
from typer.core import TyperArgument, TyperCommand
from typer.models import ArgumentInfo

from kb.commands.registry import FULL_HELP
from kb.errors import UsageError
from kb.text.display import display_width, wrap
from kb.text.lang import Text, t

_HEADINGS: dict[str, Text] = {"Options": t("指定", "Options"), "Arguments": t("引数", "Arguments")}
_EXTRAS: tuple[tuple[str, Text], ...] = (
    (r"\[default: ", t("[既定: ", "[default: ")),
    (r"\[required\]\Z", t("[必須]", "[required]")),
)
_MOST_LEFT = 30


class HelpFormatter(click.HelpFormatter):
    """Click's layout, with Japanese characters counted as the two columns they take."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, str(t("使い方: ", "Usage: ")))

    def write_heading(self, heading: str) -> None:
        super().write_heading(str(_HEADINGS.get(heading, heading)))

    def write_text(self, text: str) -> None:
        for paragraph in text.split("\n"):
            for line in wrap(paragraph, self.width - self.current_indent):
                self.write(f"{'':{self.current_indent}}{line}".rstrip() + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = _MOST_LEFT, col_spacing: int = 2) -> None:
        rows = list(rows)
        left = min(max((display_width(first) for first, _ in rows), default=0), col_max) + col_spacing
        for first, second in rows:
            lines = wrap(_translate_extras(second), max(10, self.width - self.current_indent - left))
            if display_width(first) > left - col_spacing:
                self.write(f"{'':{self.current_indent}}{first}\n")
                first = ""
            for line in lines:
                self.write(f"{'':{self.current_indent}}{first}{'':{left - display_width(first)}}{line}".rstrip() + "\n")
                first = ""


def _translate_extras(text: str) -> str:
    """Translate what click adds to an explanation."""
    for pattern, words in _EXTRAS:
        text = re.sub(pattern, str(words), text)
    return text


class HelpContext(click.Context):
    """A context whose help is laid out by `Formatter`."""

    formatter_class = HelpFormatter


class LocalizedHelp:
    """Words `--help` itself in the language in use; click only speaks the system's."""

    context_class: type[click.Context] = HelpContext

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.help = str(t("この説明を表示する", "show this help"))
        return option  # type: ignore[no-any-return]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `--help --all` for the whole help, with every command."""
        before = args[: args.index("--")] if "--" in args else args
        if "--all" in before and {"--help", "-h"} & set(before):
            ctx.meta[FULL_HELP] = True
            args = [each for each in args if each != "--all"]
        return super().parse_args(ctx, args)  # type: ignore[misc, no-any-return]


def is_full_help(ctx: click.Context) -> bool:
    """Return whether the help is asked for with all of its commands or options."""
    return bool(ctx.meta.get(FULL_HELP))


def hide_unusual_options(command: click.Command, usual: Container[str]) -> None:
    """Leave only the `usual` options of a command to its shorter help."""
    for param in command.params:
        if isinstance(param, click.Option) and not any(flag in usual for flag in param.opts):
            param.hidden = True


class HelpCommand(LocalizedHelp, TyperCommand):
    """One command of kb."""

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write nothing: Typer lists arguments with the options, and click 8.5 would list them again."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usual options, and how many there are besides; with `--all` each of them."""
        hidden = [param for param in self.params if isinstance(param, click.Option) and param.hidden]
        if is_full_help(ctx):
            for param in hidden:
                param.hidden = False
        super().format_options(ctx, formatter)
        if hidden and not is_full_help(ctx):
            command = f"{ctx.command_path} --help --all"
            formatter.write_paragraph()
            with formatter.indentation():
                more = t(f"ほかに {len(hidden)} の指定があります: {command}", f"{len(hidden)} more options: {command}")
                formatter.write_text(str(more))


def explain_arguments(command: click.Command, function: Any) -> click.Command:
    """Return `command` with the help its function's arguments declare.

    click 8.5 gave arguments a `help` of their own, and setting it wipes what Typer (up to 0.25) had set.
    """
    hints = get_type_hints(function, include_extras=True)
    for param in command.params:
        if isinstance(param, TyperArgument) and param.name:
            declared = getattr(hints.get(param.name), "__metadata__", ())
            param.help = next((info.help for info in declared if isinstance(info, ArgumentInfo)), None)
    return command


def explain_usage_error(error: click.ClickException) -> UsageError:
    """Return the same error as a UsageError: what was given, and what would be right."""
    help_line = _help_of(error)
    if isinstance(error, click.NoSuchOption):
        near = error.possibilities or []
        return UsageError(
            t(f"「{error.option_name}」という指定はありません。", f"there is no option {error.option_name!r}."),
            _nearest(list(near)) or help_line,
        )
    if isinstance(error, click.MissingParameter):
        name = error.param.human_readable_name if error.param else error.param_hint
        return UsageError(t(f"「{name}」が足りません。", f"{name} is missing."), help_line)
    if isinstance(error, click.BadOptionUsage):
        return UsageError(_option(error), help_line)
    if isinstance(error, click.BadParameter):
        name = error.param.opts[0] if error.param and error.param.opts else error.param_hint
        given = _given(error.message)
        return UsageError(
            t(
                f"{name} に「{given}」は使えません。" if given else f"{name} の値が使えません。",
                f"{name} cannot be {given!r}." if given else f"the value of {name} cannot be used.",
            ),
            _wanted(error.param.type if error.param else None) or help_line,
        )
    if error.message.startswith("No such command"):
        # click's own class for this came with 8.3; the word is read from the command line it kept.
        ctx = getattr(error, "ctx", None)
        import difflib

        word = getattr(error, "command_name", None) or error.message.split("'")[1]
        names = ctx.command.list_commands(ctx) if ctx is not None else []
        names = list(dict.fromkeys([*(name.partition(" ")[0] for name in names), *names]))  # `plna`: plan
        return UsageError(
            t(f"「{word}」というコマンドはありません。", f"there is no command {word!r}."),
            _nearest(difflib.get_close_matches(word, names, n=2, cutoff=0.5)) or help_line,
        )
    if error.message.startswith("Got unexpected extra argument"):
        words = error.message.partition("(")[2].removesuffix(".").removesuffix(")")
        return UsageError(
            t(f"余分な引数があります: {words}", f"too many arguments: {words}"),
            t(f"空白を含む語は引用符で囲みます。{help_line.ja}", f"quote what holds blanks. {help_line.en}"),
        )
    return UsageError(t(f"指定に誤りがあります（{error.message}）。", f"wrong usage ({error.message})."), help_line)


def _option(error: click.BadOptionUsage) -> Text:
    """Return what is wrong with an option that lacks its value or has one it does not take."""
    name = error.option_name
    if "does not take" in error.message:
        return t(f"{name} は値をとりません。", f"{name} takes no value.")
    return t(f"{name} の値が足りません。", f"{name} needs a value.")


def _given(message: str) -> str:
    """Return the value click complains about, which only its English sentence holds."""
    found = re.match(r"(?s)'(.*)' is not |(\S+) is not in the range", message)
    return (found[1] or found[2] or "")[:80] if found else ""


def _wanted(kind: click.ParamType[Any] | None) -> Text | None:
    """Return what an option of this type takes; None if only the help can say."""
    if isinstance(kind, click.Choice):
        names = [str(getattr(each, "value", each)) for each in kind.choices]
        return t(f"選べるもの: {'、'.join(names)}", f"one of: {', '.join(names)}")
    if isinstance(kind, click.IntRange) and kind.min is not None:
        if kind.max is not None:
            return t(f"{kind.min} から {kind.max} までの整数です。", f"a whole number from {kind.min} to {kind.max}.")
        return t(f"{kind.min} 以上の整数です。", f"a whole number from {kind.min}.")
    return None


def _nearest(names: list[str]) -> Text | None:
    if not names:
        return None
    return t(f"近いもの: {'、'.join(names)}", f"near: {', '.join(names)}")


def _help_of(error: click.ClickException) -> Text:
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "kb"
    return t(f"{path} --help で使い方が出ます。", f"{path} --help shows how.")
