"""The measures of incident pages that are due soon, and those past their day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

from kb.lang import Text, t
from kb.lint.ownership import Owner
from kb.reports.week.capped import Capped
from kb.reports.week.model import Row
from kb.reports.week.scene import Scene, Seen
from linters.incident.measures import Standing, undone

SOON = 14
"""Days ahead within which a measure is due soon."""


@dataclass(slots=True)
class Measures:
    """Gathers what somebody has yet to do and has a day: the nearest day, or the longest past, first."""

    scene: Scene
    due: Capped[Row] = field(default_factory=Capped)
    overdue: Capped[Row] = field(default_factory=Capped)

    def see(self, seen: Seen) -> None:
        """One document."""
        if seen.world is None:
            return
        for number, each in enumerate(undone(seen.entry, seen.world), 1):
            day = _day(each)
            if day is None or (day - self.scene.today).days > SOON or not self._theirs(seen, each):
                continue
            if seen.unsure and each.ticket is None and each.item.tickets:
                continue  # its ticket would know whether it is done
            late = (self.scene.today - day).days
            into = self.overdue if late > 0 else self.due
            into.add((day, str(seen.entry.doc), number), partial(self._row, seen, each, late, number))

    def _theirs(self, seen: Seen, each: Standing) -> bool:
        """Whether a measure is told to whom the report is made for."""
        person, owner = self.scene.person, self._owner(seen, each)
        return person is None or (owner is not None and person in owner.people)

    def _owner(self, seen: Seen, each: Standing) -> Owner | None:
        return self.scene.measure(seen.entry, each.item)

    def _row(self, seen: Seen, each: Standing, late: int, number: int) -> Row:
        row = self.scene.row(seen.entry, _says(each.item.due, late, number), owner=self._owner(seen, each))
        return Row(
            row.doc, row.title, row.url, row.place, row.message, row.part, owner=row.owner, due=each.item.due,
            age_days=late if late > 0 else None,
        )  # fmt: skip


def _says(due: str, late: int, number: int) -> Text:
    if late > 0:
        return t(
            f"対策 {number} の期限（{due}）を {late} 日過ぎています。"
            "済んでいれば印を、まだなら新しい期限を書いてください。",
            f"Measure {number} was due on {due}, {late} days ago: tick it when it is done, or give a new date.",
        )
    when = t("今日です", "today") if late == 0 else t(f"{due} です（あと {-late} 日）", f"on {due}, in {-late} days")
    return t(f"対策 {number} の期限は{when.ja}。", f"Measure {number} is due {when.en}.")


def _day(each: Standing) -> date | None:
    try:
        return date.fromisoformat(each.item.due)
    except ValueError:
        return None
