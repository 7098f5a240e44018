"""`kb lint`: what needs mending, in the mirror, in files, or in JSON lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.flows.findings import (
    FORMATS_WITH_PLACES,
    OutputFormat,
    OutputOptions,
    RowGrouping,
    SeverityName,
    format_followed_up,
    format_last_line,
    make_writer,
    say_rule_at_work,
)
from kb.commands.options import (
    AcceptNewOption,
    BaselineOption,
    MemberOption,
    NewOnlyOption,
    PathsArgument,
    SelectOption,
    UntilOption,
    UpdateBaselineOption,
    split_selectors,
)
from kb.commands.registry import command, option
from kb.commands.weekly.lint_flags import LintWork, require_compatible_flags
from kb.console.terminal import say, say_safe
from kb.lint.engine.request import Profile
from kb.model.document import Visibility
from kb.settings.workspace import Workspace, find_config, open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.console.terminal import TroubleReporter
    from kb.lint.engine.request import LintCounts, Request
    from kb.lint.engine.survey import Survey
    from kb.lint.formats.first_look import FirstLookCollector


class ConfidenceName(StrEnum):
    """Confidences, as people type them."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@command(
    "lint",
    t("直すべきところを見つける", "find what needs mending"),
    example=(
        "kb lint esa:1397\n"
        "kb lint --select INC --min-confidence high\n"
        "kb lint --new-only\n"
        "kb lint --for sato --all\n"
        "kb lint --fix --diff notes/"
    ),
    shared=True,
    usual=(
        "--input",
        "--format",
        "--select",
        "--fail-on",
        "--min-confidence",
        "--new-only",
        "--since",
        "--for",
        "--all",
        "--fix",
    ),
)
def lint(
    path: PathsArgument = None,
    input: Annotated[
        str | None,
        option(
            "--input FILE.jsonl",
            t("esa の記事か文書を 1 行 1 件で（- は標準入力）", "posts or documents, one a line (-: stdin)"),
        ),
    ] = None,
    format: Annotated[
        OutputFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = OutputFormat.TEXT,
    pages: Annotated[
        bool, option("--pages", t("ページを何と見たかも書く", "also what each page was taken for"))
    ] = False,
    items: Annotated[
        bool, option("--items", t("対策も 1 件ずつ書く（json、jsonl）", "also each action (json, jsonl)"))
    ] = False,
    select: SelectOption = None,
    ignore: Annotated[list[str] | None, option("--ignore CODE", t("この規則を除く", "all but these rules"))] = None,
    profile: Annotated[
        Profile,
        option(
            "--profile",
            t("エラーだけ、いつもの規則、すべての規則", "errors only, the usual rules, every rule"),
            show_default=True,
        ),
    ] = Profile.STANDARD,
    fail_on: Annotated[
        SeverityName,
        option("--fail-on", t("終了コード 1 にする重さ", "the severity that ends with exit code 1"), show_default=True),
    ] = SeverityName.ERROR,
    min_confidence: Annotated[
        ConfidenceName, option("--min-confidence", t("確からしさの下限", "how sure kb must be"), show_default=True)
    ] = ConfidenceName.MEDIUM,
    baseline: BaselineOption = None,
    update_baseline: UpdateBaselineOption = False,
    accept_new: AcceptNewOption = False,
    until: UntilOption = "",
    new_only: NewOnlyOption = False,
    since: Annotated[
        str, option("--since DATE", t("この日以降に起きた障害だけ", "only incidents from this day on"))
    ] = "",
    updated_since: Annotated[
        str,
        option("--updated-since DATE", t("この日以降に更新された文書だけ", "only documents updated from this day on")),
    ] = "",
    member: MemberOption = None,
    statistics: Annotated[
        bool, option("--statistics", t("規則ごとの件数だけ（text）", "only counts, by rule (text)"))
    ] = False,
    all: Annotated[bool, option("--all", t("1 画面に収めず全部（text）", "everything, not one screen (text)"))] = False,
    group_by: Annotated[
        RowGrouping, option("--group-by", t("まとめ方（text）", "what rows are grouped by (text)"), show_default=True)
    ] = RowGrouping.RULE,
    fix: Annotated[
        bool, option("--fix", t("PATH のファイルを安全な範囲で直す", "mend files given as PATH, safely"))
    ] = False,
    unsafe_fixes: Annotated[
        bool, option("--unsafe-fixes", t("意味が変わりうる直しも", "also changes that could alter a meaning"))
    ] = False,
    diff: Annotated[bool, option("--diff", t("直さずに差分を見せる", "show what would change, write nothing"))] = False,
    now: Annotated[str, option("--now T", t("この日時を今とする", "take this for now"))] = "",
    jobs: Annotated[
        int, option("--jobs, -j N", t("並列数（0: 自動）", "processes (0: automatic)"), min=0, show_default=True)
    ] = 0,
    cluster: Annotated[
        str,
        option(
            "--cluster ADDR",
            t("Dask クラスターで判定する（tcp://host:8786）", "judge on a Dask cluster (tcp://host:8786)"),
        ),
    ] = "",
    explain_finding: Annotated[
        bool, option("--explain-finding", t("指摘ごとに、なぜそう見たか（text）", "why each finding was made (text)"))
    ] = False,
    secret_places: Annotated[
        bool,
        option(
            "--secret-places",
            t(
                "sarif、github、junit、markdown、html にも秘密の場所を書く",
                "places of secrets in sarif, github, junit, markdown, html too",
            ),
        ),
    ] = False,
    show_settings: Annotated[
        bool, option("--show-settings", t("効いている設定と規則を見せて終わる", "show what is in force, and end"))
    ] = False,
    exit_zero: Annotated[
        bool, option("--exit-zero", t("指摘があっても終了コード 0", "exit code 0 in spite of findings"))
    ] = False,
) -> None:
    """Judge, write, say the last line, and leave with the exit code."""
    from kb.clock import lint_time
    from kb.console.terminal import TroubleReporter
    from kb.lint.engine.request import Request
    from kb.model.facts import Confidence
    from kb.model.finding import Severity

    began = time.monotonic()
    if path == ["-"] and input is None:
        path, input = None, "-"
    paths, docs = _split_documents(path or ())
    request = Request(
        paths=paths,
        docs=docs,
        input=input,
        select=split_selectors(select),
        ignore=split_selectors(ignore),
        profile=profile,
        min_confidence=Confidence[min_confidence.upper()],
        pages=pages,
        items=items,
        jobs=jobs,
        cluster=cluster,
        now=now,
        since=since,
        updated_since=updated_since,
        baseline=baseline,
        new_only=new_only,
        member=member,
    )
    workspace = open_workspace() if docs or find_config() else None  # linting files needs none
    if show_settings:
        from kb.lint.show_settings import print_settings

        print_settings(request, workspace)
        return
    work = LintWork(fix or unsafe_fixes or diff, unsafe_fixes, diff, update_baseline, accept_new, until)
    whole = request.mirrored and not docs  # of one document the last line says how to open it
    look = OutputOptions(
        format,
        pages,
        items,
        statistics,
        all,
        group_by,
        explain_finding,
        secret_places,
        whole,
        request.select,
        member is not None or bool(docs),
    )
    require_compatible_flags(request, work, look)
    if request.mirrored and workspace is not None:
        lint_time(request.now, workspace.settings.timezone)  # an invalid --now is reported before a missing mirror
        workspace.mirrored()  # before the first byte of a report
        if request.cluster:
            from kb.lint.engine.workers import require_leave

            require_leave(request.cluster, texts_may_leave=workspace.settings.cluster.texts_may_leave)
        if docs:
            from kb.lint.inputs.mirrored import require_documents

            require_documents(workspace, docs)
        if format not in FORMATS_WITH_PLACES or update_baseline:
            from kb.mirror import limited

            limited.require_synced(workspace)
    tell = TroubleReporter()
    counts = _run_lint(request, workspace, work, look, tell)
    sys.stdout.flush()
    tell.end()
    if line := format_followed_up(counts):
        say(line)
    say(format_last_line(counts, time.monotonic() - began, request))
    raise typer.Exit(counts.exit_code(Severity[fail_on.upper()], zero=exit_zero))


def _split_documents(given: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths and the documents of the mirror among what was given."""
    if not given:
        return (), ()
    from kb.lint.inputs.mirrored import split_documents

    return split_documents(given)


def _first_look(found: Survey, work: LintWork, look: OutputOptions) -> FirstLookCollector | None:
    """Return what the screen begins with on the first day, where all of the mirror is looked at as usual."""
    from kb.lint.engine.request import Request

    usual = replace(found.request, now="", jobs=0, cluster="") == Request() and look == OutputOptions(
        leads_to_page=True
    )
    if not usual or work.update_baseline:
        return None
    from kb.lint.formats.first_look import FirstLookCollector, is_first_look

    return FirstLookCollector(found) if is_first_look(found, found.now.date()) else None


def _run_lint(
    request: Request, workspace: Workspace | None, work: LintWork, look: OutputOptions, tell: TroubleReporter
) -> LintCounts:
    """Return the counts of one lint: of what is left after files were fixed or the baseline was updated."""
    from kb.lint import upkeep
    from kb.lint.engine.run import write_survey
    from kb.lint.engine.survey import Survey
    from kb.lint.engine.withheld import describe_missing
    from kb.lint.waivers import update

    if work.fix:
        from kb.lint.fixing.mend import fix_files, print_fixes

        if work.diff:
            return print_fixes(request, workspace, tell, unsafe=work.unsafe)
        fix_files(request, workspace, tell, unsafe=work.unsafe)
    mirror = workspace.mirror if workspace is not None and request.mirrored else None
    audience = Visibility.PRIVATE if look.format in FORMATS_WITH_PLACES else Visibility.MEMBERS
    with (
        say_rule_at_work(),
        Survey(request, workspace, tell.add_unusable) as found,
        make_writer(look, mirror, found.every, workspace, _first_look(found, work, look)) as writer,
    ):
        run = upkeep.run_of_survey(found)
        if work.update_baseline:
            collected = update.CollectingWriter()
            counts = write_survey(found, collected, tell)
            counts = update.update_baseline(
                run, collected, writer, counts, accept_new=work.accept_new, until=work.until, audience=audience
            )
        else:
            counts = write_survey(found, writer, tell, audience)
            update.say_baseline_end(run)
            if any(found.aside.baselines()):
                update.say_unused_entries(run)
            if found.team.ignores:
                upkeep.say_unused_ignores(found)
        upkeep.say_foreign_entries(found)
        if found.missing:
            say_safe(describe_missing(found.missing))
        if found.mine is not None and (note := found.mine.note()) is not None:
            say_safe(note)
    counts.unusable = tell.unusable
    return counts
