"""`kb lint`: what needs mending, in the mirror, in files, or in JSON lines."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

import typer

from kb.clock import lint_time
from kb.commands.flows import findings as on
from kb.commands.flows.findings import (
    OutputOptions,
    format_followed_up,
    format_last_line,
    make_writer,
    say_rule_at_work,
)
from kb.commands.registry import command
from kb.commands.weekly import lint_options
from kb.commands.weekly.lint_options import (
    AcceptNewOption,
    AllOption,
    BaselineOption,
    ClusterOption,
    DiffOption,
    ExitZeroOption,
    ExplainFindingOption,
    FailOnOption,
    FixOption,
    FormatOption,
    GroupByOption,
    IgnoreOption,
    InputOption,
    JobsOption,
    MemberOption,
    MinConfidenceOption,
    NewOnlyOption,
    NowOption,
    PagesOption,
    PathsOption,
    ProfileOption,
    SecretPlacesOption,
    SelectOption,
    ShowSettingsOption,
    SinceOption,
    StatisticsOption,
    UnsafeFixesOption,
    UpdateBaselineOption,
    UpdatedSinceOption,
)
from kb.console.terminal import say
from kb.errors import UsageError
from kb.lint import upkeep
from kb.lint.engine.request import LintCounts, Profile, Request
from kb.lint.engine.run import write_survey
from kb.lint.engine.survey import Survey
from kb.lint.engine.withheld import describe_missing
from kb.lint.troubles import TroubleReporter, UnusableInputs
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t


@dataclass(frozen=True, slots=True)
class LintWork:
    """What is to be done besides judging: mending files, or bringing the baseline up to date."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    update_baseline: bool = False
    accept_new: bool = False


@command(
    "lint",
    t("直すべきところを見つける", "find what needs mending"),
    example=(
        "kb lint --select INC --min-confidence high\n"
        "kb lint --new-only\n"
        "kb lint --for sato --all\n"
        "kb lint --fix --diff notes/"
    ),
    shared=True,
)
def lint(
    path: PathsOption = None,
    input: InputOption = None,
    format: FormatOption = on.OutputFormat.TEXT,
    pages: PagesOption = False,
    select: SelectOption = None,
    ignore: IgnoreOption = None,
    profile: ProfileOption = Profile.STANDARD,
    fail_on: FailOnOption = on.SeverityName.ERROR,
    min_confidence: MinConfidenceOption = lint_options.ConfidenceName.MEDIUM,
    baseline: BaselineOption = None,
    update_baseline: UpdateBaselineOption = False,
    accept_new: AcceptNewOption = False,
    new_only: NewOnlyOption = False,
    since: SinceOption = "",
    updated_since: UpdatedSinceOption = "",
    member: MemberOption = None,
    statistics: StatisticsOption = False,
    all: AllOption = False,
    group_by: GroupByOption = on.RowGrouping.RULE,
    fix: FixOption = False,
    unsafe_fixes: UnsafeFixesOption = False,
    diff: DiffOption = False,
    now: NowOption = "",
    jobs: JobsOption = 0,
    cluster: ClusterOption = "",
    explain_finding: ExplainFindingOption = False,
    secret_places: SecretPlacesOption = False,
    show_settings: ShowSettingsOption = False,
    exit_zero: ExitZeroOption = False,
) -> None:
    """Judge, write, say the last line, and leave with the exit code."""
    began = time.monotonic()
    request = Request(
        paths=tuple(path or ()),
        input=input,
        select=lint_options.split_selectors(select),
        ignore=lint_options.split_selectors(ignore),
        profile=profile,
        min_confidence=Confidence[min_confidence.upper()],
        pages=pages,
        jobs=jobs,
        cluster=cluster,
        now=now,
        since=since,
        updated_since=updated_since,
        baseline=baseline,
        new_only=new_only,
        member=member,
    )
    workspace = open_workspace() if find_config() else None  # linting files needs none
    if show_settings:
        from kb.lint.show_settings import print_settings

        print_settings(request, workspace)
        return
    work = LintWork(fix or unsafe_fixes or diff, unsafe_fixes, diff, update_baseline, accept_new)
    look = OutputOptions(format, pages, statistics, all, group_by, explain_finding, secret_places)
    _require_compatible_flags(request, work, look)
    if request.mirrored and workspace is not None:
        lint_time(request.now, workspace.settings.timezone)  # what was typed is told before what is lacking
        workspace.mirrored()  # before the first byte of a report
        if format not in on.FORMATS_WITH_PLACES:
            from kb.mirror import limited

            limited.require_synced(workspace)
    tell = TroubleReporter()
    counts = _run_lint(request, workspace, work, look, tell)
    sys.stdout.flush()
    tell.end()
    if line := format_followed_up(counts):
        say(line)
    say(format_last_line(counts, time.monotonic() - began, mirrored=request.mirrored))
    raise typer.Exit(counts.exit_code(Severity[fail_on.upper()], zero=exit_zero))


def _require_compatible_flags(request: Request, work: LintWork, look: OutputOptions) -> None:
    """Raise UsageError for flags that contradict each other."""
    if work.accept_new and not work.update_baseline:
        raise UsageError(
            t("--accept-new は --update-baseline と使います。", "--accept-new goes with --update-baseline."),
            t("例: kb lint --update-baseline --accept-new", "example: kb lint --update-baseline --accept-new"),
        )
    if request.baseline is not None and not (work.update_baseline or os.path.lexists(request.baseline)):
        raise UsageError(
            t(f"--baseline「{request.baseline}」がありません。", f"--baseline {request.baseline!r} does not exist."),
            t(
                "名前を確かめるか、--update-baseline で作ってください。",
                "check its name, or make it with --update-baseline.",
            ),
        )
    narrowed = request.new_only or request.since or request.updated_since or request.member is not None
    if work.update_baseline and (narrowed or work.fix):
        raise UsageError(
            t(
                "--update-baseline は、一部だけを見る指定や直す指定とは使えません。",
                "--update-baseline cannot be used with flags that look at a part, or that mend.",
            ),
            t("--update-baseline だけで実行してください。", "run it with --update-baseline alone."),
        )
    if look.explain and look.format is not on.OutputFormat.TEXT:
        raise UsageError(
            t("--explain-finding は text だけです。", "--explain-finding is for text only."),
            t("--format を外してください。", "leave --format out."),
        )
    if request.cluster and not request.mirrored:
        raise UsageError(
            t("--cluster が判定するのはミラーです。", "--cluster judges the mirror."),
            t("PATH と --input を外してください。", "leave PATH and --input out."),
        )
    if request.cluster:
        from kb.lint.engine.workers import parse_address  # Dask itself is loaded when there is something to judge

        parse_address(request.cluster)
    if work.fix:
        from kb.lint.fixing.files import require_paths

        flag = "--fix" if not work.diff else "--diff"
        require_paths(request.paths if request.input is None else (), "--unsafe-fixes" if work.unsafe else flag)


def _run_lint(
    request: Request, workspace: Workspace | None, work: LintWork, look: OutputOptions, tell: TroubleReporter
) -> LintCounts:
    """The counts of one lint: of what is left, after files were mended or the baseline was updated."""
    failed = 0
    if work.fix:
        from kb.lint.fixing.mend import fix_files, print_fixes

        if work.diff:
            return print_fixes(request, workspace, tell, unsafe=work.unsafe)
        failed = fix_files(request, workspace, tell, unsafe=work.unsafe)
    trouble = UnusableInputs(tell)
    mirror = workspace.mirror if workspace is not None and request.mirrored else None
    with (
        say_rule_at_work(),
        Survey(request, workspace, trouble) as found,
        make_writer(look, mirror, found.every, workspace) as writer,
    ):
        if work.update_baseline:
            from kb.lint.upkeep import CollectingWriter
            from kb.lint.upkeep import update_baseline as update

            collected = CollectingWriter()
            counts = write_survey(found, collected, tell)
            counts = update(found, collected, writer, counts, accept_new=work.accept_new)
        else:
            counts = write_survey(found, writer, tell)
            if found.aside.baseline is not None or found.team.ignores:
                upkeep.say_unused_entries(found)
        upkeep.say_foreign_entries(found)
        if found.missing:
            say(sanitize(str(describe_missing(found.missing))))
        if found.mine is not None and (note := found.mine.note()) is not None:
            say(sanitize(str(note)))
    counts.unusable += trouble.count + failed
    return counts
