"""`kb report`: the week. What changed, what to do today, where things stand; it changes nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.config import open_workspace
from kb.console import safe, say
from kb.errors import Exit
from kb.lang import t
from kb.model import Visibility

if TYPE_CHECKING:
    from kb.reports.week.gather import Gathered
    from kb.reports.week.model import Week

EXAMPLE = "kb report\nkb report --week 2026-W31 --format html > week.html\nkb report --for sato"


class Format(StrEnum):
    """How the week is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


SHARED = (Format.MARKDOWN, Format.HTML)
"""The forms that are made to be passed on."""


def command(
    week: Annotated[
        str,
        typer.Option(
            "--week",
            metavar="YYYY-Www",
            help=str(t("この週（既定は今週。月曜は先週）", "this week (the running one; on a Monday the last one)")),
            show_default=False,
        ),
    ] = "",
    format: Annotated[Format, typer.Option("--format", help=str(t("出力の形", "how to write")))] = Format.TEXT,
    member: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="MEMBER",
            help=str(t("この人が担当のものだけ", "only what this member sees to")),
            show_default=False,
        ),
    ] = "",
    include_private: Annotated[
        bool,
        typer.Option(
            "--include-private",
            help=str(
                t(
                    "メンバー全員には見えないものも入れる（markdown、html）",
                    "also what not every member can see (markdown, html)",
                )
            ),
        ),
    ] = False,
    now: Annotated[
        str,
        typer.Option(
            "--now", metavar="T", help=str(t("この日時の時点で（既定は今）", "as of this time")), show_default=False
        ),
    ] = "",
) -> None:
    """Gather the week, write it, and say what could not be judged."""
    from kb.reports.week.gather import Asked, gather

    audience = readers(format, include_private=include_private)
    made = gather(open_workspace(), Asked(now, week, audience, member))
    write(made.week, format)
    told(made)
    if format is Format.TEXT:
        from kb.reports.week.text import following

        say(f"→ {following(made.week)}")
    raise typer.Exit(Exit.SOURCE if made.troubles else Exit.OK)


def readers(format: Format, *, include_private: bool = False) -> Visibility:
    """Who reads a form: what is made to be passed on is for every member, the others for whoever runs kb."""
    return Visibility.MEMBERS if format in SHARED and not include_private else Visibility.PRIVATE


def write(week: Week, format: Format) -> None:
    """The week to standard output."""
    if format is not Format.TEXT and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for piece in pieces(week, format):
        sys.stdout.write(piece)
    sys.stdout.flush()


def pieces(week: Week, format: Format) -> Iterator[str]:
    """The week as text with its line ends; a form's module is loaded when it is asked for."""
    if format is Format.JSON:
        from kb.reports.week import objects

        yield from objects.lines(week)
    elif format is Format.MARKDOWN:
        from kb.reports.week import markdown

        yield from markdown.lines(week)
    elif format is Format.HTML:
        from kb.reports.week import html

        yield from html.lines(week)
    else:
        from kb.reports.week import text

        yield from (f"{line}\n" for line in text.lines(week))


def told(made: Gathered) -> None:
    """What whoever runs kb must hear: what could not be judged, what was left out."""
    from kb.commands.lint_output import Troubles

    tell = Troubles()
    for trouble in made.troubles:
        tell(trouble)
    tell.end()
    for note in made.notes:
        say(safe(str(note)))
    left = made.week.left_out
    if left.documents:
        say(
            str(
                t(
                    f"メンバー全員には見えない文書 {left.documents:,} 件（指摘 {left.findings:,} 件）を除きました"
                    "（入れるなら --include-private）。",
                    f"{left.documents:,} documents that not every member can see, with {left.findings:,} findings, "
                    "were left out (--include-private keeps them).",
                )
            )
        )
