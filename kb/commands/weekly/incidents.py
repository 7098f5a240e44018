"""`kb incidents`: the list of past troubles (過去のトラブル一覧)."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.publish import DryRunOption, InsertOption, PublishToPostOption, SilentOption, YesOption
from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import Exit, KbError, UsageError
from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.engine.request import Request
    from kb.reports.incidents.groups import IncidentGroup
    from kb.reports.incidents.rows import Incident
    from kb.reports.publish.decide import Publication


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


SHARED_INCIDENT_FORMATS = (IncidentsFormat.CSV, IncidentsFormat.MARKDOWN, IncidentsFormat.HTML)
"""The forms that are made to be passed on."""


@command(
    "incidents",
    t("過去のトラブル一覧", "list past troubles"),
    example="kb incidents --open --by cause\nkb incidents --format csv > incidents.csv\n"
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
    from kb.clock import parse_day
    from kb.commands.flows.publish import publish as published
    from kb.commands.flows.publish import require_no_format, require_publish_target
    from kb.commands.flows.publish_page import PublishOptions
    from kb.lint.engine.request import Request
    from kb.reports.incidents.groups import sort_incidents
    from kb.reports.incidents.rows import IncidentStatus

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
    if (publish or format in SHARED_INCIDENT_FORMATS) and not include_private:
        from kb.mirror import limited

        limited.require_synced(workspace)
    first = parse_day(since, "--since") if since else ""
    wanted, select = _codes(workspace, code)
    crashes: list[KbError] = []
    rows = [
        row
        for row in _rows(Request(select=select, now=now), workspace, crashes)
        if (not open_only or row.standing is IncidentStatus.OPEN)
        and (not first or row.day >= first)
        and (not wanted or wanted.intersection(row.codes))
    ]
    if publish or format in SHARED_INCIDENT_FORMATS:
        rows = _passed_on(workspace, rows)
    private = [row for row in rows if row.visibility < Visibility.MEMBERS]
    if (publish or format in SHARED_INCIDENT_FORMATS) and private and not include_private:
        rows = [row for row in rows if row.visibility >= Visibility.MEMBERS]
        say(
            t(
                f"メンバー全員には見えない {len(private)} 件を除きました"
                f"{'' if publish else '（入れるなら --include-private）'}。",
                f"{len(private)} that not every member can see were left out"
                f"{'' if publish else ' (--include-private keeps them)'}.",
            )
        )
    done = Exit.OK
    hidden = 0 if include_private or not (publish or format in SHARED_INCIDENT_FORMATS) else len(private)
    if publish:
        done = published(workspace, _piece(sort_incidents(rows), by, hidden), options).code
    else:
        _write(sort_incidents(rows), by, format, hidden)
    for crash in crashes:
        say(sanitize(str(crash.what)))
    if publish:
        raise typer.Exit(Exit.worst(done, Exit.SOURCE if crashes else Exit.OK))
    _last_line(rows, open_only=open_only, text=format is IncidentsFormat.TEXT)
    raise typer.Exit(Exit.SOURCE if crashes else Exit.OK)


def _rows(request: Request, workspace: Workspace, crashes: list[KbError]) -> Iterator[Incident]:
    """The row of each incident page, with the tickets its measures name looked up."""
    from kb.clock import lint_time
    from kb.lint.engine.survey import Survey
    from kb.lint.engine.world_builder import WorldBuilder
    from kb.mirror.store import Mirror
    from kb.reports.incidents.rows import build_incident

    today = lint_time(request.now, workspace.settings.timezone).date()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        around = WorldBuilder(workspace.settings, today, mirror)
        with Survey(request, workspace) as surveyed:
            crashes += surveyed.loaded.troubles
            for each in surveyed:
                crashes += each.judgement.crashes
                entry = each.judgement.entry
                if entry.is_incident:
                    sure = [found for found in each.findings if found.confidence >= Confidence.MEDIUM]
                    row = build_incident(entry, sure, around.world([entry]))
                    if row is not None:
                        yield row


def _passed_on(workspace: Workspace, rows: Sequence[Incident]) -> list[Incident]:
    """The rows as others read them."""
    from kb.lint.people.owners import load_people
    from kb.mirror.store import Mirror
    from kb.reports.incidents.rows import limit_owners

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        people = load_people(workspace.settings, mirror)
    return [limit_owners(row, people) for row in rows]


def _codes(workspace: Workspace, given: Sequence[str] | None) -> tuple[frozenset[str], tuple[str, ...]]:
    """The codes that are asked for, and what to select so that they are judged: nothing, when the team's rules do.

    Raises UsageError for a word that means no rule.
    """
    from kb.lint.engine import plugins
    from kb.rules.codes import select_rules

    words = tuple(word for each in given or () for word in each.split(",") if word.strip())
    if not words:
        return frozenset(), ()
    every, team = plugins.load_all_rules(plugins.gather_sources(workspace)).rules, workspace.settings.lint
    wanted = frozenset(rule.code for rule in select_rules(every, words))
    usual = {rule.code for rule in select_rules(every, team.select, team.ignore)}
    return wanted, () if wanted <= usual else words


def _piece(rows: Sequence[Incident], by: IncidentGrouping | None, hidden: int) -> Publication:
    """The list, to be published; `hidden` are those that not every reader may see, and are not in it."""
    from kb.reports.incidents.groups import GroupBy, IncidentGroup, group_incidents
    from kb.reports.publish.decide import Publication, PublishForm

    groups = group_incidents(rows, GroupBy(by)) if by else []
    shown = groups if by else [IncidentGroup("", "", tuple(rows))]

    def write(form: PublishForm) -> str:
        return "".join(_pieces(rows, groups, shown, IncidentsFormat(form.value), hidden))

    return Publication("incidents", t("過去のトラブル一覧", "the list of past troubles"), write)


def _write(rows: Sequence[Incident], by: IncidentGrouping | None, format: IncidentsFormat, hidden: int) -> None:
    from kb.reports.incidents.groups import GroupBy, IncidentGroup, group_incidents

    groups = group_incidents(rows, GroupBy(by)) if by else []
    shown = groups if by else [IncidentGroup("", "", tuple(rows))]
    if format is not IncidentsFormat.TEXT and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    for piece in _pieces(rows, groups, shown, format, hidden):
        sys.stdout.write(piece)
    sys.stdout.flush()


def _pieces(
    rows: Sequence[Incident],
    groups: Sequence[IncidentGroup],
    shown: Sequence[IncidentGroup],
    format: IncidentsFormat,
    hidden: int,
) -> Iterator[str]:
    """Return the list as text with its line ends."""
    from kb.reports.incidents import render
    from kb.reports.incidents.groups import describe_hidden

    if format is IncidentsFormat.JSON:
        return render.render_json(rows, groups, hidden)
    if format is IncidentsFormat.CSV:
        return render.render_csv(shown)
    if format is IncidentsFormat.MARKDOWN:
        return render.render_markdown(shown, hidden)
    if format is IncidentsFormat.HTML:
        return render.render_html(shown, hidden)
    said = describe_hidden(hidden)
    return (line + "\n" for line in (*render.render_text(shown), *([str(said)] if said else ())))


def _last_line(rows: Sequence[Incident], *, open_only: bool, text: bool) -> None:
    """Counts and, for a person at a terminal, the command that comes next."""
    from kb.reports.incidents.rows import IncidentStatus

    count = sum(row.standing is IncidentStatus.OPEN for row in rows)
    created = t("、* は作成日", "; *: day of creation") if text and any(not row.dated for row in rows) else t("", "")
    said = t(
        f"障害の記事 {len(rows)} 件（対応中 {count} 件{created.ja}）。",
        f"{len(rows)} incident pages ({count} open{created.en}).",
    )
    following = "kb triage" if open_only else "kb incidents --open --by cause"
    say(f"{said} → {following}" if text and rows else str(said))
