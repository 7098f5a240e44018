"""Ask Redmine which statuses tickets can get: one request for similar tickets, one for each parent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.console.terminal import say
from kb.errors import KbError, SourceError, UsageError
from kb.plan.propose.tickets import (
    CHANGED_SINCE_SYNC,
    UNKNOWN_STATUSES,
    UNREADABLE_TICKETS,
    AllowedStatuses,
    OpenTicket,
    TicketKind,
    plan_questions,
)
from kb.settings.workspace import Workspace
from kb.sources.transport.pacing import run_parallel as side_by_side
from kb.text.json_fields import int_field, object_field, text_field, utc_field
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.plan.propose.close import FinishedTicket
    from kb.plan.propose.post import Proposal
    from kb.reading.tickets.state import TicketPolicy
    from kb.sources.redmine.client import Redmine
    from kb.sources.redmine.requests import StatusChoices


MAX_ASKED_ALIKE = 3
"""Tickets of one kind that are asked in turn, where one has changed since it was mirrored."""

REQUESTS_AT_ONCE = 4
"""Requests side by side; more only loads the server."""


def fetch_close_options(
    redmine: Redmine, tickets: Sequence[OpenTicket], closing: Collection[int]
) -> dict[int, AllowedStatuses]:
    """Return the options of each ticket by number. `closing` are the ids of closing statuses.

    Raises CredentialError when the key is rejected, and the client's errors.
    """
    me = redmine.identify().user_id
    questions = plan_questions(tickets, me)
    found: dict[int, AllowedStatuses] = {}
    alike: dict[TicketKind, AllowedStatuses] = {}
    for kind, members in questions.kinds.items():
        for ticket in members[:MAX_ASKED_ALIKE]:
            way = _close_option(ticket, redmine.workflow.allowed(ticket.number), closing)
            if way.why is None:
                alike[kind] = way
                break
            found[ticket.number] = way
    alone = {ticket.number: ticket for ticket in questions.alone}
    answers = side_by_side(lambda number: (number, redmine.workflow.allowed(number)), alone, width=REQUESTS_AT_ONCE)
    found |= {number: _close_option(alone[number], answer, closing) for number, answer in answers}
    for ticket in tickets:
        found.setdefault(ticket.number, alike.get(ticket.kind(me), UNKNOWN_STATUSES))
    return found


def _close_option(ticket: OpenTicket, answer: StatusChoices | None, closing: Collection[int]) -> AllowedStatuses:
    if answer is None:
        return AllowedStatuses(why=UNREADABLE_TICKETS)
    status = text_field(object_field(answer.issue.get("status")).get("name"))
    if status != ticket.state.status or utc_field(answer.issue.get("updated_on")) != ticket.updated_at:
        return AllowedStatuses(why=CHANGED_SINCE_SYNC)
    if answer.statuses is None:
        return UNKNOWN_STATUSES
    closed = (each for each in answer.statuses if each.get("is_closed") is True or int_field(each["id"]) in closing)
    return AllowedStatuses(tuple(text_field(each["name"]) for each in closed))


def add_version_states(redmine: Redmine, tickets: Sequence[OpenTicket]) -> list[OpenTicket]:
    """Add whether each ticket's version is closed: one request per project that has versions."""
    places = dict.fromkeys(ticket.place for ticket in tickets if ticket.version_id)
    states: dict[int, bool] = {}
    for place in places:
        for version in redmine.workflow.versions(place) or ():
            states[int_field(version.get("id"))] = version.get("status") == "closed"
    return [replace(ticket, version_closed=_closed(ticket, states)) for ticket in tickets]


def _closed(ticket: OpenTicket, states: Mapping[int, bool]) -> bool | None:
    return states.get(ticket.version_id) if ticket.version_id else False


def propose_closings(
    workspace: Workspace, policy: TicketPolicy, now: str, *, project: str = "", to: str = "", check: bool = True
) -> tuple[list[Proposal], list[KbError]]:
    """Return proposals for tickets that look finished, and the crashes of rules.

    With `check` Redmine is asked what can be closed, if there is anything to close.
    """
    from kb.clock import lint_time
    from kb.lint.proposals.tickets import SET_ASIDE, OpenTickets, closed_statuses
    from kb.mirror.store import Mirror
    from kb.plan.propose.close import CloseOptions, FinishedTicket, judge_finished, propose_close

    settings = workspace.settings
    today = lint_time(now, settings.timezone).date()
    answers: list[Proposal] = []
    found: list[FinishedTicket] = []
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        closing = closed_statuses(mirror)
        how = CloseOptions(
            policy, _closing_status(to or settings.tickets.close_status, closing.values()), tuple(closing.values())
        )
        tickets = OpenTickets(workspace, mirror, today, now)
        places = tickets.places(project) if project else None
        tickets.look()
        for state in tickets.states(places):
            looked = judge_finished(state, policy, today, tickets.pages(state.key))
            if isinstance(looked, tuple) and state.key not in tickets.aside:
                found.append(FinishedTicket(tickets.ticket(state), looked, tickets.against(state.key)))
            elif looked is not None:
                answers.append(looked if isinstance(looked, Text) else SET_ASIDE)
    found, ways = _ask_redmine(workspace, found, closing.keys()) if check and found else (found, {})
    answers += propose_close(found, ways, how)
    return answers, tickets.troubles


def require_statuses(workspace: Workspace, wanted: Collection[str]) -> None:
    """Raise UsageError for a status Redmine does not have. Those of kb.toml may belong to another Redmine."""
    from kb.mirror.store import Mirror
    from kb.model.document import Source
    from kb.text.json_fields import text_field

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        there = [text_field(row.get("name")) for row in mirror.things(Source.REDMINE, "status").values()]
    for name in wanted:
        if name not in there:
            raise UsageError(
                t(f"Redmine に「{name[:60]}」という状態はありません。", f"Redmine has no status {name[:60]!r}."),
                t(f"あるもの: {'、'.join(there)}", f"there are: {', '.join(there)}"),
            )


def _closing_status(wanted: str, closing: Collection[str]) -> str:
    """Return the status to close with. Raises UsageError if it is unknown or does not close."""
    if wanted and wanted not in closing:
        names = "、".join(closing)
        raise UsageError(
            t(
                f"「{wanted[:60]}」は、チケットを閉じる状態ではありません。",
                f"{wanted[:60]!r} does not close a ticket.",
            ),
            t(f"閉じる状態: {names}", f"those that do: {names}"),
        )
    return wanted


def _ask_redmine(
    workspace: Workspace, found: list[FinishedTicket], closing: Collection[int]
) -> tuple[list[FinishedTicket], dict[int, AllowedStatuses]]:
    """Return the tickets with what only Redmine knows: closed versions and possible statuses."""
    from kb.sources.redmine.client import Redmine
    from kb.sources.redmine.requests import write_key_spec

    settings = workspace.settings.redmine
    assert settings is not None
    try:
        with Redmine.connect(settings, cache=workspace.cache, max_wait_s=workspace.settings.sync.max_wait_s) as redmine:
            known = fetch_close_options(redmine, [each.ticket for each in found], closing)
            tickets = add_version_states(redmine, [each.ticket for each in found])
            count = redmine.access.requests
    except SourceError as error:
        error.next_step = _without_asking(error.next_step)
        raise
    say(
        t(
            f"閉じられるかを Redmine に確かめました（{count:,} リクエスト）。",
            f"asked Redmine what can be closed ({count:,} requests).",
        )
    )
    if write_key_spec(settings).is_given:
        say(
            t(
                "送るときは別のキーを使うので、できることが違うかもしれません。",
                "changes are sent with another key, which may be allowed less or more.",
            )
        )
    return [replace(each, ticket=ticket) for each, ticket in zip(found, tickets, strict=True)], known


def _without_asking(step: Text | None) -> Text:
    """Return the next step when Redmine failed: plan without it."""
    unasked = t(
        "Redmine に聞かずに変更案を作るなら、--without-check を付けてください。",
        "to make the plan without asking Redmine, add --without-check.",
    )
    return t(f"{step.ja}{unasked.ja}", f"{step.en} {unasked.en}") if step else unasked
