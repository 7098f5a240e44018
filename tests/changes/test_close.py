"""Which tickets are proposed for closing, with what said of them; and which are left out, and why. No network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from kb.model.facts import Confidence
from kb.model.plan import Change
from kb.plan.propose.close import (
    BLOCKED_TICKETS,
    CLOSED_ALONG,
    OBJECTION_REASONS,
    CloseOptions,
    FinishedTicket,
    judge_finished,
    propose_close,
)
from kb.plan.propose.post import gather_proposals
from kb.plan.propose.tickets import (
    AMBIGUOUS_STATUS,
    CHANGED_SINCE_SYNC,
    CLOSED_PROJECTS,
    NOT_CLOSABLE,
    UNKNOWN_STATUSES,
    UNREADABLE_TICKETS,
    AllowedStatuses,
    OpenTicket,
    choose_status,
    plan_questions,
)
from kb.reading.tickets.finished import CloseObjection
from kb.reading.tickets.state import Attribution, NoteMeaning, RelatedTicket, TicketPolicy, TicketState
from kb.text.lang import Text

TODAY = date(2025, 7, 1)
POLICY = TicketPolicy()
CLOSES = AllowedStatuses(("終了", "却下"))
HOW = CloseOptions(POLICY, statuses=("終了", "却下"))
DONE = Attribution("佐藤 健", "2025-05-20T01:00:00Z", "2025-05-20")


def state(number: int, status: str = "解決", **fields: object) -> TicketState:
    base = TicketState(
        f"redmine:{number}", status, False, turned=DONE, quiet=DONE, created=DONE, done_ratio=100, rated=DONE
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def ticket(number: int, *, of: TicketState | None = None, **fields: object) -> OpenTicket:
    base = OpenTicket(of or state(number), f"件 {number}", "2025-05-20T01:00:00Z", place="infra")
    return replace(base, **fields)  # type: ignore[arg-type]


def proposed(
    *tickets: OpenTicket, ways: dict[int, AllowedStatuses] | None = None, how: CloseOptions = HOW
) -> tuple[dict[str, Change], dict[Text, int]]:
    """What is proposed by target, and what was left out."""
    found: list[FinishedTicket] = []
    for each in tickets:
        evidence = judge_finished(each.state, POLICY, TODAY)
        assert isinstance(evidence, tuple)
        found.append(FinishedTicket(each, evidence))
    known = {each.number: CLOSES for each in tickets} if ways is None else ways
    answer = gather_proposals(propose_close(found, known, how))
    return {each.target: each for each in answer.changes}, dict(answer.left)


def test_a_finished_ticket_is_closed_with_its_evidence() -> None:
    change = proposed(ticket(45))[0]["redmine:45"]
    assert (change.before, change.after) == ({"status": "解決"}, {"status": "終了"})
    assert change.group == "解決 → 終了: 終わった状態のまま 14 日以上動きがないため"
    assert change.reason == (
        "状態「解決」（佐藤 健さん、2025-05-20）、進捗率 100%（佐藤 健さん、2025-05-20）。"
        "最後の動きは 2025-05-20（佐藤 健さん）です。"
    )
    assert change.note.startswith(
        "終わっているように見えるため、「終了」にします。もとにしたもの: 状態「解決」（佐藤 健さん、2025-05-20）"
    )
    assert (change.confidence, change.accept, change.warning, change.along) == (Confidence.HIGH, True, "", ())
    assert change.seen.updated_at == "2025-05-20T01:00:00Z"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"says": NoteMeaning.STILL, "said": DONE}, CloseObjection.STILL),
        ({"status": "進行中", "was": "解決"}, CloseObjection.BACK),
        ({"quiet": replace(DONE, on="2025-06-30")}, CloseObjection.FRESH),
    ],
)
def test_what_speaks_against_it_keeps_it_out(fields: dict[str, object], why: CloseObjection) -> None:
    assert judge_finished(state(45, **fields), POLICY, TODAY) == OBJECTION_REASONS[why]  # type: ignore[arg-type]


def test_a_ratio_alone_is_for_a_person_to_decide() -> None:
    change = proposed(ticket(45, of=state(45, "進行中")))[0]["redmine:45"]
    assert (change.confidence, change.accept) == (Confidence.LOW, False)


# -- the status to close with --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closing", "wanted", "found"),
    [
        (("終了", "却下"), "", "終了"),
        (("却下", "終了"), "", "終了"),
        (("Closed", "Rejected"), "", "Closed"),
        (("却下",), "", "却下"),
        (("却下", "引渡し済"), "", "引渡し済"),
        (("引渡し済", "保管"), "", AMBIGUOUS_STATUS),
        (("終了", "却下"), "却下", "却下"),
        (("終了",), "却下", NOT_CLOSABLE),
        ((), "", NOT_CLOSABLE),
    ],
)
def test_the_status_is_the_one_asked_for_or_the_only_one_that_fits(
    closing: Sequence[str], wanted: str, found: str | Text
) -> None:
    assert choose_status(closing, wanted) == found


def test_what_redmine_does_not_allow_is_left_out_and_counted() -> None:
    ways = {
        1: AllowedStatuses(()),
        2: AllowedStatuses(why=UNREADABLE_TICKETS),
        3: AllowedStatuses(why=CHANGED_SINCE_SYNC),
        4: CLOSES,
    }
    changes, left = proposed(*(ticket(number) for number in (1, 2, 3, 4)), ways=ways)
    assert list(changes) == ["redmine:4"]
    assert left == {NOT_CLOSABLE: 1, UNREADABLE_TICKETS: 1, CHANGED_SINCE_SYNC: 1}


def test_what_nobody_could_ask_is_proposed_with_a_warning() -> None:
    change = proposed(ticket(45), ways={45: UNKNOWN_STATUSES})[0]["redmine:45"]
    assert change.after == {"status": "終了"}
    assert change.warning == "この状態にできるかは、送るまで分かりません"


def test_a_closed_project_takes_no_change() -> None:
    assert proposed(ticket(45, project_open=False)) == ({}, {CLOSED_PROJECTS: 1})


def test_what_may_go_wrong_is_said_beforehand() -> None:
    odd = ticket(45, version="2025-05", version_closed=True, unfilled=("根本原因", "対象"))
    assert proposed(odd)[0]["redmine:45"].warning == (
        "対象バージョン「2025-05」が終了しているため、kb undo では再開できません。"
        "空の「根本原因」「対象」が、閉じるときに必須かもしれません"
    )
    open_version = ticket(45, version="2025-07", version_closed=False)
    assert proposed(open_version)[0]["redmine:45"].warning == ""
    unknown = proposed(ticket(45, version="2025-07", version_closed=None))[0]["redmine:45"].warning
    assert "終了していると" in unknown


# -- children, blockers, duplicates ----------------------------------------------------------------------


def waits(number: int, *others: int, blocked: bool = False) -> OpenTicket:
    related = tuple(RelatedTicket(f"redmine:{each}", False) for each in others)
    return ticket(number, of=state(number, blockers=related) if blocked else state(number, children=related))


def test_a_parent_comes_with_its_children_when_all_of_them_are_closed_first() -> None:
    changes, left = proposed(waits(1, 2, 3), waits(3, 4), ticket(2), ticket(4))
    assert set(changes) == {f"redmine:{number}" for number in (1, 2, 3, 4)}
    assert changes["redmine:1"].reason.endswith("#2、#3 を先に閉じます。")
    assert left == {}


def test_a_parent_of_an_open_child_is_left_out() -> None:
    changes, left = proposed(waits(1, 2, 9), ticket(2))
    assert set(changes) == {"redmine:2"}
    assert left == {OBJECTION_REASONS[CloseObjection.CHILDREN]: 1}


def test_a_blocked_ticket_is_left_out_unless_its_blocker_is_closed_first() -> None:
    assert proposed(waits(1, 9, blocked=True)) == ({}, {BLOCKED_TICKETS: 1})
    assert set(proposed(waits(1, 2, blocked=True), ticket(2))[0]) == {"redmine:1", "redmine:2"}


def test_tickets_that_wait_for_each_other_are_left_out() -> None:
    assert proposed(waits(1, 2, blocked=True), waits(2, 1, blocked=True)) == ({}, {BLOCKED_TICKETS: 2})


def test_a_parent_is_not_accepted_before_its_children_are() -> None:
    changes, _ = proposed(waits(1, 2), ticket(2, of=state(2, "進行中")))
    assert (changes["redmine:1"].accept, changes["redmine:2"].accept) == (False, False)


def test_duplicates_that_close_along_are_named_and_not_proposed_twice() -> None:
    chain = (state(46), state(47))
    changes, left = proposed(ticket(45, along=chain), ticket(46, along=(state(47),)), ticket(47))
    assert set(changes) == {"redmine:45"}
    assert changes["redmine:45"].along == ("redmine:46", "redmine:47")
    assert "重複の #46、#47 も一緒に終了になります。" in changes["redmine:45"].reason
    assert left == {CLOSED_ALONG: 2}


def test_a_duplicate_that_still_happens_stops_its_original() -> None:
    doubtful = state(46, "新規", says=NoteMeaning.STILL, said=DONE)
    changes, left = proposed(ticket(45, along=(doubtful, state(47))), ticket(47))
    assert not changes["redmine:45"].accept
    assert "#46 の最後の注記に続きがあります" in changes["redmine:45"].warning
    assert set(changes) == {"redmine:45", "redmine:47"}  # 47 can be closed by itself
    assert left == {}


# -- whom to ask -----------------------------------------------------------------------------------------


def test_tickets_that_are_alike_share_one_question() -> None:
    alike = [ticket(number) for number in range(1, 51)]
    mine = [ticket(number, author_id=7) for number in (51, 52)]
    elsewhere = [ticket(53, place="web"), ticket(54, of=state(54, "終了待ち")), ticket(55, assignee_id=7)]
    children = ticket(60, of=state(60, children=(RelatedTicket("redmine:61", True),)))
    asked = plan_questions([*alike, *mine, *elsewhere, children, waits(62, 1)], me=7)
    counted = Counter(len(each) for each in asked.kinds.values())
    assert counted == {50: 1, 2: 1, 1: 3}
    assert [each.number for each in asked.alone] == [60]
