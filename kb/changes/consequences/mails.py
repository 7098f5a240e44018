"""Whom Redmine writes a mail to when tickets change. Pure.

Its rule (Redmine 6.0.5, `Issue#notified_users`, `Mailer.deliver_issue_edit`): author, assignee, the
assignee before, and watchers; and those who asked for everything of the project, which nobody can read
over the API. Who made the change gets none, unless they asked for it. A change of status or assignee
alone is told too, with or without a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.changes.plan import Change, Key, merged, wanted
from kb.model import Source


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
    """How many mails go out, to how many people; at least so many where `tickets_unknown` says it is not all.

    `tickets` get a note or a change of status, those that are changed along with others too.
    """

    count: int = 0
    people: int = 0
    tickets: int = 0
    unknown: int = 0
    """Tickets of which the watchers, or all, is not known."""


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
    count = unknown = 0
    everybody: set[int] = set()
    for target, people in told.items():
        audience = audiences.get(target)
        known = audience or Audience()
        people |= {known.author, known.assignee, *(known.watchers or ())}
        people -= {0, me}
        everybody |= people
        count += len(people)
        if audience is None or audience.watchers is None:
            unknown += 1
            count += known.watcher_count
    return Mails(count, len(everybody), len(told), unknown)


def person(written: str) -> int:
    """The id of `佐藤 健 #7`; 0 for nobody."""
    number = written.rpartition("#")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
