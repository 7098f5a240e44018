"""Who wrote what, from the heads of all texts: what is one person's alone, and who works nearby."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from kb.lint.people.ownership import Owners
from kb.lint.people.people import Person
from kb.mirror.queries import TextHead, text_heads
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.masked import Masked
from kb.secrets.mask_document import mask_text
from kb.text.display import sanitize
from kb.text.fold import normalize_name
from kb.text.globs import find_personal_folder

MAX_NEARBY = 2
"""People who are named as possible owners."""


class Writers:
    """The texts of a mirror by who wrote and edited them, seen from one person."""

    def __init__(
        self, mirror: Mirror, owners: Owners, person: Person, passing_on: frozenset[Person] = frozenset()
    ) -> None:
        self.mirror = mirror
        self.owners = owners
        self.person = person
        self.passing_on = passing_on  # nobody's owners to be
        self.heads = {head.id: head for head in text_heads(mirror.database)}
        self._parts: dict[int, list[TextHead]] = defaultdict(list)
        for head in self.heads.values():
            if head.parent is not None:
                self._parts[head.parent].append(head)
        self._mine: dict[str, bool] = {}
        self._present: dict[str, Person | None] = {}

    def is_theirs(self, name: str | None) -> bool:
        """Whether a name is one of the person's; a name two people share is nobody's."""
        if not name:
            return False
        if name not in self._mine:
            self._mine[name] = self.owners.person(name) == self.person
        return self._mine[name]

    def present(self, name: str | None) -> Person | None:
        """Return the other person of a name, if they are still there."""
        if not name:
            return None
        if name not in self._present:
            found = self.owners.people.find(name)
            known = len(found) == 1 and not found[0].former and found[0] != self.person
            is_bot = normalize_name(name) in self.owners.bots
            listed = bool(found) and (not self.owners.people.members or self._is_member(found[0]))
            self._present[name] = found[0] if known and listed and not is_bot else None
        return self._present[name]

    def _is_member(self, person: Person) -> bool:
        return person.handle in self.owners.people.members

    def pages(self) -> Iterator[TextHead]:
        """Yield what stands for itself."""
        return (head for head in self.heads.values() if head.parent is None)

    def name_pages(self, docs: Iterable[str]) -> dict[str, Masked]:
        """Return the titles of documents, as they are shown."""
        wanted = frozenset(docs)
        return {page.doc: sanitize(mask_text(page.title)) for page in self.pages() if page.doc in wanted}

    def page_of(self, head: TextHead) -> TextHead:
        """Return the page a text is a part of, itself for a page."""
        return self.heads.get(head.parent, head) if head.parent is not None else head

    def folder(self, head: TextHead) -> str:
        """Return the personal folder a page is in."""
        return find_personal_folder(head.category, self.owners.folders)

    def is_in_own_folder(self, head: TextHead) -> bool:
        """Whether a page is in the person's own folder."""
        folder = self.folder(head)
        return bool(folder) and self.is_theirs(folder.rpartition("/")[2])

    def wrote(self, head: TextHead) -> bool:
        """Whether the person wrote a text or edited it last."""
        return self.is_theirs(head.author) or self.is_theirs(head.human_by)

    def took_part(self, page: TextHead) -> bool:
        """Whether the person wrote, edited or commented a page, has it assigned, or keeps it in their folder."""
        return (
            self.is_in_own_folder(page)
            or self.is_theirs(page.assignee)
            or any(map(self.wrote, (page, *self._parts[page.id])))
        )

    def is_sole(self, page: TextHead) -> bool:
        """Whether nobody else is known to have written or edited a page; comments are no edits."""
        if not self.is_theirs(page.author) or (page.human_by and not self.is_theirs(page.human_by)):
            return False
        return all(self.is_theirs(old.author) for old in self.mirror.versions(page.id) if old.author)

    def is_sure_of(self, page: TextHead) -> bool:
        """Whether every version of a page was read."""
        return page.source != Source.ESA or page.revision <= 1 + page.versions

    def part_of(self, page: TextHead, part: str) -> TextHead | None:
        """Return a part of a page, or the page itself."""
        return page if part == page.part else next((each for each in self._parts[page.id] if each.part == part), None)

    def writer_of(self, page: TextHead, part: str) -> Person | None:
        """Return who else, that is there, edited a page or wrote a part of it last."""
        head = self.part_of(page, part)
        return None if head is None else self.present(head.human_by) or self.present(head.author)

    def others(self, page: TextHead) -> dict[Person, str]:
        """Return who else is there and wrote a page or a part of it, each with the day of their last text."""
        found: dict[Person, str] = {}
        for head in (page, *self._parts[page.id]):
            for name, moment in ((head.author, head.created_at), (head.human_by, head.human_at)):
                if (person := self.present(name)) is not None:
                    found[person] = max(found.get(person, ""), moment)
        return found

    def nearby(self, category: str, source: str) -> tuple[str, ...]:
        """Return who works in the nearest category that others write in, by name."""
        while category:
            if found := self._by_category.get((source, category)):
                return most_common(found)
            category = category.rpartition("/")[0]
        return ()

    @cached_property
    def _by_category(self) -> dict[tuple[str, str], Counter[str]]:
        found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for page in self.pages():
            if page.kind == Kind.ATTACHMENT or self.folder(page):
                continue
            names = {self._call(name) for name in (page.author, page.human_by, page.assignee)} - {""}
            category = page.category
            while category and names:
                found[page.source, category].update(names)
                category = category.rpartition("/")[0]
        return found

    def _call(self, name: str | None) -> str:
        person = self.present(name)
        return person.name if person is not None and person not in self.passing_on else ""


def most_common(names: Counter[str] | Iterable[str]) -> tuple[str, ...]:
    """Return the names that stand there most, those of one number by their order."""
    counted = names if isinstance(names, Counter) else Counter(names)
    return tuple(sorted(counted, key=lambda name: (-counted[name], name))[:MAX_NEARBY])
