"""What applying a plan will do besides the changes themselves: requests, minutes, mails, names that remain. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.changes.consequences.mails import Audience, Mails, mails
from kb.changes.consequences.pace import ESA_EACH_S, FRESH, REDMINE_EACH_S, Budget, paced
from kb.changes.plan import Change, Key, Verb, merged, wanted
from kb.model import Source

__all__ = ["FRESH", "Audience", "Budget", "Consequences", "Mails", "consequences"]

SURVEYED = 100
"""Targets one look covers before anything is sent, on either system."""

CHECKED = 50
"""Posts one look covers between two writes."""

MANY, FIRST = 20, 3
"""Beyond so many targets the first few tickets are read back before the rest is sent (as kb.changes.engine does)."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What accepted changes come to.

    `posts` and `tickets` are targets that are written to; `along` tickets that Redmine changes with
    them; `by_verb` counts the changes. `esa` and `redmine` are the requests. `seconds` and `waits` are
    those of one day's share when there are several `days`. `editor` and `author` are whose names will
    stand behind the posts and tickets, "" where it is not known. `whole` are posts that move with their
    whole category, in a call that takes no message.
    """

    posts: int
    tickets: int
    along: int
    by_verb: tuple[tuple[Verb, int], ...]
    esa: int
    redmine: int
    seconds: float
    waits: int
    days: int
    per_day: int
    mails: Mails
    with_note: bool
    notify: bool
    closes: bool
    editor: str
    author: str
    whole: int = 0

    @property
    def requests(self) -> int:
        """All requests, reads too."""
        return self.esa + self.redmine

    @property
    def writes(self) -> int:
        """Targets written to: the number `--allow` states."""
        return self.posts + self.tickets


def consequences(
    accepted: Iterable[Change],
    audiences: Mapping[str, Audience] | None = None,
    *,
    budget: Budget = FRESH,
    subtrees: Sequence[int] = (),
    groups: int = 0,
    per_day: int = 0,
    without_note: bool = False,
    notify: bool = False,
    editor: str = "",
    author: str = "",
    me: int = 0,
) -> Consequences:
    """What follows from these changes.

    `audiences` say by target who has to do with a ticket. `subtrees` are the numbers of posts of whole
    categories that one request moves each; `groups` the kinds of tickets whose allowed statuses are read.
    `per_day` 0 sends all at once. `editor`, `author` and `me` are the owners of the keys: screen name in
    esa, name and id in Redmine.
    """
    changes = tuple(accepted)
    targets = {target: each for target, each in merged(changes).items() if wanted(each)}
    posts = sum(each[0].source is Source.ESA for each in targets.values())
    tickets = len(targets) - posts
    days = _pages(len(targets), per_day or len(targets) or 1)
    trees = tuple(subtrees) if days == 1 else ()
    esa = paced(_esa_requests(_pages(posts, days or 1), trees), budget, ESA_EACH_S, after_wait=1)
    redmine = _redmine_requests(_pages(tickets, days or 1))
    counts = {verb: sum(each.kind is verb for each in changes if wanted([each])) for verb in Verb}
    return Consequences(
        posts=posts,
        tickets=tickets,
        along=len({each for change in changes for each in change.along} - targets.keys()),
        by_verb=tuple((verb, count) for verb, count in counts.items() if count),
        esa=esa.requests if days == 1 else _esa_requests(posts, (), days),
        redmine=_redmine_requests(tickets, days) + _tried(len(targets), tickets, days) + (groups if tickets else 0),
        seconds=esa.seconds + paced(redmine, None, REDMINE_EACH_S).seconds,
        waits=esa.waits,
        days=days,
        per_day=per_day,
        mails=mails(changes, audiences or {}, me),
        with_note=not without_note and tickets > 0,
        notify=notify,
        closes=any(each.kind is Verb.CLOSE and Key.STATUS in wanted([each]) for each in changes),
        editor=editor if posts else "",
        author=author if tickets else "",
        whole=sum(trees),
    )


def _esa_requests(posts: int, subtrees: Sequence[int], days: int = 1) -> int:
    """N posts: N writes, ⌈N/100⌉ looks before anything is sent and ⌈N/50⌉ between; each day begins anew.

    A whole category is one write; its posts are read before and after, its target and the numbers of posts once.
    """
    single = max(0, posts - sum(subtrees))
    daily = _pages(single, days or 1)
    reads = _pages(daily, SURVEYED) + _pages(daily, CHECKED)
    return single + reads * days + sum(3 + 2 * _pages(size, SURVEYED) for size in subtrees)


def _redmine_requests(tickets: int, days: int = 1) -> int:
    """M tickets: M writes, each hundred looked at before and read back after, and whose key it is; so each day."""
    daily = _pages(tickets, days or 1)
    return tickets + (2 * _pages(daily, SURVEYED) + 1) * days if tickets else 0


def _tried(targets: int, tickets: int, days: int) -> int:
    """A look at the first few tickets, on each day that begins with many targets left and sends more tickets."""
    if not days or _pages(tickets, days) <= FIRST:
        return 0
    return sum(targets - day * _pages(targets, days) > MANY for day in range(days))


def _pages(count: int, size: int) -> int:
    """⌈count / size⌉."""
    return -(-count // size)
