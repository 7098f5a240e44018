"""`kb lint`: what needs mending, in the mirror, in files, or in JSON lines."""

from __future__ import annotations

import io
import sys
import time
from enum import StrEnum
from typing import Annotated

import typer

from kb.config import Workspace, find_config, open_workspace
from kb.console import debugging, paint, say
from kb.errors import KbError
from kb.lang import t
from kb.lint.counts import Counts
from kb.lint.formats import Writer
from kb.lint.run import Request, lint
from kb.model import Confidence, Severity

EXAMPLE = "kb lint --select INC --min-confidence high"
_TOLD = 20


class Format(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"


class Level(StrEnum):
    """Severities, as people type them."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Sureness(StrEnum):
    """Confidences, as people type them."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


def command(
    path: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH.md …]",
            help=str(t("ファイルやフォルダー（なければミラー）", "files and folders (default: the mirror)")),
            show_default=False,
        ),
    ] = None,
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE.jsonl",
            help=str(t("esa の記事か文書を 1 行 1 件で（- は標準入力）", "posts or documents, one a line (-: stdin)")),
        ),
    ] = None,
    format: Annotated[Format, typer.Option("--format", help=str(t("出力の形", "how to write")))] = Format.TEXT,
    pages: Annotated[
        bool,
        typer.Option(
            "--pages", help=str(t("ページの種類も書く（json、jsonl）", "also what each page is (json, jsonl)"))
        ),
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CODE",
            help=str(t("この規則だけ（INC、INC402、規則名）", "only these rules (INC, INC402, a name)")),
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", metavar="CODE", help=str(t("この規則を除く", "all but these rules"))),
    ] = None,
    fail_on: Annotated[
        Level,
        typer.Option("--fail-on", help=str(t("終了コード 1 にする重さ", "the severity that ends with exit code 1"))),
    ] = Level.ERROR,
    min_confidence: Annotated[
        Sureness, typer.Option("--min-confidence", help=str(t("確からしさの下限", "how sure kb must be")))
    ] = Sureness.MEDIUM,
    statistics: Annotated[
        bool, typer.Option("--statistics", help=str(t("規則ごとの件数だけ（text）", "only counts, by rule (text)")))
    ] = False,
    all: Annotated[
        bool, typer.Option("--all", help=str(t("1 画面に収めず全部（text）", "everything, not one screen (text)")))
    ] = False,
    jobs: Annotated[
        int,
        typer.Option("--jobs", "-j", min=0, metavar="N", help=str(t("並列数（0: 自動）", "processes (0: automatic)"))),
    ] = 0,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help=str(t("指摘があっても終了コード 0", "exit code 0 in spite of findings")))
    ] = False,
) -> None:
    """Judge, write, say the last line, and leave with the exit code."""
    began = time.monotonic()
    request = Request(
        paths=tuple(path or ()),
        input=input,
        select=_words(select),
        ignore=_words(ignore),
        min_confidence=Confidence[min_confidence.upper()],
        pages=pages,
        jobs=jobs,
    )
    told = 0

    def tell(error: KbError) -> None:
        nonlocal told
        told += 1
        if told <= _TOLD:
            say(f"{error.what}")
            if debugging() and error.__cause__ is not None:
                import traceback

                traceback.print_exception(error.__cause__)

    writer = _writer(format, pages=pages, statistics=statistics, everything=all)
    counts = lint(request, _workspace(), writer, tell)
    sys.stdout.flush()
    if told > _TOLD:
        say(str(t(f"このような行がほかに {told - _TOLD} 件あります。", f"and {told - _TOLD} more like these.")))
    say(_last_line(counts, time.monotonic() - began))
    raise typer.Exit(counts.exit_code(Severity[fail_on.upper()], zero=exit_zero))


def _workspace() -> Workspace | None:
    """The workspace, where there is one: linting files needs none."""
    return open_workspace() if find_config() else None


def _writer(format: Format, *, pages: bool, statistics: bool, everything: bool) -> Writer:
    write = sys.stdout.write
    if format is not Format.TEXT and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if format is Format.JSONL:
        from kb.lint.formats.jsonl import Jsonl

        return Jsonl(write, pages=pages)
    if format is Format.JSON:
        from kb.lint.formats.json import Json

        return Json(write, pages=pages)
    from kb.lint.formats.text import Screen, Statistics

    return Statistics(write) if statistics else Screen(write, everything=everything, rest=_again("--all"))


def _again(flag: str) -> str:
    """The command line of this run with one more flag, for a person to paste."""
    import shlex

    return shlex.join(["kb", *sys.argv[1:], flag])


def _words(given: list[str] | None) -> tuple[str, ...]:
    """Selectors, whether given one by one or with commas between."""
    return tuple(word for words in given or () for word in words.split(",") if word.strip())


def _last_line(counts: Counts, took_s: float) -> str:
    """Counts, time, and the command that comes next."""
    errors, warnings = counts.severity(Severity.ERROR), counts.severity(Severity.WARNING)
    line = t(
        f"指摘 {counts.findings} 件（エラー {errors}、警告 {warnings}）、文書 {counts.documents} 件、{took_s:.1f} 秒。",
        f"{_many(counts.findings, 'finding')} ({_many(errors, 'error')}, {_many(warnings, 'warning')}), "
        f"{_many(counts.documents, 'document')}, {took_s:.1f} s.",
    )
    if counts.crashes:
        line = t(
            f"{line.ja}判定できなかったところ {counts.crashes} 件。", f"{line.en} {counts.crashes} could not be judged."
        )
    if not counts.rules:
        return str(line)
    _, code, _ = max(counts.rules, key=lambda rule: (rule[0], counts.rules[rule]))
    return f"{line} → {paint(f'kb explain {code}', 'bold', stream=sys.stderr)}"


def _many(count: int, noun: str) -> str:
    """A count with its English noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
