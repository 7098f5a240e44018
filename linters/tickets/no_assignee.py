"""開いたチケットに担当者がいません / An open ticket has nobody to do it

なぜ:
    担当者のいないチケットは、誰かがやるはずのまま残ります。決めるのが難しければ、決める人を担当者にできます。
    作られて 7 日を過ぎても担当者がいないものと、担当者がメンバーの一覧にいないものを知らせます。
悪い例:
    件名: 証明書の期限を監視に足す
    担当者: （なし）
良い例:
    件名: 証明書の期限を監視に足す
    担当者: 佐藤
Why:
    What nobody is asked to do stays for somebody to do. Where it is hard to say who, whoever decides can be named.
    It is told when a ticket has had nobody for more than seven days, or who has it is not on the list of members.
Bad:
    Subject: watch the certificate's end
    Assignee: (none)
Good:
    Subject: watch the certificate's end
    Assignee: Sato
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import address_person, find_finished_signs, find_objections
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.dates import parse_day
from kb.text.lang import t
from linters.tickets import OPEN_TICKETS, TICKETS, open_state
from linters.titles import title_hit

LONGEST = 7
"""Days a new ticket may wait for somebody."""


GONE = t(
    "担当者は、メンバーの一覧にいません。担当者を決めてください。",
    "Who has this ticket is not on the list of members: decide who takes it.",
)
NOBODY = t("担当者がいません。担当者を決めてください。", "Nobody has this ticket: decide who takes it.")


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for an open ticket without a present assignee. A parent's children have their own."""
    ticket, policy = open_state(entry, world), world.ticket_policy
    if ticket is None or ticket.children:
        return
    if find_finished_signs(ticket, policy) and not find_objections(ticket, policy, world.today):
        return  # TKT101 speaks of it
    if ticket.assignee:
        if ticket.assignee.strip().casefold() in world.former:
            evidence = t(address_person(ticket.assignee), ticket.assignee)
            yield title_hit(entry, GONE, Confidence.MEDIUM, "assignee:gone", evidence=evidence)
        return
    made = parse_day(ticket.created.on)
    if made is not None and (world.today - made).days > LONGEST:
        yield title_hit(entry, NOBODY, Confidence.HIGH, "assignee:none")


rule = Rule(
    "TKT104",
    __name__,
    Severity.INFO,
    join=join,
    kinds=TICKETS,
    reads=False,
    fold=OPEN_TICKETS,
    label=t("担当者がいない", "without an assignee"),
)
