"""The mails foreseen of a plan against those the sandbox's Redmine would send when it is applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changes.site import Site
from changes.test_apply_redmine import WORLD, close, planned, set_, ticket
from servers import Row

from kb.execute.preflight.check import ApplyForecast, forecast_apply
from kb.mirror.store import Mirror
from kb.model.plan import Verb
from kb.plan.file.parse import parse_plan
from kb.settings.workspace import open_workspace

PEOPLE = {11: "佐藤", 12: "鈴木", 13: "高橋", 14: "渡辺"}
TEAM: Row = {
    **WORLD,
    "users": [{"id": each, "login": f"user{each}", "name": name} for each, name in PEOPLE.items()],
    "memberships": [
        {"id": each, "project": {"id": 1}, "user": {"id": each, "name": name}, "roles": [{"id": 3}]}
        for each, name in PEOPLE.items()
    ],
}


def someone(number: int) -> Row:
    return {"id": number, "name": PEOPLE[number]}


def talked(number: int, **fields: Any) -> Row:
    """A ticket with a note: such are read one by one, and then their watchers are known."""
    note = {"id": number * 10, "user": someone(11), "notes": "終わりました", "created_on": "2026-02-01T00:00:00Z"}
    return ticket(number, journals=[{**note, "details": []}], updated_on="2026-02-01T00:00:00Z", **fields)


def looked_ahead(here: Site) -> ApplyForecast:
    workspace = open_workspace()
    plan = parse_plan((here.folder / "plan.toml").read_text("utf-8"), "plan.toml")
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return forecast_apply(workspace, mirror, plan.accepted)


@pytest.fixture
def box(site: Callable[..., Site]) -> Callable[..., Site]:
    return lambda *rows: site(data=[TEAM, *rows], redmine=True)


def test_as_many_mails_go_out_as_were_foreseen(box: Callable[..., Site]) -> None:
    duplicate = {"id": 1, "issue_id": 5, "issue_to_id": 1, "relation_type": "duplicates"}
    here = box(
        talked(1, watchers=[someone(12), someone(13)], relations=[duplicate]),
        talked(2, author=someone(14), watchers=[someone(14)]),
        talked(3, assigned_to=someone(13)),
        talked(4, author=someone(12)),
        talked(5, relations=[duplicate], watchers=[someone(14)]),
    )
    handed = set_(3, Verb.REASSIGN, {"assignee": "高橋 #13"}, {"assignee": "渡辺 #14"})
    planned(here, close(1, note="終了にします。", along=("redmine:5",)), close(2), handed, close(4))
    mails = looked_ahead(here).consequences.mails
    assert (mails.tickets, mails.unknown) == (5, 0)
    figures = here.apply("--yes")
    assert figures["done"] == 4
    sent = here.sandbox.notifications("redmine")["mails"]
    assert mails.count == sent == 3 + 2 + 2 + 1 + 2
    assert (mails.people, mails.authors) == (4, 2)  # those of 3 and 4 would have had to ask for it


def test_authors_who_asked_for_it_are_the_mails_on_top(site: Callable[..., Site]) -> None:
    wanting = [{**each, "mail_notification": "only_my_events"} for each in TEAM["users"]]
    here = site(data=[{**TEAM, "users": wanting}, talked(1, author=someone(12)), talked(2)], redmine=True)
    planned(here, close(1), close(2))
    mails = looked_ahead(here).consequences.mails
    here.apply("--yes")
    assert mails.count + mails.authors == here.sandbox.notifications("redmine")["mails"] == 3


def test_without_a_note_as_many_go_out(box: Callable[..., Site]) -> None:
    here = box(talked(1, watchers=[someone(12)]), talked(2))
    planned(here, close(1, note="終了にします。"), close(2))
    mails = looked_ahead(here).consequences.mails
    here.apply("--without-note")
    assert mails.count == here.sandbox.notifications("redmine")["mails"] == 3


def test_watchers_of_a_ticket_nobody_ever_wrote_in_are_not_known_and_said_so(box: Callable[..., Site]) -> None:
    here = box(ticket(1, watchers=[someone(12)]))
    planned(here, close(1))
    mails = looked_ahead(here).consequences.mails
    assert (mails.count, mails.unknown) == (1, 1)
    assert "少なくとも 1 通" in here.kb("review", "plan.toml", "--accept", "all")
    here.apply()
    assert here.sandbox.notifications("redmine")["mails"] == 2
