"""What is known of a thing that texts name: who else wrote of it, whether a runbook does, how often it broke."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from kb.lint.people.people import Person
from kb.mirror.queries import TextHead
from kb.mirror.search import find_mentions
from kb.model.document import Kind, Source
from kb.model.facts import PageKind
from kb.reports.handover.asking.cues import is_ignorance
from kb.reports.handover.holdings import format_place, is_record, name_kind, read_lines
from kb.reports.handover.machines import Machines
from kb.reports.handover.writers import Writers
from kb.text.fold import fold_text

OUT_OF_USE = ("Archived", "Templates")
MAX_READ = 12
"""Pages of one subject that are read for what they say of it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is known of one name.

    `people` are others who are there and wrote of it, those who wrote last first. `unknown` are places where others
    say that they do not know. `runbook` is a runbook that names it ("" for none), `home` the page an answer goes into.
    """

    people: tuple[Person, ...] = ()
    unknown: tuple[str, ...] = ()
    runbook: str = ""
    home: str = ""
    incidents: int = 0


NOTHING_KNOWN = Subject()


@dataclass
class Subjects:
    """Looks subjects up in the mirror. `words` are what the member is called, `incidents` incident pages by document.

    `spell` gives other names of a host.
    """

    writers: Writers
    machines: Machines
    words: tuple[str, ...] = ()
    incidents: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()  # incident pages that are done
    spell: Callable[[str], Iterable[str]] = lambda name: (name,)
    runbooks: dict[str, str] = field(default_factory=dict)  # of the model: host or node → esa post
    _known: dict[str, Subject] = field(default_factory=dict)

    def look_up(self, name: str) -> Subject:
        """Return what is known of a name."""
        key = fold_text(name).casefold()
        if key not in self._known:
            self._known[key] = self._read(name) if len(key) > 2 else NOTHING_KNOWN
        return self._known[key]

    def _read(self, name: str) -> Subject:
        seen: dict[Person, str] = {}
        lost: set[Person] = set()
        unknown: list[str] = []
        spelled = tuple(dict.fromkeys((name, *self.spell(name))))
        runbook = self.runbooks.get(fold_text(name).casefold(), "")
        home, best, incidents = runbook, 3 if runbook else 0, 0
        own = tuple(fold_text(each).casefold() for each in spelled)
        found = dict.fromkeys(here for each in spelled for here, _ in find_mentions(self.writers.mirror, each))
        for number, here in enumerate(found):
            page = self.writers.heads.get(here)
            if page is None:
                continue
            incidents += page.doc in self.incidents
            rank = self._rank_home(page, own)
            if rank > best:
                home, best = page.doc, rank
            if self.is_runbook(page) and self.writers.others(page):
                runbook = runbook or page.doc
            if number < MAX_READ:
                for place, writer in self._find_ignorance(page, spelled):
                    unknown.append(place)
                    lost.add(writer)
            if is_record(page) or page.kind == Kind.TICKET:
                continue  # who noted a day, or opened a ticket, need not know
            for person, day in self.writers.others(page).items():
                seen[person] = max(seen.get(person, ""), day)
        people = sorted(seen.keys() - lost, key=lambda person: (seen[person], person.name), reverse=True)
        return Subject(tuple(people), tuple(unknown[:3]), runbook, home, incidents)

    def _rank_home(self, page: TextHead, names: tuple[str, ...]) -> int:
        """Return how well an answer about a subject would stand on a page that names it, 0 for not at all."""
        if page.source != Source.ESA or page.kind != Kind.POST or self.writers.folder(page) or is_record(page):
            return 0
        if page.doc in self.incidents or page.category.startswith(OUT_OF_USE):
            return 0
        title = fold_text(page.title).casefold()
        return 2 * any(name in title for name in names) + self.is_runbook(page)

    def is_runbook(self, page: TextHead) -> bool:
        """Whether title or folder call a shared page a runbook."""
        if page.kind not in (Kind.POST, Kind.WIKI) or self.writers.folder(page):
            return False
        return name_kind(page) is PageKind.RUNBOOK

    def _find_ignorance(self, page: TextHead, names: Iterable[str]) -> Iterator[tuple[str, Person]]:
        """Yield the places where others say of the subject, or of the member, that they do not know, and who does."""
        unknown, words = False, tuple(fold_text(name).casefold() for name in names)
        member = tuple(fold_text(word).casefold() for word in self.words)
        for part, number, line in read_lines(self.writers, page):
            text = fold_text(line)
            if text.lstrip().startswith(("#", "h2.", "h3.", "■", "【")):
                unknown = is_ignorance(text)
            elif (unknown or is_ignorance(text)) and any(word in text.casefold() for word in (*words, *member)):
                writer = self.writers.writer_of(page, part)
                if writer is not None:
                    yield format_place(page.doc, part, number), writer


def names_of(people: Iterable[Person], most: int = 2) -> tuple[str, ...]:
    """Return what some people are called."""
    return tuple(person.name for person in list(people)[:most])
