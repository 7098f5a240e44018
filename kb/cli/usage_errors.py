"""What click says about a wrong command line, in kb's words and language."""

from __future__ import annotations

import difflib
import re
from typing import Any

import click

from kb.errors import UsageError
from kb.text.lang import Text, t


def explain_usage_error(error: click.ClickException) -> UsageError:
    """The same trouble as a UsageError: what was given, and what would have been right."""
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
        word = getattr(error, "command_name", None) or error.message.split("'")[1]
        names = ctx.command.list_commands(ctx) if ctx is not None else []
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
    """What is wrong with an option that stands without its value, or with one too many."""
    name = error.option_name
    if "does not take" in error.message:
        return t(f"{name} は値をとりません。", f"{name} takes no value.")
    return t(f"{name} の値が足りません。", f"{name} needs a value.")


def _given(message: str) -> str:
    """The value click complains about: it keeps it in its English sentence alone, in front."""
    found = re.match(r"(?s)'(.*)' is not |(\S+) is not in the range", message)
    return (found[1] or found[2] or "")[:80] if found else ""


def _wanted(kind: click.ParamType[Any] | None) -> Text | None:
    """What an option of this type takes, None where only the help can say."""
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
