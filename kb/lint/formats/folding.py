"""Fold findings into rows: one for a page where several say one thing, one for a project or for all with its plan."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.lint.formats.rows import FindingRow, build_row
from kb.lint.printable import defuse_commands
from kb.model.document import Kind
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.rules.codes import expand_selector, is_secret
from kb.rules.judge import Judgement
from kb.rules.registry import Fold, FoldBy, Rule
from kb.text.lang import Text, count_noun, join_texts, t


def choose_folded(rules: Sequence[Rule], select: Iterable[str] = (), *, by_place: bool = True) -> dict[str, Rule]:
    """Return the rules to fold, by code: those with a fold, but for those `select` asks for by themselves.

    Without `by_place` what belongs to different documents stays apart.
    """
    folded = {rule.code: rule for rule in rules if rule.fold and (by_place or rule.fold.by is FoldBy.PAGE)}
    for word in select:
        codes = expand_selector(word, rules)
        if codes <= folded.keys():
            folded = {code: rule for code, rule in folded.items() if code not in codes}
    return folded


@dataclass(slots=True)
class _Folded:
    """The findings of one row that stands for several documents."""

    fold: Fold
    place: str
    first: FindingRow
    codes: Counter[str] = field(default_factory=Counter)
    docs: set[str] = field(default_factory=set)


class Folder:
    """Makes rows of findings. `rules` are those to fold (`choose_folded`); without `merge` each stays apart."""

    def __init__(self, rules: Mapping[str, Rule], *, merge: bool = True) -> None:
        self._rules = rules
        self._merge = merge
        self._folded: dict[tuple[str, str], _Folded] = {}

    def add(self, judgement: Judgement, findings: Collection[Finding]) -> list[FindingRow]:
        """Return the rows of one document; what is folded with other documents comes with `rows`."""
        groups: dict[object, list[FindingRow]] = {}
        for number, finding in enumerate(findings):
            row, rule = build_row(judgement, finding), self._rules.get(finding.code)
            if not self._merge or is_secret(finding.code):
                groups[number] = [row]
            elif rule is None or rule.fold is None:
                groups.setdefault((row.code, row.message, row.where, finding.severity), []).append(row)
            elif rule.fold.by is FoldBy.PAGE:
                groups.setdefault(rule.fold.name, []).append(row)
            else:
                self._fold(judgement.entry, rule.fold, row)
        return [self._on_page(rows) for rows in groups.values()]

    def rows(self) -> list[FindingRow]:
        """Return the rows that stand for several documents."""
        names = Counter(name for name, _ in self._folded)
        return [
            each.first if each.codes.total() == 1 == names[each.fold.name] else self._summary(each)
            for each in self._folded.values()
        ]

    def _fold(self, entry: Entry, fold: Fold, row: FindingRow) -> None:
        place = {FoldBy.PROJECT: _project(entry), FoldBy.EVIDENCE: row.evidence}.get(fold.by, "")
        if (fold.name, place) not in self._folded:
            self._folded[fold.name, place] = _Folded(fold, place, row)
        found = self._folded[fold.name, place]
        found.first = min(found.first, row)
        found.codes[row.code] += 1
        found.docs.add(str(entry.doc))

    def _on_page(self, rows: list[FindingRow]) -> FindingRow:
        """Return one row for what one document has of a kind, as urgent as the most urgent of it."""
        first, *others = sorted(rows)
        rule = self._rules.get(first.code)
        if rule is not None and rule.fold is not None:
            labels = (self._label(code, rows) for code in sorted({row.code for row in rows}))
            return replace(
                first,
                code=self._codes(rule.fold),
                message=str(rule.fold.says),
                evidence=str(t("、", ", ")).join(filter(None, labels)),
                others=tuple(others),
            )
        if not others:
            return first
        evidence = dict.fromkeys(row.evidence for row in rows if row.evidence)
        return replace(first, evidence=str(t("、", ", ")).join(evidence), others=tuple(others))

    def _label(self, code: str, rows: Iterable[FindingRow]) -> str:
        """Return a rule's label with the evidence of its rows; "" for a rule without one."""
        label = self._rules[code].label
        words = dict.fromkeys(row.evidence for row in rows if row.code == code and row.evidence)
        shown = str(t("、", ", ")).join(words)
        return "" if label is None else str(t(f"{label.ja}（{shown}）", f"{label.en} ({shown})") if words else label)

    def _summary(self, each: _Folded) -> FindingRow:
        rows = [other for other in self._folded.values() if other.fold.name == each.fold.name]
        worst = min((other.first for other in rows), key=lambda row: row.ease)
        return replace(
            each.first,
            ease=worst.ease,
            code=self._codes(each.fold),
            message=str(each.fold.says),
            finding=replace(each.first.finding, severity=worst.finding.severity),
            summary=self._describe(each),
            command=self._command(each),
            folded=each.codes.total(),
        )

    def _codes(self, fold: Fold) -> str:
        """Return the codes of a fold for a heading: `TKT101–104`, `INC501・503・505`."""
        codes = sorted(code for code, rule in self._rules.items() if rule.fold == fold)
        return str(t("・", ", ")).join([codes[0], *(code.removeprefix(codes[0][:3]) for code in codes[1:])])

    def _describe(self, each: _Folded) -> str:
        counts = [
            t(f"{label.ja} {count}", f"{count} {label.en}")
            for code, count in sorted(each.codes.items())
            if (label := self._rules[code].label) is not None
        ]
        name = defuse_commands(each.place)
        pages = Text(name, name) if name else t(f"{len(each.docs)} ページ", count_noun(len(each.docs), "page"))
        says = join_texts(counts)
        return str(t(f"{pages.ja}: {says.ja}", f"{pages.en}: {says.en}"))

    def _command(self, each: _Folded) -> str:
        """Return the plan that settles most of a row, else the command that lists it."""
        plans = (self._rules[code].plan for code in sorted(each.codes))
        plan = next(filter(None, plans), "")
        if not plan:
            return f"kb lint --all --select {','.join(sorted(each.codes))}"
        by_project = each.fold.by is FoldBy.PROJECT and each.place
        return f"{plan} --project {shlex.quote(defuse_commands(each.place))}" if by_project else plan


def _project(entry: Entry) -> str:
    """Return a ticket's project; of a page the top of its category."""
    return str(entry.category) if entry.kind is Kind.TICKET else str(entry.category).partition("/")[0]


def count_findings(rows: Iterable[FindingRow]) -> int:
    """Return how many findings some rows stand for."""
    return sum(row.folded or 1 + len(row.others) for row in rows)
