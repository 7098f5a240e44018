"""The words people read for severities, kinds of page, reasons, and ways of setting aside."""

from __future__ import annotations

import re
from collections import Counter

from kb.lint.waivers.decisions import DecisionKind
from kb.model.document import Source
from kb.model.facts import Confidence, PageKind, Role
from kb.model.finding import Finding, Severity, WaiverKind
from kb.model.page import Entry
from kb.model.secret import LengthClass
from kb.secrets.exposure import Exposure, classify_target, rate_exposure
from kb.text.display import display_width
from kb.text.lang import Text, t

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

PAGE_KIND_WORDS: dict[PageKind, Text] = {
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

# What `kb.reading.pages.kind` calls its tests; a number or a glob follows the colon.
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


def describe_reason(reason: str) -> Text:
    """The reason for a page's kind in words; a reason nobody put into words stands for itself."""
    for token, words in _REASONS:
        if found := token.fullmatch(reason):
            return t(words.ja.replace("{}", found[1]), words.en.replace("{}", found[1]))
    return t(reason, reason)


def describe_set_aside(waived: Counter[WaiverKind]) -> Text | None:
    """A sentence on what was set aside, by the way it was; None when nothing was."""
    rows = [(words, waived[kind]) for kind, words in WAIVERS.items() if waived[kind]]
    if not rows:
        return None
    return t(
        f"出していないもの {sum(waived.values())} 件（{'、'.join(f'{words.ja} {count}' for words, count in rows)}）",
        f"{sum(waived.values())} set aside ({', '.join(f'{count} {words.en}' for words, count in rows)})",
    )


# The words people read of secrets: how long they are, who can read them, what they open.


READERS: dict[Exposure, Text] = {
    Exposure.INTERNET: t("リンクを知る誰でも", "anybody with the link"),
    Exposure.ANONYMOUS: t("公開プロジェクト", "a public project"),
    Exposure.MEMBERS: t("メンバー全員", "every member"),
    Exposure.PROJECT: t("プロジェクトや一部のメンバー", "a project or part of the team"),
    Exposure.PRIVATE: t("限られた人", "named people"),
}
"""Who can read something, as short as it can be said beside it."""

EXPOSURES: dict[Exposure, Text] = {
    Exposure.INTERNET: t(
        "インターネット（共有リンクを知る人なら誰でも）", "the internet (anybody with the sharing link)"
    ),
    Exposure.ANONYMOUS: t(
        "公開プロジェクト（Redmine の設定によっては、ログインしなくても）",
        "a public project (without signing in, unless Redmine asks for it)",
    ),
    Exposure.MEMBERS: t("メンバー全員", "every member"),
    Exposure.PROJECT: t("プロジェクトや限られたカテゴリーのメンバー", "members of a project or a limited category"),
    Exposure.PRIVATE: t("限られた人だけ（プライベート）", "named people only (private)"),
}
"""The same, as a heading has room for it."""

TARGET_TEXTS: dict[str, Text] = {
    "root": t("root", "root"),
    "admin": t("管理者", "administrator"),
    "cloud": t("クラウド", "cloud"),
    "server": t("サーバー", "server"),
    "database": t("データベース", "database"),
    "service": t("外部サービス", "service"),
    "account": t("アカウント", "account"),
    "site": t("Web サイト", "web site"),
    "hook": t("通知の受け口", "hook"),
    "network": t("ネットワーク", "network"),
    "door": t("入室・端末", "door or device"),
    "file": t("ファイル", "file"),
}


def describe_target(opens: str) -> Text:
    """What a secret opens, in words; a name nobody put into words stands for itself, "" for nothing."""
    return TARGET_TEXTS.get(opens, t(opens, opens))


def describe_length(of: LengthClass) -> Text:
    """How long a value is, about."""
    return t(f"{of.value} 文字", f"{of.value} characters")


def describe_readers(entry: Entry, finding: Finding) -> Text:
    """Who can read the place of a finding, as far as the source tells."""
    if entry.source is Source.FILES:
        return t("ファイルを読める人", "whoever reads the file")
    return READERS[rate_exposure(entry, finding)]


def describe_secret(entry: Entry, finding: Finding, room: int | None = None) -> Text | None:
    """What a person may know of the credential a finding is about; None when it is about none.

    Where `room` columns are too few, how long it is goes first, then what it is called: what it opens
    and who can read it say which one to change first.
    """
    secret = finding.secret
    if secret is None:
        return None
    facts = [
        secret.kind.label,
        describe_length(secret.length),
        describe_target(classify_target(secret)),
        describe_readers(entry, finding),
    ]
    shorter = (facts, [facts[0], *facts[2:]], facts[2:])
    forms = [
        t("・".join(each.ja for each in some if each.ja), ", ".join(each.en for each in some if each.en))
        for some in shorter
    ]
    return next((form for form in forms if room is None or display_width(str(form)) <= room), forms[-1])


DECISION_WORDS: dict[DecisionKind, Text] = {
    DecisionKind.ACCEPT: t("受け入れ", "accepted"),
    DecisionKind.SNOOZE: t("あとで", "snoozed"),
    DecisionKind.ASK: t("聞いた", "asked"),
    DecisionKind.TICKET: t("チケット", "in tickets"),
}
