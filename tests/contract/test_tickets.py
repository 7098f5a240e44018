"""One ticket: journals, private things, what moves `updated_on` and what does not. Each test names its trap."""

from __future__ import annotations

from contract.subjects import Subject

EVERYTHING = "journals,attachments,relations,children,watchers,allowed_statuses,changesets"


def notes(redmine: Subject, name: str, login: str = "tanaka") -> list[str]:
    return [journal["notes"] for journal in redmine.issue(name, login)["journals"]]


def test_a_removed_password_stays_in_the_old_value(redmine: Subject) -> None:
    row = redmine.issue("secret_removed")
    detail = row["journals"][0]["details"][0]
    assert (detail["property"], detail["name"]) == ("attr", "description")
    assert "Momiji" not in row["description"]
    assert "Momiji" in detail["old_value"]
    assert "金庫" in detail["new_value"]


def test_a_journal_says_who_changed_what_from_what_to_what(redmine: Subject) -> None:
    journal = redmine.issue("ntp")["journals"][-1]
    assert journal["user"]["id"] == redmine.ids["users"]["sato"]
    assert journal["details"] == [
        {"property": "attr", "name": "status_id", "old_value": "2", "new_value": "3"},
        {"property": "attr", "name": "done_ratio", "old_value": "0", "new_value": "100"},
    ]
    assert not journal["private_notes"]
    assert "updated_by" not in journal


def test_private_notes_are_left_out_without_a_hint(redmine: Subject) -> None:
    assert len(notes(redmine, "secret_private_note")) == 2
    for login in ("suzuki", "bot", "nobody"):
        assert notes(redmine, "secret_private_note", login) == ["払い出し済みです。"]


def test_private_tickets_exist_only_for_some(redmine: Subject) -> None:
    number = redmine.ids["issues"]["private_issue"]
    assert redmine.get(f"/issues/{number}.json", "tanaka").status_code == 200
    assert redmine.get(f"/issues/{number}.json", "bot").status_code == 403
    assert redmine.get(f"/issues/{number}.json", "nobody").status_code == 401
    assert number not in redmine.rows("status_id=*&limit=100", "bot")


def test_includes_that_are_empty_differ_in_being_there(redmine: Subject) -> None:
    row = redmine.issue("no_description", include=EVERYTHING)
    assert row["journals"] == row["attachments"] == row["changesets"] == []
    assert not {"children", "relations"} & set(row)


def test_children_have_no_status(redmine: Subject) -> None:
    children = redmine.issue("parent", include="children")["children"]
    assert [set(child) for child in children] == [{"id", "tracker", "subject"}] * 2


def test_relations_name_both_ends(redmine: Subject) -> None:
    relation = redmine.issue("blocked", include="relations")["relations"][0]
    assert relation["issue_id"] == redmine.ids["issues"]["blocker"]
    assert relation["issue_to_id"] == redmine.ids["issues"]["blocked"]


def test_watchers_need_a_right(redmine: Subject) -> None:
    assert "watchers" in redmine.issue("ntp", "tanaka", "watchers")
    assert "watchers" not in redmine.issue("ntp", "suzuki", "watchers")


def test_allowed_statuses_depend_on_who_asks_and_on_other_tickets(redmine: Subject) -> None:
    def allowed(name: str, login: str) -> set[int]:
        return {status["id"] for status in redmine.issue(name, login, "allowed_statuses")["allowed_statuses"]}

    assert 5 in allowed("outage", "tanaka")
    assert 5 not in allowed("outage", "sato")
    assert allowed("outage", "viewer") == set()
    assert not allowed("parent", "tanaka") & {5, 6}
    assert not allowed("blocked", "tanaka") & {5, 6}


def test_file_addresses_come_from_the_host_header_and_types_may_be_null(redmine: Subject) -> None:
    files = redmine.issue("attachments", include="attachments")["attachments"]
    assert [file["content_type"] for file in files] == ["text/plain", "image/png", None]
    number = redmine.ids["issues"]["attachments"]
    answer = redmine.get(f"/issues/{number}.json?include=attachments", Host="inner.example")
    assert answer.json()["issue"]["attachments"][0]["content_url"].startswith("http://inner.example/")


def test_a_file_is_read_by_its_id_alone_or_with_its_own_name(redmine: Subject) -> None:
    text, _, env = redmine.issue("attachments", include="attachments")["attachments"]
    path = f"/attachments/download/{env['id']}"
    for asked in (path, f"{path}/app.env"):
        answer = redmine.get(asked)
        assert (answer.status_code, answer.content) == (200, b"API_TOKEN=not-a-real-token-0001\n")
    assert redmine.get(f"/attachments/download/{text['id']}").text == "1. 開く\n2. 押す\n"
    for asked in (f"{path}/other.env", "/attachments/download/99999"):
        assert redmine.get(asked).status_code == 404


def test_a_file_of_a_public_project_is_anybodys_and_one_out_of_sight_nobodys(changing: Subject) -> None:
    number = changing.ids["issues"]["attachments"]
    file = changing.issue("attachments", include="attachments")["attachments"][0]
    path = f"/attachments/download/{file['id']}"
    assert changing.get(path, "nobody").status_code == 200
    changing.update(number, project_id=changing.ids["projects"]["web"])
    assert changing.get(path).status_code == 200
    assert changing.get(path, "suzuki").status_code == 403
    assert changing.get(path, "nobody").status_code in (302, 401)


def test_a_ticket_that_is_gone_is_404_and_one_out_of_sight_403(changing: Subject) -> None:
    number = changing.ids["issues"]["no_description"]
    changing.update(number, project_id=changing.ids["projects"]["web"])
    answer = changing.get(f"/issues/{number}.json", "suzuki")
    assert (answer.status_code, answer.content) == (403, b"")
    changing.delete_issue(number)
    answer = changing.get(f"/issues/{number}.json")
    assert (answer.status_code, answer.content) == (404, b"")


def test_a_moved_ticket_says_so_in_a_journal(changing: Subject) -> None:
    number = changing.ids["issues"]["no_description"]
    changing.update(number, project_id=changing.ids["projects"]["web"])
    row = changing.issue("no_description")
    assert row["project"]["id"] == changing.ids["projects"]["web"]
    assert row["journals"][-1]["details"][0]["name"] == "project_id"


def test_an_edited_note_moves_no_time_of_the_ticket(changing: Subject) -> None:
    before = changing.issue("resolved_old")
    changing.edit_note(before["journals"][0]["id"], "書き直した注記")
    after = changing.issue("resolved_old")
    assert after["updated_on"] == before["updated_on"]
    journal = after["journals"][0]
    assert journal["notes"] == "書き直した注記"
    assert journal["created_on"] == before["journals"][0]["created_on"]
    assert journal["updated_on"] > before["journals"][0]["updated_on"]
    assert journal["updated_by"]["id"] == changing.ids["users"]["admin"]


def test_an_emptied_note_without_details_is_gone(changing: Subject) -> None:
    before = changing.issue("secret_in_description")
    changing.edit_note(before["journals"][0]["id"], "")
    after = changing.issue("secret_in_description")
    assert after["journals"] == []
    assert after["updated_on"] == before["updated_on"]


def test_an_emptied_note_with_details_stays_empty(changing: Subject) -> None:
    before = changing.issue("secret_removed")["journals"][0]
    changing.edit_note(before["id"], "")
    after = changing.issue("secret_removed")["journals"][0]
    assert (after["notes"], after["details"]) == ("", before["details"])


def test_journals_whose_only_details_are_hidden_are_left_out_whole(changing: Subject) -> None:
    number, field = changing.ids["issues"]["outage"], changing.ids["custom_fields"]["cost"]
    changing.update(number, custom_fields={field: "99.5"})
    seen, hidden = changing.issue("outage", "tanaka"), changing.issue("outage", "suzuki")
    assert len(seen["journals"]) == 3
    assert len(hidden["journals"]) == 2
    assert seen["updated_on"] == hidden["updated_on"]


def test_a_note_beside_hidden_details_comes_without_them(changing: Subject) -> None:
    number, field = changing.ids["issues"]["outage"], changing.ids["custom_fields"]["cost"]
    changing.update(number, notes="費用を直しました。", custom_fields={field: "99.5"})
    assert changing.issue("outage", "tanaka")["journals"][-1]["details"][0]["property"] == "cf"
    hidden = changing.issue("outage", "suzuki")["journals"][-1]
    assert (hidden["notes"], hidden["details"]) == ("費用を直しました。", [])


def test_relating_logging_time_and_removing_a_file_move_no_time(changing: Subject) -> None:
    ids = changing.ids["issues"]
    before = {name: changing.issue(name)["updated_on"] for name in ("attachments", "no_description", "outage")}
    changing.relate(ids["no_description"], ids["outage"])
    changing.log_time(ids["outage"])
    changing.detach(ids["attachments"], 3)
    assert {name: changing.issue(name)["updated_on"] for name in before} == before
    assert changing.issue("outage")["spent_hours"] == 2
    assert changing.issue("no_description", include="relations")["relations"]
    files = changing.issue("attachments", include="attachments")["attachments"]
    assert [file["id"] for file in files] == [1, 2]


def test_removing_a_file_and_relating_leave_a_journal(changing: Subject) -> None:
    ids = changing.ids["issues"]
    changing.detach(ids["attachments"], 3)
    changing.relate(ids["no_description"], ids["outage"])
    removed = changing.issue("attachments")["journals"][-1]["details"]
    assert removed == [{"property": "attachment", "name": "3", "old_value": "app.env", "new_value": None}]
    related = changing.issue("outage")["journals"][-1]["details"]
    other = str(ids["no_description"])
    assert related == [{"property": "relation", "name": "relates", "old_value": None, "new_value": other}]


def test_a_note_moves_the_time_and_private_ones_are_split_from_changes(changing: Subject) -> None:
    number = changing.ids["issues"]["no_description"]
    before = changing.issue("no_description")
    changing.update(number, notes="社内だけの注記", private_notes=True, status_id=2)
    after = changing.issue("no_description")
    assert after["updated_on"] > before["updated_on"]
    assert [(bool(each["notes"]), bool(each["details"])) for each in after["journals"]] == [
        (False, True),
        (True, False),
    ]
    assert len(changing.issue("no_description", "suzuki")["journals"]) == 1
