"""The state of a page's measures, from the page and their tickets.

A named ticket is more reliable than the page: it is open, or a person closed it. A ticket kb closed proves
nothing about the page, so evidence never circles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kb.model.facts import Confidence, Facts, Item, ItemState, Role, Strength, TitleMark, Verdict
from kb.model.finding import Severity
from kb.model.page import Entry, PagePolicy
from kb.model.recurrence import EarlierIncident
from kb.reading.tickets.finished import address_person
from kb.rules.registry import Fold, FoldBy, Hit, Rule
from kb.rules.world import Ticket, World
from kb.text.lang import Text, t
from linters.incident import is_for_the_record

FINISHED = frozenset({ItemState.DONE, ItemState.SETTLED})
UNFINISHED = frozenset({ItemState.OPEN, ItemState.PLACEHOLDER})
UNDECIDED = frozenset({Verdict.MISSING, Verdict.EMPTY, Verdict.PLACEHOLDER, Verdict.UNKNOWN, Verdict.WEAK})
"""What a section on prevention says while there is no measure to carry out."""
OF_ONE = ("INC405", "INC406", "INC407", "INC408", "INC409")
"""The rules whose findings are about one measure (`Standing.hit`)."""


@dataclass(frozen=True, slots=True)
class MeasureState:
    """A measure's state, and the ticket that decides it (None: the page), by the word that names it.

    `role` identifies it on its page: its section's role, and its place there.
    """

    item: Item
    state: ItemState
    word: str = ""
    ticket: Ticket | None = None
    role: str = ""

    @property
    def undone(self) -> bool:
        """Whether someone has yet to do it."""
        return self.state in (ItemState.OPEN, ItemState.UNSTATED) and self.item.strength is not Strength.CARE

    @property
    def number(self) -> int:
        """Its place among the page's measures, from 1."""
        return int(self.role.rpartition(".")[2]) + 1

    def hit(self, says: Text, confidence: Confidence, reason: str, evidence: Text | None = None, day: str = "") -> Hit:
        """Return a hit on this measure."""
        item = self.item
        return Hit(
            says, item.span, confidence, role=self.role, content=item.content, reason=reason, evidence=evidence, day=day
        )


def measures(facts: Facts) -> tuple[Item, ...]:
    """Return a page's measures, or those of a permanent fix if there are no others."""
    found = tuple(item for item in facts.items if item.role is Role.PREVENTION)
    return found or tuple(item for item in facts.items if item.role is Role.FIX_PERM)


def measure_states(facts: Facts, world: World) -> list[MeasureState]:
    """Return a page's measures with their states, in order."""
    return [
        replace(_standing(item, world.tickets), role=measure_role(item, number))
        for number, item in enumerate(measures(facts))
    ]


def measure_role(item: Item, number: int) -> str:
    """Return what identifies the `number`th measure of a page."""
    return f"{item.role}.{number}"


def is_marked_done(entry: Entry) -> bool:
    """Return whether an incident page is marked as done: in its title, of a ticket by its status."""
    return entry.closed or (entry.facts is not None and entry.facts.title_mark is not TitleMark.NONE)


def list_undone(entry: Entry, world: World) -> Iterator[MeasureState]:
    """Yield unfinished measures of a page neither marked as done nor kept for the record."""
    facts = entry.facts
    if facts is None or not facts.is_incident or is_marked_done(entry):
        return
    if not is_for_the_record(facts, entry.created_at, world.policy):
        yield from (each for each in measure_states(facts, world) if each.undone)


def list_unsettled(entry: Entry, world: World) -> Iterator[str]:
    """Yield what is open about prevention on an incident page, by names that stay while it is edited.

    That is a section that decides on nothing, and each measure not done. On a page marked as done only a measure
    said to be open counts: its other boxes are seldom ticked.
    """
    facts = entry.facts
    if facts is None or not facts.is_incident or is_for_the_record(facts, entry.created_at, world.policy):
        return
    marked = facts.title_mark is not TitleMark.NONE
    for fact in facts.roles:
        if fact.role is Role.PREVENTION and fact.verdict in UNDECIDED and not marked:
            yield f"undecided.{fact.incident}"
    for each in measure_states(facts, world):
        if each.undone and (each.state is ItemState.OPEN or not marked):
            yield each.role


UNPLANNED = Fold(
    "unplanned",
    t(
        "残っている対策に、足りないところがあります。済んでいれば印を、まだなら分かるところから書き足してください。",
        "Something is missing on a measure that is left: tick it if it is done, or add what is known.",
    ),
    FoldBy.PAGE,
)
PLANNED_SHARE = 0.2
"""Of a team's open measures, those with an owner and a due date: below this share it plans its measures elsewhere."""


def count_planned(entry: Entry, policy: PagePolicy) -> tuple[int, int]:
    """Return how many open measures a page has, and how many of them have an owner and a due date, or a ticket.

    As the page itself says: what became of a ticket is not looked up.
    """
    undone = [each.item for each in list_undone(entry, World(date.min, policy))]
    return len(undone), sum(bool(item.tickets) or (bool(item.owner) and item.timely) for item in undone)


def is_planning(world: World) -> bool:
    """Return whether the team can be asked for owners and due dates: it gives them, or nobody knows."""
    return world.plans_measures is not False


def measure_rule(
    code: str,
    module: str,
    lacks: Callable[[Item], bool],
    says: Text,
    reason: str,
    *,
    label: Text | None = None,
    on: bool = True,
) -> Rule:
    """Create a rule that reports unfinished measures that lack something, once a page of the mirror.

    With a `label` it asks for what a planned measure has, and is silent in a team that plans elsewhere.
    """
    planned = label is not None

    def join(entry: Entry, world: World) -> Iterator[Hit]:
        if planned and not is_planning(world):
            return
        for each in list_undone(entry, world):
            if lacks(each.item):
                yield each.hit(says, Confidence.MEDIUM, reason)

    return Rule(
        code,
        module,
        Severity.INFO,
        gate=("incident",),
        join=join,
        on=on,
        version=2 if planned else 1,
        once=planned,
        fold=UNPLANNED if planned else None,
        label=label,
    )


def _standing(item: Item, tickets: Mapping[str, Ticket]) -> MeasureState:
    if item.state is ItemState.SETTLED:
        return MeasureState(item, item.state)
    named = [(word, tickets.get(word)) for word in item.tickets]
    for word, ticket in named:
        if ticket is not None and not ticket.closed:
            return MeasureState(item, ItemState.OPEN, word, ticket)
    if named and all(ticket is not None and not ticket.by_kb for _, ticket in named):
        word, ticket = max(named, key=lambda pair: pair[1].since if pair[1] else "")
        return MeasureState(item, ItemState.DONE, word, ticket)
    return MeasureState(item, item.state)


def status(facts: Facts) -> ItemState:
    """Return the page's own status; UNSTATED if it has none."""
    states = {item.state for item in facts.items if item.role is Role.STATUS}
    for state in (ItemState.OPEN, ItemState.PLACEHOLDER, ItemState.DONE):
        if state in states:
            return state
    return ItemState.UNSTATED


def describe_prevention(earlier: EarlierIncident, world: World) -> Text:
    """Return what the prevention of an earlier incident came to, as what follows 「再発防止は」."""
    states = [_standing(item, world.tickets) for item in earlier.measures]
    left = [each for each in states if each.state in UNFINISHED or (each.undone and not earlier.marked_done)]
    placeholders = [each for each in left if each.state is ItemState.PLACEHOLDER]
    if earlier.prevention is Verdict.WEAK:
        return t("注意や周知だけでした", "was care and notices alone")
    if earlier.prevention in UNDECIDED and len(placeholders) == len(states):
        if earlier.prevention in (Verdict.MISSING, Verdict.EMPTY):
            return t("書かれていません", "is not on its page")
        return t("TODO のままです", "is still a TODO")
    if left and len(left) == len(states):
        return t("終わっていません", "is not finished") if earlier.marked_done or _is_open(left) else _UNTOLD
    if left:
        return t(f"{len(states)} 件のうち {len(left)} 件が終わっていません", f"has {len(left)} of {len(states)} left")
    return t("済んだとされています", "is said to be finished")


_UNTOLD = t("済んだかどうか書かれていません", "is not said to be finished")


def _is_open(states: Sequence[MeasureState]) -> bool:
    return any(each.state is ItemState.OPEN for each in states)


PRIVATE_CLOSED = t(
    "名前の挙がっている、読める人が限られたチケットは完了になっています。",
    "A ticket it names, which not everybody may read, was closed.",
)
PRIVATE_OPEN = t(
    "名前の挙がっている、読める人が限られたチケットは終わっていません。",
    "A ticket it names, which not everybody may read, is not closed.",
)
"""More would tell the page's readers what is not for all of them: its number, who moved it and when."""


def describe_move(standing: MeasureState, today: date) -> Text | None:
    """Return who changed a measure's ticket and when, as a sentence; None if the page decided."""
    ticket = standing.ticket
    if ticket is None:
        return None
    if ticket.private:
        return PRIVATE_CLOSED if ticket.closed else PRIVATE_OPEN
    name = ticket.key.rpartition(":")[2] if "://" in standing.word else standing.word.removeprefix("#")
    ja_day, en_day = _on_day(ticket.since, today)
    ja = f"#{name} は{ja_day}{address_person(ticket.by)}が" if ticket.by else f"#{name} は{ja_day}"
    en = f" by {ticket.by}{en_day}" if ticket.by else en_day
    if ticket.closed:
        return t(f"{ja}{'完了にしています' if ticket.by else '完了になっています'}。", f"#{name} was closed{en}.")
    if ticket.since:
        return t(f"{ja}{'再開しています' if ticket.by else '再開されています'}。", f"#{name} was reopened{en}.")
    return t(f"#{name} は進行中です（{ticket.status}）。", f"#{name} is open ({ticket.status}).")


def to_evidence(sentence: Text | None) -> Text | None:
    """Return a sentence as the evidence of a finding: without its full stop."""
    return t(sentence.ja.removesuffix("。"), sentence.en.removesuffix(".")) if sentence is not None else None


def describe_day(iso: str, today: date) -> str:
    """Return a day, without the year if it is today's; "" for none."""
    try:
        found = date.fromisoformat(iso[:10])
    except ValueError:
        return ""
    return f"{found.month}/{found.day}" if found.year == today.year else f"{found.year}/{found.month}/{found.day}"


def _on_day(iso: str, today: date) -> tuple[str, str]:
    """Return 「 5/12 に」 and " on 2025-05-12"; "" without a day."""
    short = describe_day(iso, today)
    return (f" {short} に", f" on {iso[:10]}") if short else ("", "")
