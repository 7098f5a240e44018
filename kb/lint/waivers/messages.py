"""Say what an update did to a baseline, and which entries another key made. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.lint.waivers.baseline import BaselineEntry, BaselineUpdate
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

NO_KEY_ERROR = t(
    "鍵がないので、秘密を受け入れたり、ベースラインに入れたりはできません。"
    "作業フォルダーで実行するか、環境変数 KB_KEY に鍵を入れてください。",
    "without a key no secret can be accepted or put into a baseline: "
    "run kb in a workspace, or put a key into KB_KEY of the environment.",
)
NO_KEY_OUTSIDE = t(
    "鍵がないので、図にないものを受け入れたり、ベースラインに入れたりはできません。"
    "作業フォルダーで実行するか、環境変数 KB_KEY に鍵を入れてください。",
    "without a key nothing outside the model can be accepted or put into a baseline: "
    "run kb in a workspace, or put a key into KB_KEY of the environment.",
)


def count_findings(entries: Sequence[BaselineEntry]) -> int:
    """Return how many findings the entries stand for."""
    return sum(each.count for each in entries)


def describe_update(name: str, report: BaselineUpdate, rewritten: int, *, theirs: str, mine: str) -> Iterator[Text]:
    """Yield what changed in the baseline called `name`.

    `rewritten` are removed entries whose rule still finds other words there. `theirs` is the id of the key its secrets
    were named with, `mine` that of the key here, "" for none.
    """
    added, removed = count_findings(report.added), count_findings(report.removed)
    refused, pressing = count_findings(report.refused), count_findings(report.pressing)
    name = sanitize(name)
    if added or removed:
        mended = t(
            f"（直った {removed - rewritten}、書き直された {rewritten}）",
            f" ({removed - rewritten} mended, {rewritten} rewritten)",
        )
        why = mended if removed and rewritten else t("", "")
        yield t(
            f"{name}: {added:,} 件を加え、{removed:,} 件を外しました{why.ja}。",
            f"{name}: {added:,} added, {removed:,} removed{why.en}.",
        )
    else:
        yield t(f"{name}: 変わりません。", f"{name}: nothing changed.")
    if refused:
        yield t(
            f"- 新しい指摘 {refused:,} 件は加えていません → --accept-new で加えます。",
            f"- new ones were not added ({refused:,}): --accept-new adds them.",
        )
    if pressing:
        what = t("エラーと秘密", "errors and secrets")
        if all(each.is_on_system for each in report.pressing):
            what = t("エラーと、取り込み元についての指摘", "errors, and findings on the sources themselves,")
        yield t(
            f"- {what.ja} {pressing:,} 件は加えません。直すか、理由を添えて kb triage で決めてください。",
            f"- {what.en} are never added ({pressing:,}): mend them, or decide with a reason in kb triage.",
        )
    if unkeyed := count_findings(report.unkeyed):
        what, why = t("秘密", "secrets"), NO_KEY_ERROR
        if all(each.is_on_system for each in report.unkeyed):
            what, why = t("図にないもの", "findings outside the model"), NO_KEY_OUTSIDE
        if mine:
            why = t(
                f"別の鍵 {name_key(theirs)} で作られた項目があります。",
                f"there are entries that key {name_key(theirs)} made.",
            )
        yield t(
            f"- {what.ja} {unkeyed:,} 件は加えません。{why.ja}", f"- {what.en} were not added ({unkeyed:,}): {why.en}"
        )


_KEY_ID = compile_lazy(r"[0-9a-f]{8}")


def name_key(written: str) -> str:
    """Return the id of a key as a file has it; a sign for what is none, as somebody may have put the key itself."""
    return written if _KEY_ID.fullmatch(written) else "…"


def describe_foreign_entries(name: str, theirs: str, count: int, mine: str) -> Text:
    """Return a sentence on a file's entries made with another key than `mine`; "" for none."""
    now = (
        t(f"今の鍵は {mine}", f"the key here is {mine}") if mine else t("ここには鍵がありません", "there is none here")
    )
    return t(
        f"{name} の、鍵で印を付けた項目 {count:,} 件は、鍵 {name_key(theirs)} で作られています（{now.ja}）。"
        "当たらないものとして扱います。",
        f"{name}: {count:,} named with key {name_key(theirs)} ({now.en}); they match nothing.",
    )
