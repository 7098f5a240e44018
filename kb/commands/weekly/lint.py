"""`kb lint`: what needs mending, in the mirror, in files, or in JSON lines."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

import typer

from kb.clock import clock
from kb.commands.flows import findings as on
from kb.commands.flows.findings import Look, followed, last_line, noted, writing
from kb.commands.weekly import lint_options
from kb.commands.weekly.lint_options import (
    AcceptNew,
    BaselineOption,
    Cluster,
    Diff,
    Everything,
    ExitZero,
    ExplainFinding,
    FailOn,
    Fix,
    FormatOption,
    GroupBy,
    Ignore,
    Input,
    Jobs,
    Member,
    MinConfidence,
    NewOnly,
    Now,
    Pages,
    Paths,
    ProfileOption,
    SecretPlaces,
    Select,
    ShowSettings,
    Since,
    StatisticsOption,
    UnsafeFixes,
    UpdateBaseline,
    UpdatedSince,
)
from kb.console.terminal import say
from kb.errors import UsageError
from kb.lint import upkeep
from kb.lint.engine.request import Counts, Profile, Request
from kb.lint.engine.run import run
from kb.lint.engine.survey import Survey
from kb.lint.engine.withheld import without
from kb.lint.troubles import Troubles, Unusable
from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.display import safe
from kb.text.lang import t

EXAMPLE = """\
kb lint --select INC --min-confidence high
kb lint --new-only
kb lint --for sato --all
kb lint --fix --diff notes/"""


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done besides judging: mending files, or bringing the baseline up to date."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    update_baseline: bool = False
    accept_new: bool = False


def command(
    path: Paths = None,
    input: Input = None,
    format: FormatOption = on.Format.TEXT,
    pages: Pages = False,
    select: Select = None,
    ignore: Ignore = None,
    profile: ProfileOption = Profile.STANDARD,
    fail_on: FailOn = on.Level.ERROR,
    min_confidence: MinConfidence = lint_options.Sureness.MEDIUM,
    baseline: BaselineOption = None,
    update_baseline: UpdateBaseline = False,
    accept_new: AcceptNew = False,
    new_only: NewOnly = False,
    since: Since = "",
    updated_since: UpdatedSince = "",
    member: Member = None,
    statistics: StatisticsOption = False,
    all: Everything = False,
    group_by: GroupBy = on.Grouping.RULE,
    fix: Fix = False,
    unsafe_fixes: UnsafeFixes = False,
    diff: Diff = False,
    now: Now = "",
    jobs: Jobs = 0,
    cluster: Cluster = "",
    explain_finding: ExplainFinding = False,
    secret_places: SecretPlaces = False,
    show_settings: ShowSettings = False,
    exit_zero: ExitZero = False,
) -> None:
    """Judge, write, say the last line, and leave with the exit code."""
    began = time.monotonic()
    request = Request(
        paths=tuple(path or ()),
        input=input,
        select=lint_options.words(select),
        ignore=lint_options.words(ignore),
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
        from kb.lint.show_settings import show

        show(request, workspace)
        return
    work = Work(fix or unsafe_fixes or diff, unsafe_fixes, diff, update_baseline, accept_new)
    look = Look(format, pages, statistics, all, group_by, explain_finding, secret_places)
    _require_sense(request, work, look)
    if request.mirrored and workspace is not None:
        clock(request.now, workspace.settings.timezone)  # what was typed is told before what is lacking
        workspace.mirrored()  # before the first byte of a report
        if format not in on.LOCAL:
            from kb.mirror import limited

            limited.require(workspace)
    tell = Troubles()
    counts = _done(request, workspace, work, look, tell)
    sys.stdout.flush()
    tell.end()
    if line := followed(counts):
        say(line)
    say(last_line(counts, time.monotonic() - began, mirrored=request.mirrored))
    raise typer.Exit(counts.exit_code(Severity[fail_on.upper()], zero=exit_zero))


def _require_sense(request: Request, work: Work, look: Look) -> None:
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
    if look.explain and look.format is not on.Format.TEXT:
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
        from kb.lint.engine.workers import address  # Dask itself is loaded when there is something to judge

        address(request.cluster)
    if work.fix:
        from kb.lint.fixing.files import require_paths

        flag = "--fix" if not work.diff else "--diff"
        require_paths(request.paths if request.input is None else (), "--unsafe-fixes" if work.unsafe else flag)


def _done(request: Request, workspace: Workspace | None, work: Work, look: Look, tell: Troubles) -> Counts:
    """The counts of one lint: of what is left, after files were mended or the baseline was updated."""
    failed = 0
    if work.fix:
        from kb.lint.fixing.mend import mend, shown

        if work.diff:
            return shown(request, workspace, tell, unsafe=work.unsafe)
        failed = mend(request, workspace, tell, unsafe=work.unsafe)
    trouble = Unusable(tell)
    mirror = workspace.mirror if workspace is not None and request.mirrored else None
    with (
        noted(),
        Survey(request, workspace, trouble) as found,
        writing(look, mirror, found.every, workspace) as writer,
    ):
        if work.update_baseline:
            from kb.lint.upkeep import Collected, update

            collected = Collected()
            counts = run(found, collected, tell)
            counts = update(found, collected, writer, counts, accept_new=work.accept_new)
        else:
            counts = run(found, writer, tell)
            if found.aside.baseline is not None or found.team.ignores:
                upkeep.say_unused_entries(found)
        upkeep.tell(found)
        if found.lacking:
            say(safe(str(without(found.lacking))))
        if found.mine is not None and (note := found.mine.note()) is not None:
            say(safe(str(note)))
    counts.unusable += trouble.count + failed
    return counts
