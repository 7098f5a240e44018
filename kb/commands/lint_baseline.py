"""`kb lint --update-baseline`: what the team knows of from now on, and what is left to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kb.commands.lint_keys import NO_KEY, key_id
from kb.commands.lint_unused import looked_at
from kb.console import safe, say
from kb.lang import t
from kb.lint import team_file
from kb.lint.baseline import Baseline, Known, Report
from kb.lint.counts import Counts
from kb.lint.formats import Writer
from kb.lint.judge import Judgement
from kb.lint.setaside import filed
from kb.lint.survey import Survey
from kb.model import Finding, WaiverKind


class Collected:
    """A writer that holds what it is given until the new baseline is known."""

    def __init__(self) -> None:
        self.documents: list[tuple[Judgement, list[Finding], list[Finding]]] = []

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        if shown or waived:
            self.documents.append((judgement, list(shown), list(waived)))

    def end(self, counts: Counts) -> None:
        """Nothing yet."""


def update(found: Survey, collected: Collected, writer: Writer, counts: Counts, *, accept_new: bool) -> Counts:
    """Write the new baseline, say what changed, and write the findings that are not in it.

    Without a file yet, all findings are taken in but pressing ones. Raises StoreError, InputError when it cannot be
    written.
    """
    path = found.aside.path
    old = found.aside.baseline
    new, report = (old or Baseline()).updated(
        (filed(finding) for _, shown, waived in collected.documents for finding in (*waived, *shown)),
        accept_new=accept_new or old is None,
        pressing={rule.code for rule in found.every if rule.pressing},
        key_id=key_id(found),
        looked_at=looked_at(found),
    )
    if report.added or report.removed:
        team_file.replace(path, new.dump())
    _say(path, report, 0 if old is None else _count(old.rewritten(looked_at(found))))
    _say_unkeyed(_count(report.unkeyed), "" if old is None else old.key, key_id(found))
    left = Counts(documents=counts.documents, incidents=counts.incidents, unsure=counts.unsure, crashes=counts.crashes)
    for judgement, shown, waived in collected.documents:
        shown, waived = _against(new, shown, waived)
        left.rules.update((each.severity, each.code, each.rule) for each in shown)
        writer.add(judgement, shown, waived)
    writer.end(left)
    return left


def _against(new: Baseline, shown: Sequence[Finding], waived: Sequence[Finding]) -> tuple[list[Finding], list[Finding]]:
    """The same findings, set aside by the new baseline and not by the old one."""
    open_ones: list[Finding] = []
    aside: list[Finding] = []
    for each in (*waived, *shown):
        if each.waiver is not None and each.waiver.kind is not WaiverKind.BASELINED:
            aside.append(each)
            continue
        waiver = new.match(filed(each))
        (open_ones if waiver is None else aside).append(replace(each, waiver=waiver))
    return open_ones, aside


def _say(path: Path, report: Report, rewritten: int) -> None:
    """The lines on what changed. `rewritten` are those taken out whose rule still speaks, of other words."""
    added, removed = _count(report.added), _count(report.removed)
    refused, pressing = _count(report.refused), _count(report.pressing)
    name = safe(path.name)
    if added or removed:
        mended = t(
            f"（直った {removed - rewritten}、書き直された {rewritten}）",
            f" ({removed - rewritten} mended, {rewritten} rewritten)",
        )
        why = mended if removed and rewritten else t("", "")
        say(
            str(
                t(
                    f"{name}: {added} 件を加え、{removed} 件を外しました{why.ja}。",
                    f"{name}: {added} added, {removed} removed{why.en}.",
                )
            )
        )
    else:
        say(str(t(f"{name}: 変わりません。", f"{name}: nothing changed.")))
    if refused:
        say(
            str(
                t(
                    f"- 新しい指摘 {refused} 件は加えていません → --accept-new で加えます。",
                    f"- new ones were not added ({refused}): --accept-new adds them.",
                )
            )
        )
    if pressing:
        say(
            str(
                t(
                    f"- 急ぐ指摘 {pressing} 件は加えません。直すか、理由を添えて kb triage で決めてください。",
                    f"- pressing ones are never added ({pressing}): mend them, or decide with a reason in kb triage.",
                )
            )
        )


def _say_unkeyed(unkeyed: int, theirs: str, mine: str) -> None:
    """The line on secrets that could not be taken in, for want of the right key."""
    if not unkeyed:
        return
    why = NO_KEY
    if mine:
        why = t(
            f"別の鍵 {safe(theirs)[:20]} で作られた項目があります。",
            f"there are entries that key {safe(theirs)[:20]} made.",
        )
    say(str(t(f"- 秘密 {unkeyed} 件は加えません。{why.ja}", f"- secrets were not added ({unkeyed}): {why.en}")))


def _count(entries: Sequence[Known]) -> int:
    return sum(each.count for each in entries)
