"""題名は完了ですが、残っている対策があります / Marked as done with something still open

なぜ:
    完了の印が付いた記事は、もう開かれません。残った対策は、次に同じことが起きるまで誰の目にも触れなくなります。
    対策をやめたのなら、やめた理由が書いてあれば完了のままでかまいません。
    Redmine の障害のチケットでは、終了した状態が完了の印です。
悪い例:
    題名: 【完了】注文が二重になる

    ## 再発防止
    - [x] 画面のボタンを二度押せなくする
    - [ ] 注文番号に一意制約を付ける（大野、5/23）
良い例:
    題名: 【完了】注文が二重になる

    ## 再発防止
    - [x] 画面のボタンを二度押せなくする
    - 一意制約は見送り（6 月の機器更改で新しい仕組みに替わるため）
Why:
    A page that is marked as done is not opened again. What is left on it stays out of sight until
    the same thing happens once more. A measure that was given up is fine when its reason is there.
    A ticket of Redmine that is an incident is marked by its status: a closed one is done.
Bad:
    Title: [the team's mark] Orders are doubled

    ## Prevention
    - [x] Disable the button after the first press
    - [ ] Add a unique constraint on the order number (Ono, 5/23)
Good:
    Title: [the team's mark] Orders are doubled

    ## Prevention
    - [x] Disable the button after the first press
    - No unique constraint: rejected, because the system is replaced in June
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from kb.model.facts import Confidence, Facts, Item, ItemState, Role, TitleMark, Verdict
from kb.model.finding import Edit, Field, Safety, Severity
from kb.model.page import Entry
from kb.reading.pages.marks import strip_title_mark
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import Text, t
from linters.incident import TOP, is_for_the_record
from linters.incident.measures import UNFINISHED, describe_move, is_marked_done, measure_states, to_evidence


class OpenPoint(Enum):
    """What is open on a page."""

    MEASURE = auto()
    UNDECIDED = auto()
    STATUS = auto()


@dataclass(frozen=True, slots=True)
class Open:
    """The first open point of a page: what, where, its ticket, and by which test."""

    what: OpenPoint
    item: Item | None
    ticket_note: Text | None
    reason: str


SAYS = {
    OpenPoint.MEASURE: t(
        "題名は完了になっていますが、この対策は残っています。", "The title says done, but this measure is still open."
    ),
    OpenPoint.UNDECIDED: t(
        "題名は完了になっていますが、再発防止はまだ決まっていません。",
        "The title says done, but prevention is not decided yet.",
    ),
    OpenPoint.STATUS: t(
        "題名は完了になっていますが、状態は完了になっていません。", "The title says done, but the status does not."
    ),
}
NEXT = t(
    "済ませるか、やめた理由を書き足すか、題名の印を外してください。",
    "Finish it, say why it was given up, or take the mark off the title.",
)
CLOSED = {
    OpenPoint.MEASURE: t(
        "チケットは終了していますが、この対策は残っています。", "The ticket is closed, but this measure is still open."
    ),
    OpenPoint.UNDECIDED: t(
        "チケットは終了していますが、再発防止はまだ決まっていません。",
        "The ticket is closed, but prevention is not decided yet.",
    ),
    OpenPoint.STATUS: t(
        "チケットは終了していますが、書かれた状態は完了になっていません。",
        "The ticket is closed, but the status written in it is not done.",
    ),
}
NEXT_OF_TICKET = t(
    "済ませるか、やめた理由を書き足すか、チケットを再開してください。",
    "Finish it, say why it was given up, or reopen the ticket.",
)


def join(entry: Entry, world: World) -> Iterator[Hit]:
    """Yield a hit for the first open point of a page whose title says done, or of a ticket that is closed.

    One a page: the only decision is whether the page is done. Pages kept for the record are included, since the
    page contradicts itself; of tickets those that are closed by a status are not.
    """
    facts = entry.facts
    if facts is None or not facts.is_incident or not is_marked_done(entry):
        return
    marked = facts.title_mark is not TitleMark.NONE
    if not marked and is_for_the_record(facts, entry.created_at, world.policy):
        return
    found = first_open(facts, world)
    if found is None:
        return
    says, following = (SAYS[found.what], NEXT) if marked else (CLOSED[found.what], NEXT_OF_TICKET)
    message = t(f"{says.ja}{following.ja}", f"{says.en} {following.en}")
    bare = strip_title_mark(entry.title, world.policy.done_mark)
    yield Hit(
        message,
        found.item.span if found.item else TOP,
        Confidence.MEDIUM if facts.title_mark is TitleMark.VARIANT else Confidence.HIGH,
        content=found.item.content if found.item else "",
        reason=found.reason,
        evidence=to_evidence(found.ticket_note),
        edits=(Edit(Field.TITLE, entry.title, bare, Safety.UNSAFE, message),) if bare not in ("", entry.title) else (),
    )


def first_open(facts: Facts, world: World) -> Open | None:
    """Return the first open measure, else undecided prevention, else an unfinished status."""
    for each in measure_states(facts, world):
        if each.state in UNFINISHED:
            what = OpenPoint.UNDECIDED if each.state is ItemState.PLACEHOLDER else OpenPoint.MEASURE
            move = describe_move(each, world.today)
            return Open(what, each.item, move, "open:ticket" if move else f"open:{each.state}")
    for fact in facts.roles:
        if fact.role is Role.PREVENTION and fact.verdict in (Verdict.PLACEHOLDER, Verdict.UNKNOWN):
            return Open(OpenPoint.UNDECIDED, None, None, "open:undecided")
    for item in facts.items:
        if item.role is Role.STATUS and item.state in UNFINISHED:
            return Open(OpenPoint.STATUS, item, None, "open:status")
    return None


rule = Rule("INC502", __name__, Severity.ERROR, gate=("incident",), join=join, pressing=True)
