"""What people read of findings: words for what they are (words.tsv), and sentences that explain them."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping

from kb.lint.printable import defuse_commands
from kb.lint.waivers.decisions import DecisionKind
from kb.model.document import Source
from kb.model.facts import Confidence, Facts, PageKind, Role
from kb.model.finding import Finding, Safety, Severity, WaiverKind
from kb.model.page import Entry
from kb.model.secret import LengthClass, Secret
from kb.secrets.exposure import Exposure, classify_target, rate_exposure
from kb.text.display import display_width
from kb.text.lang import Text, t
from kb.text.word_tables import read_texts

SEVERITIES: dict[Severity, tuple[Text, str]] = {
    Severity.ERROR: (t("エラー", "error"), "red"),
    Severity.WARNING: (t("警告", "warning"), "yellow"),
    Severity.INFO: (t("情報", "info"), "cyan"),
}
CONFIDENCES = {
    Confidence.HIGH: t("高い", "high"),
    Confidence.MEDIUM: t("中くらい", "medium"),
    Confidence.LOW: t("低い", "low"),
}
SAFETIES = {
    True: t("安全（--fix）", "safe (--fix)"),
    False: t("意味が変わりうる（--unsafe-fixes）", "could alter a meaning (--unsafe-fixes)"),
}
"""Whether a finding's fix is safe."""

_TEXTS = read_texts("kb.lint", "formats/words.tsv")
WAIVERS = {WaiverKind(key): words for key, words in _TEXTS["waiver"].items()}
ROLES = {Role(key): words for key, words in _TEXTS["role"].items()}
PAGE_KIND_WORDS = {PageKind(key): words for key, words in _TEXTS["page_kind"].items()}
DECISION_WORDS = {DecisionKind(key): words for key, words in _TEXTS["decision"].items()}
READERS = {Exposure[key.upper()]: words for key, words in _TEXTS["readers"].items()}
"""Who can read something, in a word or two."""
EXPOSURES = {Exposure[key.upper()]: words for key, words in _TEXTS["exposure"].items()}
"""The same for a heading."""
TARGET_TEXTS, DETECTION_CONTEXTS, DOUBT_FILTERS = _TEXTS["target"], _TEXTS["context"], _TEXTS["doubt"]


def describe_reason(reason: str) -> Text:
    """Return the reason for a page's kind in words; an unknown reason stands for itself."""
    for token, words in _TEXTS["kind_reason"].items():
        if found := re.fullmatch(token, reason, re.S):
            return t(words.ja.replace("{}", found[1]), words.en.replace("{}", found[1]))
    return t(reason, reason)


def describe_set_aside(waived: Counter[WaiverKind], suppressed: Text | None = None) -> Text | None:
    """Return a sentence on what was set aside, by the way it was; None without any.

    `suppressed` says what does so where it is no comment in a page.
    """
    named = WAIVERS | ({WaiverKind.SUPPRESSED: suppressed} if suppressed is not None else {})
    rows = [(words, waived[kind]) for kind, words in named.items() if waived[kind]]
    if not rows:
        return None
    return t(
        f"出していないもの {sum(waived.values()):,} 件（{'、'.join(f'{words.ja} {count}' for words, count in rows)}）",
        f"{sum(waived.values()):,} set aside ({', '.join(f'{count} {words.en}' for words, count in rows)})",
    )


def describe_target(opens: str) -> Text:
    """Return what a secret opens; an unknown name stands for itself, "" for nothing."""
    return TARGET_TEXTS.get(opens, t(opens, opens))


def describe_length(of: LengthClass) -> Text:
    """Return about how long a value is."""
    return t(f"{of.value} 文字", f"{of.value} characters")


def describe_readers(entry: Entry, finding: Finding) -> Text:
    """Return who can read the place of a finding, as far as the source tells."""
    if entry.source is Source.FILES:
        return t("ファイルを読める人", "whoever reads the file")
    return READERS[rate_exposure(entry, finding)]


def describe_secret(entry: Entry, finding: Finding, room: int | None = None) -> Text | None:
    """Return what a person may know of the credential of a finding; None without one.

    Where `room` columns are too few, its length is left out first, then its kind: what it opens and who can read
    it say which one to change first.
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


def describe_detection(secret: Secret) -> Text:
    """Return the rule and context that decided: `値の前の言葉（パスワードなど、コロンや等号の後）`."""
    from kb.secrets.find import load_detection_rules  # whoever asks for explanations pays for the detectors

    rule = _describe_name({name: each.words for name, each in load_detection_rules().items()}, secret.rule)
    around = [_describe_name(DETECTION_CONTEXTS, each) for each in secret.context.split("/") if each]
    if not around:
        return rule
    return t(
        f"{rule.ja}（{'、'.join(each.ja for each in around)}）", f"{rule.en} ({', '.join(each.en for each in around)})"
    )


def describe_doubts(secret: Secret) -> Text | None:
    """Return what else the value could be, by the filters that did not reject it; None without doubts."""
    doubts = [_describe_name(DOUBT_FILTERS, each) for each in secret.doubts]
    if not doubts:
        return None
    return t("、".join(each.ja for each in doubts), ", ".join(each.en for each in doubts))


def _describe_name(words: Mapping[str, Text], name: str) -> Text:
    """Return the words for a detector's name; an unknown name stands for itself."""
    return words.get(name) or t(defuse_commands(name), defuse_commands(name))


def explain_finding(entry: Entry, finding: Finding) -> Iterator[Text]:
    """Yield the lines that explain one finding."""
    role = _role(entry.facts, finding)
    lines = [(t("規則", "rule"), t(finding.rule, finding.rule))]
    if role is not None:
        lines.append((t("節", "section"), ROLES[role]))
    if finding.secret is not None:
        lines.append((t("見つけたわけ", "found by"), describe_detection(finding.secret)))
        lines.append((t("読める人", "readers"), describe_readers(entry, finding)))
        if finding.rotated_on:
            on = finding.rotated_on
            lines.append((t("値", "value"), t(f"{on} に更新済み（消すだけ）", f"changed on {on}, only to clean")))
        if (doubts := describe_doubts(finding.secret)) is not None:
            lines.append((t("ほかの見方", "could also be"), doubts))
    elif finding.reason:
        lines.append((t("きっかけ", "test"), t(defuse_commands(finding.reason), defuse_commands(finding.reason))))
    lines.append((t("確からしさ", "confidence"), CONFIDENCES[finding.confidence]))
    if finding.edits:
        lines.append((t("直し", "fix"), SAFETIES[all(change.safety is Safety.SAFE for change in finding.edits)]))
    yield t(
        "・".join(f"{name.ja} {value.ja}" for name, value in lines),
        ", ".join(f"{name.en} {value.en}" for name, value in lines),
    )
    if (step := describe_next_step(entry, finding)) is not None:
        yield step
    if finding.waiver is not None:
        yield WAIVERS[finding.waiver.kind]
    placed = finding.part == entry.part and (role is not None or finding.secret is not None)
    word = "kb:ignore" if placed else "kb:ignore-page"
    yield t(
        f"このままでよければ: <!-- {word} {finding.code} ここに理由 -->",
        f"to leave it as it is: <!-- {word} {finding.code} your reason -->",
    )


_ABOUT_FIXES = frozenset({"INC301", "INC302", "INC303", "INC601"})
"""Rules that ask what restored service: a runbook from all incidents of the machine answers."""


def describe_next_step(entry: Entry, finding: Finding) -> Text | None:
    """Return what to do next about a finding, None where the rule's own words say it."""
    if finding.next_step is not None:
        return finding.next_step
    hosts = entry.facts.hosts if entry.facts is not None else ()
    if finding.code not in _ABOUT_FIXES or not hosts:
        return None
    command = f"kb runbook {shlex.quote(defuse_commands(hosts[0]))}"
    return t(f"過去の直し方をまとめた下書き: {command}", f"what restored it before, as a draft: {command}")


def _role(facts: Facts | None, finding: Finding) -> Role | None:
    """Return the role of the section or item of a finding; None when it is about the whole page."""
    if facts is None:
        return None
    places = [*((fact.span, fact.role) for fact in facts.roles), *((item.span, item.role) for item in facts.items)]
    here = facts.find_read_span(finding.part, finding.span)
    return next((role for span, role in places if span == here), None)
