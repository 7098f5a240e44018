"""Edits of a ticket by others between kb's look and its write: its journal tells whose value was replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changes.site import Site
from changes.test_apply_redmine import WORLD, assignee, close, notes, planned, set_, status, ticket
from changes.test_the_window import around

from kb.model.plan import Verb
from kb.sources.redmine.requests import RedmineWrites

__all__ = ["around"]

REASSIGN = set_(1, Verb.REASSIGN, {"assignee": "佐藤 #11"}, {"assignee": "鈴木 #12"})
TAKEN_UP = [*WORLD["issue_statuses"], {"id": 2, "name": "進行中", "is_closed": False}]


@pytest.fixture
def here(site: Callable[..., Site]) -> Site:
    """A workspace with two finished tickets and an open one, in a Redmine with more than one open status."""
    world = {
        **WORLD,
        "issue_statuses": TAKEN_UP,
        "users": [*WORLD["users"], {"id": 13, "login": "ono", "name": "大野"}],
    }
    member = {"id": 13, "project": {"id": 1}, "user": {"id": 13, "name": "大野"}, "roles": [{"id": 3}]}
    world["memberships"] = [*WORLD["memberships"], member]
    return site(data=[world, ticket(1), ticket(2), ticket(3, assigned_to={"id": 13, "name": "大野"})], redmine=True)


def edit(here: Site, **fields: object) -> Callable[[], Any]:
    """An edit of ticket 1 by somebody else."""
    return lambda: here.sandbox.edit("redmine", "update", id=1, fields=fields)


def entry(here: Site, run: str, what: str = "done") -> dict[str, Any]:
    """What the journal tells of ticket 1."""
    return next(each for each in here.journal(run) if each["what"] == what and each.get("target") == "redmine:1")


@pytest.mark.parametrize("fault", [None, "reset-after"])
def test_a_status_set_just_before_the_close_is_told_and_comes_back_with_undo(
    here: Site, around: Callable[..., None], fault: str | None
) -> None:
    planned(here, close(1), close(2))
    around(before=edit(here, status="進行中"))
    if fault:
        here.sandbox.fault(system="redmine", kind=fault, times=1, method="PUT")
    figures = here.apply("--yes", code=4)
    assert (figures["done"], status(here, 1)) == (2, "終了")
    told = entry(here, figures["run"])
    assert (told["crossed"], told["overwritten"]) == (True, {"status": "進行中"})
    here.undo(figures["run"])
    assert [status(here, number) for number in (1, 2)] == ["進行中", "解決"]


def test_the_screen_says_whose_value_was_overwritten_and_where_it_is(here: Site, around: Callable[..., None]) -> None:
    planned(here, close(1))
    around(before=edit(here, status="進行中"))
    here.kb("apply", "plan.toml", "--yes", code=4)
    assert "redmine:1" in here.said
    assert "ほかの人の編集（状態: 進行中）を上書きしました" in here.said
    assert "進行中" in here.kb("history", "last")


def test_an_assignee_set_just_before_comes_back_with_undo(here: Site, around: Callable[..., None]) -> None:
    planned(here, REASSIGN)
    around(before=edit(here, assigned_to=13))
    figures = here.apply("--yes", code=4)
    assert entry(here, figures["run"])["overwritten"] == {"assignee": "大野 #13"}
    here.undo(figures["run"])
    assert assignee(here, 1) == "大野"


def test_without_a_note_the_value_is_found_by_its_effect(here: Site, around: Callable[..., None]) -> None:
    planned(here, close(1))
    around(before=edit(here, status="進行中"))
    figures = here.apply("--yes", "--without-note", code=4)
    assert entry(here, figures["run"])["overwritten"] == {"status": "進行中"}


def test_a_note_in_the_window_is_told_and_overwrites_nothing(here: Site, around: Callable[..., None]) -> None:
    planned(here, close(1))
    around(before=lambda: here.sandbox.edit("redmine", "note", id=1, fields={"notes": "まだ再現します。"}))
    figures = here.apply("--yes")
    told = entry(here, figures["run"])
    assert (told["crossed"], told["overwritten"]) == (True, {})


def test_what_somebody_closed_just_before_stays_closed_when_the_run_is_taken_back(
    here: Site, around: Callable[..., None]
) -> None:
    planned(here, close(1), close(2))
    around(before=edit(here, status="終了"))
    figures = here.apply("--yes")
    assert (figures["done"], figures["skipped"]) == (1, 1)
    here.undo(figures["run"])
    assert [status(here, number) for number in (1, 2)] == ["終了", "解決"]


@pytest.mark.parametrize("way", [(), ("--without-note",)])
def test_a_duplicate_that_somebody_closed_just_before_stays_closed(
    site: Callable[..., Site], around: Callable[..., None], way: tuple[str, ...]
) -> None:
    relation = {"id": 1, "issue_id": 2, "issue_to_id": 1, "relation_type": "duplicates"}
    here = site(data=[WORLD, ticket(1, relations=[relation]), ticket(2, relations=[relation])], redmine=True)
    planned(here, close(1, along=("redmine:2",)))
    here.sandbox.reset(counters=True)
    here.kb("apply", "plan.toml", "--rehearse")
    assert here.counted("redmine")["total"] == 3  # who asks, and a look to survey and one to check
    closing = {"status": "終了", "notes": "こちらで閉じます。"}
    around(before=lambda: here.sandbox.edit("redmine", "update", id=2, fields=closing))
    figures = here.apply("--yes", *way)
    assert "along" not in entry(here, figures["run"])
    assert here.undo(figures["run"])["done"] == 1
    assert [status(here, number) for number in (1, 2)] == ["解決", "終了"]


@pytest.mark.parametrize("fault", [None, "reset-after"])
def test_a_value_that_somebody_had_set_alike_is_not_called_overwritten(
    here: Site, around: Callable[..., None], fault: str | None
) -> None:
    planned(here, close(1), REASSIGN)
    around(before=edit(here, assigned_to=12))
    if fault:
        here.sandbox.fault(system="redmine", kind=fault, times=1, method="PUT")
    figures = here.apply("--yes")
    told = entry(here, figures["run"])
    assert (told["overwritten"], told["theirs"], figures["overwritten"]) == ({}, ["assignee"], [])
    assert "ほかの人が同じ値にしていました（担当者: 鈴木 #12）" in here.said
    here.undo(figures["run"])
    assert (status(here, 1), assignee(here, 1)) == ("解決", "鈴木")


def test_what_somebody_took_up_just_after_was_done_all_the_same(here: Site, around: Callable[..., None]) -> None:
    planned(here, close(1))
    around(after=edit(here, status="進行中"))
    figures = here.apply("--yes")
    assert (figures["done"], figures["failed"]) == (1, 0)
    assert "そのあとほかの人が変えています" in str(entry(here, figures["run"]))
    assert here.undo(figures["run"], code=4)["stale"] == 1
    assert status(here, 1) == "進行中"


@pytest.mark.parametrize("count", [1, 6])
def test_the_reading_back_is_one_request_a_ticket(site: Callable[..., Site], count: int) -> None:
    here = site(data=[WORLD, *(ticket(number) for number in range(1, count + 2))], redmine=True)
    planned(here, *(close(number) for number in range(1, count + 1)))
    figures = here.apply("--yes")
    assert figures["requests"] == here.counted("redmine")["total"] == 1 + 1 + count + count
    assert notes(here, 1) == [f"kb {figures['run']}"]


def test_a_journal_that_does_not_show_kbs_own_note_proves_nothing(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = RedmineWrites.whole
    monkeypatch.setattr(RedmineWrites, "whole", lambda *given: {**(whole(*given) or {}), "journals": []})
    planned(here, close(1))
    figures = here.apply("--yes")
    assert (figures["done"], figures["skipped"]) == (1, 0)
    here.undo(figures["run"])
    assert status(here, 1) == "解決"
