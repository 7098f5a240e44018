"""What is one person's: `--for MEMBER` of lint and search.

    mine = open_mine("sato", workspace)      UsageError for a name nobody has
    mine.of(entry, findings)                 those of a document's findings that are theirs

The mirror stays open until `close`, since the assignees of tickets are asked for when the first is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kb.config import Workspace
from kb.lang import Text, t
from kb.lint.judge import entry_of
from kb.lint.owners_of import owners_of
from kb.lint.ownership import Owners
from kb.lint.people import Person
from kb.mirror.store import Mirror
from kb.mirror.stored import Stored
from kb.model import Document, Entry, Facts, Finding, PageKind, PagePolicy
from kb.reading.finished_words import called
from kb.reading.fold import folded


@dataclass
class Mine:
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

    def wanted(self, policy: PagePolicy) -> Callable[[Stored], bool]:
        """Whether a page of the mirror is theirs, or one of its measures names them: for a search."""
        return lambda page: self._has(page.document, policy, page.structure)

    def _has(self, document: Document, policy: PagePolicy, structure: bytes | None) -> bool:
        """Only pages with their name in them are read."""
        from kb.reading.links import hosts

        facts = Facts(PageKind.OTHER, "", hosts=hosts(document.body, policy.host_pattern))
        if self.owners.owns(self.person, entry_of(document, facts)):
            return True
        body = folded(document.body).casefold()
        if not any(name in body for name in self._words):
            return False
        from kb.reading.facts import read  # the reader takes 0.1 s to load

        items = read(document, policy, structure).items
        return any(self.owners.measures(self.person, item) for item in items)

    @cached_property
    def _words(self) -> tuple[str, ...]:
        """What a page that names them holds, in one spelling: the first part of each of their names."""
        return tuple({folded(name).casefold().split()[0] for name in self.person.names if name.strip()})

    def whose(self) -> Text:
        """Whose things are shown, as a line begins."""
        return t(f"{called(self.person.name)}の分: ", f"{self.person.name}: ")

    def note(self) -> Text | None:
        """What is to be said of somebody who is no longer a member; None for everybody else."""
        if not self.person.former:
            return None
        name = self.person.name
        return t(
            f"{called(name)}は今のメンバーにいないので、名前の残っている対策だけです。ほかは別の人の担当になっています。",
            f"{name} is no longer a member: these are measures that still name them. All else is others' by now.",
        )

    def close(self) -> None:
        """Close the mirror."""
        if self.mirror is not None:
            self.mirror.close()


def open_mine(member: str, workspace: Workspace | None) -> Mine:
    """The person a name means, with a mirror to ask where there is one. Raises UsageError for a name nobody has.

    Where neither a mirror nor kb.toml knows anybody, the name is taken as it is.
    """
    mirror = None
    if workspace is not None and workspace.mirror.exists():
        mirror = Mirror.open(workspace.mirror, readonly=True)
    try:
        owners = owners_of(workspace, mirror)
        person = owners.resolve(member) if owners.people else owners.person(member)
    except BaseException:
        if mirror is not None:
            mirror.close()
        raise
    return Mine(person, owners, mirror)
