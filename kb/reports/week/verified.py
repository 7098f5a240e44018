"""How many pages somebody read and found right, and which of them were edited since."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb.lang import t
from kb.lint.rules import PAGES
from kb.reading.verified import Standing, standing
from kb.reports.week.capped import Capped
from kb.reports.week.model import Row, Share
from kb.reports.week.scene import Scene, Seen

LABEL = t("読んで正しいと確かめられた文書", "documents read and found right")
_EDITED = t(
    "確かめた日より後に編集されています。もう一度読んで、確認日を新しくしてください。",
    "Edited after it was last checked: read it again and give a new date.",
)


@dataclass(slots=True)
class Checked:
    """Counts marks as documents come by."""

    scene: Scene
    edited: Capped[Row] = field(default_factory=Capped)
    _marked: int = 0
    _right: int = 0
    _documents: int = 0

    def see(self, seen: Seen) -> None:
        """One document."""
        entry, settings = seen.entry, self.scene.settings
        if entry.part != "body" or entry.kind not in PAGES:
            return
        self._documents += 1
        stands = standing(entry, self.scene.today, settings.owners.verified_days, settings.timezone)
        self._marked += stands is not Standing.NONE
        self._right += stands is Standing.VERIFIED
        if stands is Standing.EDITED:
            on = entry.verified.on if entry.verified is not None else ""
            self.edited.add(
                (on, str(entry.doc)),
                lambda: self.scene.row(entry, _EDITED, owner=self.scene.owners.of(entry), since=on),
            )

    def share(self) -> Share | None:
        """The share of documents whose mark holds; None where nobody marks any."""
        return Share("verified", LABEL, self._right, self._documents) if self._marked else None
