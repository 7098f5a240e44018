"""Collect the open findings, the repairs kb could propose, and due measures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from kb.lint.people.ownership import Owner
from kb.model.document import Kind
from kb.model.finding import Field, Finding, Severity
from kb.model.page import Entry
from kb.model.secret import SecretKind
from kb.reports.week.changes import OpenCounts
from kb.reports.week.context import ReportContext, SeenDocument, TopItems
from kb.reports.week.model import Repair, SecretCount, WeekRow
from kb.rules.codes import is_secret
from kb.text.lang import Text, t
from linters.incident.measures import MeasureState, list_undone

DONE_COMMAND = frozenset({"INC501", "INC502", "INC503", "INC504", "INC505"})
"""What `kb plan done` proposes changes for."""
CLOSE_COMMAND = "TKT101"

_COMMANDS: dict[str, Text] = {
    "kb plan done": t("済んだ障害の記事に印を付け、移す", "mark and move incident pages that are done"),
    "kb plan close": t("終わったチケットを閉じる", "close tickets that look finished"),
    "kb plan from-findings": t("題名や分類を直す", "mend titles and places"),
}


def _repair_command(entry: Entry, found: Finding) -> str | None:
    """Return the command that would propose to fix a finding."""
    if found.code == CLOSE_COMMAND:
        return "kb plan close"
    if entry.kind is not Kind.POST:
        return None
    if found.code in DONE_COMMAND:
        return "kb plan done"
    return "kb plan from-findings" if any(edit.field is not Field.BODY for edit in found.edits) else None


ENDS_WITHIN_DAYS = timedelta(days=14)


@dataclass(slots=True)
class OpenFindings:
    """Collects open findings, document by document."""

    context: ReportContext
    opened: OpenCounts = field(default_factory=OpenCounts)
    oldest: TopItems[WeekRow] = field(default_factory=TopItems)
    tickets: TopItems[WeekRow] = field(default_factory=TopItems)
    expiring: TopItems[WeekRow] = field(default_factory=TopItems)
    repairs: Counter[str] = field(default_factory=Counter)
    aside: int = 0
    _secrets: dict[SecretKind, Counter[str]] = field(default_factory=dict)

    def add(self, seen: SeenDocument, firsts: Mapping[str, str]) -> None:
        """Add a document; `firsts` maps findings to when they were first seen."""
        entry, plain = seen.entry, [each for each in seen.open if not is_secret(each.code)]
        for each in seen.open:
            self.opened.rules[each.code] += 1
            self._secret(each, "rotated" if each.rotated_on else "open")
        for code in seen.hidden_codes:
            self.opened.rules[code] += 1
            self.opened.add(self.context.readers.place(entry.category), self.context.owners.owner_of(entry))
        self.aside += len(seen.aside)
        for each in seen.aside:
            self._secret(each, "settled")
            self._add_expiring(entry, each)
        for each in plain:
            self._count(entry, each)
        if plain:
            self._add_oldest(entry, plain, firsts)

    def secrets(self) -> tuple[SecretCount, ...]:
        """Return how many secrets of each kind are exposed, rotated, and set aside."""
        return tuple(
            SecretCount(kind.value, kind.label, found["open"], found["settled"], found["rotated"])
            for kind in SecretKind
            if (found := self._secrets.get(kind))
        )

    def list_repairs(self) -> tuple[Repair, ...]:
        return tuple(Repair(name, label, count) for name, label in _COMMANDS.items() if (count := self.repairs[name]))

    def _secret(self, found: Finding, how: str) -> None:
        if found.secret is not None:
            self._secrets.setdefault(found.secret.kind, Counter())[how] += 1

    def _count(self, entry: Entry, found: Finding) -> None:
        self.opened.add(self.context.readers.place(entry.category), self.context.owner(entry, found))
        if command := _repair_command(entry, found):
            self.repairs[command] += 1
        if found.code == CLOSE_COMMAND and entry.kind is Kind.TICKET:
            moved = entry.human_at or entry.updated_at  # a report that is kept in a ticket moves nothing in it
            self.tickets.add(
                (moved, str(entry.doc)), lambda: self.context.finding(entry, found, since=self.context.day(moved))
            )

    def _add_oldest(self, entry: Entry, found: list[Finding], firsts: Mapping[str, str]) -> None:
        """Add one row per document: its heaviest finding, the oldest of those."""
        serious = [each for each in found if each.severity > Severity.INFO]
        if serious:
            since, worst = min(
                ((self._since(entry, each, firsts), each) for each in serious),
                key=lambda pair: (-int(pair[1].severity), pair[0]),
            )
            self.oldest.add((since, str(entry.doc)), lambda: self.context.finding(entry, worst, since=since))

    def _since(self, entry: Entry, found: Finding, firsts: Mapping[str, str]) -> str:
        """Return the day a finding is known to exist since: first seen, or the text's age."""
        seen = self.context.day(firsts.get(found.fingerprint, "")) or self.context.today.isoformat()
        rule = self.context.readers.rules.get(found.code)
        written = self.context.day(entry.updated_at) if rule is not None and rule.join is None else ""
        return min(seen, written) if written else seen

    def _add_expiring(self, entry: Entry, found: Finding) -> None:
        """Add what is set aside until a day soon."""
        if found.waiver is None or not found.waiver.until:
            return
        try:
            ends = date.fromisoformat(found.waiver.until)
        except ValueError:
            return
        if not self.context.today <= ends <= self.context.today + ENDS_WITHIN_DAYS:
            return
        if is_secret(found.code):
            self.expiring.count()
            return
        self.expiring.add((ends, str(entry.doc)), lambda: self._end(entry, found, ends))

    def _end(self, entry: Entry, found: Finding, ends: date) -> WeekRow:
        row = self.context.finding(entry, found, due=ends.isoformat())
        return replace(row, message=_ends(self.context.readers.title(found.code), ends))


def _ends(title: Text, day: date) -> Text:
    return t(
        f"「{title.ja}」を脇に置く期限が {day} に来ます。まだ要るなら、理由とともに延ばしてください。",
        f"{title.en}: set aside until {day}. Renew it with a reason if it is still needed.",
    )


SOON_DAYS = 14
"""Days ahead within which a measure is due soon."""


@dataclass(frozen=True, slots=True)
class DueMeasure:
    """An unfinished measure with a day: its number on the page, and how many days it is late (below 0: ahead).

    `role` is what findings about it are known by.
    """

    role: str
    number: int
    day: date
    late: int
    owner: Owner | None


@dataclass(slots=True)
class DueMeasures:
    """Collects unfinished measures with a day, longest overdue or nearest first."""

    context: ReportContext
    due: TopItems[WeekRow] = field(default_factory=TopItems)
    overdue: TopItems[WeekRow] = field(default_factory=TopItems)

    def add(self, seen: SeenDocument) -> list[DueMeasure]:
        """Add a document; returns its measures that are late or due soon."""
        if seen.world is None:
            return []
        found = []
        for each in list_undone(seen.entry, seen.world):
            day, number = _day(each), each.number
            if day is None or (day - self.context.today).days > SOON_DAYS or not self._is_theirs(seen, each):
                continue
            if seen.unsure and each.ticket is None and each.item.tickets:
                continue  # its ticket would know whether it is done
            late = (self.context.today - day).days
            into = self.overdue if late > 0 else self.due
            into.add((day, str(seen.entry.doc), number), partial(self._row, seen, each, late, number))
            found.append(DueMeasure(each.role, number, day, late, self._owner(seen, each)))
        return found

    def _is_theirs(self, seen: SeenDocument, each: MeasureState) -> bool:
        """Return whether a measure belongs in the report of this member."""
        person, owner = self.context.person, self._owner(seen, each)
        return person is None or (owner is not None and person in owner.people)

    def _owner(self, seen: SeenDocument, each: MeasureState) -> Owner | None:
        return self.context.measure(seen.entry, each.item)

    def _row(self, seen: SeenDocument, each: MeasureState, late: int, number: int) -> WeekRow:
        says = _says(each.item.due, late, number)
        row = self.context.row(seen.entry, says, owner=self._owner(seen, each), due=each.item.due)
        return replace(row, age_days=late if late > 0 else None)


def _says(due: str, late: int, number: int) -> Text:
    if late > 0:
        return t(
            f"対策 {number} の期限（{due}）を {late} 日過ぎています。"
            "済んでいれば印を、まだなら新しい期限を書いてください。",
            f"Measure {number} was due on {due}, {late} days ago: tick it when it is done, or give a new date.",
        )
    when = t("今日です", "today") if late == 0 else t(f"{due} です（あと {-late} 日）", f"on {due}, in {-late} days")
    return t(f"対策 {number} の期限は{when.ja}。", f"Measure {number} is due {when.en}.")


def _day(each: MeasureState) -> date | None:
    try:
        return date.fromisoformat(each.item.due)
    except ValueError:
        return None
