"""Which status closes a ticket, and which tickets one answer of Redmine's speaks for. Pure.

There is no API for workflows: only a ticket tells what it can be given. Tickets of equal project, tracker,
status and of the same relation to the key's owner share an answer, unless something is below or before them
(Redmine 6.0.5).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.errors import UsageError
from kb.model.facts import Confidence
from kb.model.plan import Change, Key, Seen, Verb
from kb.plan.propose.post import Answer, from_to
from kb.reading.tickets.finished import (
    called,
)
from kb.reading.tickets.state import TicketState
from kb.text.fold import folded
from kb.text.lang import Text, t

BEST = ("終了", "完了", "クローズ", "closed", "close", "done", "完了済み")
"""What a status is called that closes what was done, in the order of choice."""

WORST = (
    "却下", "取り下げ", "中止", "対応不要", "対応しない", "キャンセル", "無効", "重複",
    "rejected", "won't fix", "wontfix", "cancelled", "canceled", "invalid", "duplicate",
)  # fmt: skip
"""What a status is called that closes what was not done."""

MOVED = t("写したあとに変わったもの（kb sync のあとで）", "changed since they were mirrored (kb sync first)")
HIDDEN = t("このキーでは読めないもの", "not for this key to read")
NO_WAY = t(
    "今の状態からは、このキーの持ち主には閉じられないもの", "that the key's owner cannot close from where they stand"
)
NO_CHOICE = t("閉じる状態を選べないもの（--to で指定）", "with several closed statuses to choose from (give --to)")

Kind: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Ticket:
    """An open ticket as those who would close it see it.

    `along` are the open tickets Redmine closes with it: its duplicates, theirs, and so on. `unfilled` are the
    custom fields it leaves empty that no closed ticket of its tracker does. `version_closed` is None where it
    is not known. `title` is "" for a ticket that is not for everybody's eyes.
    """

    state: TicketState
    title: str = ""
    updated_at: str = ""
    place: str = ""  # the identifier of its project
    author_id: int = 0
    assignee_id: int = 0
    project_open: bool = True
    version: str = ""
    version_id: int = 0
    version_closed: bool | None = None
    along: tuple[TicketState, ...] = ()
    unfilled: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """Its number in Redmine."""
        return int(self.state.key.partition(":")[2])

    @property
    def waits(self) -> tuple[str, ...]:
        """The tickets Redmine wants closed before it."""
        return (*self.state.open_children, *self.state.open_blockers)

    def kind(self, me: int) -> Kind:
        """What tickets share that can be given the same statuses by `me`."""
        return self.place, self.state.tracker, self.state.status, self.author_id == me, self.assignee_id == me


@dataclass(frozen=True, slots=True)
class Way:
    """What Redmine said of one ticket, or of its like: the closed statuses it can be given.

    `why` says why it is left out all the same. Nothing `known` is neither: then nobody could tell.
    """

    closing: tuple[str, ...] = ()
    known: bool = True
    why: Text | None = None


UNKNOWN = Way(known=False)


@dataclass(frozen=True, slots=True)
class Questions:
    """Whom to ask: a ticket of its own each, and of each kind one after another until one answers."""

    alone: tuple[Ticket, ...] = ()
    kinds: Mapping[Kind, tuple[Ticket, ...]] = field(default_factory=dict)


def questions(tickets: Iterable[Ticket], me: int) -> Questions:
    """What to ask for these tickets. One with something open below or before it has no answer of its own yet."""
    alone: list[Ticket] = []
    kinds: dict[Kind, list[Ticket]] = {}
    for ticket in tickets:
        if not ticket.project_open:
            continue  # no answer would change that
        if ticket.state.children or ticket.state.blockers:
            if not ticket.waits:
                alone.append(ticket)
        else:
            kinds.setdefault(ticket.kind(me), []).append(ticket)
    return Questions(tuple(alone), {kind: tuple(each) for kind, each in kinds.items()})


def target(closing: Sequence[str], wanted: str = "") -> str | Text:
    """The status to close with, of those a ticket can be given; why there is none.

    `wanted` if it is among them; else the only one, one that is called 終了, or the only one that does not reject.
    """
    if wanted:
        return next((each for each in closing if _plain(each) == _plain(wanted)), NO_WAY)
    if not closing:
        return NO_WAY
    for name in BEST:
        if found := next((each for each in closing if _plain(each) == name), ""):
            return found
    kind = [each for each in closing if _plain(each) not in WORST]
    if len(kind) == 1 or len(closing) == 1:
        return (kind or list(closing))[0]
    return NO_CHOICE


def _plain(status: str) -> str:
    return folded(status).strip().casefold()


# Handing the open tickets of one person to another. Pure.


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of Redmine, as the mirror knows them: `had` are the projects in which they had a ticket."""

    id: int
    name: str
    had: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name} #{self.id}"


def person(written: str, people: Collection[Person], option: str) -> Person:
    """Whom somebody means: `佐藤 健`, `#7` or `佐藤 健 #7`. Raises UsageError for nobody, and for more than one."""
    name, _, number = written.rpartition("#") if "#" in written else (written, "", "")
    bare = _plain_reassign(name)
    found = [
        each
        for each in people
        if (not number or (number.isdigit() and each.id == int(number)))
        and (not bare or _plain_reassign(each.name) == bare)
    ]
    if len(found) == 1 and (bare or number):
        return found[0]
    some = sorted(
        found or [each for each in people if bare and bare in _plain_reassign(each.name)], key=lambda each: each.id
    )
    names = "、".join(map(str, some[:10]))
    raise UsageError(
        t(
            f"{option}「{written[:60]}」は {len(found)} 人います。",
            f"{option} {written[:60]!r} means {len(found)} people.",
        )
        if found
        else t(
            f"{option}「{written[:60]}」という人は写しにいません。",
            f"the mirror knows nobody called {written[:60]!r} ({option}).",
        ),
        t(f"番号も書いてください: {names}", f"give the number too: {names}")
        if names
        else t(
            "Redmine での氏名か、#7 のように番号で書いてください。",
            "give their name in Redmine, or their number as in #7.",
        ),
    )


def reassign(ticket: Ticket, source: Person, target: Person, *, looks_finished: bool) -> Answer:
    """A ticket of one person for another; None for a ticket of somebody else."""
    if ticket.assignee_id != source.id:
        return None
    if not ticket.project_open:
        return PROJECT
    state = ticket.state
    ja, en = f"{called(source.name)}の担当です。", f"{source.name} has it."
    if state.quiet.on:
        ja += f"最後の動きは {state.quiet.on} です。"
        en += f" Last touched on {state.quiet.on}."
    if looks_finished:
        ja += "終わっているように見えるので、kb plan close で閉じられるかもしれません。"
        en += " It looks finished: kb plan close may close it instead."
    because = t("終わっているように見えるもの", "look finished") if looks_finished else t("担当者の変更", "handed over")
    unknown = t(
        f"{called(target.name)}がこのプロジェクトの担当になったことはなく、担当にできないかもしれません",
        f"{target.name} never had a ticket of this project, and perhaps cannot",
    )
    return Change(
        kind=Verb.REASSIGN,
        target=state.key,
        before={Key.ASSIGNEE: str(source)},
        after={Key.ASSIGNEE: str(target)},
        seen=Seen(ticket.updated_at),
        group=from_to(source.name, target.name, because),
        reason=str(t(ja, en)),
        confidence=Confidence.HIGH,
        accept=not looks_finished,
        title=ticket.title,
        note=str(
            t(
                f"担当を{called(source.name)}から{called(target.name)}へ変えます。",
                f"Handed over from {source.name} to {target.name}.",
            )
        ),
        warning="" if ticket.place in target.had else str(unknown),
    )


def people_in(rows: Iterable[tuple[int, str, str]]) -> list[Person]:
    """The people of rows of id, name and the project of a ticket they had ("" where they only wrote)."""
    names: dict[int, str] = {}
    had: dict[int, set[str]] = {}
    for number, name, place in rows:
        names[number] = name
        had.setdefault(number, set()).update({place} - {""})
    return [Person(number, name, frozenset(had[number])) for number, name in names.items()]


def _plain_reassign(name: str) -> str:
    return "".join(folded(name).casefold().split())


PROJECT = t("終了したプロジェクトのもの", "in closed projects")
