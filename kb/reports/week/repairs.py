"""How many findings a command would propose to mend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from kb.lang import Text, t
from kb.model import Entry, Field, Finding, Kind
from kb.reports.week.model import Repair

DONE = frozenset({"INC501", "INC502", "INC503", "INC504", "INC505"})
"""What `kb plan done` proposes changes for."""
CLOSE = "TKT101"

_COMMANDS: dict[str, Text] = {
    "kb plan done": t("済んだ障害の記事に印を付け、移す", "mark and move incident pages that are done"),
    "kb plan close": t("終わったチケットを閉じる", "close tickets that look finished"),
    "kb plan from-findings": t("題名や分類を直す", "mend titles and places"),
}


@dataclass(slots=True)
class Repairs:
    """Counts findings by the command that would mend them."""

    counts: Counter[str] = field(default_factory=Counter)

    def see(self, entry: Entry, found: Finding) -> None:
        """One open finding."""
        if found.code == CLOSE:
            self.counts["kb plan close"] += 1
        elif entry.kind is Kind.POST and found.code in DONE:
            self.counts["kb plan done"] += 1
        elif entry.kind is Kind.POST and any(edit.field is not Field.BODY for edit in found.edits):
            self.counts["kb plan from-findings"] += 1

    def commands(self) -> tuple[Repair, ...]:
        """The commands that would mend anything."""
        return tuple(
            Repair(command, label, self.counts[command]) for command, label in _COMMANDS.items() if self.counts[command]
        )
