"""Whom Redmine writes a mail to when tickets change. Pure.

Its rule (Redmine 6.0.5, `Issue#notified_users`, `User#notify_about?`, `Mailer.deliver_issue_edit`):
assignee, the assignee before, and watchers; the author only where they asked for that (a new account is
told of what is assigned to it alone), and those who asked for everything of the project, which nobody
can read over the API. Who made the change gets none, unless they asked for it. A change of status or
assignee alone is told too, with or without a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.changes.plan import Change, Key, merged, wanted
from kb.model import Source

MANY, EACH = 20, 5
"""Mails beyond which, in all or to one person, their number has to be stated."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who has to do with a ticket, by the ids of Redmine; 0 for nobody. `watchers` None: they are not known.

    `watcher_count` tells how many there are where only that is known.
    """

    author: int = 0
    assignee: int = 0
    watchers: tuple[int, ...] | None = None
    watcher_count: int = 0


@dataclass(frozen=True, slots=True)
class Mails:
    """How many mails go out, to how many people, as accounts are set up by default; `most` to one of them.

    `tickets` are those that change, those along with others too; of `unknown` ones the watchers, or
    everybody, is not known. `authors` are the mails that come on top where all authors asked for them.
    """

    count: int = 0
    people: int = 0
    tickets: int = 0
    unknown: int = 0
    authors: int = 0
    most: int = 0

    @property
    def is_mass(self) -> bool:
        """Whether they are so many that whoever causes them states their number."""
        return self.count > MANY or self.most > EACH


def mails(changes: Iterable[Change], audiences: Mapping[str, Audience], me: int = 0) -> Mails:
    """The mails these accepted changes cause. `audiences` by target; `me` is the id of the key's owner, or 0."""
    told: dict[str, set[int]] = {}
    for target, each in merged(changes).items():
        after = wanted(each)
        if each[0].source is not Source.REDMINE or not after:
            continue
        new = person(str(after.get(Key.ASSIGNEE, "")))
        told.setdefault(target, set()).update((new, *(person(str(one.before.get(Key.ASSIGNEE, ""))) for one in each)))
        if Key.STATUS in after:
            for change in each:
                for other in change.along:
                    told.setdefault(other, set())
    count = unknown = authors = 0
    each_gets: Counter[int] = Counter()
    for target, people in told.items():
        audience = audiences.get(target)
        known = audience or Audience()
        people |= {known.assignee, *(known.watchers or ())}
        people -= {0, me}
        authors += known.author not in {0, me, *people}
        each_gets.update(people)
        count += len(people)
        if audience is None or audience.watchers is None:
            unknown += 1
            count += known.watcher_count
    return Mails(count, len(each_gets), len(told), unknown, authors, max(each_gets.values(), default=0))


def person(written: str) -> int:
    """The id of `佐藤 健 #7`; 0 for nobody."""
    number = written.rpartition("#")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
