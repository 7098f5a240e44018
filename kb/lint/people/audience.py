"""What is one person's: `--for MEMBER` of lint and search.

    mine = open_mine("sato", workspace)      UsageError for a name nobody has
    mine.of(entry, findings)                 those of a document's findings that are theirs

The mirror stays open until `close`, since the assignees of tickets are asked for when the first is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from kb.lint.people.owners import load_owners
from kb.lint.people.ownership import Owners
from kb.lint.people.people import People, Person
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Document
from kb.model.facts import Facts, PageKind
from kb.model.finding import Finding
from kb.model.page import Entry, PagePolicy
from kb.reading.tickets.finished import address_person
from kb.rules.judge import build_entry
from kb.rules.registry import Rule, load_rules, rule_text
from kb.settings.workspace import Workspace
from kb.text.fold import fold_text
from kb.text.lang import Text, t


@dataclass
class MemberFilter:
    """One person, and the owners who tell what is theirs."""

    person: Person
    owners: Owners
    mirror: Mirror | None = field(default=None, repr=False)

    def of(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding] | None:
        """The findings that are theirs; None where neither the document nor any finding is."""
        if self.owners.owns(self.person, entry):
            return findings
        named = [each for each in findings if self.owners.names(self.person, entry, each)]
        return named or None

    def wanted(self, policy: PagePolicy) -> Callable[[StoredDocument], bool]:
        """Whether a page of the mirror is theirs, or one of its measures names them: for a search."""
        return lambda page: self._has(page.document, policy, page.structure)

    def _has(self, document: Document, policy: PagePolicy, structure: bytes | None) -> bool:
        """Only pages with their name in them are read."""
        from kb.text.links import find_hosts

        facts = Facts(PageKind.OTHER, "", hosts=find_hosts(document.body, policy.host_pattern))
        if self.owners.owns(self.person, build_entry(document, facts)):
            return True
        body = fold_text(document.body).casefold()
        if not any(name in body for name in self._words):
            return False
        from kb.reading.facts import read_facts  # the reader takes 0.1 s to load

        items = read_facts(document, policy, structure).items
        return any(self.owners.measures(self.person, item) for item in items)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        """What a page that names them holds, in one spelling: the first part of each of their names."""
        return tuple({fold_text(name).casefold().split()[0] for name in self.person.names if name.strip()})

    def whose(self) -> Text:
        """Whose things are shown, as a line begins."""
        return t(f"{address_person(self.person.name)}の分: ", f"{self.person.name}: ")

    def note(self) -> Text | None:
        """What is to be said of somebody who is no longer a member; None for everybody else."""
        if not self.person.former:
            return None
        name = self.person.name
        return t(
            f"{address_person(name)}は今のメンバーにいないので、名前の残っている対策だけです。ほかは別の人の担当になっています。",
            f"{name} is no longer a member: these are measures that still name them. All else is others' by now.",
        )

    def close(self) -> None:
        """Close the mirror."""
        if self.mirror is not None:
            self.mirror.close()


def open_member_filter(member: str, workspace: Workspace | None) -> MemberFilter:
    """The person a name means, with a mirror to ask where there is one. Raises UsageError for a name nobody has.

    Where neither a mirror nor kb.toml knows anybody, the name is taken as it is.
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


# Sentences for readers who were not asked about: who is named in one owns the row, or is not named.
#
# What a rule says to whoever runs kb may tell who set a status, and who is no longer a member. Passed on, it says what
# to do and no more: in a report the owner stands beside it, in a CI log nobody does.


_INSTEAD: dict[str, Text] = {
    "TKT101": t(
        "終わったように見えます。閉じるか、残っていることを書き添えてください。",
        "This looks finished: close it, or write down what is left.",
    ),
    "TKT104": t("担当者を決めてください。", "Decide who takes it."),
    "PST103": t("引き継ぐ人を決めるか、アーカイブしてください。", "Decide who takes this over, or archive it."),
}
_CALLED = re.compile("さん")  # how kb speaks of people, known or not
_NAMING = frozenset({"KB905"})  # it is about a name that nobody is known by


def anonymize_message(code: str, message: Text, title: Text, names: re.Pattern[str]) -> Text:
    """The message of a finding where it names nobody; else what its rule has to say without, or the rule's title.

    `names` finds the names that are known (`named`).
    """
    if code not in _NAMING and not _names(message.ja, names) and not _names(message.en, names):
        return message
    return _INSTEAD.get(code, title)


@lru_cache(maxsize=4096)
def _names(text: str, names: re.Pattern[str]) -> bool:
    """Whether a sentence names somebody. Most findings of a rule say the same."""
    return bool(_CALLED.search(text) or names.search(fold_text(text).casefold()))


def list_member_names(people: People) -> frozenset[str]:
    """What the members go by, now and formerly, as it is written."""
    pairs: Iterable[tuple[str, str]] = (*people.members.items(), *people.former.items())
    surnames = (name.split()[0] for name in people.former.values() if name.split())
    return frozenset((*(name for pair in pairs for name in pair), *people.redmine, *people.names, *surnames))


@lru_cache(maxsize=4)
def find_names(names: frozenset[str]) -> re.Pattern[str]:
    """Finds a name in a folded text: one of ASCII as a word, another wherever it stands, one character with さん."""
    words = sorted(
        {plain for name in names if (plain := fold_text(name).casefold().strip())}, key=lambda word: (-len(word), word)
    )
    roman, others = [each for each in words if each.isascii()], [each for each in words if not each.isascii()]
    roman = [each for each in roman if len(each) > 1]
    parts = (_any(others), f"(?<![0-9a-z_.-]){_any(roman)}(?![0-9a-z_-])" if roman else "")
    return re.compile("|".join(filter(None, parts)) or "(?!)")


def _any(words: Sequence[str]) -> str:
    """A pattern for one of some names. Most places are passed over by their first character."""
    firsts = "".join(sorted({re.escape(each[0]) for each in words}))
    return f"(?=[{firsts}])(?:{'|'.join(map(_word, words))})" if words else ""


def _word(name: str) -> str:
    """A name, with whatever blanks; one of a single character with さん."""
    pattern = r"\s*".join(map(re.escape, name.split()))
    return pattern if len(name) > 1 else f"{pattern}(?:さん|氏|様)"


NO_NAMES = find_names(frozenset())
"""Finds no name: for where no mirror tells who there is."""


@dataclass(slots=True)
class Anonymizer:
    """Says findings without naming anybody. `names` finds the names that are known.

    `known` are the rules whose titles help; all that are loaded when not given.
    """

    names: re.Pattern[str] = NO_NAMES
    known: Sequence[Rule] | None = None
    _rules: dict[str, Rule] = field(default_factory=dict)
    _titles: dict[str, Text] = field(default_factory=dict)

    def of(self, finding: Finding) -> Finding:
        """The finding with a message that names nobody."""
        says = anonymize_message(finding.code, finding.message, self._title(finding), self.names)
        return finding if says is finding.message else replace(finding, message=says)

    def _title(self, finding: Finding) -> Text:
        """What its rule finds, in a few words; the name of a rule that has none."""
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
