"""`kb report`: the week. What changed, what to do today, where things stand; it changes nothing."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRun, Insert, Silent, To, Yes
from kb.console.terminal import say
from kb.errors import Exit, UsageError
from kb.model.document import Visibility
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import safe
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.commands.flows.publish_page import Options
    from kb.reports.week.gather import Gathered
    from kb.reports.week.model import Week

EXAMPLE = (
    "kb report\nkb report --week 2026-W31 --format html > week.html\nkb report --for sato\n"
    "kb report --publish esa --dry-run\nkb report --publish esa --yes"
)


class Format(StrEnum):
    """How the week is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


class Channel(StrEnum):
    """Who is told of the week."""

    SLACK = "slack"


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
    publish: To = "",
    insert: Insert = "",
    notify: Annotated[
        Channel | None,
        typer.Option("--notify", help=str(t("Slack にも知らせる", "tell a channel, too")), show_default=False),
    ] = None,
    silent: Silent = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Gather the week, write or publish it, and say what could not be judged."""
    from kb.commands.flows.publish import check_form, check_unpublished
    from kb.commands.flows.publish_page import Options
    from kb.reports.week.gather import Asked, gather

    again = f"kb report --week {week}" if week else "kb report"
    options = Options(publish, insert, silent, dry_run, yes, again, notify.value if notify else "")
    passed_on = bool(publish or notify)
    if passed_on and (member or include_private):
        raise UsageError(
            t(
                "--publish と --notify は、チームの週報のためのものです（--for や --include-private とは使えません）。",
                "--publish and --notify are for the team's week (not with --for or --include-private).",
            ),
            t("その 2 つを外してください。", "leave those out."),
        )
    if passed_on:
        check_form(given=format is not Format.TEXT)
    else:
        check_unpublished(options, f"{again} --publish esa")
    audience = Visibility.MEMBERS if passed_on else readers(format, include_private=include_private)
    workspace = open_workspace()
    made = gather(workspace, Asked(now, week, audience, member))
    if passed_on:
        passed = pass_on(workspace, made.week, options, slack=notify is Channel.SLACK)
        told(made, keep="")
        raise typer.Exit(Exit.worst(passed, Exit.SOURCE if made.troubles else Exit.OK))
    write(made.week, format)
    told(made)
    if format is Format.TEXT:
        from kb.reports.week.short import following

        say(f"→ {following(made.week)}")
    raise typer.Exit(Exit.SOURCE if made.troubles else Exit.OK)


def pass_on(workspace: Workspace, week: Week, options: Options, *, slack: bool) -> Exit:
    """Publish the week where it should stand, then tell the channel of it; the exit code."""
    from kb.commands.flows.publish import published
    from kb.commands.flows.publish_page import Published
    from kb.reports.publish.decide import Piece
    from kb.reports.week.short import left_out, short

    label = t(f"週報 {week.name}", f"the week {week.name}")
    lines = tuple(filter(None, (*short(week), left_out(week))))
    piece = Piece("report", label, lambda form: "".join(pieces(week, Format(form.value))), week.name, lines)
    done = published(workspace, piece, options) if options.to else Published(Exit.OK)
    if not slack or done.code is not Exit.OK:
        return done.code
    from kb.commands.flows.publish import notify
    from kb.reports.publish.decide import standing_at

    url, published_now = done.url or standing_at(workspace), bool(options.to and not options.dry_run)
    return notify(workspace, week, url, published=published_now, dry_run=options.dry_run, yes=options.yes)


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
        from kb.reports.week import short as objects

        yield from objects.render_json(week)
    elif format is Format.MARKDOWN:
        from kb.reports.week import markdown

        yield from markdown.lines(week)
    elif format is Format.HTML:
        from kb.reports.week import html

        yield from html.lines(week)
    else:
        from kb.reports.week import short as objects

        yield from (f"{line}\n" for line in objects.lines(week))


def told(made: Gathered, keep: str = "--include-private") -> None:
    """What whoever runs kb must hear: what could not be judged, what was left out; `keep` is what would keep it in."""
    from kb.lint.troubles import Troubles

    tell = Troubles()
    for trouble in made.troubles:
        tell(trouble)
    tell.end()
    for note in made.notes:
        say(safe(str(note)))
    left = made.week.left_out
    if left.documents:
        how = t(f"（入れるなら {keep}）", f" ({keep} keeps them)") if keep else t("", "")
        say(
            str(
                t(
                    f"メンバー全員には見えない文書 {left.documents:,} 件（指摘 {left.findings:,} 件）を除きました"
                    f"{how.ja}。",
                    f"{left.documents:,} documents that not every member can see, with {left.findings:,} findings, "
                    f"were left out{how.en}.",
                )
            )
        )
