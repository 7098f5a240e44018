"""What formats that travel (sarif, github, junit, markdown, html) leave out, and how they say so.

They may be read by anyone who sees a CI log, a wiki page or a forwarded file. They hold one count per kind of
secret instead of places, nothing of documents not every member may read, and no names of people.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.lint.engine.request import LintCounts
from kb.lint.formats.folding import Folder
from kb.lint.people.audience import Anonymizer
from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, WaiverKind
from kb.model.secret import SecretKind
from kb.rules.codes import is_secret
from kb.rules.judge import Judgement
from kb.rules.registry import Rule, RuleText, load_rules, rule_text
from kb.rules.suppressions import HYGIENE
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_Kind: TypeAlias = tuple[Severity, str, str, bool]
"""Severity, code and name of a rule, and whether the values were changed since."""


@dataclass(slots=True)
class ShareFilter:
    """Filters findings and counts what it held back: open `secrets`, and `settled` ones."""

    secret_places: bool = False
    unnamed: Anonymizer = field(default_factory=Anonymizer)
    secrets: Counter[_Kind] = field(default_factory=Counter)
    settled: Counter[_Kind] = field(default_factory=Counter)
    unseen: int = 0

    def keep(self, judgement: Judgement, shown: Sequence[Finding]) -> list[Finding]:
        """Return the shown findings that may travel; the others are counted."""
        if not _for_all(judgement):
            self.unseen += len(shown)
        return self._sifted(judgement, shown, self.secrets)

    def keep_aside(self, judgement: Judgement, waived: Sequence[Finding]) -> list[Finding]:
        """Return the findings set aside that may travel; secrets among the others are counted."""
        return self._sifted(judgement, waived, self.settled)

    def _sifted(self, judgement: Judgement, findings: Sequence[Finding], counts: Counter[_Kind]) -> list[Finding]:
        if not _for_all(judgement):
            return []
        kept: list[Finding] = []
        for each in findings:
            if _is_question(each):
                continue
            if self.secret_places or not _leads_to_secret(judgement, each):
                kept.append(self.unnamed.anonymize(each))
            else:
                counts[each.severity, each.code, each.rule, bool(each.rotated_on)] += 1
        return kept

    def crashes(self, judgement: Judgement) -> list[str]:
        """Return a sentence for each crash; the command prints their details on stderr."""
        if not _for_all(judgement):
            self.unseen += len(judgement.crashes)
            return []
        return [str(crash.what) for crash in judgement.crashes]

    def kinds(self) -> list[tuple[Severity, str, Text]]:
        """Return severity, code and a sentence with the count for each kind of secret, worst first.

        A kind whose findings were all set aside has the lowest severity.
        """
        rows = sorted({*self.secrets, *self.settled}, key=lambda row: (not self.secrets[row], -row[0], row[1:]))
        return [
            (
                row[0] if self.secrets[row] else Severity.INFO,
                row[1],
                _describe_count(row, self.secrets[row], self.settled[row]),
            )
            for row in rows
        ]

    def left_out(self) -> Text | None:
        """Return a sentence on findings in documents not everyone may read; None without any."""
        if not self.unseen:
            return None
        return t(
            f"読める人が限られた文書の {self.unseen:,} 件は、ここには書きません。",
            f"{self.unseen:,} in documents not everyone may read are left out here.",
        )


class SharedWriter(ABC):
    """A writer of one of these formats. `known` are the rules whose texts are shown; all loaded ones by default.

    `folded` are the rules whose findings become one row in what people read (`kb.lint.formats.folding`).
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        secret_places: bool = False,
        known: Sequence[Rule] | None = None,
        unnamed: Anonymizer | None = None,
        folded: Mapping[str, Rule] | None = None,
    ) -> None:
        self._write = write
        self._shared = ShareFilter(secret_places, unnamed or Anonymizer(known=known))
        self._known = known
        self._folder = Folder(folded or {})
        self._waived: Counter[WaiverKind] = Counter()

    @abstractmethod
    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        """Write one document, its findings that are shown, and those set aside."""

    @abstractmethod
    def end(self, counts: LintCounts) -> None:
        """Finish after the last document."""

    def _count_waived(self, waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)

    def _documented(self, codes: Collection[str]) -> dict[str, tuple[Rule, RuleText]]:
        """Return these rules with their texts, by code, without those that have none."""
        found: dict[str, tuple[Rule, RuleText]] = {}
        for rule in load_rules() if self._known is None else self._known:
            if rule.code in codes:
                with suppress(ValueError, KeyError):  # no words, or not in the shape
                    found[rule.code] = rule, rule_text(rule)
        return found


def _describe_count(kind: _Kind, open_ones: int, settled: int) -> Text:
    """Return how many there are, and how to see where."""
    _, code, rule, rotated = kind
    aside = t(f"出していないもの {settled:,} 件", f"{settled:,} set aside")
    figures = t(f"{open_ones:,} 件", f"{open_ones:,}")
    if settled:
        figures = t(f"{figures.ja}（ほかに{aside.ja}）", f"{figures.en} ({aside.en} besides)") if open_ones else aside
    if rotated:
        figures = t(f"値は更新済みで、ページから消すだけのもの {figures.ja}", f"{figures.en}, changed since, to clean")
    return t(
        f"{code} {rule}: {figures.ja}。場所はここには書きません（kb lint --format text で見られます）。",
        f"{code} {rule}: {figures.en}. Places are not written here; kb lint --format text shows them.",
    )


def _for_all(judgement: Judgement) -> bool:
    return judgement.entry.visibility >= Visibility.MEMBERS


def _is_question(finding: Finding) -> bool:
    """Return whether it only asks if two incidents are the same trouble, which is for the page's author alone."""
    return bool(finding.same_as) and finding.confidence < Confidence.HIGH


def _leads_to_secret(judgement: Judgement, finding: Finding) -> bool:
    """Return whether a finding's place is a secret's, as a suppression of one is."""
    if is_secret(finding.code):
        return True
    if finding.code not in HYGIENE:
        return False
    entry = judgement.entry
    return bool(entry.secrets or entry.remnants) or any(map(_means_secret, _WORD.findall(finding.quote)))


def _means_secret(word: str) -> bool:
    """Return whether a word of a suppression is the code or name of a rule on secrets."""
    return is_secret(word.upper()) or word.lower().replace("-", "_") in _NAMES


_WORD = compile_lazy(r"[\w-]+")
_NAMES = {*SecretKind, "left_in_history", "address_list"}
"""What rules on secrets are called."""
