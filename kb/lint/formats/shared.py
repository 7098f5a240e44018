"""What formats that travel (sarif, github, junit, markdown, html) leave out, and how they say so.

Their readers are whoever sees a CI log, a wiki page or a file that was passed on. Of secrets they
carry one count a kind instead of places, and nothing of documents that not every member may read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.lang import Text, t
from kb.lint.judge import Judgement
from kb.lint.secret_codes import is_secret
from kb.model import Finding, Severity, Visibility


@dataclass(slots=True)
class Shared:
    """Decides finding by finding, and counts what it kept back."""

    secret_places: bool = False
    secrets: Counter[tuple[Severity, str, str]] = field(default_factory=Counter)
    unseen: int = 0

    def keep(self, judgement: Judgement, shown: Sequence[Finding]) -> list[Finding]:
        """Those of the findings shown that may travel; the others are counted."""
        kept = self.visible(judgement, shown)
        if not _for_all(judgement):
            self.unseen += len(shown)
            return kept
        self.secrets.update((each.severity, each.code, each.rule) for each in shown if self._kept_back(each))
        return kept

    def visible(self, judgement: Judgement, findings: Sequence[Finding]) -> list[Finding]:
        """Those that may travel, without counting the others."""
        return [each for each in findings if not self._kept_back(each)] if _for_all(judgement) else []

    def crashes(self, judgement: Judgement) -> list[str]:
        """What could not be judged, a sentence each. The command says all of them on stderr."""
        if not _for_all(judgement):
            self.unseen += len(judgement.crashes)
            return []
        return [str(crash.what) for crash in judgement.crashes]

    def kinds(self) -> list[tuple[Severity, str, Text]]:
        """For each kind of secret its severity, its code, and a sentence with the count; the worst first."""
        rows = sorted(self.secrets.items(), key=lambda row: (-row[0][0], row[0][1:]))
        return [
            (
                severity,
                code,
                t(
                    f"{code} {rule}: {count} 件。場所はここには書きません（kb lint --format text で見られます）。",
                    f"{code} {rule}: {count}. Places are not written here; kb lint --format text shows them.",
                ),
            )
            for (severity, code, rule), count in rows
        ]

    def left_out(self) -> Text | None:
        """A sentence on findings in documents that not everybody may read; None when there are none."""
        if not self.unseen:
            return None
        return t(
            f"読める人が限られた文書の {self.unseen} 件は、ここには書きません。",
            f"{self.unseen} in documents that not everybody may read are left out here.",
        )

    def _kept_back(self, finding: Finding) -> bool:
        return is_secret(finding.code) and not self.secret_places


def _for_all(judgement: Judgement) -> bool:
    return judgement.entry.visibility >= Visibility.MEMBERS
