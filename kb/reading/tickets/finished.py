"""Whether a ticket looks finished: what speaks for it, what against, and how sure that makes. Pure.

Evidence names a person and a day. What kb did is none: neither a status it set, nor children it closed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.model.facts import Confidence
from kb.reading.tickets.state import Attribution, NoteMeaning, TicketPolicy, TicketState
from kb.text.dates import parse_day
from kb.text.fold import fold_text
from kb.text.lang import Text, t


class FinishedSign(StrEnum):
    """What speaks for a ticket's being finished, the strongest first."""

    STATUS = "status"
    NOTE = "note"
    PAGE = "page"  # the incident page that goes with it is done
    CHILDREN = "children"
    RATIO = "ratio"
    DEED = "deed"  # a note tells of work that was done: never enough by itself


class CloseObjection(StrEnum):
    """What speaks against closing a ticket that has signs of being finished."""

    STILL = "still"  # the last note says that it goes on
    BACK = "back"  # somebody took it back from a finished status
    CHILDREN = "children"
    PAGE = "page"
    FRESH = "fresh"  # somebody did something not long ago


@dataclass(frozen=True, slots=True)
class FinishedEvidence:
    """One sign: who gave it and when. `what` is the page of PAGE, and how many CHILDREN there are."""

    sign: FinishedSign
    told: Attribution
    what: str = ""


@dataclass(frozen=True, slots=True)
class LinkedPage:
    """An incident page that goes with a ticket. `told` edited it last; `by_kb`: kb set its mark, or edited it last."""

    key: str
    done: bool
    open: bool
    told: Attribution
    by_kb: bool = False


def is_finished_status(status: str, policy: TicketPolicy) -> bool:
    """Whether a status is one that kb.toml calls finished."""
    return _fold_status(status) in {_fold_status(each) for each in policy.finished_statuses}


def find_finished_signs(
    state: TicketState, policy: TicketPolicy, pages: Collection[LinkedPage] = ()
) -> tuple[FinishedEvidence, ...]:
    """What speaks for a ticket's being finished, the strongest first; nothing for a closed one."""
    if state.closed:
        return ()
    found: list[FinishedEvidence] = []
    finished = is_finished_status(state.status, policy)
    if finished and not state.turned.by_kb:
        found.append(FinishedEvidence(FinishedSign.STATUS, state.turned))
    if state.says is NoteMeaning.FINISHED and (finished or not state.turned.at > state.said.at):
        found.append(FinishedEvidence(FinishedSign.NOTE, state.said))
    found += (
        FinishedEvidence(FinishedSign.PAGE, page.told, page.key) for page in pages if page.done and not page.by_kb
    )
    if state.children and not any(not each.closed or each.by_kb for each in state.children):
        last = max(state.children, key=lambda each: each.on)
        found.append(
            FinishedEvidence(FinishedSign.CHILDREN, Attribution(last.by, on=last.on), str(len(state.children)))
        )
    if state.done_ratio == 100 and not state.children and not state.rated.by_kb:
        found.append(FinishedEvidence(FinishedSign.RATIO, state.rated))
    if found and state.says is NoteMeaning.DEED:
        found.append(FinishedEvidence(FinishedSign.DEED, state.said))
    return tuple(found)


def find_objections(
    state: TicketState, policy: TicketPolicy, today: date, pages: Collection[LinkedPage] = ()
) -> tuple[CloseObjection, ...]:
    """What speaks against closing a ticket, the strongest first."""
    found: list[CloseObjection] = []
    if state.says is NoteMeaning.STILL:
        found.append(CloseObjection.STILL)
    if _was_reopened(state, policy):
        found.append(CloseObjection.BACK)
    if state.open_children:
        found.append(CloseObjection.CHILDREN)
    if any(page.open for page in pages):
        found.append(CloseObjection.PAGE)
    if count_quiet_days(state, today) < policy.quiet_days:
        found.append(CloseObjection.FRESH)
    return tuple(found)


def _was_reopened(state: TicketState, policy: TicketPolicy) -> bool:
    """Whether somebody took a ticket out of a finished status, and nobody wrote then or since that it is finished."""
    was = state.was_closed or is_finished_status(state.was, policy)
    written = state.says is NoteMeaning.FINISHED and state.said.at >= state.turned.at
    return was and not written and not is_finished_status(state.status, policy)


def rate_confidence(found: Collection[FinishedEvidence]) -> Confidence:
    """How sure signs make: two that agree HIGH, one MEDIUM, a ratio by itself LOW."""
    kinds = {each.sign for each in found}
    if len(kinds - {FinishedSign.DEED}) > 1 or {FinishedSign.STATUS, FinishedSign.DEED} <= kinds:
        return Confidence.HIGH
    return Confidence.LOW if kinds == {FinishedSign.RATIO} else Confidence.MEDIUM


def count_quiet_days(state: TicketState, today: date) -> int:
    """For how many days no person has done anything with a ticket; 0 when it is not known."""
    last = parse_day(state.quiet.on)
    return (today - last).days if last else 0


def _fold_status(status: str) -> str:
    return fold_text(status).strip().casefold()


def address_person(name: str) -> str:
    """A person's name as one speaks of them."""
    return name if name.endswith(("さん", "様", "氏")) else f"{name}さん"


def describe_signs(state: TicketState, found: Collection[FinishedEvidence], day: Callable[[str], str] = str) -> Text:
    """All signs, side by side. `day` writes a day (ISO) as it is to be read; "" for none."""
    clauses = [_describe_sign(state, each, day) for each in found]
    return t("、".join(each.ja for each in clauses), ", ".join(each.en for each in clauses))


def _describe_sign(state: TicketState, evidence: FinishedEvidence, day: Callable[[str], str]) -> Text:
    who = _describe_attribution(evidence.told, day)
    match evidence.sign:
        case FinishedSign.STATUS:
            return t(f"状態「{state.status}」{who.ja}", f'status "{state.status}"{who.en}')
        case FinishedSign.NOTE:
            return t(f"完了した旨の注記{who.ja}", f"a note that it is finished{who.en}")
        case FinishedSign.DEED:
            return t(f"作業した旨の注記{who.ja}", f"a note on work that was done{who.en}")
        case FinishedSign.RATIO:
            return t(f"進捗率 100%{who.ja}", f"100 % done{who.en}")
        case FinishedSign.CHILDREN:
            ja, en = f"子チケット {evidence.what} 件がすべて終了", f"all of its {evidence.what} subtasks closed"
            return t(f"{ja}{who.ja.replace('（', '（最後は ', 1)}", f"{en}{who.en.replace('(', '(the last: ', 1)}")
        case FinishedSign.PAGE:
            return t(f"障害の記事 {evidence.what} が完了{who.ja}", f"its incident page {evidence.what} done{who.en}")


def _describe_attribution(told: Attribution, day: Callable[[str], str]) -> Text:
    """In brackets, who and when, as far as it is told."""
    on = day(told.on) if told.on else ""
    ja = "、".join(part for part in (address_person(told.by) if told.by else "", on) if part)
    en = ", ".join(part for part in (told.by, told.on) if part)
    return t(f"（{ja}）" if ja else "", f" ({en})" if en else "")
