"""`kb plan restrict`: narrow who may read the tickets that hold a secret, until its value is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import (
    ForceOption,
    PlanDraft,
    PlanNowOption,
    PlanOutputOption,
    open_mirrored,
)
from kb.commands.registry import argument, command, option
from kb.model.document import Source, parse_doc
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.plan.propose.post import Proposal
    from kb.plan.propose.restrict import OwnerRights
    from kb.reports.secrets.held import SecretPlace, SecretValue


@command(
    "plan restrict",
    t("秘密の値がある間、チケットを読める人を限る案", "show tickets that hold a secret to fewer readers"),
    example="kb plan restrict -o restrict.toml\nkb plan restrict 5f0c1d2e3b4a --without-check",
    shared=True,
)
def plan_restrict(
    ids: Annotated[
        list[str] | None,
        argument(
            "[ID]…",
            t(
                "kb secrets list の ID（なければ変更前のものすべて）",
                "ids of kb secrets list; else all not changed yet",
            ),
        ),
    ] = None,
    out: PlanOutputOption = Path("restrict.toml"),
    without_check: Annotated[
        bool,
        option(
            "--without-check",
            t(
                "鍵の持ち主にできるかを Redmine に聞かない（何も送りません）",
                "do not ask Redmine what the key's owner may do",
            ),
        ),
    ] = False,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Plan to make tickets and notes private that hold a value nobody has changed yet; say who reads them still."""
    from kb.lint.proposals.readers import ask_owner_rights
    from kb.plan.propose.post import gather_proposals
    from kb.plan.propose.restrict import ROTATED
    from kb.reports.secrets.held import choose_values, survey_secrets

    workspace = open_mirrored(Source.REDMINE)
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    found = survey_secrets(workspace, everything=bool(ids), now=now)
    values = choose_values(found.holding.values, ids or ())
    live = [each for each in values if each.rotated is None]
    places = [place for value in live for place in value.places]
    asked = any(map(_is_in_ticket, places)) and not without_check
    rights = ask_owner_rights(workspace) if asked else None
    answers: list[Proposal] = [ROTATED] * (len(values) - len(live))
    answers += _propose(draft, places, rights)
    draft.write(
        gather_proposals(answers), found.troubles, lambda changes: _describe_remains(live, limits=bool(changes))
    )


def _propose(draft: PlanDraft, places: Sequence[SecretPlace], rights: OwnerRights | None) -> Iterator[Proposal]:
    """Yield what comes of each ticket, and why other places get nothing."""
    from kb.lint.proposals.readers import read_tickets
    from kb.plan.propose.restrict import NOT_A_TICKET, TicketSpot, propose_restriction

    spots: dict[int, list[TicketSpot]] = {}
    for place in places:
        if not _is_in_ticket(place):
            yield NOT_A_TICKET
            continue
        number = parse_doc(str(place.entry.doc)).number
        spots.setdefault(number, []).append(TicketSpot(place.finding.part, place.secret.kind))
    with draft.mirror() as mirror:
        for number, ticket in sorted(read_tickets(mirror, spots).items()):
            yield propose_restriction(ticket, spots[number], rights)


def _is_in_ticket(place: SecretPlace) -> bool:
    """Whether a place is in a ticket: its fields, notes, attachments, or what its history keeps."""
    from kb.model.plan import is_target

    return place.entry.source is Source.REDMINE and is_target(str(place.entry.doc))


def _describe_remains(values: Sequence[SecretValue], *, limits: bool) -> Iterator[Text]:
    """Yield who reads the values all the same, and where nobody can be kept from them."""
    if limits:
        yield t(
            "そのあとも読める人: チケットは作成者、担当者、すべてのチケットを見られるロールの人。注記は書いた人と、"
            "プライベート注記を見られるロールの人。どちらも Redmine の管理者。",
            "who reads them all the same: of a ticket its author, its assignee and roles that see all tickets; of a "
            "note who wrote it and roles that see private notes; administrators of both.",
        )
        yield t(
            "もう届いたメールと、読んだ人や写した人のところからは消えません。値の変更の代わりにはなりません。変更して控えたら、"
            "kb undo で元に戻せます。",
            "mails already sent, and what people read or copied, stay. This is no substitute for changing the value; "
            "once that is done and noted, kb undo brings the readers back.",
        )
    places = [place for value in values for place in value.places if not _is_in_ticket(place)]
    posts = sum(place.entry.source is Source.ESA for place in places)
    if posts:
        yield t(
            f"esa の {posts:,} か所は、読める人を限れません（記事ごとの公開範囲がないため）。変更まで待てないなら "
            "kb plan redact --before-rotation です。",
            f"{count_noun(posts, 'place')} in esa: nobody can be kept from a post there. If changing the value takes "
            "too long: kb plan redact --before-rotation.",
        )
    if others := len(places) - posts:
        yield t(
            f"Wiki やファイルの {others:,} か所も、kb からは限れません。値を消すか、置き場所の権限を変えてください。",
            f"{count_noun(others, 'place')} in wiki pages and files: kb cannot limit those either. Take the value out, "
            "or change who may open the place.",
        )
