"""What every part of the report looks at: the workspace, the readers, the week, and a document as they see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from kb.console import local, safe
from kb.lang import Text
from kb.lint.formats.places import id_of, title_of, url_of
from kb.lint.ownership import Owner, Owners, Why
from kb.lint.people import Person
from kb.lint.surroundings import Surroundings
from kb.lint.world import World
from kb.model import Entry, Finding, Item, Visibility
from kb.reports.incidents.rows import Incident
from kb.reports.week.calendar import Stretch
from kb.reports.week.model import Row
from kb.reports.week.sight import Sight
from kb.secrets.shown import shown_name
from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class Seen:
    """One document the readers may see, with its findings that count and those somebody set aside.

    An incident page has its row in the list of past troubles, and the world that was made from. `held` are the codes
    of what history has open there and nobody can look at, for a source that is lacking; `unsure` says that there is
    such a thing.
    """

    entry: Entry
    open: tuple[Finding, ...]
    aside: tuple[Finding, ...]
    world: World | None = None
    incident: Incident | None = None
    held: tuple[str, ...] = ()
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """Whose week, which week, who reads it. `person` is who it is made for, None for the team."""

    settings: Settings
    now: datetime
    week: Stretch
    sight: Sight
    around: Surroundings
    owners: Owners
    person: Person | None = None

    @property
    def audience(self) -> Visibility:
        """Its readers."""
        return self.sight.audience

    @property
    def today(self) -> date:
        """The day, in the team's time zone."""
        return self.now.date()

    @property
    def zone(self) -> ZoneInfo:
        """The team's time zone."""
        return ZoneInfo(self.settings.timezone)

    def day(self, moment: str) -> str:
        """The day of a UTC time where the team is, "" when it is none."""
        try:
            when = datetime.fromisoformat(moment)
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(self.zone).date().isoformat()
        except (ValueError, OverflowError):
            return ""

    def age(self, day: str) -> int | None:
        """Days since an ISO date, None where there is none."""
        return max(0, (self.today - date.fromisoformat(day)).days) if day else None

    def row(self, entry: Entry, message: Text, *, owner: Owner | None = None, since: str = "", due: str = "") -> Row:
        """A row about a document as a whole."""
        doc = id_of(entry.doc)
        return Row(
            doc=safe(doc) if isinstance(doc, str) else doc,
            title=safe(title_of(entry)).strip(),
            url=safe(url_of(entry)),
            place=safe(entry.category),
            message=Text(safe(message.ja), safe(message.en)),
            part=safe(shown_name(entry.part)),
            owner=safe(owner.name) if owner is not None else "",
            since=since,
            due=due,
            age_days=self.age(since),
        )

    def finding(self, entry: Entry, found: Finding, *, since: str = "", due: str = "") -> Row:
        """A row about a finding. Never for a secret."""
        row = self.row(entry, self.sight.says(entry, found), owner=self.owner(entry, found), since=since, due=due)
        return Row(
            row.doc, row.title, row.url, row.place, row.message, safe(shown_name(found.part)), found.code, found.rule,
            row.owner, found.severity, row.since, row.due, row.age_days, found.fingerprint,
        )  # fmt: skip

    def owner(self, entry: Entry, found: Finding) -> Owner | None:
        """Who sees to a finding."""
        return self._somebody(entry, self.owners.row(entry, found))

    def measure(self, entry: Entry, item: Item) -> Owner | None:
        """Who sees to a measure."""
        return self._somebody(entry, self.owners.measure(entry, item))

    def _somebody(self, entry: Entry, owner: Owner | None) -> Owner | None:
        """An owner that is somebody: where a page says 「担当: jar」 it is the page's, as soon as people are known."""
        people = self.owners.people
        if owner is None or owner.why is not Why.MEASURE or not people:
            return owner
        known = tuple(each for each in owner.people if people.meant(each.name))
        return replace(owner, people=known) if known else self.owners.of(entry)

    def created(self, entry: Entry) -> str:
        """The day a document was made."""
        return local(entry.created_at, self.settings.timezone) if entry.created_at else ""


def weight(found: Finding) -> int:
    """What orders findings: the heaviest first."""
    return -int(found.severity)


def top(entry_category: str) -> str:
    """The place a document is tallied under: the first part of its category."""
    return safe(entry_category.strip("/").partition("/")[0])
