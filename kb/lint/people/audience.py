"""Select and show findings for an audience: `--for MEMBER`, and texts that name no one.

The mirror stays open until `close`, since tickets' assignees are read when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from kb.errors import KbError
from kb.ingest.document import ingest
from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owners
from kb.lint.people.people import People, Person
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Document
from kb.model.facts import Facts, PageKind
from kb.model.finding import Finding
from kb.model.masked import Masked, reshape
from kb.model.page import Entry, PagePolicy
from kb.reading.tickets.finished import address_person
from kb.rules.finding import describe_crash
from kb.rules.judge import build_entry
from kb.rules.registry import Rule, load_rules, rule_text
from kb.settings.workspace import Workspace
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy


@dataclass
class MemberFilter:
    """One person, and the owners that tell what is theirs. `troubles`: pages that could not be read."""

    person: Person
    owners: Owners
    mirror: Mirror | None = field(default=None, repr=False)
    troubles: list[KbError] = field(default_factory=list, repr=False)

    def findings_of(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding] | None:
        """Return the person's findings; None when neither document nor findings are theirs."""
        if self.owners.owns(self.person, entry):
            return findings
        named = [each for each in findings if self.owners.is_named_in(self.person, entry, each)]
        return named or None

    def is_theirs(self, policy: PagePolicy) -> Callable[[StoredDocument], bool]:
        """Return whether a page of the mirror is theirs or a measure names them, for searches."""
        return lambda page: self._names_them(page.document, policy, page.structure)

    def _names_them(self, document: Document, policy: PagePolicy, structure: bytes | None) -> bool:
        """Return whether a page holds one of their names; only those are read."""
        from kb.reading.hosts.find_hosts import find_hosts

        facts = Facts(PageKind.OTHER, "", hosts=find_hosts(document.body, policy.hosts))
        if self.owners.owns(self.person, build_entry(ingest(document, body=False).document, facts)):
            return True
        body = fold_text(document.body).casefold()
        if not any(name in body for name in self._first_names):
            return False
        from kb.reading.facts import read_facts  # the reader takes 0.1 s to load

        try:
            items = read_facts(document, policy, structure).items
        except Exception as error:  # the other pages are searched all the same
            self.troubles.append(describe_crash("reading", document.doc, document.part, error))
            return True
        return any(self.owners.is_measure_of(self.person, item) for item in items)

    def are_theirs(self, names: Sequence[str]) -> bool:
        """Return whether one of some names means the person."""
        return any(self.person in self.owners.people.find(name) or self.person.name == name for name in names)

    def mentions(self, line: str) -> bool:
        """Return whether a line holds one of their names."""
        folded = fold_text(line).casefold()
        return any(name in folded for name in self._first_names)

    @cached_property
    def _first_names(self) -> tuple[str, ...]:
        """The first part of each of their names, folded: a page that names them holds one."""
        return tuple({fold_text(name).casefold().split()[0] for name in self.person.names if name.strip()})

    def label(self) -> Text:
        """Return whose findings are shown, as the beginning of a line."""
        return t(f"{address_person(self.person.name)}の分: ", f"{self.person.name}: ")

    def note(self) -> Text | None:
        """Return a note if the person is not on the list of members."""
        if not self.person.former:
            return None
        name = self.person.name
        return t(
            f"{address_person(name)}はメンバーの一覧にいないので、名前の残っている対策だけです。ほかは別の人の担当になっています。",
            f"{name} is not on the list of members: these are measures that still name them. The rest has other owners"
            " now.",
        )

    def close(self) -> None:
        if self.mirror is not None:
            self.mirror.close()


def open_member_filter(member: str, workspace: Workspace | None) -> MemberFilter:
    """Find a member by name, using the mirror if there is one. Raises UsageError for an unknown name.

    If neither mirror nor kb.toml knows anyone, the name is taken as it is.
    """
    mirror = None
    if workspace is not None and workspace.mirror.exists():
        mirror = Mirror.open(workspace.mirror, readonly=True)
    try:
        owners = load_owners(workspace, mirror)
        person = owners.resolve(member) if owners.people else owners.person(member)
    except BaseException:
        if mirror is not None:
            mirror.close()
        raise
    return MemberFilter(person, owners, mirror)


# Shared texts name no one: what a rule tells whoever runs kb may say who set a status, or who has left.


_CALLED = compile_lazy("さん")  # how kb speaks of people, known or not
_NAMING = frozenset({"KB905"})  # its name is unknown, so it cannot be a person's


def anonymize_finding(finding: Finding, title: Text, names: re.Pattern[str]) -> Finding:
    """Return a finding that names no one: its evidence goes where it does, and the rule's title says the rest.

    `names` finds known names (`find_names`).
    """
    if finding.evidence is not None and (finding.code in _NAMING or names_anyone(finding.evidence, names)):
        finding = replace(finding, evidence=None)
    return replace(finding, message=title) if names_anyone(finding.message, names) else finding


def names_anyone(text: Text, names: re.Pattern[str]) -> bool:
    """Return whether a sentence names someone `names` finds."""
    return _names(text.ja, names) or _names(text.en, names)


@lru_cache(maxsize=4096)
def _names(text: str, names: re.Pattern[str]) -> bool:
    """Return whether a sentence names someone; cached, since a rule's findings repeat."""
    return bool(_CALLED.search(text) or names.search(fold_text(text).casefold()))


def list_member_names(people: People) -> frozenset[str]:
    """Return present and former members' names as written."""
    pairs: Iterable[tuple[str, str]] = (*people.members.items(), *people.former.items())
    surnames = (name.split()[0] for name in people.former.values() if name.split())
    return frozenset(
        (*(name for pair in pairs for name in pair), *(each.name for each in people.redmine), *people.names, *surnames)
    )


def hide_folders(place: Masked, names: Collection[str]) -> Masked:
    """Return a place without the categories that are called by one of these normalized names: `Users/…/作業`."""

    def hide(place: str) -> str:
        return "/".join("…" if normalize_name(part) in names else part for part in place.split("/"))

    return reshape(place, hide) if names else place


@lru_cache(maxsize=4)
def find_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return a finder of names in folded text: ASCII names as words, single characters with さん."""
    words = sorted(
        {plain for name in names if (plain := fold_text(name).casefold().strip())}, key=lambda word: (-len(word), word)
    )
    roman, others = [each for each in words if each.isascii()], [each for each in words if not each.isascii()]
    roman = [each for each in roman if len(each) > 1]
    parts = (_any(others), f"(?<![0-9a-z_.-]){_any(roman)}(?![0-9a-z_-])" if roman else "")
    return re.compile("|".join(filter(None, parts)) or "(?!)")


def _any(words: Sequence[str]) -> str:
    """Return a pattern for any of these names that rules most places out by one character."""
    firsts = "".join(sorted({re.escape(each[0]) for each in words}))
    return f"(?=[{firsts}])(?:{'|'.join(map(_word, words))})" if words else ""


def _word(name: str) -> str:
    """Return a pattern for a name, with any blanks; a single character needs さん."""
    pattern = r"\s*".join(map(re.escape, name.split()))
    return pattern if len(name) > 1 else f"{pattern}(?:さん|氏|様)"


NO_NAMES = find_names(frozenset())
"""Finds no name: for where no mirror tells who there is."""


@dataclass(slots=True)
class Anonymizer:
    """Rewrites findings so that they name no one. `names` finds known names.

    `known` are the rules whose titles help; all loaded ones by default.
    """

    names: re.Pattern[str] = NO_NAMES
    known: Sequence[Rule] | None = None
    _rules: dict[str, Rule] = field(default_factory=dict)
    _titles: dict[str, Text] = field(default_factory=dict)

    def anonymize(self, finding: Finding) -> Finding:
        """Return the finding with a message that names no one."""
        return anonymize_finding(finding, self._title(finding), self.names)

    def _title(self, finding: Finding) -> Text:
        """Return the title of a rule, or its name."""
        code = finding.code
        if code not in self._titles:
            if not self._rules:
                self._rules = {rule.code: rule for rule in (load_rules() if self.known is None else self.known)}
            self._titles[code] = _title(self._rules.get(code)) or Text(finding.rule, finding.rule)
        return self._titles[code]


def _title(rule: Rule | None) -> Text | None:
    try:
        return rule_text(rule).title if rule is not None else None
    except (ValueError, KeyError):  # no words, or not in the shape
        return None
