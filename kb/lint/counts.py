"""What a lint comes to: the figures of its last line, and the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kb.errors import Exit
from kb.lang import Text
from kb.lint.judge import Judgement
from kb.model import Finding, Severity

if TYPE_CHECKING:
    from kb.lint.decisions import What


@dataclass(slots=True)
class Counts:
    """Figures of one run.

    `unsure` findings were below the confidence asked for, and are not shown. `followed` are shown
    ones somebody is seeing to: the author was asked, or there is a ticket. `whose` says whose things alone
    were shown, None for everybody's.
    """

    documents: int = 0
    incidents: int = 0
    unsure: int = 0
    crashes: int = 0
    unusable: int = 0
    rules: Counter[tuple[Severity, str, str]] = field(default_factory=Counter)
    followed: Counter[What] = field(default_factory=Counter)
    whose: Text | None = None

    def add(self, judgement: Judgement, shown: Iterable[Finding]) -> None:
        """Count one document and its findings that are shown."""
        self.documents += judgement.entry.part == "body"
        self.incidents += judgement.entry.is_incident
        self.crashes += len(judgement.crashes)
        self.rules.update((each.severity, each.code, each.rule) for each in shown)

    @property
    def findings(self) -> int:
        """All findings shown."""
        return self.rules.total()

    def severity(self, severity: Severity) -> int:
        """The findings shown of one severity."""
        return sum(count for (each, _, _), count in self.rules.items() if each is severity)

    def exit_code(self, fail_on: Severity, *, zero: bool = False) -> Exit:
        """3 when a rule crashed, 2 when an input could not be used, 1 when a finding is bad enough.

        With `zero` findings alone do not fail the run; troubles still do.
        """
        bad = any(severity >= fail_on for severity, _, _ in self.rules)
        return Exit.worst(
            Exit.SOURCE if self.crashes else Exit.OK,
            Exit.USAGE if self.unusable else Exit.OK,
            Exit.FINDINGS if bad and not zero else Exit.OK,
        )
