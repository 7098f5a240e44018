"""What click says about a wrong command line, in kb's words and language."""

from __future__ import annotations

import difflib

import click

from kb.errors import UsageError
from kb.lang import Text, t


def explain(error: click.ClickException) -> UsageError:
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
    if isinstance(error, click.BadParameter):
        name = error.param.opts[0] if error.param and error.param.opts else error.param_hint
        return UsageError(
            t(
                f"「{name}」の値が使えません（{error.message}）。",
                f"the value of {name} cannot be used ({error.message}).",
            ),
            help_line,
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
    return UsageError(t(f"指定に誤りがあります（{error.message}）。", f"wrong usage ({error.message})."), help_line)


def _nearest(names: list[str]) -> Text | None:
    if not names:
        return None
    return t(f"近いもの: {'、'.join(names)}", f"near: {', '.join(names)}")


def _help_of(error: click.ClickException) -> Text:
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "kb"
    return t(f"{path} --help で使い方が出ます。", f"{path} --help shows how.")
