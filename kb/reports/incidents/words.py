"""What the kinds of a row are called, for people who have read no manual."""

from __future__ import annotations

from kb.lang import Text, t
from kb.reports.incidents.rows import CauseKind, FixKind, Incident, PreventionKind, Standing

TITLE = t("過去のトラブル一覧", "Past troubles")
TITLE_COLUMNS = 160
"""Of a title that is shown; some are pages."""
NO_DAY = t("日付なし", "no date")

STANDINGS: dict[Standing, Text] = {
    Standing.OPEN: t("対応中", "open"),
    Standing.DONE: t("完了", "done"),
    Standing.RECORD: t("記録のみ", "record"),
}
CAUSES: dict[CauseKind, Text] = {
    CauseKind.MISSING: t("未記入", "not given"),
    CauseKind.UNKNOWN: t("未特定", "not known"),
    CauseKind.SHALLOW: t("現象だけ", "symptom only"),
    CauseKind.ONE_STEP: t("ひとことだけ", "one word"),
    CauseKind.GOOD: t("理由まで", "with reasons"),
}
FIXES: dict[FixKind, Text] = {
    FixKind.MISSING: t("未記入", "not given"),
    FixKind.PLACEHOLDER: t("未定", "undecided"),
    FixKind.RESTART: t("再起動だけ", "restart only"),
    FixKind.CHANGE: t("手当てで復旧", "mended"),
    FixKind.LASTING: t("恒久対応まで", "mended for good"),
}
_PREVENTIONS: dict[PreventionKind, Text] = {
    PreventionKind.MISSING: t("未記入", "not given"),
    PreventionKind.PLACEHOLDER: t("未定", "undecided"),
    PreventionKind.WEAK: t("心がけだけ", "care only"),
    PreventionKind.MEASURES: t("", ""),
}

HEADS: dict[str, Text] = {
    "day": t("発生日", "Date"),
    "dated": t("日付の出どころ", "Date is of"),
    "standing": t("状態", "State"),
    "title": t("題名", "Title"),
    "place": t("場所", "Place"),
    "cause": t("原因", "Cause"),
    "fix": t("復旧", "Fix"),
    "prevention": t("再発防止", "Prevention"),
    "done": t("済んだ対策", "Measures done"),
    "measures": t("対策の数", "Measures"),
    "owners": t("担当", "Owners"),
    "next_due": t("次の期限", "Next due"),
    "age_days": t("経過日数", "Age in days"),
    "codes": t("指摘", "Findings"),
    "tickets": t("チケット", "Tickets"),
    "nodes": t("ノード", "Nodes"),
    "doc": t("文書", "Document"),
    "url": t("URL", "URL"),
}


def dated(row: Incident) -> Text:
    """What the day of a row is of."""
    if not row.day:
        return NO_DAY
    return t("発生", "occurrence") if row.dated else t("作成", "creation")


def prevention(row: Incident) -> str:
    """What prevention comes to, in a few words: `1/3 済`, 未定, 心がけだけ."""
    word = str(_PREVENTIONS[row.prevention])
    if row.prevention in (PreventionKind.MISSING, PreventionKind.PLACEHOLDER) and not row.measures:
        return word
    count = str(t(f"{row.done}/{row.measures} 済", f"{row.done}/{row.measures} done")) if row.measures else ""
    return " ".join(filter(None, (word, count))) or str(t("記載あり", "given"))


def left_out(count: int) -> Text | None:
    """How many are not in the list because not every member may see them; None for none."""
    if not count:
        return None
    return t(
        f"読める人が限られた障害の記事 {count:,} 件は、載せていません。",
        f"Not in this list, since not every member may see them: {count:,}.",
    )


def counted(rows: int, still_open: int) -> Text:
    """The counts of a list or a group."""
    return t(f"{rows} 件（対応中 {still_open} 件）", f"{rows} ({still_open} open)")
