"""Keys, rights, projects, people, wikis and paths. Each test names its trap."""

from __future__ import annotations

import base64

import httpx
import pytest
from contract.subjects import Subject, path_of

ALL = "status_id=*&limit=100"


@pytest.mark.parametrize("login", ["nobody", "yamada"])
def test_a_bad_key_or_a_locked_persons_reads_as_anonymous_with_200(redmine: Subject, login: str) -> None:
    seen, everything = redmine.rows(ALL, login), redmine.rows(ALL)
    assert seen
    assert set(seen) < set(everything)
    assert redmine.ids["issues"]["web_open"] not in seen


@pytest.mark.parametrize("login", ["nobody", "yamada"])
def test_only_the_current_user_tells_a_bad_key(redmine: Subject, login: str) -> None:
    answer = redmine.get("/users/current.json", login)
    assert (answer.status_code, answer.content) == (401, b"")
    assert answer.headers["www-authenticate"] == 'Basic realm="Redmine API"'


def test_the_current_user_shows_the_key_itself(redmine: Subject) -> None:
    user = redmine.json("/users/current.json")["user"]
    assert (user["login"], user["admin"]) == ("tanaka", False)
    assert user["api_key"] == redmine.key("tanaka")
    assert "api_key" not in redmine.json("/users/6.json")["user"]


def test_with_rest_off_lists_still_answer_as_to_anonymous(changing: Subject) -> None:
    anonymous = changing.rows(ALL, "nobody")
    changing.switch_rest(on=False)
    try:
        assert changing.rows(ALL, "tanaka") == anonymous
        assert changing.get("/users/current.json").status_code == 403
    finally:
        changing.switch_rest(on=True)


def test_a_key_comes_in_the_header_the_query_or_as_basic_user(redmine: Subject) -> None:
    key = redmine.key("tanaka")
    basic = base64.b64encode(f"{key}:anything".encode()).decode()
    with redmine.client("nobody") as client:
        del client.headers["X-Redmine-API-Key"]
        assert client.get("/users/current.json").status_code == 401
        assert client.get("/users/current.json", params={"key": key}).json()["user"]["login"] == "tanaka"
        answer = client.get("/users/current.json", headers={"Authorization": f"Basic {basic}"})
        assert answer.json()["user"]["login"] == "tanaka"
        assert client.get("/users/current.json", headers={"Authorization": "Basic ="}).status_code == 401


@pytest.mark.parametrize("path", ["/users.json", "/custom_fields.json"])
def test_some_tables_are_for_administrators(redmine: Subject, path: str) -> None:
    refused = redmine.get(path)
    assert (refused.status_code, refused.content) == (403, b"")
    assert redmine.get(path, "nobody").status_code == 401
    assert redmine.get(path, "admin").status_code == 200


def test_the_small_tables_are_for_members(redmine: Subject) -> None:
    statuses = redmine.json("/issue_statuses.json", "suzuki")["issue_statuses"]
    assert [status["name"] for status in statuses if status["is_closed"]] == ["終了", "却下"]
    assert [row["name"] for row in redmine.json("/trackers.json", "suzuki")["trackers"]][3:] == ["障害", "定常作業"]
    priorities = redmine.json("/enumerations/issue_priorities.json", "suzuki")["issue_priorities"]
    assert [row["name"] for row in priorities if row["is_default"]] == ["通常"]
    assert [row["name"] for row in redmine.json("/roles.json", "suzuki")["roles"]][-1] == "閲覧者"
    assert "view_issues" in redmine.json("/roles/6.json", "suzuki")["role"]["permissions"]
    versions = redmine.json("/projects/infra/versions.json", "suzuki")["versions"]
    assert [version["status"] for version in versions] == ["closed", "open", "locked"]
    assert redmine.json("/projects/infra/memberships.json", "suzuki")["total_count"] == 5


def test_closed_projects_are_hidden_unless_asked_for(redmine: Subject) -> None:
    def seen(query: str) -> set[str]:
        return {row["identifier"] for row in redmine.json(f"/projects.json{query}")["projects"]}

    assert "legacy" not in seen("")
    assert "legacy" in seen("?status=1|5")
    assert "attic" not in seen("?status=1|5|9")
    assert seen("?status=*") == set()


def test_projects_include_their_modules(redmine: Subject) -> None:
    project = redmine.json("/projects/infra.json?include=enabled_modules,trackers,issue_categories")["project"]
    assert {module["name"] for module in project["enabled_modules"]} >= {"issue_tracking", "wiki"}
    assert len(project["trackers"]) == 5
    assert len(project["issue_categories"]) == 3
    assert "enabled_modules" not in redmine.json("/projects/infra.json")["project"]


def test_projects_come_as_a_tree_by_name(redmine: Subject) -> None:
    rows = redmine.json("/projects.json?status=1|5")["projects"]
    assert [row["identifier"] for row in rows] == ["web", "infra", "infra-db", "legacy", "empty"]
    assert rows[2]["parent"]["id"] == rows[1]["id"]


@pytest.mark.parametrize(
    ("path", "login", "status"),
    [
        ("/issues/9999.json", "tanaka", 404),
        ("/issues/abc.json", "tanaka", 404),
        ("/projects/nosuch.json", "tanaka", 404),
        ("/projects/attic.json", "tanaka", 403),
        ("/projects/web.json", "guest", 403),
        ("/projects/web.json", "nobody", 401),
        ("/issues/27.json", "guest", 403),
        ("/users/9999.json", "tanaka", 404),
    ],
)
def test_refusals_say_json_and_have_no_body_to_parse(redmine: Subject, path: str, login: str, status: int) -> None:
    answer = redmine.get(path, login)
    assert (answer.status_code, answer.content) == (status, b"")
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("path", ["/nosuch.json", "/issues/1/nosuch.json", "/a/b/c/d.json", "/v1/teams.json"])
def test_unknown_paths_are_html(redmine: Subject, path: str) -> None:
    answer = redmine.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_a_wiki_index_holds_all_pages_without_text(redmine: Subject) -> None:
    pages = redmine.json("/projects/infra/wiki/index.json")["wiki_pages"]
    assert {page["title"]: page["version"] for page in pages} == {"Wiki": 1, "接続情報": 2, "障害対応手順": 2}
    assert next(page for page in pages if page["title"] == "障害対応手順")["parent"] == {"title": "Wiki"}
    assert not any("text" in page for page in pages)


def test_old_wiki_versions_keep_removed_passwords_and_need_a_right(redmine: Subject) -> None:
    path = f"/projects/infra/wiki/{path_of('接続情報')}"
    assert "Natsu" not in redmine.json(f"{path}.json")["wiki_page"]["text"]
    assert "Natsu" in redmine.json(f"{path}/1.json")["wiki_page"]["text"]
    assert redmine.get(f"{path}/3.json").status_code == 404
    assert redmine.get(f"{path}/1.json", "bot").status_code == 403
    assert redmine.get(f"{path}.json", "bot").status_code == 200


def test_wikis_that_are_empty_closed_off_or_not_yours(changing: Subject) -> None:
    assert changing.json("/projects/web/wiki/index.json")["wiki_pages"] == []
    assert changing.json("/projects/legacy/wiki/index.json")["wiki_pages"] == []
    assert changing.get("/projects/web/wiki/index.json", "guest").status_code == 403
    assert changing.get("/projects/attic/wiki/index.json").status_code == 403
    changing.drop_module("infra", "wiki")
    assert changing.get("/projects/infra/wiki/index.json").status_code == 403
    assert changing.get("/projects/infra/wiki/index.json", "nobody").status_code == 403


def test_a_renamed_page_keeps_its_versions_and_its_old_title_leads_on(changing: Subject) -> None:
    changing.rename_page("infra", "接続情報", "接続先一覧")
    pages = changing.json("/projects/infra/wiki/index.json")["wiki_pages"]
    renamed = next(page for page in pages if page["title"] == "接続先一覧")
    assert (renamed["version"], renamed["updated_on"]) == (2, "2026-11-01T04:00:00Z")
    answer = changing.get(f"/projects/infra/wiki/{path_of('接続情報')}.json")
    assert answer.status_code == 302
    assert path_of("接続先一覧") in answer.headers["location"]


def test_wiki_titles_are_found_whatever_their_case(redmine: Subject) -> None:
    assert redmine.json("/projects/infra/wiki/wiki.json")["wiki_page"]["title"] == "Wiki"
    assert redmine.json("/projects/infra/wiki.json")["wiki_page"]["title"] == "Wiki"


def test_connections_are_kept_alive(redmine: Subject) -> None:
    with redmine.client() as client:
        answers: list[httpx.Response] = [client.get("/issue_statuses.json") for _ in range(3)]
    assert all(answer.headers.get("connection", "keep-alive").lower() != "close" for answer in answers)
