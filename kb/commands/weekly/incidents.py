"""`kb incidents`: the list of past troubles (過去のトラブル一覧)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.clock import lint_time
from kb.commands.flows.publish import DryRunOption, InsertOption, PublishToPostOption, SilentOption, YesOption
from kb.commands.options import split_selectors
from kb.commands.registry import command, option
from kb.console.terminal import say, say_safe, use_utf8_stdout
from kb.errors import Exit, UsageError
from kb.model.document import Visibility
from kb.settings.workspace import open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.reports.incidents.groups import IncidentGroup
    from kb.reports.incidents.rows import Incident
    from kb.reports.publish.decide import Publication
    from kb.settings.kb_toml import Settings


class IncidentsFormat(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    HTML = "html"


class IncidentGrouping(StrEnum):
    """How the list is grouped."""

    MONTH = "month"
    CAUSE = "cause"
    NODE = "node"
    REPEAT = "repeat"


SHARED_INCIDENT_FORMATS = (IncidentsFormat.CSV, IncidentsFormat.MARKDOWN, IncidentsFormat.HTML)
"""The forms that are made to be passed on."""


@command(
    "incidents",
    t("過去のトラブル一覧", "list past troubles"),
    example="kb incidents --open --by cause\nkb incidents --by repeat\nkb incidents --format csv > incidents.csv\n"
    "kb incidents --publish esa --dry-run",
    shared=True,
)
def incidents(
    open_only: Annotated[bool, option("--open", t("対応中のものだけ", "only those that are open"))] = False,
    since: Annotated[
        str, option("--since DATE", t("この日以降に起きたもの", "those that happened on this day or later"))
    ] = "",
    code: Annotated[
        list[str] | None,
        option(
            "--code CODE",
            t("この指摘があるもの（INC4、INC402、規則名）", "those with this finding (INC4, INC402, a name)"),
        ),
    ] = None,
    by: Annotated[IncidentGrouping | None, option("--by", t("まとめ方", "how to group"))] = None,
    format: Annotated[
        IncidentsFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = IncidentsFormat.TEXT,
    include_private: Annotated[
        bool,
        option(
            "--include-private",
            t(
                "メンバー全員には見えないものも入れる（csv、markdown、html）",
                "also those not every member can see (csv, markdown, html)",
            ),
        ),
    ] = False,
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
    publish: PublishToPostOption = "",
    insert: InsertOption = "",
    silent: SilentOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Make the rows from what is kept of each page, leave out what was not asked for, write or publish the list."""
    from kb.commands.flows.publish import publish as published
    from kb.commands.flows.publish import require_no_format, require_publish_target
    from kb.commands.flows.publish_page import PublishOptions
    from kb.reports.incidents.gather import IncidentRequest, find_spots, gather_incidents
    from kb.reports.incidents.groups import GroupBy, group_incidents, sort_incidents
    from kb.reports.model_nodes import load_model_nodes

    options = PublishOptions(publish, insert, silent, dry_run, yes, "kb incidents")
    if publish:
        require_no_format(given=format is not IncidentsFormat.TEXT)
    else:
        require_publish_target(options, "kb incidents --publish esa")
    workspace = open_workspace()
    workspace.mirrored()
    if publish and include_private:
        raise UsageError(
            t("--publish と --include-private は一緒に使えません。", "--publish does not go with --include-private."),
            t("公開するのは、メンバー全員に見えるものだけです。", "only what every member sees is published."),
        )
    shared = bool(publish) or format in SHARED_INCIDENT_FORMATS
    found = gather_incidents(
        workspace, IncidentRequest(open_only, since, split_selectors(code), now, shared, include_private)
    )
    if found.hidden:
        say(
            t(
                f"メンバー全員には見えない {found.hidden:,} 件を除きました"
                f"{'' if publish else '（入れるなら --include-private）'}。",
                f"{found.hidden:,} that not every member can see were left out"
                f"{'' if publish else ' (--include-private keeps them)'}.",
            )
        )
    done = Exit.OK
    rows = sort_incidents(found.rows)
    model = load_model_nodes(workspace.root, workspace.settings.host_names)
    audience = Visibility.MEMBERS if shared and not include_private else Visibility.PRIVATE
    spots = (
        find_spots(workspace, found.every, model, lint_time(now, workspace.settings.timezone), audience)
        if by is IncidentGrouping.NODE
        else {}
    )
    groups = group_incidents(rows, GroupBy(by), model, spots) if by else []
    if by is IncidentGrouping.REPEAT:
        rows = [row for group in groups for row in group.rows]
    if publish:
        done = published(workspace, _publication(rows, groups, found.hidden), options).code
    else:
        if format is not IncidentsFormat.TEXT:
            use_utf8_stdout()
        sys.stdout.writelines(_render(rows, groups, format, found.hidden))
        sys.stdout.flush()
    for crash in found.crashes:
        say_safe(crash.what)
    if not publish:
        _say_last_line(rows, workspace.settings, open_only=open_only, text=format is IncidentsFormat.TEXT)
        if by is IncidentGrouping.NODE and not workspace.settings.host_names:
            say(t("ホスト名がまだ決まっていません。 → kb init --hosts", "no host names are set yet. → kb init --hosts"))
    raise typer.Exit(Exit.worst(done, Exit.SOURCE if found.crashes else Exit.OK))


def _publication(rows: Sequence[Incident], groups: Sequence[IncidentGroup], hidden: int) -> Publication:
    """Return the list to publish; `hidden` incidents, which not every reader may see, are not in it."""
    from kb.reports.publish.decide import Publication, PublishForm

    def write(form: PublishForm) -> str:
        return "".join(_render(rows, groups, IncidentsFormat(form.value), hidden))

    return Publication("incidents", t("過去のトラブル一覧", "the list of past troubles"), write)


def _render(
    rows: Sequence[Incident], groups: Sequence[IncidentGroup], format: IncidentsFormat, hidden: int
) -> Iterator[str]:
    """Yield the list as text with its line ends."""
    from kb.reports.incidents import render
    from kb.reports.incidents.groups import IncidentGroup
    from kb.reports.incidents.rows import describe_hidden

    shown = groups or [IncidentGroup("", "", tuple(rows))]
    match format:
        case IncidentsFormat.JSON:
            yield from render.render_json(rows, groups, hidden)
        case IncidentsFormat.CSV:
            yield from render.render_csv(shown)
        case IncidentsFormat.MARKDOWN:
            yield from render.render_markdown(shown, hidden)
        case IncidentsFormat.HTML:
            yield from render.render_html(shown, hidden)
        case IncidentsFormat.TEXT:
            left_out = describe_hidden(hidden)
            yield from (line + "\n" for line in (*render.render_text(shown), *([str(left_out)] if left_out else ())))


def _say_last_line(rows: Sequence[Incident], settings: Settings, *, open_only: bool, text: bool) -> None:
    """Say counts and, for a person at a terminal, the command that comes next.

    Where a team has tickets alone and none is an incident, kb.toml may not say yet which are.
    """
    from kb.reports.incidents.rows import IncidentStatus, call_tickets, describe_aside

    count = sum(row.standing is IncidentStatus.OPEN for row in rows)
    created = t("、* は作成日", "; *: day of creation") if text and any(not row.dated for row in rows) else t("", "")
    said = call_tickets(
        t(
            f"障害の記事 {len(rows):,} 件（対応中 {count:,} 件{created.ja}）。",
            f"{len(rows):,} incident pages ({count:,} open{created.en}).",
        ),
        settings,
    )
    if (aside := describe_aside(rows)) is not None:
        said = t(f"{said.ja}{aside.ja}", f"{said.en} {aside.en}")
    following = "kb triage" if open_only else "kb incidents --open --by cause"
    say(f"{said} → {following}" if text and rows else str(said))
    if text and not rows and not open_only and settings.has_tickets_alone and not settings.incidents.trackers:
        say(
            t(
                '障害を記録するトラッカーがあれば、kb.toml の [incidents] に書いてください。例: trackers = ["障害"]',
                'name the tracker of incidents in [incidents] of kb.toml, for example trackers = ["Incident"].',
            )
        )
