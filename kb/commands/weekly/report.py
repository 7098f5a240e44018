"""`kb report`: the week. What changed, what to do today, where things stand; it changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRunOption, InsertOption, PublishOption, SilentOption, YesOption
from kb.commands.registry import command, option
from kb.console.terminal import say, say_safe, use_utf8_stdout
from kb.errors import Exit, UsageError
from kb.model.document import Visibility
from kb.settings.workspace import Workspace, open_workspace
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.commands.flows.publish_page import PublishOptions
    from kb.reports.week.gather import GatheredWeek
    from kb.reports.week.model import Week


class ReportFormat(StrEnum):
    """How the week is written."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


class NotifyChannel(StrEnum):
    """Who is told of the week."""

    SLACK = "slack"


SHARED_FORMATS = (ReportFormat.MARKDOWN, ReportFormat.HTML)
"""The forms that are made to be passed on."""


@command(
    "report",
    t("今週の報告（変わったこと、今日すること）", "this week: what changed, and what to do today"),
    example="kb report\nkb report --week 2026-W31 --format html > week.html\nkb report --for sato\n"
    "kb report --publish esa --dry-run\nkb report --publish esa --yes",
    shared=True,
)
def report(
    week: Annotated[
        str,
        option(
            "--week YYYY-Www",
            t("この週（既定は今週。月曜は先週）", "this week (the running one; on a Monday the last one)"),
        ),
    ] = "",
    format: Annotated[
        ReportFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = ReportFormat.TEXT,
    member: Annotated[str, option("--for MEMBER", t("この人が担当のものだけ", "only what this member sees to"))] = "",
    include_private: Annotated[
        bool,
        option(
            "--include-private",
            t(
                "メンバー全員には見えないものも入れる（markdown、html）",
                "also what not every member can see (markdown, html)",
            ),
        ),
    ] = False,
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
    publish: PublishOption = "",
    insert: InsertOption = "",
    notify: Annotated[NotifyChannel | None, option("--notify", t("Slack にも知らせる", "tell a channel, too"))] = None,
    silent: SilentOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Gather the week, write or publish it, and say what could not be judged."""
    from kb.commands.flows.publish import require_no_format, require_publish_target
    from kb.commands.flows.publish_page import PublishOptions
    from kb.reports.week.gather import ReportRequest, gather_week

    again = f"kb report --week {week}" if week else "kb report"
    options = PublishOptions(publish, insert, silent, dry_run, yes, again, notify.value if notify else "")
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
        require_no_format(given=format is not ReportFormat.TEXT)
    else:
        require_publish_target(options, f"{again} --publish esa")
    audience = Visibility.MEMBERS if passed_on else readers_of(format, include_private=include_private)
    workspace = open_workspace()
    targets = format is ReportFormat.TEXT and not passed_on
    made = gather_week(workspace, ReportRequest(now, week, audience, member, targets))
    if passed_on:
        passed = publish_and_notify(workspace, made.week, options, slack=notify is NotifyChannel.SLACK)
        say_omissions(made, keep="")
        raise typer.Exit(Exit.worst(passed, Exit.SOURCE if made.troubles else Exit.OK))
    write_week(made.week, format)
    say_omissions(made)
    if format is ReportFormat.TEXT:
        from kb.reports.week.short import next_command

        say(f"→ {next_command(made.week)}")
    raise typer.Exit(Exit.SOURCE if made.troubles else Exit.OK)


def publish_and_notify(workspace: Workspace, week: Week, options: PublishOptions, *, slack: bool) -> Exit:
    """Publish the week where it should stand, then tell the channel of it; the exit code."""
    from kb.commands.flows.publish import publish as published
    from kb.commands.flows.publish_page import PublishResult
    from kb.reports.publish.decide import Publication
    from kb.reports.week.short import describe_left_out, render_short

    label = t(f"週報 {week.name}", f"the week {week.name}")
    lines = tuple(filter(None, (*render_short(week), describe_left_out(week))))
    piece = Publication(
        "report", label, lambda form: "".join(format_week(week, ReportFormat(form.value))), week.name, lines
    )
    done = published(workspace, piece, options) if options.to else PublishResult(Exit.OK)
    if not slack or done.code is not Exit.OK:
        return done.code
    from kb.commands.flows.publish import notify
    from kb.reports.publish.decide import find_report_url

    url, published_now = done.url or find_report_url(workspace), bool(options.to and not options.dry_run)
    return notify(workspace, week, url, published=published_now, dry_run=options.dry_run, yes=options.yes)


def readers_of(format: ReportFormat, *, include_private: bool = False) -> Visibility:
    """Return the visibility a format is made for: those passed on are for every member."""
    return Visibility.MEMBERS if format in SHARED_FORMATS and not include_private else Visibility.PRIVATE


def write_week(week: Week, format: ReportFormat) -> None:
    """Write the week to standard output."""
    if format is not ReportFormat.TEXT:
        use_utf8_stdout()
    sys.stdout.writelines(format_week(week, format))
    sys.stdout.flush()


def format_week(week: Week, format: ReportFormat) -> Iterator[str]:
    """Yield the week as text with its line ends."""
    from kb.reports.week import short

    match format:
        case ReportFormat.JSON:
            yield from short.render_json(week)
        case ReportFormat.TEXT:
            yield from (f"{line}\n" for line in short.render_text(week))
        case ReportFormat.MARKDOWN:
            from kb.reports.week import markdown

            yield from markdown.render_markdown(week)
        case ReportFormat.HTML:
            from kb.reports.week import html

            yield from html.render_html(week)


def say_omissions(made: GatheredWeek, keep: str = "--include-private") -> None:
    """Say what could not be judged and what was left out; `keep` is the flag that would keep it in."""
    from kb.console.terminal import TroubleReporter

    tell = TroubleReporter()
    for trouble in made.troubles:
        tell(trouble)
    tell.end()
    for note in made.notes:
        say_safe(note)
    left = made.week.left_out
    if left.documents:
        how = t(f"（入れるなら {keep}）", f" ({keep} keeps them)") if keep else t("", "")
        say(
            t(
                f"メンバー全員には見えない文書 {left.documents:,} 件（指摘 {left.findings:,} 件）を除きました"
                f"{how.ja}。",
                f"{count_noun(left.documents, 'document')} that not every member can see, "
                f"with {count_noun(left.findings, 'finding')}, were left out{how.en}.",
            )
        )
