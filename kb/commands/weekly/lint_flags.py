"""What `kb lint` is to do besides judging, and which of its flags contradict each other."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.commands.flows.findings import FORMATS_FOR_PROGRAMS, OutputFormat, OutputOptions
from kb.errors import UsageError
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.engine.request import Request


@dataclass(frozen=True, slots=True)
class LintWork:
    """What to do besides judging: fix files, or update the baseline."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    update_baseline: bool = False
    accept_new: bool = False
    until: str = ""


@dataclass(frozen=True, slots=True)
class BaselineFlags:
    """What a command that reports findings was told of the baseline."""

    baseline: str | None = None
    update: bool = False
    accept_new: bool = False
    until: str = ""
    new_only: bool = False


def require_compatible_baseline(flags: BaselineFlags, command: str) -> None:
    """Raise UsageError for flags on the baseline that contradict each other; `command` is what they belong to."""
    update = f"{command} --update-baseline"
    for contradicts, what, remedy in (
        (
            flags.accept_new and not flags.update,
            t("--accept-new は --update-baseline と使います。", "--accept-new goes with --update-baseline."),
            t(f"例: {update} --accept-new", f"example: {update} --accept-new"),
        ),
        (
            bool(flags.until) and not flags.update,
            t("--until は --update-baseline と使います。", "--until goes with --update-baseline."),
            t(f"例: {update} --until 4w", f"example: {update} --until 4w"),
        ),
        (
            flags.baseline is not None and not (flags.update or os.path.lexists(flags.baseline)),
            t(f"--baseline「{flags.baseline}」がありません。", f"--baseline {flags.baseline!r} does not exist."),
            t(
                "名前を確かめるか、--update-baseline で作ってください。",
                "check its name, or make it with --update-baseline.",
            ),
        ),
        (
            flags.update and flags.new_only,
            t(
                "--update-baseline は、一部だけを見る指定や直す指定とは使えません。",
                "--update-baseline cannot be used with flags that look at a part, or that mend.",
            ),
            t("--update-baseline だけで実行してください。", "run it with --update-baseline alone."),
        ),
    ):
        if contradicts:
            raise UsageError(what, remedy)


def require_compatible_flags(request: Request, work: LintWork, look: OutputOptions) -> None:
    """Raise UsageError for flags that contradict each other."""
    dated = request.new_only or request.since or request.updated_since
    narrowed = dated or request.docs or request.member is not None
    flags = BaselineFlags(request.baseline, work.update_baseline, work.accept_new, work.until, request.new_only)
    require_compatible_baseline(flags, "kb lint")
    for contradicts, what, remedy in (
        (
            work.update_baseline and (narrowed or work.fix),
            t(
                "--update-baseline は、一部だけを見る指定や直す指定とは使えません。",
                "--update-baseline cannot be used with flags that look at a part, or that mend.",
            ),
            t("--update-baseline だけで実行してください。", "run it with --update-baseline alone."),
        ),
        (
            request.docs and (dated or request.input is not None),
            t(
                "文書を名指しするときは、--input や日付、--new-only では絞れません。",
                "a document that is named cannot be narrowed by --input, dates or --new-only.",
            ),
            t("例: kb lint esa:1397 --select INC", "example: kb lint esa:1397 --select INC"),
        ),
        (
            look.explain and look.format is not OutputFormat.TEXT,
            t("--explain-finding は text だけです。", "--explain-finding is for text only."),
            t("--format を外してください。", "leave --format out."),
        ),
        (
            look.items and look.format not in FORMATS_FOR_PROGRAMS,
            t("--items を書けるのは json と jsonl だけです。", "--items can be written as json or jsonl only."),
            t("例: kb lint --items --format jsonl", "example: kb lint --items --format jsonl"),
        ),
        (
            request.cluster and not request.mirrored,
            t("--cluster が判定するのはミラーです。", "--cluster judges the mirror."),
            t("PATH と --input を外してください。", "leave PATH and --input out."),
        ),
    ):
        if contradicts:
            raise UsageError(what, remedy)
    if request.cluster:
        from kb.lint.engine.workers import parse_address  # Dask itself is loaded when there is something to judge

        parse_address(request.cluster)
    if work.fix:
        from kb.lint.fixing.files import require_paths

        flag = "--unsafe-fixes" if work.unsafe else "--diff" if work.diff else "--fix"
        require_paths(request.paths if request.input is None else (), flag)
