"""対策の担当が未記入です / An action has no owner

なぜ:
    担当のない対策は、全員が「誰かがやる」と思ったまま期限を過ぎます。名前が 1 つあれば、
    進み具合を聞く相手が決まります。
    チケットの番号があれば、担当はチケットで分かります。担当だった人がメンバーの一覧にいなければ、
    引き継いだ人の名前が要ります。
    チームの残っている対策の 5 分の 1 以上に担当と期限があるときに、1 ページに 1 件だけ知らせます。
悪い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（期限: 6/27）
良い例:
    ## 再発防止
    - [ ] 件数が半分を下回る索引は公開しない（担当: 今井 / 期限: 6/27）
Why:
    An action without an owner waits for somebody else. One name says whom to ask.
    A ticket names its own. Where the owner is not on the list of members, the name of whoever took over is needed.
    It is told once a page, and only where a fifth of the team's open measures have an owner and a due date.
Bad:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (due: 6/27)
Good:
    ## Prevention
    - [ ] Do not publish indexes of less than half the size (owner: Imai, due: 6/27)
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import address_person
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t
from linters.incident.measures import UNPLANNED, is_planning, list_undone

MESSAGE = t("この対策は担当が未記入です。行う人を 1 人書き足してください。", "This action has no owner: add one name.")
LEFT = t(
    "この対策の担当は、メンバーの一覧にいません。引き継ぐ人の名前に替えてください。",
    "Who owns this action is not on the list of members: put in the name of whoever takes over.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for each unfinished measure without an owner who is still a member.

    A measure with a ticket is owned by the ticket's assignee.
    """
    for each in list_undone(entry, world):
        item = each.item
        names = item.owners
        if not names and not item.tickets and is_planning(world):
            yield each.hit(MESSAGE, Confidence.MEDIUM, "owner:none")
        elif names and all(_left(name, world) for name in names):
            evidence = t("、".join(map(address_person, names)), " and ".join(names))
            yield each.hit(LEFT, Confidence.HIGH, "owner:former", evidence)


def _left(name: str, world: World) -> bool:
    return name.casefold() in world.former and name.casefold() not in world.members


rule = Rule(
    "INC405",
    __name__,
    Severity.INFO,
    gate=("incident",),
    join=join,
    once=True,
    version=2,
    fold=UNPLANNED,
    label=t("担当", "owner"),
)
