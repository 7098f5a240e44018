"""python-redmine, which nobody here wrote, reads the sandbox as it reads the real Redmine."""

from __future__ import annotations

import pytest
from contract.subjects import Subject
from redminelib import Redmine
from redminelib.exceptions import AuthError, ForbiddenError, ResourceNotFoundError


def library(redmine: Subject, login: str = "tanaka") -> Redmine:
    with redmine.client(login) as client:
        url, key = str(client.base_url).rstrip("/"), client.headers["X-Redmine-API-Key"]
    return Redmine(url, key=key, version="6.0.5", requests={"timeout": (5, 60)})


def test_pages_of_tickets_by_key(redmine: Subject) -> None:
    issues = library(redmine).issue.filter(status_id="*", issue_id=">=20", sort="id", limit=100)
    assert [issue.id for issue in issues] == redmine.rows("status_id=*&limit=100&sort=id&issue_id=>=20")


def test_a_ticket_with_all_it_includes(redmine: Subject) -> None:
    number = redmine.ids["issues"]["secret_removed"]
    issue = library(redmine).issue.get(number, include=["journals", "attachments", "relations", "watchers"])
    assert [journal.notes for journal in issue.journals] == ["パスワードは本文から消しました。"]
    assert "Momiji" in issue.journals[0].details[0]["old_value"]


def test_wikis_projects_and_tables(redmine: Subject) -> None:
    reader = library(redmine)
    assert {page.title for page in reader.wiki_page.filter(project_id="infra")} == {"Wiki", "接続情報", "障害対応手順"}
    page = reader.wiki_page.get("接続情報", project_id="infra", version=1)
    assert "Natsu" in page.text
    assert {project.identifier for project in reader.project.all()} == {"infra", "infra-db", "web", "empty"}
    assert len(list(reader.issue_status.all())) == 7
    assert reader.user.get("current").login == "tanaka"


def test_its_errors(redmine: Subject) -> None:
    reader = library(redmine)
    with pytest.raises(ResourceNotFoundError):
        reader.issue.get(9999)
    with pytest.raises(ForbiddenError):
        reader.project.get("attic")
    with pytest.raises(AuthError):
        library(redmine, "nobody").auth()
    assert len(library(redmine, "nobody").issue.filter(status_id="*")) > 0
