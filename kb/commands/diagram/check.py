"""`kb diagram check`: whether the pictures are as the text is, and the text is sound (構成図の点検)."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.findings import OutputFormat, SeverityName
from kb.commands.options import AcceptNewOption, BaselineOption, NewOnlyOption, UntilOption, UpdateBaselineOption
from kb.commands.registry import command, option
from kb.commands.weekly.lint_flags import BaselineFlags, require_compatible_baseline
from kb.console.terminal import say
from kb.errors import UsageError
from kb.model.finding import Severity
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize, sanitize_lines
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model
    from kb.estate.drift.estate import Estate
    from kb.lint.engine.request import FindingWriter, LintCounts
    from kb.reports.drift.survey import SystemSurvey


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
    baseline: BaselineOption = None,
    update_baseline: UpdateBaselineOption = False,
    accept_new: AcceptNewOption = False,
    until: UntilOption = "",
    new_only: NewOnlyOption = False,
) -> None:
    """Read the model, compare the pictures' hashes, let the rules look, and write what they found. Draws nothing."""
    from kb.clock import lint_time
    from kb.commands.diagram.build import post_url_prefix
    from kb.commands.diagram.check_rows import DiagramTextWriter, SharingWriter, say_last_line
    from kb.commands.flows.findings import FORMATS_WITH_PLACES, OutputOptions, format_followed_up, make_writer
    from kb.diagram.build import PICTURES_FOLDER, find_stale_views
    from kb.diagram.draw.views import layout_views
    from kb.diagram.model.rules import SystemContext, judge_system, select_system_rules
    from kb.diagram.model.toml import find_model_folder, load_model
    from kb.lint.waivers import update
    from kb.reports.drift.survey import survey_system
    from kb.rules import registry

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
    _require_flags(BaselineFlags(baseline, update_baseline, accept_new, until, new_only), drift=drift)
    moment = lint_time(now, zone)
    seen = SystemContext(model, moment.date(), _deleted_link_ends(model, workspace), stale or {})
    rules = registry.load_rules("linters.system")
    known = select_system_rules(rules)
    found = judge_system(seen, known)
    estate: Estate | None = None
    if drift:
        from kb.commands.diagram.collect import private_folder
        from kb.estate.collect.load import load_estate
        from kb.estate.drift.draft import choose_finding, render_draft
        from kb.estate.drift.judge import judge_drift
        from kb.estate.drift.rules import select_drift_rules
        from kb.estate.drift.shared import describe_place

        estate = load_estate(model, workspace, private_folder(), moment)
        drift_rules = select_drift_rules(rules)
        found = [describe_place(each) for each in found] + judge_drift(estate, seen, drift_rules)
        known = (*known, *drift_rules)
        if draft:
            print(sanitize_lines(str(render_draft(choose_finding(found, draft, model), model))), end="")
            return
    survey = survey_system(found, known, model, workspace, moment, estate, baseline=baseline)
    look = OutputOptions(format, extra=_sources(estate))
    run = survey.baseline_run(moment.date(), _again(baseline, drift=drift), new_only=new_only)
    shared = format not in FORMATS_WITH_PLACES and estate is not None
    with nullcontext(DiagramTextWriter(seen)) if format is OutputFormat.TEXT else make_writer(look, None, known) as to:
        writer = SharingWriter(to, known, model) if shared else to
        if update_baseline:
            collected = update.CollectingWriter()
            counts = _write(survey, collected, new_only=False)
            counts = update.update_baseline(run, collected, writer, counts, accept_new=accept_new, until=until)
        else:
            counts = _write(survey, writer, new_only=new_only)
            update.say_baseline_end(run)
            update.say_unused_entries(run)
    if estate is not None:
        update.say_entries_of_other_keys(survey.aside, survey.key_id)
    if format is OutputFormat.TEXT:
        if line := format_followed_up(counts):
            say(line)
        say_last_line(counts, seen)
    raise typer.Exit(counts.exit_code(Severity[fail_on.name]))


def _sources(estate: Estate | None) -> dict[str, object]:
    if estate is None:
        return {}
    from kb.estate.drift.judge import describe_sources

    return {"sources": describe_sources(estate)}


def _write(survey: SystemSurvey, writer: FindingWriter, *, new_only: bool) -> LintCounts:
    """Write the findings by the file they stand in, and return the counts of those that are shown."""
    from kb.lint.engine.request import LintCounts

    counts = LintCounts()
    for judgement, findings in survey.judgements:
        here = [each for each in findings if not new_only or survey.is_new(each)]
        shown = [each for each in here if each.waiver is None]
        counts.add(judgement, shown)
        counts.followed.update(what for each in shown if (what := survey.aside.find_followed(each)))
        writer.add(judgement, shown, [each for each in here if each.waiver is not None])
    writer.end(counts)
    return counts


def _require_flags(flags: BaselineFlags, *, drift: bool) -> None:
    """Raise UsageError for flags that contradict each other."""
    again = "kb diagram check --drift" if drift else "kb diagram check"
    require_compatible_baseline(flags, again)
    if flags.new_only and not (drift and find_config()):
        raise UsageError(
            t(
                "--new-only は、作業フォルダーで --drift と使います。",
                "--new-only goes with --drift, in a workspace.",
            ),
            t("例: kb diagram check --drift --new-only", "example: kb diagram check --drift --new-only"),
        )


def _again(baseline: str | None, *, drift: bool) -> str:
    """Return the command that updates the baseline of this one."""
    import shlex

    words = ["kb", "diagram", "check", *(["--drift"] if drift else [])]
    words += ["--baseline", baseline] if baseline is not None else []
    return sanitize(shlex.join([*words, "--update-baseline"]))


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
