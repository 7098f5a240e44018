"""What is asked of Redmine before tickets are proposed for closing, and what comes of odd answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from sources.far_side import FarSide

from kb.errors import AnswerError, CredentialError
from kb.lint.proposals.closing import add_version_states, fetch_close_options
from kb.plan.propose.tickets import (
    CHANGED_SINCE_SYNC,
    UNKNOWN_STATUSES,
    UNREADABLE_TICKETS,
    AllowedStatuses,
    OpenTicket,
)
from kb.reading.tickets.state import RelatedTicket, TicketState

AT = "2025-05-20T01:00:00Z"
JSON = {"content-type": "application/json"}


class SmallRedmine:
    """Tells what each ticket can be given; `odd` replaces the answer on one."""

    def __init__(self, **odd: Any) -> None:
        self.odd = odd
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/redmine")
        self.asked.append(path)
        if path == "/users/current.json":
            return httpx.Response(200, json={"user": {"id": 7, "login": "bot"}})
        if path.endswith("/versions.json"):
            rows = [{"id": 1, "name": "古い版", "status": "closed"}, {"id": 2, "name": "次の版", "status": "open"}]
            return httpx.Response(200, json={"versions": rows})
        assert request.url.params["include"] == "allowed_statuses"
        number = path.removeprefix("/issues/").removesuffix(".json")
        return self.odd.get(f"n{number}") or httpx.Response(200, json={"issue": issue(int(number))})


def issue(number: int, **fields: Any) -> dict[str, Any]:
    statuses = [{"id": 3, "name": "解決", "is_closed": False}, {"id": 5, "name": "終了", "is_closed": True}]
    return {
        "id": number, "subject": "件", "status": {"id": 3, "name": "解決"}, "created_on": AT, "updated_on": AT,
        "allowed_statuses": statuses, **fields,
    }  # fmt: skip


def ticket(number: int, *, children: tuple[RelatedTicket, ...] = (), **fields: Any) -> OpenTicket:
    state = TicketState(f"redmine:{number}", "解決", False, children=children)
    return replace(OpenTicket(state, f"件 {number}", AT, place="infra"), **fields)


def asked(small: SmallRedmine, *tickets: OpenTicket) -> dict[int, AllowedStatuses]:
    with FarSide(small).redmine() as redmine:
        return fetch_close_options(redmine, tickets, {5, 6})


def test_a_hundred_tickets_that_are_alike_cost_two_requests() -> None:
    small = SmallRedmine()
    found = asked(small, *(ticket(number) for number in range(1, 101)))
    assert found == dict.fromkeys(range(1, 101), AllowedStatuses(("終了",)))
    assert small.asked == ["/users/current.json", "/issues/1.json"]


def test_where_one_has_changed_the_next_of_its_kind_is_asked() -> None:
    small = SmallRedmine(
        n1=httpx.Response(200, json={"issue": issue(1, updated_on="2025-06-01T00:00:00Z")}),
        n2=httpx.Response(404, headers=JSON),
    )
    assert asked(small, *map(ticket, (1, 2, 3, 4))) == {
        1: AllowedStatuses(why=CHANGED_SINCE_SYNC),
        2: AllowedStatuses(why=UNREADABLE_TICKETS),
        3: AllowedStatuses(("終了",)),
        4: AllowedStatuses(("終了",)),
    }


def test_a_kind_of_which_none_answers_is_unknown() -> None:
    gone = {f"n{number}": httpx.Response(403, headers=JSON) for number in (1, 2, 3)}
    assert asked(SmallRedmine(**gone), *map(ticket, (1, 2, 3, 4)))[4] == UNKNOWN_STATUSES


def test_a_redmine_that_does_not_tell_leaves_it_unknown() -> None:
    row = issue(1)
    del row["allowed_statuses"]  # before 5.0
    assert asked(SmallRedmine(n1=httpx.Response(200, json={"issue": row})), ticket(1)) == {1: UNKNOWN_STATUSES}


def test_parents_are_asked_one_by_one_and_those_that_wait_share_their_kinds_answer() -> None:
    small = SmallRedmine(n2=httpx.Response(200, json={"issue": issue(2, allowed_statuses=[])}))
    done, still = (RelatedTicket("redmine:9", True),), (RelatedTicket("redmine:1", False),)
    found = asked(small, ticket(1), ticket(2, children=done), ticket(3, children=still))
    assert found == {1: AllowedStatuses(("終了",)), 2: AllowedStatuses(()), 3: AllowedStatuses(("終了",))}
    assert sorted(small.asked) == ["/issues/1.json", "/issues/2.json", "/users/current.json"]


def test_an_answer_of_another_shape_is_one_sentence() -> None:
    small = SmallRedmine(n1=httpx.Response(200, json={"issue": issue(1, allowed_statuses=[{"id": "5"}])}))
    with pytest.raises(AnswerError, match="allowed_statuses"):
        asked(small, ticket(1))


def test_a_key_nobody_has_ends_it_before_anything_is_believed() -> None:
    with (
        FarSide(lambda request: httpx.Response(401, headers=JSON)).redmine() as redmine,
        pytest.raises(CredentialError),
    ):
        fetch_close_options(redmine, [ticket(1)], {5})


def test_versions_are_asked_once_a_project_that_has_any() -> None:
    small = SmallRedmine()
    some = [ticket(1, version_id=1), ticket(2, version_id=2), ticket(3), ticket(4, version_id=9)]
    with FarSide(small).redmine() as redmine:
        assert [each.version_closed for each in add_version_states(redmine, some)] == [True, False, False, None]
    assert small.asked == ["/projects/infra/versions.json"]
