"""The options of `kb lint`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeAlias

from kb.commands.flows.findings import OutputFormat, RowGrouping, SeverityName
from kb.commands.registry import argument, option
from kb.lint.engine.request import Profile
from kb.text.lang import t


class ConfidenceName(StrEnum):
    """Confidences, as people type them."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


PathsOption: TypeAlias = Annotated[
    list[str] | None,
    argument("[PATH.md …]", t("ファイルやフォルダー（なければミラー）", "files and folders (default: the mirror)")),
]
InputOption: TypeAlias = Annotated[
    str | None,
    option(
        "--input FILE.jsonl",
        t("esa の記事か文書を 1 行 1 件で（- は標準入力）", "posts or documents, one a line (-: stdin)"),
    ),
]
FormatOption: TypeAlias = Annotated[OutputFormat, option("--format", t("出力の形", "how to write"), show_default=True)]
PagesOption: TypeAlias = Annotated[
    bool, option("--pages", t("ページを何と見たかも書く", "also what each page was taken for"))
]
SelectOption: TypeAlias = Annotated[
    list[str] | None,
    option(
        "--select CODE",
        t("この規則だけ（INC、INC402、規則名）", "only these rules (INC, INC402, a name)"),
    ),
]
IgnoreOption: TypeAlias = Annotated[
    list[str] | None, option("--ignore CODE", t("この規則を除く", "all but these rules"))
]
ProfileOption: TypeAlias = Annotated[
    Profile,
    option(
        "--profile",
        t("エラーだけ、いつもの規則、すべての規則", "errors only, the usual rules, every rule"),
        show_default=True,
    ),
]
FailOnOption: TypeAlias = Annotated[
    SeverityName,
    option("--fail-on", t("終了コード 1 にする重さ", "the severity that ends with exit code 1"), show_default=True),
]
MinConfidenceOption: TypeAlias = Annotated[
    ConfidenceName, option("--min-confidence", t("確からしさの下限", "how sure kb must be"), show_default=True)
]
BaselineOption: TypeAlias = Annotated[
    str | None,
    option(
        "--baseline FILE",
        t("知っている指摘の一覧（なければ kb-baseline.toml）", "the known findings (default: kb-baseline.toml)"),
    ),
]
UpdateBaselineOption: TypeAlias = Annotated[
    bool,
    option(
        "--update-baseline",
        t("直ったものを一覧から外す（なければ作る）", "take what was mended out of it (or make it)"),
    ),
]
AcceptNewOption: TypeAlias = Annotated[
    bool, option("--accept-new", t("新しい指摘も一覧に入れる", "also take new findings into it"))
]
NewOnlyOption: TypeAlias = Annotated[
    bool, option("--new-only", t("前回のあとに現れたものだけ", "only what came since the last run"))
]
SinceOption: TypeAlias = Annotated[
    str, option("--since DATE", t("この日以降に起きた障害だけ", "only incidents from this day on"))
]
UpdatedSinceOption: TypeAlias = Annotated[
    str, option("--updated-since DATE", t("この日以降に更新された文書だけ", "only documents updated from this day on"))
]
MemberOption: TypeAlias = Annotated[
    str | None,
    option(
        "--for MEMBER",
        t("この人が担当のものだけ（スクリーンネームか氏名）", "only what is this person's (any of their names)"),
    ),
]
StatisticsOption: TypeAlias = Annotated[
    bool, option("--statistics", t("規則ごとの件数だけ（text）", "only counts, by rule (text)"))
]
AllOption: TypeAlias = Annotated[
    bool, option("--all", t("1 画面に収めず全部（text）", "everything, not one screen (text)"))
]
GroupByOption: TypeAlias = Annotated[
    RowGrouping, option("--group-by", t("まとめ方（text）", "what rows are grouped by (text)"), show_default=True)
]
FixOption: TypeAlias = Annotated[
    bool, option("--fix", t("PATH のファイルを安全な範囲で直す", "mend files given as PATH, safely"))
]
UnsafeFixesOption: TypeAlias = Annotated[
    bool, option("--unsafe-fixes", t("意味が変わりうる直しも", "also changes that could alter a meaning"))
]
DiffOption: TypeAlias = Annotated[
    bool, option("--diff", t("直さずに差分を見せる", "show what would change, write nothing"))
]
NowOption: TypeAlias = Annotated[str, option("--now T", t("この日時を今とする", "take this for now"))]
JobsOption: TypeAlias = Annotated[
    int, option("--jobs, -j N", t("並列数（0: 自動）", "processes (0: automatic)"), show_default=True, min=0)
]
ClusterOption: TypeAlias = Annotated[
    str,
    option(
        "--cluster ADDR", t("Dask クラスターで判定する（tcp://host:8786）", "judge on a Dask cluster (tcp://host:8786)")
    ),
]
ExplainFindingOption: TypeAlias = Annotated[
    bool, option("--explain-finding", t("指摘ごとに、なぜそう見たか（text）", "why each finding was made (text)"))
]
SecretPlacesOption: TypeAlias = Annotated[
    bool,
    option(
        "--secret-places",
        t(
            "sarif、github、junit、markdown、html にも秘密の場所を書く",
            "places of secrets in sarif, github, junit, markdown, html too",
        ),
    ),
]
ShowSettingsOption: TypeAlias = Annotated[
    bool, option("--show-settings", t("効いている設定と規則を見せて終わる", "show what is in force, and end"))
]
ExitZeroOption: TypeAlias = Annotated[
    bool, option("--exit-zero", t("指摘があっても終了コード 0", "exit code 0 in spite of findings"))
]


def split_selectors(given: list[str] | None) -> tuple[str, ...]:
    """Selectors, whether given one by one or with commas between."""
    return tuple(word for each in given or () for word in each.split(",") if word.strip())
