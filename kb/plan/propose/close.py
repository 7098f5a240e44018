"""Propose to close tickets that look finished, each with its evidence and open questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from kb.model.facts import Confidence
from kb.model.plan import Change, ChangeKey, SeenState, Verb
from kb.plan.propose.post import NO_OBJECTIONS, Objections, Proposal, group_title
from kb.plan.propose.tickets import (
    CLOSED_PROJECTS,
    NOT_CLOSABLE,
    UNKNOWN_STATUSES,
    AllowedStatuses,
    OpenTicket,
    choose_status,
)
from kb.reading.tickets.finished import (
    CloseObjection,
    FinishedEvidence,
    FinishedSign,
    LinkedPage,
    address_person,
    describe_signs,
    find_finished_signs,
    find_objections,
    rate_confidence,
)
from kb.reading.tickets.state import Attribution, NoteMeaning, TicketPolicy, TicketState
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, join_texts, t

OBJECTION_REASONS: Mapping[CloseObjection, Text] = {
    CloseObjection.STILL: t(
        "最後の注記に続きがあるもの（まだ起きる、確認待ちなど）", "whose last note says that it goes on"
    ),
    CloseObjection.BACK: t("終わった状態から戻されたもの", "that were taken back from a finished status"),
    CloseObjection.CHILDREN: t("終わっていない子チケットがあるもの", "with open subtasks"),
    CloseObjection.PAGE: t("障害の記録に残っていることがあるもの", "whose incident has something open"),
    CloseObjection.FRESH: t("最近動いたもの", "in which something happened lately"),
}
BLOCKED_TICKETS = t("開いているチケットにブロックされているもの", "blocked by open tickets")
CLOSED_ALONG = t("ほかのチケットと一緒に終了になるもの", "that are closed along with others")


@dataclass(frozen=True, slots=True)
class FinishedTicket:
    """A ticket that looks finished, with the evidence, and what lint says against it."""

    ticket: OpenTicket
    evidence: tuple[FinishedEvidence, ...]
    against: Objections = NO_OBJECTIONS


@dataclass(frozen=True, slots=True)
class CloseOptions:
    """How to close: `wanted` status ("": kb chooses), and `statuses` that close."""

    policy: TicketPolicy
    wanted: str = ""
    statuses: tuple[str, ...] = ()


def judge_finished(
    state: TicketState, policy: TicketPolicy, today: date, pages: Collection[LinkedPage] = ()
) -> tuple[FinishedEvidence, ...] | Text | None:
    """Return the evidence that a ticket is finished; a Text for why it is left out all the same; None for neither.

    Open children do not count against it yet: they may be closed along.
    """
    found = find_finished_signs(state, policy, pages)
    against = find_objections(state, policy, today, pages) if found else ()
    reasons = [OBJECTION_REASONS[each] for each in against if each is not CloseObjection.CHILDREN]
    return next(iter(reasons), found or None)


def find_ticket_contradiction(
    change: Change,
    state: TicketState,
    policy: TicketPolicy,
    today: date,
    pages: Collection[LinkedPage],
    closing: Collection[str],
) -> Text | None:
    """Return why an edited ticket no longer looks finished, as a clause; None where it still does.

    `closing` are the tickets the plan closes. Days of quiet select proposals and are no evidence: an edit alone says
    nothing.
    """
    named = describe_signs(state, [FinishedEvidence(FinishedSign.STATUS, state.turned)])
    if named.ja in change.reason or named.en in change.reason:  # `--status` may have named what kb.toml does not
        policy = replace(policy, finished_statuses=(*policy.finished_statuses, state.status))
    for each in find_objections(state, policy, today, pages):
        if each in _AGAINST:
            return _AGAINST[each](state)
    if waits := [key for key in (*state.open_children, *state.open_blockers) if key not in closing]:
        names = _list_numbers(waits)
        return t(f"先に終わらせる {names} が残っています", f"{names} would have to be closed first")
    return None if find_finished_signs(state, policy, pages) else UNPROVED


UNPROVED = t("終わったことを示すものがなくなっています", "nothing says any more that it is finished")
_AGAINST: Mapping[CloseObjection, Callable[[TicketState], Text]] = {
    CloseObjection.STILL: lambda state: _attribute(
        state.said, t("最後の注記に続きがあります", "the last note says that it goes on")
    ),
    CloseObjection.BACK: lambda state: _attribute(
        state.turned, t("終わった状態から戻されています", "it was taken back from a finished status")
    ),
    CloseObjection.PAGE: lambda state: t("障害の記録に残っていることがあります", "its incident has something open"),
}


def _list_numbers(keys: Iterable[str]) -> str:
    return "、".join(f"#{key.partition(':')[2]}" for key in keys)


def _attribute(told: Attribution, says: Text) -> Text:
    """Return a clause with who and when, as far as known."""
    ja = "、".join(part for part in (address_person(told.by) if told.by else "", told.on) if part)
    en = ", ".join(part for part in (told.by, told.on) if part)
    return t(f"{says.ja}（{ja}）" if ja else says.ja, f"{says.en} ({en})" if en else says.en)


def propose_close(
    found: Sequence[FinishedTicket], ways: Mapping[int, AllowedStatuses], how: CloseOptions
) -> Iterator[Proposal]:
    """Yield a change for each ticket that can be closed, or why it is left out.

    Its children and what blocks it must be among them.
    """
    made: dict[str, Change] = {}
    waiting: list[tuple[FinishedTicket, Change]] = []
    for each in found:
        answer = _build_change(each, ways.get(each.ticket.number, UNKNOWN_STATUSES), how)
        if not isinstance(answer, Change):
            yield answer
        elif each.ticket.waits:
            waiting.append((each, answer))
        else:
            made[each.ticket.state.key] = answer
    while ready := [(each, change) for each, change in waiting if made.keys() >= set(each.ticket.waits)]:
        for each, change in ready:
            made[each.ticket.state.key] = _require_children(change, each.ticket, made)
        waiting = [(each, change) for each, change in waiting if each.ticket.state.key not in made]
    covered = _find_covered(made)
    yield from (CLOSED_ALONG if key in covered else change for key, change in made.items())
    for each, _ in waiting:
        yield OBJECTION_REASONS[CloseObjection.CHILDREN] if each.ticket.state.open_children else BLOCKED_TICKETS


def _find_covered(made: Mapping[str, Change]) -> set[str]:
    """Return the tickets Redmine closes along with an accepted one: the last of a chain of duplicates first."""
    covered: set[str] = set()
    for key, change in sorted(made.items(), key=lambda each: -len(each[1].along)):
        if change.accept and key not in covered:
            covered.update(other for other in change.along if other in made and other != key)
    return covered


def _build_change(found: FinishedTicket, way: AllowedStatuses, how: CloseOptions) -> Change | Text:
    ticket, state = found.ticket, found.ticket.state
    if not ticket.project_open:
        return CLOSED_PROJECTS
    if way.why is not None:
        return way.why
    status = choose_status(way.closing if way.known else how.statuses, how.wanted)
    if not isinstance(status, str):
        return status
    if status == state.status:
        return NOT_CLOSABLE
    sure = rate_confidence(found.evidence)
    why = describe_signs(state, found.evidence)
    title = mask_text(ticket.title)
    doubtful = [other.key for other in ticket.along if other.says is NoteMeaning.STILL]
    change = Change(
        kind=Verb.CLOSE,
        target=state.key,
        before={ChangeKey.STATUS: state.status},
        after={ChangeKey.STATUS: status},
        seen=SeenState(ticket.updated_at),
        group=group_title(state.status, status, _describe_sign(found.evidence[0].sign, how.policy)),
        reason=str(_reason(state, why, ticket.along)),
        confidence=sure,
        accept=sure > Confidence.LOW and not doubtful,
        title=title,
        secret_title=title != ticket.title,
        note=str(_note(status, why)),
        along=tuple(other.key for other in ticket.along),
        warning=str(join_texts(_warnings(ticket, way, doubtful), "。", ". ")),
    )
    return found.against.put_to(change)


def _describe_sign(sign: FinishedSign, policy: TicketPolicy) -> Text:
    says = {
        FinishedSign.STATUS: t("終わった状態のまま", "finished"),
        FinishedSign.NOTE: t("完了した旨の注記のあと", "said to be finished"),
        FinishedSign.PAGE: t("障害の記事では済んでいて", "done on its incident page"),
        FinishedSign.CHILDREN: t("子チケットがすべて終了し", "all of its subtasks closed"),
        FinishedSign.RATIO: t("進捗率 100% のまま", "100 % done"),
    }[sign]
    days = policy.quiet_days
    return t(f"{says.ja} {days} 日以上動きがないため", f"{says.en} and quiet for {days} days or more")


def _reason(state: TicketState, why: Text, along: Collection[TicketState]) -> Text:
    last = state.quiet
    ja_who, en_who = (f"（{address_person(last.by)}）", f" ({last.by})") if last.by else ("", "")
    ja, en = f"{why.ja}。最後の動きは {last.on}{ja_who}です。", f"{why.en}. Last touched on {last.on}{en_who}."
    if along:
        names = _list_numbers(other.key for other in along)
        ja += f"重複の {names} も一緒に終了になります。"
        en += f" Its duplicates {names.replace('、', ', ')} are closed along."
    return t(ja, en)


def _note(status: str, why: Text) -> Text:
    return t(
        f"終わっているように見えるため、「{status}」にします。もとにしたもの: {why.ja}。"
        "まだのときは、状態を戻してください。",
        f'This looks finished and is set to "{status}", going by: {why.en}. If it is not, please set the status back.',
    )


def _warnings(ticket: OpenTicket, way: AllowedStatuses, doubtful: Collection[str]) -> Iterator[Text]:
    if not way.known:
        yield t(
            "この状態にできるかは、送るまで分かりません",
            "whether it can be given this status is only known once it is sent",
        )
    if doubtful:
        names = _list_numbers(doubtful)
        yield t(
            f"一緒に終了になる {names} の最後の注記に続きがあります",
            f"the last note of {names}, closed along, says that it goes on",
        )
    if ticket.version_closed:
        yield t(
            f"対象バージョン「{ticket.version}」が終了しているため、kb undo では再開できません",
            f'its version "{ticket.version}" is closed: kb undo cannot reopen it',
        )
    elif ticket.version and ticket.version_closed is None:
        yield t(
            f"対象バージョン「{ticket.version}」が終了していると、kb undo では再開できません",
            f'if its version "{ticket.version}" is closed, kb undo cannot reopen it',
        )
    if ticket.unfilled:
        names = "".join(f"「{each}」" for each in ticket.unfilled)
        yield t(
            f"空の{names}が、閉じるときに必須かもしれません",
            f"its empty {', '.join(ticket.unfilled)} may be required to close it",
        )


def _require_children(change: Change, ticket: OpenTicket, made: Mapping[str, Change]) -> Change:
    """Close a ticket after those it waits for: only if all of them are closed."""
    names = _list_numbers(ticket.waits)
    first = t(f"{names} を先に閉じます。", f" {names} are closed first.")
    return replace(
        change,
        reason=change.reason + str(first),
        accept=change.accept and all(made[key].accept for key in ticket.waits),
    )
