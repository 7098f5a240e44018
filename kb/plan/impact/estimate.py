"""Estimate what applying a plan does besides the changes: requests, time, mails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, Verb, group_by_target, is_new_ticket, merge_values, page_of
from kb.plan.impact.duration import (
    ESA_EACH_S,
    FULL_BUDGET,
    REDMINE_EACH_S,
    DailyShare,
    RateBudget,
    count_esa_requests,
    count_new_ticket_requests,
    count_redmine_requests,
    estimate_share,
    split_by_day,
)
from kb.plan.links.change import is_link


@dataclass(frozen=True, slots=True)
class Impact:
    """The impact of accepted changes.

    `posts` and `tickets` are targets written to; `along` are tickets Redmine changes with them; `esa` and `redmine` are
    requests. `seconds` and `waits` are those of the longest of several `days`; `today` is what is left of today's
    share, None where nothing was sent yet. `editor` and `author` will be named on the posts and tickets ("" where
    unknown). `whole` are posts that move with their whole category, in a call that takes no message. `links` are
    changed in the texts of `linked` posts, of which `only_linked` change in nothing else. `masked` secrets are taken
    out of texts. Of `limited` tickets the readers change; in `quiet` ones nothing but the readers of notes does, which
    Redmine tells nobody. `created` tickets are made and not among `tickets`; `given` are how many of them each other
    person gets, by name; `numbered` places get a ticket's number, `unnumbered` ones lose it.
    """

    posts: int
    tickets: int
    along: int
    esa: int
    redmine: int
    seconds: float
    waits: int
    days: int
    per_day: int
    mails: MailEstimate
    with_note: bool
    closes: bool
    editor: str
    author: str
    whole: int = 0
    today: int | None = None
    links: int = 0
    linked: int = 0
    only_linked: int = 0
    masked: int = 0
    limited: int = 0
    quiet: int = 0
    created: int = 0
    given: tuple[tuple[str, int], ...] = ()
    numbered: int = 0
    unnumbered: int = 0

    @property
    def requests(self) -> int:
        """All requests, reads included."""
        return self.esa + self.redmine

    @property
    def writes(self) -> int:
        """The targets written to: the number `--allow` states."""
        return self.posts + self.tickets + self.created


def estimate_impact(
    accepted: Iterable[Change],
    audiences: Mapping[str, TicketAudience] | None = None,
    *,
    budget: RateBudget = FULL_BUDGET,
    asides: int = 0,
    subtrees: Sequence[int] = (),
    linked_in_subtrees: int = 0,
    per_day: int = 0,
    sent_today: int = 0,
    without_note: bool = False,
    editor: str = "",
    author: str = "",
    me: int = 0,
) -> Impact:
    """Estimate the impact of these changes.

    `audiences` are the people concerned, by ticket. `asides` posts are written to twice. `subtrees` are the sizes of
    the categories moved by one request each; `linked_in_subtrees` posts of them change links, too. `per_day` 0 sends
    all at once; `sent_today` counts against the first day. `editor`, `author` and `me` are the keys' owners: screen
    name in esa, name and id in Redmine.
    """
    changes = tuple(accepted)
    targets = {target: each for target, each in group_by_target(changes).items() if merge_values(each)}
    posts = sum(each[0].source is Source.ESA for each in targets.values())
    created = sum(each[0].creates for each in targets.values())
    tickets = len(targets) - posts - created
    new, looks = count_new_ticket_requests(created, len({page_of(each) for each in targets if is_new_ticket(each)}))
    quiet = sum(map(_changes_notes_alone, targets.values()))
    days = split_by_day(posts + asides, tickets, per_day, sent_today)
    trees = tuple(subtrees) if not per_day else ()
    linked = linked_in_subtrees if trees else 0
    spans = [estimate_share(day, budget if not at else budget.full, trees, linked) for at, day in enumerate(days[:2])]
    longest = max(spans, key=lambda each: each.seconds, default=estimate_share(DailyShare(0, 0, 0, 0), budget))
    along = len({each for change in changes for each in change.along} - targets.keys())
    return Impact(
        posts=posts,
        tickets=tickets,
        along=along,
        esa=(spans[0].requests if len(days) == 1 else sum(count_esa_requests(day) for day in days)) + looks,
        redmine=sum(count_redmine_requests(day) for day in days)
        + (along if tickets else 0)
        + _count_note_requests(targets.values())
        + new
        + (1 if created and not tickets else 0),
        seconds=longest.seconds + looks * ESA_EACH_S + new * REDMINE_EACH_S,
        waits=longest.waits,
        days=len(split_by_day(posts + asides, tickets + created, per_day, sent_today)) if created else len(days),
        per_day=per_day,
        mails=estimate_mails(changes, audiences or {}, me),
        with_note=not without_note and tickets > quiet,
        closes=any(each.kind is Verb.CLOSE and ChangeKey.STATUS in merge_values([each]) for each in changes),
        editor=editor if posts else "",
        author=author if tickets or created else "",
        whole=sum(trees) - linked,
        links=sum(is_link(each) and bool(merge_values([each])) for each in changes),
        linked=sum(any(map(is_link, each)) for each in targets.values()),
        only_linked=sum(all(map(is_link, each)) for each in targets.values()),
        masked=sum(ChangeKey.SECRET in each.after for each in changes),
        limited=sum(ChangeKey.PRIVATE in merge_values(each) for each in targets.values()),
        quiet=quiet,
        created=created,
        given=_count_given(changes, me),
        numbered=sum(bool(each.after.get(ChangeKey.NUMBER)) for each in changes),
        unnumbered=sum(each.after.get(ChangeKey.NUMBER) == "" for each in changes),
        today=max(0, per_day - sent_today) if per_day and sent_today else None,
    )


def _changes_notes_alone(changes: Iterable[Change]) -> bool:
    """Whether nothing but the readers of notes changes."""
    return merge_values(changes).keys() == {ChangeKey.NOTES}


def _count_note_requests(targets: Iterable[Sequence[Change]]) -> int:
    """Count what tickets of which notes change cost more than others: each is read alone, each note is a write.

    Less what they do not cost: the note of the run, and the look at all of them where there are no others.
    """
    extra = others = 0
    for each in targets:
        notes = merge_values(each).get(ChangeKey.NOTES)
        if isinstance(notes, tuple):
            extra += 1 + len(notes) - _changes_notes_alone(each)
        others += each[0].source is Source.REDMINE and not isinstance(notes, tuple)
    return extra - (1 if extra and not others else 0)


def _count_given(changes: Iterable[Change], me: int) -> tuple[tuple[str, int], ...]:
    """Return how many new tickets each other person gets, most first, by the name in the plan."""
    names = (str(each.after.get(ChangeKey.ASSIGNEE, "")) for each in changes if each.creates)
    return tuple(Counter(name for name in names if name and parse_person_id(name) != me).most_common())


MAX_LISTED_RECIPIENTS, MAX_MAILS_EACH = 20, 5
"""Mails beyond which, in all or to one person, their number has to be stated."""


@dataclass(frozen=True, slots=True)
class TicketAudience:
    """The people concerned with a ticket, by id in Redmine; 0 for nobody. `watchers` None: unknown.

    `watcher_count` is their number where only that is known.
    """

    author: int = 0
    assignee: int = 0
    watchers: tuple[int, ...] | None = None
    watcher_count: int = 0


@dataclass(frozen=True, slots=True)
class MailEstimate:
    """The mails sent with default accounts, the people who get them, and `most` to one of them; `to` counts by id.

    `tickets` change, directly or along; for `unknown` ones the watchers, or everybody, are unknown. `authors` are
    further mails if all authors asked for them.
    """

    count: int = 0
    people: int = 0
    tickets: int = 0
    unknown: int = 0
    authors: int = 0
    most: int = 0
    to: Mapping[int, int] = field(default_factory=dict, compare=False)

    def count_to(self, people: Iterable[int]) -> int:
        """Return how many mails reach these people, by their ids in Redmine."""
        return sum(self.to.get(each, 0) for each in people)

    @property
    def is_mass(self) -> bool:
        """Whether there are so many that their number must be stated."""
        return self.count > MAX_LISTED_RECIPIENTS or self.most > MAX_MAILS_EACH


def estimate_mails(changes: Iterable[Change], audiences: Mapping[str, TicketAudience], me: int = 0) -> MailEstimate:
    """Count the mails of these accepted changes. `audiences` by target; `me` is the key's owner, or 0.

    Redmine 6.0.5 (`Issue#notified_users`, `User#notify_about?`, `Mailer.deliver_issue_edit`) mails the assignee, the
    one before, and watchers; authors and members only where their account asks for it, which no API tells. Who makes
    the change gets none. A change of status, assignee or readers is mailed with or without a note, one of the readers
    of notes never. Who sees a ticket no more once it is private gets none; no API tells who that is. Of a new ticket
    the assignee is told (`Mailer.deliver_issue_add`), and once more when it is closed again.
    """
    told: dict[str, set[int]] = {}
    for target, each in group_by_target(changes).items():
        after = merge_values(each)
        if each[0].source is not Source.REDMINE or not after or after.keys() == {ChangeKey.NOTES}:
            continue
        new = parse_person_id(str(after.get(ChangeKey.ASSIGNEE, "")))
        told.setdefault(target, set()).update(
            (new, *(parse_person_id(str(one.before.get(ChangeKey.ASSIGNEE, ""))) for one in each))
        )
        if ChangeKey.STATUS in after:
            for change in each:
                for other in change.along:
                    told.setdefault(other, set())
    count = unknown = authors = 0
    each_gets: Counter[int] = Counter()
    for target, people in told.items():
        audience = TicketAudience(watchers=()) if is_new_ticket(target) else audiences.get(target)
        known = audience or TicketAudience()
        people |= {known.assignee, *(known.watchers or ())}
        people -= {0, me}
        authors += known.author not in {0, me, *people}
        each_gets.update(people)
        count += len(people)
        if audience is None or audience.watchers is None:
            unknown += 1
            count += known.watcher_count
    return MailEstimate(
        count, len(each_gets), len(told), unknown, authors, max(each_gets.values(), default=0), each_gets
    )


def parse_person_id(written: str) -> int:
    """Return the id in `佐藤 健 #7`; 0 for none."""
    number = written.rpartition("#")[2]
    return int(number) if number.isascii() and number.isdigit() else 0
