"""チケットは終了していますが、障害の記事には残っていることがあります / The ticket is closed, the incident is not

なぜ:
    チケットを閉じると、残った対策は記事の中にしかありません。一覧にも期限にも出てこないので、そのまま残ります。
    対策のチケットを別に作るか、チケットを再開するか、済んでいれば記事に印を付けると、どちらを見ても同じ答えになります。
    その障害が起きたあとに作られ、記事が名前を挙げているチケットが、すべて終了しているときに知らせます。
悪い例:
    チケット: #1204（5/12 に大野が終了）

    ## 再発防止
    - [ ] 注文番号に一意制約を付ける
良い例:
    チケット: #1204（5/12 に大野が終了）

    ## 再発防止
    - [ ] 注文番号に一意制約を付ける #1260
Why:
    Once the ticket is closed, what is left stands on the page alone: in no list, with no date.
    A ticket of its own for the measure, the ticket reopened, or a tick on the page makes both say the same.
    It is told when all tickets the page names that were made since the incident are closed.
Bad:
    Ticket: #1204 (closed by Ono on 12 May)

    ## Prevention
    - [ ] Add a unique constraint on the order number
Good:
    Ticket: #1204 (closed by Ono on 12 May)

    ## Prevention
    - [ ] Add a unique constraint on the order number #1260
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.model.facts import Confidence, Facts, TitleMark
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.reading.tickets.finished import address_person
from kb.rules.registry import Hit, Rule
from kb.rules.world import Ticket, World
from kb.text.lang import t
from linters.incident import TOP, WRITTEN, is_for_the_record
from linters.incident.measures import describe_day
from linters.incident.status.marked_but_open import first_open
from linters.tickets import OPEN_TICKETS

MESSAGE = t(
    "チケットは終了していますが、この記事には残っていることがあります。"
    "対策のチケットを作るか、チケットを再開するか、済んでいれば印を付けてください。",
    "Its ticket was closed, and something is left on this page: "
    "give it a ticket of its own, reopen the ticket, or tick what is done.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for an incident page with something open whose tickets are all closed."""
    facts = entry.facts
    if facts is None or not facts.is_incident or facts.title_mark is not TitleMark.NONE:
        return
    if is_for_the_record(facts, entry.created_at, world.policy):
        return
    own = tickets_of(facts, entry.created_at, world)
    left = first_open(facts, world) if own and all(each.closed for each in own) else None
    if left is None:
        return
    last = max(own, key=lambda each: each.since)
    number = last.key.rpartition(":")[2]
    on = describe_day(last.since, world.today)
    who, by = (f"（{on} {address_person(last.by)}）", f" by {last.by} on {last.since}") if last.by and on else ("", "")
    evidence = t(f"チケット #{number}{who}", f"ticket #{number}, closed{by}")
    if last.private:
        evidence = t("読める人が限られたチケット", "a ticket that not everybody may read")
    span, content = (left.item.span, left.item.content) if left.item else (TOP, "")
    day = "" if last.private else last.since[:10]
    yield Hit(MESSAGE, span, Confidence.MEDIUM, content=content, reason="closed:ticket", evidence=evidence, day=day)


def tickets_of(facts: Facts, created_at: str, world: World) -> list[Ticket]:
    """Return a page's tickets created since its incident; earlier ones are references."""
    happened = facts.occurred_on or created_at[:10]
    named = {each.key: each for word in facts.tickets if (each := world.tickets.get(word))}
    return [each for each in named.values() if each.created and each.created >= happened]


rule = Rule(
    "TKT103",
    __name__,
    Severity.WARNING,
    gate=("incident",),
    join=join,
    kinds=WRITTEN,
    fold=OPEN_TICKETS,
    label=t("対策が残る", "with something left"),
)
