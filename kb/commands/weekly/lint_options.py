"""The options of `kb lint`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer

from kb.commands.flows.findings import OutputFormat, RowGrouping, SeverityName
from kb.lint.engine.request import Profile
from kb.text.lang import t


class ConfidenceName(StrEnum):
    """Confidences, as people type them."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


PathsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH.md …]",
        help=str(t("ファイルやフォルダー（なければミラー）", "files and folders (default: the mirror)")),
        show_default=False,
    ),
]
InputOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--input",
        metavar="FILE.jsonl",
        help=str(t("esa の記事か文書を 1 行 1 件で（- は標準入力）", "posts or documents, one a line (-: stdin)")),
    ),
]
FormatOption: TypeAlias = Annotated[OutputFormat, typer.Option("--format", help=str(t("出力の形", "how to write")))]
PagesOption: TypeAlias = Annotated[
    bool, typer.Option("--pages", help=str(t("ページを何と見たかも書く", "also what each page was taken for")))
]
SelectOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODE",
        help=str(t("この規則だけ（INC、INC402、規則名）", "only these rules (INC, INC402, a name)")),
    ),
]
IgnoreOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="CODE", help=str(t("この規則を除く", "all but these rules"))),
]
ProfileOption: TypeAlias = Annotated[
    Profile,
    typer.Option(
        "--profile", help=str(t("エラーだけ、いつもの規則、すべての規則", "errors only, the usual rules, every rule"))
    ),
]
FailOnOption: TypeAlias = Annotated[
    SeverityName,
    typer.Option("--fail-on", help=str(t("終了コード 1 にする重さ", "the severity that ends with exit code 1"))),
]
MinConfidenceOption: TypeAlias = Annotated[
    ConfidenceName, typer.Option("--min-confidence", help=str(t("確からしさの下限", "how sure kb must be")))
]
BaselineOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--baseline",
        metavar="FILE",
        help=str(
            t("知っている指摘の一覧（なければ kb-baseline.toml）", "the known findings (default: kb-baseline.toml)")
        ),
    ),
]
UpdateBaselineOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--update-baseline",
        help=str(t("直ったものを一覧から外す（なければ作る）", "take what was mended out of it (or make it)")),
    ),
]
AcceptNewOption: TypeAlias = Annotated[
    bool, typer.Option("--accept-new", help=str(t("新しい指摘も一覧に入れる", "also take new findings into it")))
]
NewOnlyOption: TypeAlias = Annotated[
    bool, typer.Option("--new-only", help=str(t("前回のあとに現れたものだけ", "only what came since the last run")))
]
SinceOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="DATE",
        help=str(t("この日以降に起きた障害だけ", "only incidents from this day on")),
        show_default=False,
    ),
]
UpdatedSinceOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--updated-since",
        metavar="DATE",
        help=str(t("この日以降に更新された文書だけ", "only documents updated from this day on")),
        show_default=False,
    ),
]
MemberOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="MEMBER",
        help=str(
            t("この人が担当のものだけ（スクリーンネームか氏名）", "only what is this person's (any of their names)")
        ),
        show_default=False,
    ),
]
StatisticsOption: TypeAlias = Annotated[
    bool, typer.Option("--statistics", help=str(t("規則ごとの件数だけ（text）", "only counts, by rule (text)")))
]
AllOption: TypeAlias = Annotated[
    bool, typer.Option("--all", help=str(t("1 画面に収めず全部（text）", "everything, not one screen (text)")))
]
GroupByOption: TypeAlias = Annotated[
    RowGrouping, typer.Option("--group-by", help=str(t("まとめ方（text）", "what rows are grouped by (text)")))
]
FixOption: TypeAlias = Annotated[
    bool, typer.Option("--fix", help=str(t("PATH のファイルを安全な範囲で直す", "mend files given as PATH, safely")))
]
UnsafeFixesOption: TypeAlias = Annotated[
    bool,
    typer.Option("--unsafe-fixes", help=str(t("意味が変わりうる直しも", "also changes that could alter a meaning"))),
]
DiffOption: TypeAlias = Annotated[
    bool, typer.Option("--diff", help=str(t("直さずに差分を見せる", "show what would change, write nothing")))
]
NowOption: TypeAlias = Annotated[
    str,
    typer.Option("--now", metavar="T", help=str(t("この日時を今とする", "take this for now")), show_default=False),
]
JobsOption: TypeAlias = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, metavar="N", help=str(t("並列数（0: 自動）", "processes (0: automatic)"))),
]
ClusterOption: TypeAlias = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="ADDR",
        help=str(t("Dask クラスターで判定する（tcp://host:8786）", "judge on a Dask cluster (tcp://host:8786)")),
        show_default=False,
    ),
]
ExplainFindingOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--explain-finding", help=str(t("指摘ごとに、なぜそう見たか（text）", "why each finding was made (text)"))
    ),
]
SecretPlacesOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--secret-places",
        help=str(
            t(
                "sarif、github、junit、markdown、html にも秘密の場所を書く",
                "places of secrets in sarif, github, junit, markdown, html too",
            )
        ),
    ),
]
ShowSettingsOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--show-settings", help=str(t("効いている設定と規則を見せて終わる", "show what is in force, and end"))
    ),
]
ExitZeroOption: TypeAlias = Annotated[
    bool, typer.Option("--exit-zero", help=str(t("指摘があっても終了コード 0", "exit code 0 in spite of findings")))
]


def split_selectors(given: list[str] | None) -> tuple[str, ...]:
    """Selectors, whether given one by one or with commas between."""
    return tuple(word for each in given or () for word in each.split(",") if word.strip())
