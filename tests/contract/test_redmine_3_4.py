"""An old Redmine (`--profile redmine-3.4`): what it lacks is absent, and everything else is as ever.

The real one of that age is not installed here; what it lacks is read from Redmine's changelog and
from its source of the time (kb/sandbox/redmine/state/abilities.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from contract.snapshot import read
from contract.subjects import Played
from servers import run_sandbox


@pytest.fixture(scope="module")
def old() -> Iterator[Played]:
    world = read()
    with run_sandbox("--profile", "redmine-3.4", data=[world]) as server:
        yield Played(server, world["ids"])


def values(body: Any) -> Iterator[object]:
    """Every value of an answer, however deep."""
    if isinstance(body, dict | list):
        for each in body.values() if isinstance(body, dict) else body:
            yield each
            yield from values(each)


@pytest.mark.parametrize(
    "path",
    [
        "/issues.json?status_id=*&limit=100",
        "/issues/18.json?include=journals",
        "/issue_statuses.json",
        "/projects.json",
    ],
)
def test_null_and_false_are_never_written(old: Played, path: str) -> None:
    assert not any(value is None or value is False for value in values(old.json(path)))


def test_an_open_status_does_not_say_that_it_is_open(old: Played) -> None:
    statuses = old.json("/issue_statuses.json")["issue_statuses"]
    assert [status["name"] for status in statuses if "is_closed" in status] == ["終了", "却下"]
    assert old.issue("closed_normal")["status"] == {"id": 5, "name": "終了"}


def test_journals_do_not_tell_that_they_were_edited(old: Played) -> None:
    journal = old.issue("ntp")["journals"][0]
    assert set(journal) == {"id", "user", "notes", "created_on", "details"}
    private = old.issue("secret_private_note")["journals"][0]
    assert private["private_notes"] is True


def test_allowed_statuses_are_ignored(old: Played) -> None:
    assert "allowed_statuses" not in old.issue("ntp", include="allowed_statuses")


def test_lists_have_no_hours_and_single_tickets_have(old: Played) -> None:
    row = next(row for row in old.json("/issues.json?status_id=*&limit=100")["issues"] if row["id"] == 1)
    assert not {"spent_hours", "total_spent_hours", "total_estimated_hours"} & set(row)
    assert old.issue("ntp")["spent_hours"] == 1.5


def test_the_list_of_projects_holds_closed_ones_and_ignores_the_status(old: Played) -> None:
    for query in ("", "?status=1", "?status=*"):
        names = {row["identifier"] for row in old.json(f"/projects.json{query}")["projects"]}
        assert names == {"infra", "infra-db", "web", "empty", "legacy"}


def test_projects_lack_newer_columns(old: Played) -> None:
    row = old.json("/projects.json?include=enabled_modules,issue_custom_fields")["projects"][0]
    assert "enabled_modules" in row
    assert not {"homepage", "inherit_members", "issue_custom_fields"} & set(row)


@pytest.mark.parametrize("query", ["notes=~鍵", "any_searchable=~鍵"])
def test_newer_filters_are_ignored_and_everything_comes(old: Played, query: str) -> None:
    assert old.rows(f"status_id=*&limit=100&{query}") == old.rows("status_id=*&limit=100")


def test_key_paging_works(old: Played) -> None:
    everything = old.rows("status_id=*&limit=100&sort=id")
    assert old.rows("status_id=*&limit=100&sort=id&issue_id=>=20") == [each for each in everything if each >= 20]


def test_with_rest_off_the_answer_is_401(old: Played) -> None:
    old.switch_rest(on=False)
    try:
        assert old.get("/users/current.json").status_code == 401
    finally:
        old.switch_rest(on=True)


def test_a_bad_key_is_anonymous_here_too(old: Played) -> None:
    assert old.rows("status_id=*", "nobody")
    assert old.get("/users/current.json", "nobody").status_code == 401
