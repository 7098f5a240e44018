"""What speaks for a ticket's being finished, what against, and how sure that makes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kb.model.facts import Confidence
from kb.reading.tickets.finished import (
    CloseObjection,
    FinishedSign,
    LinkedPage,
    describe_signs,
    find_finished_signs,
    find_objections,
    rate_confidence,
)
from kb.reading.tickets.state import Attribution, NoteMeaning, RelatedTicket, TicketPolicy, TicketState

TODAY = date(2025, 7, 1)
POLICY = TicketPolicy()


def told(on: str, by: str = "佐藤", *, by_kb: bool = False) -> Attribution:
    return Attribution(by, f"{on}T01:00:00Z", on, by_kb)


MADE, DONE = told("2025-03-01", "大野"), told("2025-05-20")
OPEN = TicketState("redmine:45", "進行中", False, created=MADE, turned=MADE, rated=MADE, quiet=DONE)
RESOLVED = replace(OPEN, status="解決", was="進行中", turned=DONE)
CLOSED_CHILD, KB_CHILD, OPEN_CHILD = (
    RelatedTicket("redmine:46", True),
    RelatedTicket("redmine:47", True, by_kb=True),
    RelatedTicket("redmine:48", False),
)
PAGE = LinkedPage("esa:12", done=True, open=False, told=told("2025-05-21", "岸"))


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (OPEN, []),
        (RESOLVED, [FinishedSign.STATUS]),
        (replace(RESOLVED, status=" ﾘﾘｰｽ待ち"), []),
        (replace(RESOLVED, status="RESOLVED"), [FinishedSign.STATUS]),
        (replace(RESOLVED, turned=told("2025-05-20", by_kb=True)), []),
        (replace(OPEN, says=NoteMeaning.FINISHED, said=DONE), [FinishedSign.NOTE]),
        (replace(OPEN, says=NoteMeaning.FINISHED, said=MADE, turned=DONE), []),  # taken up again after it
        (replace(RESOLVED, says=NoteMeaning.FINISHED, said=MADE), [FinishedSign.STATUS, FinishedSign.NOTE]),
        (replace(OPEN, says=NoteMeaning.DEED, said=DONE), []),  # a deed by itself is none
        (replace(RESOLVED, says=NoteMeaning.DEED, said=DONE), [FinishedSign.STATUS, FinishedSign.DEED]),
        (replace(OPEN, done_ratio=100, rated=DONE), [FinishedSign.RATIO]),
        (replace(OPEN, done_ratio=90, rated=DONE), []),
        (replace(OPEN, children=(CLOSED_CHILD, CLOSED_CHILD)), [FinishedSign.CHILDREN]),
        (replace(OPEN, children=(CLOSED_CHILD, OPEN_CHILD)), []),
        (replace(OPEN, children=(CLOSED_CHILD, KB_CHILD)), []),  # what kb closed proves nothing
        (replace(OPEN, children=(OPEN_CHILD,), done_ratio=100), []),  # a parent's ratio is its children's
        (replace(RESOLVED, closed=True), []),
    ],
)
def test_these_are_the_signs(state: TicketState, wanted: list[FinishedSign]) -> None:
    assert [each.sign for each in find_finished_signs(state, POLICY)] == wanted


def test_a_page_is_a_sign_unless_kb_had_a_hand_in_it() -> None:
    assert [each.sign for each in find_finished_signs(OPEN, POLICY, [PAGE])] == [FinishedSign.PAGE]
    assert find_finished_signs(OPEN, POLICY, [replace(PAGE, by_kb=True)]) == ()
    assert find_finished_signs(OPEN, POLICY, [replace(PAGE, done=False)]) == ()


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (RESOLVED, []),
        (replace(RESOLVED, says=NoteMeaning.STILL, said=DONE), [CloseObjection.STILL]),
        (replace(OPEN, was="解決", turned=DONE), [CloseObjection.BACK]),
        (replace(OPEN, was="終了", was_closed=True, turned=DONE), [CloseObjection.BACK]),
        (replace(OPEN, was="解決", turned=MADE, says=NoteMeaning.FINISHED, said=DONE), []),  # and finished since
        (replace(RESOLVED, children=(CLOSED_CHILD, OPEN_CHILD)), [CloseObjection.CHILDREN]),
        (replace(RESOLVED, quiet=told("2025-06-17")), []),
        (replace(RESOLVED, quiet=told("2025-06-18")), [CloseObjection.FRESH]),
        (replace(RESOLVED, quiet=Attribution()), [CloseObjection.FRESH]),  # nobody knows for how long
    ],
)
def test_these_are_the_objections(state: TicketState, wanted: list[CloseObjection]) -> None:
    assert list(find_objections(state, POLICY, TODAY)) == wanted


def test_an_open_page_objects() -> None:
    assert find_objections(RESOLVED, POLICY, TODAY, [replace(PAGE, done=False, open=True)]) == (CloseObjection.PAGE,)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (RESOLVED, Confidence.MEDIUM),
        (replace(RESOLVED, done_ratio=100), Confidence.HIGH),
        (replace(RESOLVED, says=NoteMeaning.DEED, said=DONE), Confidence.HIGH),
        (replace(OPEN, done_ratio=100), Confidence.LOW),
        (replace(OPEN, done_ratio=100, says=NoteMeaning.DEED, said=DONE), Confidence.MEDIUM),
        (replace(OPEN, says=NoteMeaning.FINISHED, said=DONE), Confidence.MEDIUM),
    ],
)
def test_what_agrees_makes_sure(state: TicketState, wanted: Confidence) -> None:
    assert rate_confidence(find_finished_signs(state, POLICY)) is wanted


def test_evidence_names_who_and_when() -> None:
    state = replace(RESOLVED, says=NoteMeaning.FINISHED, said=told("2025-05-20", "岸さん"), children=(CLOSED_CHILD,))
    said = describe_signs(state, find_finished_signs(state, POLICY, [PAGE]))
    assert said.ja == (
        "状態「解決」（佐藤さん、2025-05-20）、完了した旨の注記（岸さん、2025-05-20）、"
        "障害の記事 esa:12 が完了（岸さん、2025-05-21）、子チケット 1 件がすべて終了"
    )
    assert 'status "解決" (佐藤, 2025-05-20)' in said.en
