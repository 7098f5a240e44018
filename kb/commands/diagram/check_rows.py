"""The rows of `kb diagram check` on a terminal: where a finding is, where that was seen, and what to do."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from kb.console.terminal import paint, say
from kb.diagram.model.nouns import Model
from kb.diagram.model.rules import SystemContext
from kb.estate.drift.shared import share_findings
from kb.lint.engine.request import FindingWriter, LintCounts
from kb.lint.formats.wording import SEVERITIES, describe_set_aside
from kb.model.finding import Finding, Severity, WaiverKind
from kb.rules.judge import Judgement
from kb.rules.registry import Rule
from kb.text.display import sanitize
from kb.text.lang import t

_MAX_SHOWN = 40
_MAX_PROOF = 3
_IGNORED = t("[[ignore]]", "by [[ignore]]")


class DiagramTextWriter:
    """Writes the worst findings first, and counts what was set aside."""

    def __init__(self, seen: SystemContext) -> None:
        self._seen = seen
        self._rows: list[Finding] = []
        self._waived: Counter[WaiverKind] = Counter()

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._rows += shown
        self._waived.update(each.waiver.kind for each in waived if each.waiver)

    def end(self, counts: LintCounts) -> None:
        for each in choose_rows(self._rows, _MAX_SHOWN):
            print(_row(each))
        sys.stdout.flush()  # what is said of the list comes after it, where both go to one place
        if len(self._rows) > _MAX_SHOWN:
            more = len(self._rows) - _MAX_SHOWN
            say(t(f"ほか {more:,} 件（--format jsonl で全部）", f"and {more:,} more (--format jsonl shows all)"))
        if (aside := describe_set_aside(self._waived, _IGNORED)) is not None:
            say(aside)


def choose_rows(found: Sequence[Finding], most: int) -> list[Finding]:
    """Return so many findings, the worst first: one of each kind, before any kind has a second."""
    rows = sorted(found, key=lambda each: -each.severity)
    first = {each.code: at for at, each in reversed(list(enumerate(rows)))}
    order = sorted(range(len(rows)), key=lambda at: (first[rows[at].code] != at, at))
    return [rows[at] for at in sorted(order[:most])]


class SharingWriter:
    """Hands on findings as they may leave the machine: counts by rule, and labels of the model."""

    def __init__(self, to: FindingWriter, known: Sequence[Rule], model: Model) -> None:
        self._to, self._known, self._model = to, known, model

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        def share(found: Sequence[Finding]) -> list[Finding]:
            return share_findings(found, self._known, self._model)

        self._to.add(judgement, share(shown), share(waived))

    def end(self, counts: LintCounts) -> None:
        self._to.end(counts)


def _row(each: Finding) -> str:
    word, *_ = SEVERITIES[each.severity]
    colour = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}[each.severity]
    place = sanitize(f"{each.doc}:{each.span.line}")
    row = f"{place} {paint(str(word), colour, stream=sys.stdout)} {each.code} {each.rule} {sanitize(str(each.message))}"
    if not each.proof or each.proof[0][0] == "model":
        return row
    seen = [
        f"    {sanitize(f'{source} {taken_at[:10]}'.rstrip())}: {sanitize(str(what))}"
        for source, taken_at, what in each.proof[:_MAX_PROOF]
    ]
    if len(each.proof) > _MAX_PROOF:
        more = len(each.proof) - _MAX_PROOF
        seen.append(str(t(f"    ほか {more:,}", f"    and {more:,} more")))
    return "\n".join([row, *seen, f"    → {sanitize(str(each.next_step))}"])


def say_last_line(counts: LintCounts, seen: SystemContext) -> None:
    """Say how many findings there are, on how many nodes, and what to run next."""
    errors = counts.severity(Severity.ERROR)
    warnings, infos = counts.severity(Severity.WARNING), counts.severity(Severity.INFO)
    worst = t(f"エラー {errors}、", f"errors {errors}, ") if errors else t("", "")
    line = t(
        f"指摘 {counts.findings:,} 件（{worst.ja}警告 {warnings}、情報 {infos}）、ノード {len(seen.model.nodes):,}。",
        f"findings: {counts.findings:,} ({worst.en}warnings {warnings}, infos {infos}), "
        f"nodes: {len(seen.model.nodes):,}.",
    )
    following = ""
    if seen.stale:
        following = " → kb diagram build"
    elif counts.rules:
        following = f" → kb explain {max(counts.rules, key=lambda rule: (rule[0], counts.rules[rule]))[1]}"
    say(f"{line}{following}")
