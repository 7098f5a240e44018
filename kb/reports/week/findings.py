"""The findings that are open: how many under which heading, the oldest, the tickets to close, what ends soon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from kb.lang import Text, t
from kb.lint.formats.secret_words import KINDS
from kb.lint.secret_codes import is_secret
from kb.model import Entry, Finding, Kind, SecretKind, Severity
from kb.reports.week.capped import Capped
from kb.reports.week.changes import Opened
from kb.reports.week.model import Repair, Row, SecretCount
from kb.reports.week.repairs import Repairs
from kb.reports.week.scene import Scene, Seen, top

FINISHED = "TKT101"
ENDS_WITHIN = timedelta(days=14)


@dataclass(slots=True)
class OpenOnes:
    """Gathers them document by document."""

    scene: Scene
    opened: Opened = field(default_factory=Opened)
    oldest: Capped[Row] = field(default_factory=Capped)
    tickets: Capped[Row] = field(default_factory=Capped)
    expiring: Capped[Row] = field(default_factory=Capped)
    repairs: Repairs = field(default_factory=Repairs)
    _secrets: dict[SecretKind, Counter[str]] = field(default_factory=dict)

    def see(self, seen: Seen, firsts: Mapping[str, str]) -> None:
        """One document; `firsts` tells when findings were first seen."""
        entry, plain = seen.entry, [each for each in seen.open if not is_secret(each.code)]
        for each in seen.open:
            self.opened.rules[each.code] += 1
            self._secret(each, "rotated" if each.rotated_on else "open")
        for code in seen.held:
            owner = self.scene.owners.of(entry)
            self.opened.rules[code] += 1
            self.opened.places[top(entry.category)] += 1
            self.opened.owners[owner.name if owner is not None else ""] += 1
        for each in seen.aside:
            self._secret(each, "settled")
            self._ending(entry, each)
        for each in plain:
            self._count(entry, each)
        if plain:
            self._oldest(entry, plain, firsts)

    def secrets(self) -> tuple[SecretCount, ...]:
        """How many secrets of each kind stand written, changed since, and set aside."""
        return tuple(
            SecretCount(kind.value, KINDS[kind], found["open"], found["settled"], found["rotated"])
            for kind in SecretKind
            if (found := self._secrets.get(kind))
        )

    def mending(self) -> tuple[Repair, ...]:
        """What commands would propose to mend."""
        return self.repairs.commands()

    def _secret(self, found: Finding, how: str) -> None:
        if found.secret is not None:
            self._secrets.setdefault(found.secret.kind, Counter())[how] += 1

    def _count(self, entry: Entry, found: Finding) -> None:
        owner = self.scene.owner(entry, found)
        self.opened.places[top(entry.category)] += 1
        self.opened.owners[owner.name if owner is not None else ""] += 1
        self.repairs.see(entry, found)
        if found.code == FINISHED and entry.kind is Kind.TICKET:
            moved = entry.human_at or entry.updated_at  # a report that is kept in a ticket moves nothing in it
            self.tickets.add(
                (moved, str(entry.doc)), lambda: self.scene.finding(entry, found, since=self.scene.day(moved))
            )

    def _oldest(self, entry: Entry, found: list[Finding], firsts: Mapping[str, str]) -> None:
        """One row a document: its heaviest finding, of those the one that has stood longest."""
        heard = [each for each in found if each.severity > Severity.INFO]
        if heard:
            since, worst = min(
                ((self._since(entry, each, firsts), each) for each in heard),
                key=lambda pair: (-int(pair[1].severity), pair[0]),
            )
            self.oldest.add((since, str(entry.doc)), lambda: self.scene.finding(entry, worst, since=since))

    def _since(self, entry: Entry, found: Finding, firsts: Mapping[str, str]) -> str:
        """The day since when a finding has stood for all that is known: first seen, or as old as the text."""
        seen = self.scene.day(firsts.get(found.fingerprint, "")) or self.scene.today.isoformat()
        rule = self.scene.sight.rules.get(found.code)
        written = self.scene.day(entry.updated_at) if rule is not None and rule.join is None else ""
        return min(seen, written) if written else seen

    def _ending(self, entry: Entry, found: Finding) -> None:
        """What somebody set aside until a day that is near."""
        if found.waiver is None or not found.waiver.until:
            return
        try:
            ends = date.fromisoformat(found.waiver.until)
        except ValueError:
            return
        if not self.scene.today <= ends <= self.scene.today + ENDS_WITHIN:
            return
        if is_secret(found.code):
            self.expiring.count()
            return
        self.expiring.add((ends, str(entry.doc)), lambda: self._end(entry, found, ends))

    def _end(self, entry: Entry, found: Finding, ends: date) -> Row:
        row = self.scene.finding(entry, found, due=ends.isoformat())
        title = self.scene.sight.title(found.code)
        return Row(
            row.doc, row.title, row.url, row.place, _ends(title, ends), row.part, row.code, row.rule, row.owner,
            row.severity, due=row.due, fingerprint=row.fingerprint,
        )  # fmt: skip


def _ends(title: Text, day: date) -> Text:
    return t(
        f"「{title.ja}」を脇に置く期限が {day} に来ます。まだ要るなら、理由とともに延ばしてください。",
        f"{title.en}: set aside until {day}. Renew it with a reason if it is still needed.",
    )
