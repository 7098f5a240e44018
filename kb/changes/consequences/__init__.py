"""What applying a plan will do besides the changes themselves: requests, minutes, mails, names that remain. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.changes.consequences.days import Day, days_of
from kb.changes.consequences.mails import Audience, Mails, mails
from kb.changes.consequences.pace import FRESH, Budget
from kb.changes.consequences.requests import esa_requests, redmine_requests, span
from kb.changes.plan import Change, Key, Verb, merged, wanted
from kb.model import Source

__all__ = ["FRESH", "Audience", "Budget", "Consequences", "Mails", "consequences"]


@dataclass(frozen=True, slots=True)
class Consequences:
    """What accepted changes come to.

    `posts` and `tickets` are targets that are written to; `along` tickets that Redmine changes with
    them; `by_verb` counts the changes. `esa` and `redmine` are the requests. `seconds` and `waits` are
    those of the longest day when there are several `days`; `today` is what of a day's share is left today, None where
    nothing was sent yet. `editor` and `author` are whose names will
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
    today: int | None = None

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
    sent_today: int = 0,
    without_note: bool = False,
    notify: bool = False,
    editor: str = "",
    author: str = "",
    me: int = 0,
) -> Consequences:
    """What follows from these changes.

    `audiences` say by target who has to do with a ticket. `subtrees` are the numbers of posts of whole
    categories that one request moves each; `groups` the kinds of tickets whose allowed statuses are read.
    `per_day` 0 sends all at once; `sent_today` counts against the first day's share. `editor`, `author` and
    `me` are the owners of the keys: screen name in esa, name and id in Redmine.
    """
    changes = tuple(accepted)
    targets = {target: each for target, each in merged(changes).items() if wanted(each)}
    posts = sum(each[0].source is Source.ESA for each in targets.values())
    tickets = len(targets) - posts
    days = days_of(posts, tickets, per_day, sent_today)
    trees = tuple(subtrees) if not per_day else ()
    spans = [span(day, budget if not at else budget.full, trees) for at, day in enumerate(days[:2])]
    longest = max(spans, key=lambda each: each.seconds, default=span(Day(0, 0, 0, 0), budget))
    along = len({each for change in changes for each in change.along} - targets.keys())
    counts = {verb: sum(each.kind is verb for each in changes if wanted([each])) for verb in Verb}
    return Consequences(
        posts=posts,
        tickets=tickets,
        along=along,
        by_verb=tuple((verb, count) for verb, count in counts.items() if count),
        esa=spans[0].requests if len(days) == 1 else sum(esa_requests(day) for day in days),
        redmine=sum(redmine_requests(day) for day in days) + (groups + along if tickets else 0),
        seconds=longest.seconds,
        waits=longest.waits,
        days=len(days),
        per_day=per_day,
        mails=mails(changes, audiences or {}, me),
        with_note=not without_note and tickets > 0,
        notify=notify,
        closes=any(each.kind is Verb.CLOSE and Key.STATUS in wanted([each]) for each in changes),
        editor=editor if posts else "",
        author=author if tickets else "",
        whole=sum(trees),
        today=max(0, per_day - sent_today) if per_day and sent_today else None,
    )
