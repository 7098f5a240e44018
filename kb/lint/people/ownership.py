"""Decide who owns a document, a measure or a node, and why. Pure.

The first of these that names a present member: the personal folder a page is in, the last matching rule, the
ticket's assignee, the last editor, the author, the steward. A rule beats a personal folder if its place names
such folders (`Users/ono/**`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kb.lint.people.people import People, Person
from kb.model.document import RawDocId
from kb.model.facts import Item
from kb.model.finding import Finding
from kb.model.host_names import NO_COLLECTED_NAMES, CollectedNames
from kb.model.page import Entry
from kb.sources.registry import member_sources
from kb.text.fold import normalize_name
from kb.text.globs import compile_glob, find_personal_folder
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span


class OwnerReason(StrEnum):
    """What decided the owner."""

    MEASURE = "measure"  # the page names them beside a measure
    FOLDER = "folder"
    RULE = "rule"
    ASSIGNEE = "assignee"
    EDITOR = "editor"
    AUTHOR = "author"
    STEWARD = "steward"


OWNER_REASONS = {
    OwnerReason.MEASURE: t("対策に書かれた担当", "named beside the measure"),
    OwnerReason.FOLDER: t("個人のフォルダー", "their folder"),
    OwnerReason.RULE: t("担当の決まり", "a rule of the team"),
    OwnerReason.ASSIGNEE: t("チケットの担当者", "assignee of the ticket"),
    OwnerReason.EDITOR: t("最後の編集", "last edit"),
    OwnerReason.AUTHOR: t("作成", "author"),
    OwnerReason.STEWARD: t("世話役", "steward"),
}
"""What says so, in a word or two for people."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner: one person, or several who share it. `rule` is the pattern that decided, if any."""

    people: tuple[Person, ...]
    why: OwnerReason
    rule: str = ""

    @property
    def name(self) -> str:
        """The names, as a list shows them."""
        return "、".join(each.name for each in self.people)

    @property
    def reason(self) -> Text:
        """What decided, in words."""
        return OWNER_REASONS[self.why]


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """A rule: `shown` is its spelling, `to` the owners; none removes ownership.

    It applies to documents whose place or path matches `place` and that carry `tag`, or to hosts that match
    `node` and documents that name one, by any of its `collected` names. `personal`: it names personal folders.
    """

    to: tuple[str, ...]
    shown: str
    place: re.Pattern[str] | None = None
    tag: str = ""
    node: re.Pattern[str] | None = None
    personal: bool = False
    collected: CollectedNames = NO_COLLECTED_NAMES

    def covers(self, entry: Entry) -> bool:
        """Return whether the rule applies to a document."""
        if not self.matches_place(list_paths(entry), {tag.casefold() for tag in entry.tags}):
            return False
        return self.node is None or any(map(self.node.fullmatch, list_hosts(entry, self.collected)))

    def matches_place(self, places: Iterable[str], tags: Collection[str]) -> bool:
        """Return whether place and tag match a document's; tags are case-folded."""
        if self.place is not None and not any(map(self.place.fullmatch, places)):
            return False
        return not self.tag or self.tag in tags


def compile_owner_rule(
    to: tuple[str, ...],
    *,
    place: str = "",
    tag: str = "",
    node: str = "",
    folders: Sequence[str] = (),
    collected: CollectedNames = NO_COLLECTED_NAMES,
) -> OwnerRule:
    """Compile a rule of kb.toml; `folders` are the globs of personal folders."""
    return OwnerRule(
        to,
        "、".join(filter(None, (place, f"#{tag.removeprefix('#')}" if tag else "", node))),
        compile_glob(place) if place else None,
        tag.removeprefix("#").casefold(),
        compile_glob(node) if node else None,
        bool(place) and bool(find_personal_folder(place, folders)),
        collected,
    )


def list_paths(entry: Entry) -> tuple[str, ...]:
    """Return what a place pattern is matched against: `category/title`, and a file's path."""
    place = f"{entry.category}/{entry.title}".lstrip("/")
    return place, str(entry.doc).removeprefix("files:")


def list_hosts(entry: Entry, collected: CollectedNames = NO_COLLECTED_NAMES) -> Iterator[str]:
    """Yield the hosts in a document: those read from its text, or the words of its title if it was not read.

    A collected name is followed by what the machine is called.
    """
    for host in entry.facts.hosts if entry.facts is not None else ():
        yield host
        if (known := collected.find(host)) is not None:
            yield known.machine
    yield from _WORD.findall(entry.title)


def no_assignee(doc: RawDocId) -> str:
    """Return no assignee, where there are no tickets."""
    return ""


@dataclass(slots=True)
class Owners:
    """Decides owners by `rules` in order; `assignee` returns a ticket's assignee, "" for none.

    `bots` are names that own nothing, as `normalize_name` returns them.
    """

    people: People
    rules: Sequence[OwnerRule] = ()
    folders: Sequence[str] = ()
    steward: str = ""
    assignee: Callable[[RawDocId], str] = no_assignee
    bots: Collection[str] = ()
    _known: dict[str, Person] = field(default_factory=dict)

    def owner_of(self, entry: Entry) -> Owner | None:
        """Return the owner of a document; None if there is not even a steward."""
        return next(self._candidates(entry), None)

    def owner_of_node(self, host: str) -> Owner | None:
        """Return the owner of a node by the node rules; None without one."""
        for rule in reversed(self.rules):
            if rule.node is not None and rule.place is None and not rule.tag and rule.node.fullmatch(host):
                return self._by_rule(rule)
        return None

    def owner_of_measure(self, entry: Entry, item: Item) -> Owner | None:
        """Return the owner of a measure: whom the page names, else the document's."""
        named = tuple(each for name in item.owners if not (each := self.person(name)).former)
        return Owner(named, OwnerReason.MEASURE) if named else self.owner_of(entry)

    def owner_of_finding(self, entry: Entry, found: Finding) -> Owner | None:
        """Return the owner of a finding: its measure's, else the document's."""
        item = find_item(entry, found)
        return self.owner_of(entry) if item is None else self.owner_of_measure(entry, item)

    def known_owner(self, entry: Entry, owner: Owner | None) -> Owner | None:
        """Return an owner whom people know; if any are known, 「担当: jar」 falls back to the document's owner."""
        if owner is None or owner.why is not OwnerReason.MEASURE or not self.people:
            return owner
        known = tuple(each for each in owner.people if self.people.find(each.name))
        return replace(owner, people=known) if known else self.owner_of(entry)

    def owns(self, person: Person, entry: Entry) -> bool:
        """Return whether someone owns a document; a ticket's assignee always does."""
        owner = self.owner_of(entry)
        if owner is not None and person in owner.people:
            return True
        given = self.assignee(entry.doc)
        return bool(given) and self.person(given) == person

    def is_finding_of(self, person: Person, entry: Entry, found: Finding) -> bool:
        """Return whether a finding is someone's: by its document, or the measure that names them.

        A name two members share counts for both, or neither would see it.
        """
        return self.is_named_in(person, entry, found) or self.owns(person, entry)

    def is_named_in(self, person: Person, entry: Entry, found: Finding) -> bool:
        """Return whether a finding's measure names someone."""
        item = find_item(entry, found)
        return item is not None and self.is_measure_of(person, item)

    def is_measure_of(self, person: Person, item: Item) -> bool:
        """Return whether a measure names someone, perhaps by a shared name."""
        return any(person in self.people.find(name) or person.name == name for name in item.owners)

    def resolve(self, member: str, option: str = "--for") -> Person:
        """Return the person of any of their names. Raises UsageError with the nearest one."""
        return self.people.resolve(member, option)

    def person(self, name: str) -> Person:
        """Return the person of a name; one unknown to the mirror has this name alone."""
        if name not in self._known:
            self._known[name] = self.people.person(name)
        return self._known[name]

    def _candidates(self, entry: Entry) -> Iterator[Owner]:
        """Yield the owners each source names, first source first."""
        rule = next((rule for rule in reversed(self.rules) if rule.covers(entry)), None)
        by_rule = self._by_rule(rule) if rule is not None else None
        if by_rule is not None and rule is not None and rule.personal:
            yield by_rule
        if folder := find_personal_folder(entry.category, self.folders):
            yield from self._person(folder.rpartition("/")[2], OwnerReason.FOLDER, listed=True)
        if by_rule is not None:
            yield by_rule
        yield from self._person(self.assignee(entry.doc), OwnerReason.ASSIGNEE)
        listed = entry.source in member_sources()
        yield from self._person(entry.human_by, OwnerReason.EDITOR, listed=listed)
        yield from self._person(entry.author, OwnerReason.AUTHOR, listed=listed)
        yield from self._person(self.steward, OwnerReason.STEWARD)

    def _person(self, name: str, why: OwnerReason, *, listed: bool = False) -> Iterator[Owner]:
        """Yield one person unless they left; with `listed` anyone not among esa's members did."""
        if listed and self.people.members and not self.people.find(name):
            return
        if (
            normalize_name(name)
            and normalize_name(name) not in NOT_A_PERSON
            and normalize_name(name) not in self.bots
            and not (person := self.person(name)).former
        ):
            yield Owner((person,), why)

    def _by_rule(self, rule: OwnerRule) -> Owner | None:
        people = tuple(dict.fromkeys(each for name in rule.to if not (each := self.person(name)).former))
        return Owner(people, OwnerReason.RULE, rule.shown) if people else None


NOT_A_PERSON = frozenset({"anonymous", "匿名ユーザー", "匿名ユーザ"})
"""Redmine's name for an author without a login."""


def find_item(entry: Entry, found: Finding) -> Item | None:
    """Return the measure with an owner that a finding is about; None without one."""
    if entry.facts is None or found.part not in (entry.part, *(field.part for field in entry.facts.fields)):
        return None
    here = entry.facts.find_read_span(found.part, found.span)
    return next((item for item in entry.facts.items if item.owner and _is_within(here, item.span)), None)


def _is_within(inner: Span, outer: Span) -> bool:
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)


_WORD = compile_lazy("[A-Za-z0-9][A-Za-z0-9._-]+")
