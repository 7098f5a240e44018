"""Propose to narrow who may read the tickets and notes that hold a secret, until its value is changed.

Redmine shows a private ticket to its author, its assignee and the roles that see all tickets; a private note to who
wrote it and the roles that see private notes (`Issue#visible?`, `Journal.visible_notes_condition`, Redmine 6.0.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb.model.plan import Change, ChangeKey, SeenState, Value, Values, Verb
from kb.model.secret import SecretKind
from kb.plan.propose.post import Proposal, group_title
from kb.plan.propose.tickets import CLOSED_PROJECTS
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, join_texts, t
from kb.text.lazy_pattern import compile_lazy

ROTATED = t("値を変更済みのもの", "whose value was changed")
NOT_A_TICKET = t(
    "Redmine のチケットではないところ（esa、Wiki、ファイル）にあるもの",
    "outside of Redmine's tickets (esa, wiki, files)",
)
ALREADY_PRIVATE = t("もうプライベートなもの", "private already")
NOT_FOR_THIS_KEY = t(
    "このキーの持ち主には、プライベートにする権限がないもの", "that the key's owner may not make private"
)
LOST_FROM_SIGHT = t(
    "プライベートにすると、このキーから見えなくなり元に戻せないもの",
    "that this key would see no more once private, and could not bring back",
)

_NOTE = compile_lazy(r"journal:([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class RoleRights:
    """What a role may do, by Redmine's names of permissions; whether it sees private tickets of others."""

    permissions: frozenset[str]
    sees_all: bool


@dataclass(frozen=True, slots=True)
class OwnerRights:
    """What the owner of a key may do, by project."""

    user: int
    admin: bool = False
    roles: Mapping[int, tuple[RoleRights, ...]] = field(default_factory=dict)

    def may(self, project: int, permission: str) -> bool:
        """Whether the owner has a permission in a project. One who is no member there is taken to have none."""
        return self.admin or any(permission in each.permissions for each in self.roles.get(project, ()))

    def sees_all(self, project: int) -> bool:
        """Whether the owner sees private tickets of others."""
        return self.admin or any(each.sees_all for each in self.roles.get(project, ()))


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """A ticket and who has to do with it. `notes` are who wrote each, by number; `hidden` those that are private."""

    number: int
    title: str
    updated_at: str
    project: int
    author: int
    assignee: int = 0
    private: bool = False
    project_open: bool = True
    notes: Mapping[int, int] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TicketSpot:
    """A secret of a ticket: the part that holds it (`body`, `title`, `journal:12`, `journal:12:old` …), its kind."""

    part: str
    kind: SecretKind


def propose_restriction(ticket: ReadTicket, spots: Sequence[TicketSpot], rights: OwnerRights | None) -> Proposal:
    """Propose to make a ticket private, or its notes where nothing else of it holds a secret; why not otherwise.

    Without `rights` nobody asked what the key's owner may do. Where the owner may not decide on notes, the ticket is
    made private in their stead.
    """
    if ticket.private or not (open_spots := [each for each in spots if _note_of(each) not in ticket.hidden]):
        return ALREADY_PRIVATE
    if not ticket.project_open:
        return CLOSED_PROJECTS
    notes = sorted({number for each in open_spots if (number := _note_of(each))})
    alone = all(map(_note_of, open_spots)) and ticket.notes.keys() >= set(notes)
    if alone and (rights is None or all(_may_limit(ticket, each, rights) for each in notes)):
        before: Value = tuple(f"{number} public" for number in notes)
        after: Value = tuple(f"{number} private" for number in notes)
        return _make(ticket, open_spots, ChangeKey.NOTES, before, after)
    if rights is not None and (why := _reason_against(ticket, rights)) is not None:
        return why
    return _make(ticket, open_spots, ChangeKey.PRIVATE, False, True)


def check_readers(before: Values, after: Values) -> Text | None:
    """Return why a change of a plan's file may not be sent: it shows a ticket, or a note, to more people than before.

    Only an undo does that, from its journal; a file's words on itself say nothing.
    """
    opens = after.get(ChangeKey.PRIVATE) is False and before.get(ChangeKey.PRIVATE) is not False
    notes, were = (each.get(ChangeKey.NOTES, ()) for each in (after, before))
    if isinstance(notes, tuple) and isinstance(were, tuple):
        opens = opens or any(each.endswith("public") and each not in were for each in notes)
    return t("案で読める人を広げることはできません", "a plan cannot widen who may read it") if opens else None


def _note_of(spot: TicketSpot) -> int:
    """Return the note a secret stands in; 0 for anything else, also for what an edit of a field left in the history."""
    found = _NOTE.fullmatch(spot.part)
    return int(found[1]) if found else 0


def _may_limit(ticket: ReadTicket, note: int, rights: OwnerRights) -> bool:
    """Whether the key's owner may make a note private, and sees it then."""
    own, project = ticket.notes[note] == rights.user, ticket.project
    edits = rights.may(project, "edit_issue_notes") or (own and rights.may(project, "edit_own_issue_notes"))
    return edits and rights.may(project, "set_notes_private") and (own or rights.may(project, "view_private_notes"))


def _reason_against(ticket: ReadTicket, rights: OwnerRights) -> Text | None:
    """Return why the key's owner cannot make a ticket private, or should not."""
    author, project = ticket.author == rights.user, ticket.project
    opens = any(rights.may(project, each) for each in ("edit_issues", "add_issue_notes")) or (
        author and rights.may(project, "edit_own_issues")
    )
    sets = rights.may(project, "set_issues_private") or (author and rights.may(project, "set_own_issues_private"))
    if not (opens and sets):
        return NOT_FOR_THIS_KEY
    if not (author or ticket.assignee == rights.user or rights.sees_all(project)):
        return LOST_FROM_SIGHT
    return None


def _make(ticket: ReadTicket, spots: Sequence[TicketSpot], key: ChangeKey, before: Value, after: Value) -> Change:
    title = mask_text(ticket.title)
    what = t("注記", "note") if key is ChangeKey.NOTES else t("チケット", "ticket")
    kinds = join_texts(dict.fromkeys(each.kind.label for each in spots))
    because = t("値を変更するまで読める人を限るため", "fewer readers until the value is changed")
    reason = t(
        f"{kinds.ja}が {len(spots):,} か所にあります。値はまだ変更されていません。",
        f"{kinds.en}, in {len(spots):,} of its places; the value has not been changed.",
    )
    return Change(
        kind=Verb.RESTRICT,
        target=f"redmine:{ticket.number}",
        before={key: before},
        after={key: after},
        seen=SeenState(ticket.updated_at),
        group=group_title(str(what), str(t("プライベート", "private")), because),
        reason=str(reason),
        title=title,
        secret_title=title != ticket.title,
    )
