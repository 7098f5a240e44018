"""What a change must be to make a ticket for a measure, and the mark such a ticket is known by. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from kb.model.plan import (
    NEW_TICKET_KEYS,
    NEW_TICKET_PATTERN,
    Change,
    ChangeKey,
    Plan,
    Values,
    Verb,
    is_new_ticket,
)
from kb.plan.values import check_subject
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

TICKET_MARK = "kb-ticket-"
"""What every mark begins with: what tickets of kb are searched for by."""
MOST_CREATED = 10
"""Tickets one run may make, whatever kb.toml says."""
MOST_EACH_DAY = 3
"""Tickets one person is given a day."""

_MARK = compile_lazy(
    r"^kb-ticket-(?P<page>[1-9][0-9]{0,17})-(?P<measure>[0-9a-f]{8})"
    r" (?P<plan>[0-9a-f]{16}) (?P<change>[0-9a-f]{12})[ \t]*\r?$",
    8,  # re.M
)


@dataclass(frozen=True, slots=True)
class TicketMark:
    """What stands at the end of a ticket kb made: for which measure of which post, by which change of which plan."""

    page: int
    measure: str
    plan: str
    change: str

    @property
    def target(self) -> str:
        """What a plan calls the ticket before it is made."""
        return f"redmine:new-{self.page}-{self.measure}"

    def __str__(self) -> str:
        return f"{find_words(self.target)} {self.plan} {self.change}"


def plan_mark(plan: Plan) -> str:
    """Return what marks know a plan by, 16 hex digits: what it is about, and when it was made."""
    return hashlib.blake2b(f"{plan.digest} {plan.created}".encode(), digest_size=8).hexdigest()


def mark_for(change: Change, plan: Plan) -> str:
    """Return the mark of the ticket a change of a plan makes."""
    found = NEW_TICKET_PATTERN.fullmatch(change.target)
    assert found is not None
    return str(TicketMark(int(found["page"]), found["measure"], plan_mark(plan), change.identity))


def find_words(target: str) -> str:
    """Return the word by which the tickets of one measure are searched for."""
    return TICKET_MARK + target.removeprefix("redmine:new-")


def read_marks(text: str) -> Iterator[TicketMark]:
    """Yield the marks in the text of a ticket."""
    if TICKET_MARK in text:
        for found in _MARK.finditer(text):
            yield TicketMark(int(found["page"]), found["measure"], found["plan"], found["change"])


def check_new_ticket(kind: str, target: str, before: Values, after: Values) -> tuple[str, Text] | None:
    """Return which field of a change makes it none that kb could have proposed, and why; None for a good one."""
    number = ChangeKey.NUMBER in after
    if is_new_ticket(target) is not (kind == Verb.TICKETS and not number):
        return "kind", t(f"{target} を {kind} にはできません", f"{target} cannot be {kind}")
    if number and (kind != Verb.TICKETS or len(after) > 1):
        return "kind", t("番号を書くのは tickets の変更だけです", "only changes of tickets write numbers")
    if number or not is_new_ticket(target):
        return None
    if set(after) != set(NEW_TICKET_KEYS) or any(before.values()):
        return "before", t(
            f"作るチケットの項目は {'、'.join(NEW_TICKET_KEYS)} で、before はどれも空です",
            f"a new ticket has {', '.join(NEW_TICKET_KEYS)}, and nothing before",
        )
    if (why := check_subject(str(after[ChangeKey.TITLE]))) is not None:
        return "after", t(f"title: {why.ja}", f"title: {why.en}")
    return None
