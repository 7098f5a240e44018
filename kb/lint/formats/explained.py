"""`--explain-finding`: why kb says so, how sure it is, and how to have it leave the place alone."""

from __future__ import annotations

from collections.abc import Iterator

from kb.lang import Text, t
from kb.lint.formats.runners import inert
from kb.lint.formats.secret_reasons import doubted, found_by
from kb.lint.formats.secret_words import readers
from kb.lint.formats.wording import CONFIDENCES, ROLES, WAIVERS
from kb.model import Entry, Facts, Finding, Role, Safety

SAFETIES = {
    True: t("安全（--fix）", "safe (--fix)"),
    False: t("意味が変わりうる（--unsafe-fixes）", "could alter a meaning (--unsafe-fixes)"),
}
"""What stands beside a finding that kb could mend, by whether its fix is safe."""


def explained(entry: Entry, finding: Finding) -> Iterator[Text]:
    """The lines that explain one finding."""
    role = _role(entry.facts, finding)
    told = [(t("規則", "rule"), t(finding.rule, finding.rule))]
    if role is not None:
        told.append((t("節", "section"), ROLES[role]))
    if finding.secret is not None:
        told.append((t("見つけたわけ", "found by"), found_by(finding.secret)))
        told.append((t("読める人", "readers"), readers(entry, finding)))
        if finding.rotated_on:
            on = finding.rotated_on
            told.append((t("値", "value"), t(f"{on} に更新済み（消すだけ）", f"changed on {on}, only to clean")))
        if (doubts := doubted(finding.secret)) is not None:
            told.append((t("ほかの見方", "could also be"), doubts))
    elif finding.reason:
        told.append((t("きっかけ", "test"), t(inert(finding.reason), inert(finding.reason))))
    told.append((t("確からしさ", "confidence"), CONFIDENCES[finding.confidence]))
    if finding.edits:
        told.append((t("直し", "fix"), SAFETIES[all(change.safety is Safety.SAFE for change in finding.edits)]))
    yield t(
        "・".join(f"{name.ja} {value.ja}" for name, value in told),
        ", ".join(f"{name.en} {value.en}" for name, value in told),
    )
    if finding.waiver is not None:
        yield WAIVERS[finding.waiver.kind]
    placed = role is not None or (finding.secret is not None and finding.part == entry.part)
    word = "kb:ignore" if placed else "kb:ignore-page"
    yield t(
        f"このままでよければ: <!-- {word} {finding.code} ここに理由 -->",
        f"to leave it as it is: <!-- {word} {finding.code} your reason -->",
    )


def _role(facts: Facts | None, finding: Finding) -> Role | None:
    """The role of the section or item a finding points at; None when it is about the whole page."""
    if facts is None:
        return None
    places = [*((fact.span, fact.role) for fact in facts.roles), *((item.span, item.role) for item in facts.items)]
    return next((role for span, role in places if span == finding.span), None)
