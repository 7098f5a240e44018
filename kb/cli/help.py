"""How `--help` looks: in the language in use, cut where a terminal ends, arguments explained."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_type_hints

import click
from typer.core import TyperArgument, TyperCommand
from typer.models import ArgumentInfo

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
    """What click adds to an explanation, in the language in use."""
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


class HelpCommand(LocalizedHelp, TyperCommand):
    """One command of kb."""

    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing: Typer lists arguments together with options, and click 8.5 would do so again."""


def explain_arguments(command: click.Command, function: Any) -> click.Command:
    """`command` with the help its function's arguments declare.

    click 8.5 gave arguments a `help` of their own, and setting it wipes what Typer (up to 0.25) had set.
    """
    hints = get_type_hints(function, include_extras=True)
    for param in command.params:
        if isinstance(param, TyperArgument) and param.name:
            declared = getattr(hints.get(param.name), "__metadata__", ())
            param.help = next((info.help for info in declared if isinstance(info, ArgumentInfo)), None)
    return command
