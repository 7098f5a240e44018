"""The words people read for severities, kinds of page, reasons, and ways of setting aside."""

from __future__ import annotations

import re
from collections import Counter

from kb.lang import Text, t
from kb.model import Confidence, PageKind, Role, Severity, WaiverKind

SEVERITIES: dict[Severity, tuple[Text, str]] = {
    Severity.ERROR: (t("エラー", "error"), "red"),
    Severity.WARNING: (t("警告", "warning"), "yellow"),
    Severity.INFO: (t("情報", "info"), "cyan"),
}

CONFIDENCES: dict[Confidence, Text] = {
    Confidence.HIGH: t("高い", "high"),
    Confidence.MEDIUM: t("中くらい", "medium"),
    Confidence.LOW: t("低い", "low"),
}

WAIVERS: dict[WaiverKind, Text] = {
    WaiverKind.SUPPRESSED: t("コメントで抑制", "suppressed"),
    WaiverKind.BASELINED: t("ベースライン", "baselined"),
    WaiverKind.ACCEPTED: t("受け入れ", "accepted"),
    WaiverKind.SNOOZED: t("あとで", "snoozed"),
    WaiverKind.ROTATED: t("更新済み", "rotated"),
}

ROLES: dict[Role, Text] = {
    Role.SUMMARY: t("概要", "summary"),
    Role.IMPACT: t("影響", "impact"),
    Role.DETECTION: t("検知", "detection"),
    Role.TIMELINE: t("経緯", "timeline"),
    Role.CAUSE: t("原因", "cause"),
    Role.FIX_TEMP: t("暫定対応", "temporary fix"),
    Role.FIX_PERM: t("恒久対応", "permanent fix"),
    Role.FIX: t("対応", "fix"),
    Role.PREVENTION: t("再発防止", "prevention"),
    Role.STATUS: t("状況", "status"),
    Role.OTHER: t("その他", "other"),
}

KINDS: dict[PageKind, Text] = {
    PageKind.INCIDENT: t("障害の記事", "incident"),
    PageKind.INDEX: t("一覧", "list"),
    PageKind.TEMPLATE: t("テンプレート", "template"),
    PageKind.RUNBOOK: t("手順書", "runbook"),
    PageKind.FAQ: t("FAQ", "FAQ"),
    PageKind.MINUTES: t("議事録", "minutes"),
    PageKind.REPORT: t("報告", "report"),
    PageKind.TEACHING: t("教材", "teaching"),
    PageKind.DESIGN: t("設計", "design"),
    PageKind.NOTICE: t("お知らせ", "notice"),
    PageKind.TASKS: t("タスク", "tasks"),
    PageKind.OTHER: t("その他", "other"),
}

# What `kb.reading.kinds` calls its tests; a number or a glob follows the colon.
_REASONS: tuple[tuple[re.Pattern[str], Text], ...] = tuple(
    (re.compile(token, re.S), words)
    for token, words in (
        (r"kb\.toml:#(.*)", t("設定のタグ {} で決まっています", "the settings decide by the tag {}")),
        (r"kb\.toml:(.*)", t("設定の {} で決まっています", "the settings decide by {}")),
        (r"comment()", t("コメントと注記は記事として数えません", "comments and notes are no pages")),
        (r"kb:index()", t("kb が作った一覧です（1 行目に印があります）", "a list kb made, as its first line says")),
        (r"letter()", t(
            "見出しはなく、文の中で原因・対応・再発防止と起きた日を述べています",
            "no headings, but its sentences tell cause, fix, prevention and a day")),
        (r"template:no-content()", t("節はありますが、中身は記入の案内だけです", "its sections hold only guidance")),
        (r"sections:(.*)", t(
            "節とその中身から（{} 点、3.75 点から障害の記事）",
            "by its sections and what they say ({} points; an incident from 3.75)")),
        (r"place\+sections:(.*)", t(
            "障害の置き場所にあり、節とその中身も揃っています（{} 点、3.75 点から）",
            "in a place for trouble, with the sections of an incident ({} points; from 3.75)")),
        (r"place\+prose()", t(
            "障害の置き場所にあり、文の中で原因や対応を述べています",
            "in a place for trouble, and its sentences tell cause or fix")),
        (r"place\+told()", t(
            "障害の置き場所にあり、いつ何が起きたかを述べています",
            "in a place for trouble, and it tells what happened when")),
        (r"place()", t("障害の置き場所にあります", "in a place for trouble")),
        (r"points:(.*)", t(
            "障害の記事らしさは {} 点です（3.75 点から）",
            "{} points towards an incident (from 3.75)")),
    )
)  # fmt: skip


def why(reason: str) -> Text:
    """The reason for a page's kind in words; a reason nobody put into words stands for itself."""
    for token, words in _REASONS:
        if found := token.fullmatch(reason):
            return t(words.ja.replace("{}", found[1]), words.en.replace("{}", found[1]))
    return t(reason, reason)


def set_aside(waived: Counter[WaiverKind]) -> Text | None:
    """A sentence on what was set aside, by the way it was; None when nothing was."""
    rows = [(words, waived[kind]) for kind, words in WAIVERS.items() if waived[kind]]
    if not rows:
        return None
    return t(
        f"出していないもの {sum(waived.values())} 件（{'、'.join(f'{words.ja} {count}' for words, count in rows)}）",
        f"{sum(waived.values())} set aside ({', '.join(f'{count} {words.en}' for words, count in rows)})",
    )
