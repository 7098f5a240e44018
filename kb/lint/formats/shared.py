"""What formats that travel (sarif, github, junit, markdown, html) leave out, and how they say so.

Their readers are whoever sees a CI log, a wiki page or a file that was passed on. Of secrets they
carry one count a kind instead of places, and nothing of documents that not every member may read.
What is said names nobody: who moved a ticket or has left is told to whoever runs kb.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.lint.people.audience import Anonymizer
from kb.model.document import Visibility
from kb.model.finding import Finding, Severity
from kb.model.secret import SecretKind
from kb.rules.codes import is_secret
from kb.rules.judge import Judgement
from kb.rules.suppressions import HYGIENE
from kb.text.lang import Text, t

_Kind: TypeAlias = tuple[Severity, str, str, bool]
"""Severity, code and name of a rule, and whether the values were changed since."""


@dataclass(slots=True)
class ShareFilter:
    """Decides finding by finding, and counts what it kept back: `secrets` that are open, and those `settled`."""

    secret_places: bool = False
    unnamed: Anonymizer = field(default_factory=Anonymizer)
    secrets: Counter[_Kind] = field(default_factory=Counter)
    settled: Counter[_Kind] = field(default_factory=Counter)
    unseen: int = 0

    def keep(self, judgement: Judgement, shown: Sequence[Finding]) -> list[Finding]:
        """Those of the findings shown that may travel; the others are counted."""
        if not _for_all(judgement):
            self.unseen += len(shown)
        return self._sifted(judgement, shown, self.secrets)

    def keep_aside(self, judgement: Judgement, waived: Sequence[Finding]) -> list[Finding]:
        """Those that were set aside and may travel; secrets among the others are counted."""
        return self._sifted(judgement, waived, self.settled)

    def _sifted(self, judgement: Judgement, findings: Sequence[Finding], counts: Counter[_Kind]) -> list[Finding]:
        if not _for_all(judgement):
            return []
        kept: list[Finding] = []
        for each in findings:
            if self.secret_places or not _leads_to_secret(judgement, each):
                kept.append(self.unnamed.of(each))
            else:
                counts[each.severity, each.code, each.rule, bool(each.rotated_on)] += 1
        return kept

    def crashes(self, judgement: Judgement) -> list[str]:
        """What could not be judged, a sentence each. The command says all of them on stderr."""
        if not _for_all(judgement):
            self.unseen += len(judgement.crashes)
            return []
        return [str(crash.what) for crash in judgement.crashes]

    def kinds(self) -> list[tuple[Severity, str, Text]]:
        """For each kind of secret its severity, its code, and a sentence with the count; the worst first.

        A kind whose every finding was set aside is told as no more than a piece of information.
        """
        rows = sorted({*self.secrets, *self.settled}, key=lambda row: (not self.secrets[row], -row[0], row[1:]))
        return [
            (
                row[0] if self.secrets[row] else Severity.INFO,
                row[1],
                _counted(row, self.secrets[row], self.settled[row]),
            )
            for row in rows
        ]

    def left_out(self) -> Text | None:
        """A sentence on findings in documents that not everybody may read; None when there are none."""
        if not self.unseen:
            return None
        return t(
            f"読める人が限られた文書の {self.unseen} 件は、ここには書きません。",
            f"{self.unseen} in documents that not everybody may read are left out here.",
        )


def _counted(kind: _Kind, open_ones: int, settled: int) -> Text:
    """How many there are, and how to see where."""
    _, code, rule, rotated = kind
    aside = t(f"出していないもの {settled} 件", f"{settled} set aside")
    figures = t(f"{open_ones} 件", f"{open_ones}")
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


def _leads_to_secret(judgement: Judgement, finding: Finding) -> bool:
    """Whether the place of a finding is that of a secret.

    What is said of a comment that suppresses one stands right beside it.
    """
    if is_secret(finding.code):
        return True
    if finding.code not in HYGIENE:
        return False
    entry = judgement.entry
    return bool(entry.secrets or entry.remnants) or any(map(_means_secret, _WORD.findall(finding.quote)))


def _means_secret(word: str) -> bool:
    """Whether a word of a suppression is the code or the name of a rule on secrets."""
    return is_secret(word.upper()) or word.lower().replace("-", "_") in _NAMES


_WORD = re.compile(r"[\w-]+")
_NAMES = {*SecretKind, "left_in_history", "address_list"}
"""What rules on secrets are called."""
