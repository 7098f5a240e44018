"""`kb diagram check`: whether the pictures are as the text is, and the text is sound (構成図の点検)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.findings import OutputFormat, SeverityName
from kb.commands.registry import command, option
from kb.console.terminal import paint, say
from kb.errors import UsageError
from kb.model.finding import Finding, Severity
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize, sanitize_lines
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.commands.flows.findings import OutputOptions
    from kb.lint.engine.request import LintCounts
    from kb.rules.registry import Rule
    from kb.system.model.nouns import Model
    from kb.system.model.rules import SystemContext

_MAX_SHOWN = 40
_MAX_PROOF = 3


@command(
    "diagram check",
    t("構成図のもとと図を点検する", "check the text of the diagram, and its pictures"),
    example="kb diagram check\nkb diagram check --format github --fail-on error",
)
def diagram_check(
    format: Annotated[
        OutputFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = OutputFormat.TEXT,
    fail_on: Annotated[
        SeverityName,
        option("--fail-on", t("この重さから終了コード 1", "exit code 1 from this severity on"), show_default=True),
    ] = SeverityName.INFO,
    out: Annotated[
        str,
        option(
            "--out DIR",
            t("図のあるフォルダー（既定は diagrams/pictures）", "where the pictures are (diagrams/pictures)"),
        ),
    ] = "",
    now: Annotated[str, option("--now T", t("この日時の時点で（既定は今）", "as of this time"))] = "",
    drift: Annotated[
        bool,
        option(
            "--drift",
            t("取り込んだものとも照らし合わせる（kb diagram collect）", "hold it against what was collected, too"),
        ),
    ] = False,
    draft: Annotated[
        str,
        option(
            "--draft CODE[:TARGET]",
            t(
                "指摘 1 つから、チケット、質問、手順書の下書きを文字で出す（--drift と）",
                "print a draft ticket, question or runbook for one finding (with --drift)",
            ),
        ),
    ] = "",
) -> None:
    """Read the model, compare the pictures' hashes, let the rules look, and write what they found. Draws nothing."""
    from kb.clock import lint_time
    from kb.commands.diagram.build import post_url_prefix
    from kb.commands.flows.findings import FORMATS_WITH_PLACES, OutputOptions
    from kb.rules import registry
    from kb.system.build import PICTURES_FOLDER, find_stale_views
    from kb.system.draw.views import layout_views
    from kb.system.model.rules import SystemContext, judge_system, select_system_rules
    from kb.system.model.toml import find_model_folder, load_model

    folder = find_model_folder(Path.cwd())
    model = load_model(folder)
    workspace = open_workspace() if find_config() else None
    zone = workspace.settings.timezone if workspace else "Asia/Tokyo"
    target = Path(out).expanduser() if out else folder / PICTURES_FOLDER
    stale = find_stale_views(layout_views(model, post_url=post_url_prefix(folder)), target)
    if stale is None:
        say(
            t(
                "図が新しいかどうかは調べませんでした（アイコンに pip install '.[diagram]' が要ります）。",
                "the pictures were not compared: they have icons (pip install '.[diagram]' to compare).",
            )
        )
    if draft and not drift:
        raise UsageError(
            t("--draft は --drift といっしょに使います。", "--draft needs --drift."),
            t(f"kb diagram check --drift --draft {draft}", f"kb diagram check --drift --draft {draft}"),
        )
    moment = lint_time(now, zone)
    seen = SystemContext(model, moment.date(), _deleted_link_ends(model, workspace), stale or {})
    rules = registry.load_rules("linters.system")
    known = select_system_rules(rules)
    found = judge_system(seen, known)
    if drift:
        from kb.commands.diagram.collect import private_folder
        from kb.system.collect.load import load_estate
        from kb.system.drift.draft import choose_finding, render_draft
        from kb.system.drift.judge import describe_sources, judge_drift
        from kb.system.drift.rules import select_drift_rules
        from kb.system.drift.shared import describe_place, share_findings

        estate = load_estate(model, workspace, private_folder(), moment)
        drift_rules = select_drift_rules(rules)
        found = [describe_place(each) for each in found] + judge_drift(estate, seen, drift_rules)
        known = (*known, *drift_rules)
        if draft:
            print(sanitize_lines(str(render_draft(choose_finding(found, draft), model))), end="")
            return
        sources = describe_sources(estate)
        if format not in FORMATS_WITH_PLACES:
            found = share_findings(found, known, model)
    counts = _write(found, seen, known, OutputOptions(format, extra={"sources": sources} if drift else {}))
    raise typer.Exit(counts.exit_code(Severity[fail_on.name]))


def _deleted_link_ends(model: Model, workspace: Workspace | None) -> dict[tuple[str, str], str]:
    """The links of nodes that lead to what the mirror knows to be deleted; none without a mirror."""
    if workspace is None or not workspace.mirror.exists():
        return {}
    from datetime import UTC, datetime

    from kb.lint.engine.world_builder import NOWHERE, WorldBuilder
    from kb.mirror.store import Mirror
    from kb.model.document import CATEGORY_PREFIX
    from kb.sources.registry import configured_sources, find_link_end

    settings = workspace.settings
    sources = configured_sources(settings)
    ends = {
        (node.id, field): end
        for node in model.nodes
        for field, end in (
            ("runbook", find_link_end(sources, node.runbook)),
            ("repo", find_link_end(sources, node.repo)),
            ("esa", f"esa:{node.esa}" if node.esa and settings.esa else ""),
        )
        if end and not end.startswith(CATEGORY_PREFIX)
    }
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        around = WorldBuilder(settings, datetime.now(UTC).date(), mirror)
        return {link: end for link, end in ends.items() if around.end_state(end) in NOWHERE}


def _write(found: Sequence[Finding], seen: SystemContext, known: Sequence[Rule], look: OutputOptions) -> LintCounts:
    """The findings by the file they stand in; what was set aside is counted, not shown."""
    from kb.commands.flows.findings import make_writer
    from kb.lint.engine.request import LintCounts
    from kb.model.document import Kind, Source
    from kb.model.page import Entry
    from kb.rules.judge import Judgement
    from kb.secrets.mask_document import mask_name

    counts = LintCounts()
    files = sorted({place.file for place in seen.model.places.values()} | {str(each.doc) for each in found})
    judgements = []
    for file in files:
        here = [each for each in found if each.doc == file]
        shown = [each for each in here if each.waiver is None]
        judgement = Judgement(Entry(file, Source.FILES, Kind.FILE, mask_name(file)), tuple(shown))
        counts.add(judgement, shown)
        judgements.append((judgement, shown, [each for each in here if each.waiver is not None]))
    waived = sum(len(row[2]) for row in judgements)
    if look.format is OutputFormat.TEXT:
        rows = [each for _, shown, _ in judgements for each in shown]
        worst = sorted(rows, key=lambda each: -each.severity)[:_MAX_SHOWN]
        for each in worst:
            print(_row(each))
        sys.stdout.flush()  # what is said of the list comes after it, where both go to one place
        if len(rows) > _MAX_SHOWN:
            more = len(rows) - _MAX_SHOWN
            say(t(f"ほか {more:,} 件（--format jsonl で全部）", f"and {more:,} more (--format jsonl shows all)"))
        _last_line(counts, seen, waived)
        return counts
    with make_writer(look, None, known) as writer:
        for judgement, shown, set_aside in judgements:
            writer.add(judgement, shown, set_aside)
        writer.end(counts)
    return counts


def _row(each: Finding) -> str:
    from kb.lint.formats.wording import SEVERITIES

    word, *_ = SEVERITIES[each.severity]
    colour = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}[each.severity]
    place = sanitize(f"{each.doc}:{each.span.line}")
    row = f"{place} {paint(str(word), colour, stream=sys.stdout)} {each.code} {each.rule} {sanitize(str(each.message))}"
    if not each.proof or each.proof[0][0] == "model":
        return row
    seen = [
        f"    {sanitize(f'{source} {taken_at[:10]}'.rstrip())}: {sanitize(str(what))}"
        for source, taken_at, what in each.proof[:_MAX_PROOF]
    ]
    if len(each.proof) > _MAX_PROOF:
        more = len(each.proof) - _MAX_PROOF
        seen.append(str(t(f"    ほか {more:,}", f"    and {more:,} more")))
    return "\n".join([row, *seen, f"    → {sanitize(str(each.next_step))}"])


def _last_line(counts: LintCounts, seen: SystemContext, waived: int) -> None:
    warnings, infos = counts.severity(Severity.WARNING), counts.severity(Severity.INFO)
    aside = t(f"、見送り {waived:,} 件", f", {waived:,} set aside") if waived else t("", "")
    line = t(
        f"指摘 {counts.findings:,} 件（警告 {warnings}、情報 {infos}{aside.ja}）、ノード {len(seen.model.nodes):,}。",
        f"findings: {counts.findings:,} (warnings {warnings}, infos {infos}{aside.en}), "
        f"nodes: {len(seen.model.nodes):,}.",
    )
    following = ""
    if seen.stale:
        following = " → kb diagram build"
    elif counts.rules:
        following = f" → kb explain {max(counts.rules, key=lambda rule: (rule[0], counts.rules[rule]))[1]}"
    say(f"{line}{following}")
