"""The client against a real Redmine 6 (tests/redmine): what the small ones assume is so there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from kb.errors import AnswerError, CredentialError
from kb.settings.kb_toml import RedmineSettings
from kb.sources.redmine.client import Redmine

pytestmark = pytest.mark.redmine


@pytest.fixture
def connect(real_redmine: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    def to(login: str = "tanaka", *, url: str = "") -> Redmine:
        monkeypatch.setenv("REDMINE_API_KEY", real_redmine.api_keys.get(login, "0" * 40))
        return Redmine.connect(RedmineSettings(url=url or real_redmine.url))

    return to


def test_everything_a_key_may_see_is_read(real_redmine: Any, connect: Any) -> None:
    with connect("admin") as redmine:
        assert redmine.identify().admin
        tables = redmine.tables()
        assert redmine.access.requests == 5
        assert {row["status"] for row in tables.projects} >= {1, 5}
        assert all("enabled_modules" in row for row in tables.projects)
        rows = [row for page in redmine.issues_after() for row in page]
        with closing(sqlite3.connect(f"file:{real_redmine.database}?mode=ro", uri=True)) as database:
            query = "select i.id from issues i join projects p on p.id = i.project_id where p.status <> 9"
            stored = sorted(row[0] for row in database.execute(query))
        assert [row["id"] for row in rows] == stored
        assert redmine.count() == len(stored)
        shown = {each.id: each for each in redmine.issues(stored)}
        assert all(shown[number].issue is not None for number in stored)
        assert any(journal["notes"] for each in shown.values() if each.issue for journal in each.issue["journals"])
        assert redmine.abilities.degraded() == ()
        assert redmine.access.retries == 0


def test_what_changed_is_asked_by_time(connect: Any) -> None:
    with connect("admin") as redmine:
        rows = sorted((row["updated_on"], row["id"]) for page in redmine.issues_after() for row in page)
        since = rows[len(rows) // 2][0]
        later = [row["id"] for page in redmine.issues_updated(since) for row in page]
        assert sorted(later) == sorted(number for moment, number in rows if moment >= since)
        assert list(redmine.issues_updated("2099-01-01T00:00:00+09:00")) == []


def test_private_tickets_are_hidden_not_gone(connect: Any) -> None:
    with connect("admin") as admin, connect("suzuki") as suzuki:
        everything = {number for part in admin.issue_ids() for number in part}
        visible = {number for part in suzuki.issue_ids() for number in part}
        hidden = everything - visible
        assert hidden
        assert visible < everything
        assert {each.hidden for each in suzuki.issues(hidden)} == {True}
        with pytest.raises(AnswerError) as caught:
            suzuki.issue(min(hidden))
        assert caught.value.status == 403
        assert suzuki.issue(max(everything) + 1000) is None


def test_wikis_are_listed_and_read(connect: Any) -> None:
    with connect("admin") as redmine:
        found = 0
        for project in redmine.tables().projects:
            for row in redmine.wiki_index(project["identifier"]) or []:
                page = redmine.wiki_page(project["identifier"], row["title"])
                assert page is not None
                assert page["version"] == row["version"]
                assert page["text"]
                found += 1
        assert found
        assert redmine.wiki_page("infra", "無いページ") is None


def test_a_wrong_key_is_noticed_although_lists_answer(connect: Any) -> None:
    with connect("nobody") as redmine:
        with pytest.raises(CredentialError, match="API キーを受け付けません"):
            redmine.identify()
        next(redmine.issues_after(), None)  # the trap: Redmine shows the public part all the same


@pytest.mark.parametrize("path", ["/nowhere", "/projects"])
def test_a_wrong_path_is_named(real_redmine: Any, connect: Any, path: str) -> None:
    with connect(url=real_redmine.url + path) as redmine, pytest.raises(AnswerError, match=r"redmine\.url"):
        redmine.identify()
