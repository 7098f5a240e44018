"""Choose the status that closes a ticket, and propose to reassign tickets.

No API exposes workflows: only a ticket tells which statuses it accepts. Tickets of equal project, tracker, status and
relation to the key's owner share an answer, unless something open is below or before them (Redmine 6.0.5).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kb.errors import UsageError
from kb.model.document import parse_doc
from kb.model.plan import Change, ChangeKey, SeenState, Verb
from kb.plan.propose.post import Proposal, group_title
from kb.reading.tickets.finished import address_person
from kb.reading.tickets.state import TicketState
from kb.secrets.mask_document import mask_text
from kb.text.fold import fold_text, normalize_name
from kb.text.lang import Text, t

PREFERRED_STATUSES = ("終了", "完了", "クローズ", "closed", "close", "done", "完了済み")
"""Names of statuses for finished work, in order of choice."""

REJECTING_STATUSES = (
    "却下", "取り下げ", "中止", "対応不要", "対応しない", "キャンセル", "無効", "重複",
    "rejected", "won't fix", "wontfix", "cancelled", "canceled", "invalid", "duplicate",
)  # fmt: skip
"""Names of statuses for rejected work."""

CHANGED_SINCE_SYNC = t(
    "写したあとに変わったもの（kb sync のあとで）", "changed since they were mirrored (kb sync first)"
)
UNREADABLE_TICKETS = t("このキーでは読めないもの", "not for this key to read")
NOT_CLOSABLE = t(
    "今の状態からは、このキーの持ち主には閉じられないもの", "that the key's owner cannot close from where they stand"
)
AMBIGUOUS_STATUS = t(
    "閉じる状態を選べないもの（--to で指定）", "with several closed statuses to choose from (give --to)"
)

TicketKind: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """An open ticket to be closed.

    `along` are the open tickets Redmine closes with it: its duplicates, and theirs. `unfilled` are custom fields it
    leaves empty that no closed ticket of its tracker does. `version_closed` is None where unknown. `title` is "" for a
    ticket not everybody may see.
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
        return parse_doc(self.state.key).number

    @property
    def waits(self) -> tuple[str, ...]:
        """The tickets Redmine wants closed first."""
        return (*self.state.open_children, *self.state.open_blockers)

    def kind(self, me: int) -> TicketKind:
        """Return what tickets share that accept the same statuses from `me`."""
        return self.place, self.state.tracker, self.state.status, self.author_id == me, self.assignee_id == me


@dataclass(frozen=True, slots=True)
class AllowedStatuses:
    """The closed statuses a ticket, or one of its kind, accepts.

    `why` says why it is left out all the same. Not `known`: nobody could tell.
    """

    closing: tuple[str, ...] = ()
    known: bool = True
    why: Text | None = None


UNKNOWN_STATUSES = AllowedStatuses(known=False)


@dataclass(frozen=True, slots=True)
class WorkflowQuestions:
    """The tickets to ask about: some each for itself, and of each kind one after another until one answers."""

    alone: tuple[OpenTicket, ...] = ()
    kinds: Mapping[TicketKind, tuple[OpenTicket, ...]] = field(default_factory=dict)


def plan_questions(tickets: Iterable[OpenTicket], me: int) -> WorkflowQuestions:
    """Return what to ask for these tickets. One with something open below or before it has no own answer yet."""
    alone: list[OpenTicket] = []
    kinds: dict[TicketKind, list[OpenTicket]] = {}
    for ticket in tickets:
        if not ticket.project_open:
            continue  # an answer would not change that
        if ticket.state.children or ticket.state.blockers:
            if not ticket.waits:
                alone.append(ticket)
        else:
            kinds.setdefault(ticket.kind(me), []).append(ticket)
    return WorkflowQuestions(tuple(alone), {kind: tuple(each) for kind, each in kinds.items()})


def choose_status(closing: Sequence[str], wanted: str = "") -> str | Text:
    """Choose the status to close with among the allowed ones; a Text for why there is none.

    `wanted` if allowed; else the only one, one named 終了, or the only one that does not reject.
    """
    if wanted:
        return next((each for each in closing if _normalize_status(each) == _normalize_status(wanted)), NOT_CLOSABLE)
    if not closing:
        return NOT_CLOSABLE
    for name in PREFERRED_STATUSES:
        if found := next((each for each in closing if _normalize_status(each) == name), ""):
            return found
    kind = [each for each in closing if _normalize_status(each) not in REJECTING_STATUSES]
    if len(kind) == 1 or len(closing) == 1:
        return (kind or list(closing))[0]
    return AMBIGUOUS_STATUS


def choose_withdrawal(closing: Sequence[str]) -> str:
    """Choose the status for a ticket that should not have been made: one that rejects, else any that closes.

    "" where none does.
    """
    rejecting = (name for each in REJECTING_STATUSES for name in closing if _normalize_status(name) == each)
    if (found := next(rejecting, "")) or not closing:
        return found
    chosen = choose_status(closing)
    return chosen if isinstance(chosen, str) else closing[0]


def _normalize_status(status: str) -> str:
    return fold_text(status).strip().casefold()


@dataclass(frozen=True, slots=True)
class RedminePerson:
    """A person in Redmine as the mirror knows them; `had` are the projects where they had a ticket.

    `name` is Redmine's spelling, which plans hold, `called` the one that is shown.
    """

    id: int
    name: str
    had: frozenset[str] = frozenset()
    called: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "called", self.called or self.name)

    def __str__(self) -> str:
        return f"{self.name} #{self.id}"


def find_person(
    written: str, people: Collection[RedminePerson], option: str, find_accounts: Callable[[str], Collection[str]]
) -> RedminePerson:
    """Find the person meant by `佐藤 健`, `佐藤`, `#7` or `佐藤 健 #7`. Raises UsageError for none or several.

    `find_accounts` returns the names in Redmine of whom a name may mean.
    """
    name, _, number = written.rpartition("#") if "#" in written else (written, "", "")
    bare = normalize_name(name)
    named = {bare, *map(normalize_name, find_accounts(name))} if bare else set()
    found = [
        each
        for each in people
        if (not number or (number.isdigit() and each.id == int(number)))
        and (not bare or normalize_name(each.name) in named)
    ]
    if len(found) == 1 and (bare or number):
        return found[0]
    some = sorted(
        found or [each for each in people if bare and bare in normalize_name(each.name)], key=lambda each: each.id
    )
    names = "、".join(f"{each.called} #{each.id}" for each in some[:10])
    raise UsageError(
        t(
            f"{option}「{written[:60]}」は {len(found):,} 人います。",
            f"{option} {written[:60]!r} means {len(found):,} people.",
        )
        if found
        else t(
            f"{option}「{written[:60]}」という人は写しにいません。",
            f"the mirror has no person named {written[:60]!r} ({option}).",
        ),
        t(f"番号も書いてください: {names}", f"give the number too: {names}")
        if names
        else t(
            "Redmine での氏名か、#7 のように番号で書いてください。",
            "give their name in Redmine, or their number as in #7.",
        ),
    )


def propose_reassign(
    ticket: OpenTicket, source: RedminePerson, target: RedminePerson, *, looks_finished: bool
) -> Proposal:
    """Propose to reassign a ticket; None for somebody else's."""
    if ticket.assignee_id != source.id:
        return None
    if not ticket.project_open:
        return CLOSED_PROJECTS
    state = ticket.state
    ja, en = f"{address_person(source.called)}の担当です。", f"{source.called} has it."
    if state.quiet.on:
        ja += f"最後の動きは {state.quiet.on} です。"
        en += f" Last touched on {state.quiet.on}."
    if looks_finished:
        ja += "終わっているように見えるので、kb plan close で閉じられるかもしれません。"
        en += " It looks finished: kb plan close may close it instead."
    because = t("終わっているように見えるもの", "look finished") if looks_finished else t("担当者の変更", "handed over")
    unknown = t(
        f"{address_person(target.called)}がこのプロジェクトの担当になったことはなく、担当にできないかもしれません",
        f"{target.called} never had a ticket of this project, and perhaps cannot",
    )
    title = mask_text(ticket.title)
    note = t(
        f"担当を{address_person(source.called)}から{address_person(target.called)}へ変えます。",
        f"Handed over from {source.called} to {target.called}.",
    )
    return Change(
        kind=Verb.REASSIGN,
        target=state.key,
        before={ChangeKey.ASSIGNEE: str(source)},
        after={ChangeKey.ASSIGNEE: str(target)},
        seen=SeenState(ticket.updated_at),
        group=group_title(source.called, target.called, because),
        reason=str(t(ja, en)),
        accept=not looks_finished,
        title=title,
        secret_title=title != ticket.title,
        note=str(note),
        warning="" if ticket.place in target.had else str(unknown),
    )


def list_people(rows: Iterable[tuple[int, str, str]], spell: Callable[[str], str]) -> list[RedminePerson]:
    """Return the people in rows of id, name and project of a ticket ("" where they only wrote).

    `spell` returns how somebody of a name in Redmine is shown.
    """
    names: dict[int, str] = {}
    had: dict[int, set[str]] = {}
    for number, name, place in rows:
        names[number] = name
        had.setdefault(number, set()).update({place} - {""})
    return [RedminePerson(number, name, frozenset(had[number]), spell(name)) for number, name in names.items()]


CLOSED_PROJECTS = t("終了したプロジェクトのもの", "in closed projects")
