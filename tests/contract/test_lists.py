"""Lists of tickets: what is silently changed, ignored or left out. Each test names its trap."""

from __future__ import annotations

from typing import Any

import pytest
from contract.subjects import Subject

ALL = "status_id=*&limit=100"


def test_without_a_filter_only_open_tickets_come_25_a_page_newest_first(redmine: Subject) -> None:
    page = redmine.json("/issues.json")
    numbers = [row["id"] for row in page["issues"]]
    assert page["limit"] == 25
    assert numbers == sorted(numbers, reverse=True)
    assert page["total_count"] < redmine.json(f"/issues.json?{ALL}")["total_count"]
    assert not any(row["status"]["is_closed"] for row in page["issues"])


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ("*", {1, 2, 3, 5, 6, 7}),
        ("open", {1, 2, 3, 7}),
        ("closed", {5, 6}),
        ("o", {1, 2, 3, 7}),
        ("3", {3}),
        ("3|7", {3, 7}),
        ("!3", {1, 2, 5, 6, 7}),
    ],
)
def test_status_forms(redmine: Subject, form: str, wanted: set[int]) -> None:
    page = redmine.json(f"/issues.json?limit=100&status_id={form}")
    assert {row["status"]["id"] for row in page["issues"]} == wanted


def test_an_unknown_status_gives_no_rows_and_no_error(redmine: Subject) -> None:
    assert redmine.json("/issues.json?status_id=999")["total_count"] == 0


def test_an_empty_filter_is_refused(redmine: Subject) -> None:
    answer = redmine.get("/issues.json?status_id=")
    assert (answer.status_code, answer.json()) == (422, {"errors": ["ステータス を入力してください"]})


@pytest.mark.parametrize(
    ("asked", "given"), [("1000", 100), ("101", 100), ("0", 25), ("-1", 25), ("abc", 25), ("7x", 7)]
)
def test_the_limit_is_changed_without_a_word(redmine: Subject, asked: str, given: int) -> None:
    assert redmine.json(f"/issues.json?limit={asked}")["limit"] == given


def test_offsets_beyond_the_end_below_nought_and_pages(redmine: Subject) -> None:
    beyond = redmine.json(f"/issues.json?{ALL}&offset=1000")
    assert beyond["issues"] == []
    assert beyond["total_count"] > 0
    assert redmine.json("/issues.json?offset=-5")["offset"] == 0
    assert redmine.json("/issues.json?page=2&limit=10")["offset"] == 10


def test_named_tickets_still_need_the_status_filter(redmine: Subject) -> None:
    assert redmine.rows("issue_id=1,2,6&sort=id") == [1, 2]
    assert redmine.rows("issue_id=1,2,6&status_id=*&sort=id") == [1, 2, 6]


def test_a_hundred_tickets_can_be_named_at_once(redmine: Subject) -> None:
    named = ",".join(str(number) for number in range(1, 101))
    everything = redmine.json(f"/issues.json?{ALL}")["total_count"]
    assert redmine.json(f"/issues.json?{ALL}&issue_id={named}")["total_count"] == everything


@pytest.mark.parametrize(
    ("form", "wanted"),
    [(">=20", lambda n: n >= 20), ("<=5", lambda n: n <= 5), ("><3|6", lambda n: 3 <= n <= 6), ("4", lambda n: n == 4)],
)
def test_pages_by_key(redmine: Subject, form: str, wanted: Any) -> None:
    everything = redmine.rows(f"{ALL}&sort=id")
    assert redmine.rows(f"{ALL}&sort=id&issue_id={form}") == [number for number in everything if wanted(number)]


def test_a_key_that_is_no_number_is_refused(redmine: Subject) -> None:
    assert redmine.get("/issues.json?issue_id=abc").status_code == 422


def test_a_project_includes_its_subprojects(redmine: Subject) -> None:
    by_name = redmine.rows(f"{ALL}&project_id=infra")
    by_id = redmine.rows(f"{ALL}&project_id={redmine.ids['projects']['infra']}")
    assert by_name == by_id
    assert redmine.ids["issues"]["child_open"] in by_name
    assert redmine.ids["issues"]["child_open"] not in redmine.rows(f"{ALL}&project_id=infra&subproject_id=!*")


@pytest.mark.parametrize(
    ("project", "login", "status"),
    [
        ("nosuch", "tanaka", 404),
        ("nosuch", "nobody", 401),
        ("attic", "tanaka", 403),
        ("attic", "admin", 403),
        ("web", "guest", 403),
        ("web", "nobody", 401),
    ],
)
def test_projects_that_are_not_there_or_not_for_you(redmine: Subject, project: str, login: str, status: int) -> None:
    answer = redmine.get(f"/issues.json?project_id={project}", login)
    assert (answer.status_code, answer.content) == (status, b"")


def test_times_are_compared_to_the_second_inclusive(redmine: Subject) -> None:
    vpn = redmine.ids["issues"]["secret_private_note"]
    assert redmine.issue("secret_private_note")["updated_on"] == "2026-10-13T02:00:00Z"
    assert vpn in redmine.rows(f"{ALL}&updated_on=>=2026-10-13T02:00:00Z")
    assert vpn not in redmine.rows(f"{ALL}&updated_on=>=2026-10-13T02:00:01Z")
    assert vpn in redmine.rows(f"{ALL}&updated_on=<=2026-10-13T02:00:00Z")
    assert redmine.rows(f"{ALL}&updated_on=><2026-10-13T02:00:00Z|2026-10-13T02:00:00Z") == [vpn]


def test_a_time_without_a_zone_is_taken_as_utc_here(redmine: Subject) -> None:
    query = f"{ALL}&updated_on=>=2026-10-13T02:00:00"
    assert redmine.rows(query) == redmine.rows(query + "Z")


@pytest.mark.parametrize("field", ["updated_on", "created_on", "closed_on"])
@pytest.mark.parametrize("value", ["2026-10-13T11:00:00%2B09:00", "yesterday", "2026-13-01", "2026-10-13 11:00"])
def test_only_the_z_form_of_a_time_is_taken(redmine: Subject, field: str, value: str) -> None:
    answer = redmine.get(f"/issues.json?{field}=>={value}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0].endswith("は不正な値です")


def test_days_compare_whole(redmine: Subject) -> None:
    vpn = redmine.ids["issues"]["secret_private_note"]
    assert vpn in redmine.rows(f"{ALL}&updated_on=2026-10-13")
    assert vpn not in redmine.rows(f"{ALL}&updated_on=>=2026-10-14")
    assert redmine.rows("status_id=*&closed_on=*&sort=id") == [6, 7, 11]
    assert redmine.rows("status_id=*&closed_on=>=2026-09-09T00:00:00Z") == [11]


def test_two_columns_of_order_and_bogus_ones_ignored(redmine: Subject) -> None:
    rows = redmine.json(f"/issues.json?{ALL}&sort=updated_on:desc,id:desc")["issues"]
    keys = [(row["updated_on"], row["id"]) for row in rows]
    assert keys == sorted(keys, reverse=True)
    newest_first = redmine.rows(ALL)
    assert newest_first == sorted(newest_first, reverse=True)
    assert redmine.rows(f"{ALL}&sort=bogus") == newest_first
    assert redmine.rows(f"{ALL}&sort=bogus,id") == newest_first[::-1]


@pytest.mark.parametrize("bogus", ["unknown_filter=1", "cf_99=1", "statusid=3", "project=web", "updated=>=2030-01-01"])
def test_unknown_filters_are_ignored_and_everything_comes(redmine: Subject, bogus: str) -> None:
    assert redmine.rows(f"{ALL}&{bogus}") == redmine.rows(ALL)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("cf_1=本番", {"ntp", "resolved_old", "outage", "outage_with_cause"}),
        ("subject=~NTP", {"ntp", "duplicate"}),
        ("any_searchable=~NTP", {"ntp", "duplicate"}),
        ("parent_id=10", {"child_done", "child_open"}),
        ("is_private=1", {"private_issue"}),
        ("description=~Momiji", set()),
    ],
)
def test_filters_that_work(redmine: Subject, query: str, names: set[str]) -> None:
    assert set(redmine.rows(f"{ALL}&{query}")) == {redmine.ids["issues"][name] for name in names}


def test_a_private_filter_is_ignored_for_who_may_not_set_it(redmine: Subject) -> None:
    assert redmine.rows(f"{ALL}&is_private=1", "bot") == redmine.rows(ALL, "bot")


def test_notes_are_searched_but_not_old_values(redmine: Subject) -> None:
    removed = redmine.ids["issues"]["secret_removed"]
    assert redmine.rows(f"{ALL}&notes=~パスワードは本文から") == [removed]
    assert redmine.rows(f"{ALL}&notes=~Momiji") == []
    assert redmine.rows(f"{ALL}&any_searchable=~Momiji") == []


def test_private_notes_are_not_searched_by_who_may_not_see_them(redmine: Subject) -> None:
    assert redmine.rows(f"{ALL}&notes=~事前共有鍵") == [redmine.ids["issues"]["secret_private_note"]]
    assert redmine.rows(f"{ALL}&notes=~事前共有鍵", "suzuki") == []


def test_lists_include_attachments_and_relations_and_nothing_else(redmine: Subject) -> None:
    include = "attachments,relations,journals,children,watchers,allowed_statuses"
    rows = redmine.json(f"/issues.json?{ALL}&include={include}")["issues"]
    by_id = {row["id"]: row for row in rows}
    assert len(by_id[redmine.ids["issues"]["attachments"]]["attachments"]) == 3
    assert by_id[redmine.ids["issues"]["blocked"]]["relations"][0]["relation_type"] == "blocks"
    assert by_id[redmine.ids["issues"]["no_description"]]["relations"] == []
    ignored = {"journals", "children", "watchers", "allowed_statuses"}
    assert not any(ignored & set(row) for row in rows)


def test_tickets_of_closed_projects_are_listed_of_archived_ones_never(redmine: Subject) -> None:
    rows = redmine.rows(ALL, "admin")
    assert redmine.ids["issues"]["legacy_resolved"] in rows
    assert redmine.ids["issues"]["attic_open"] not in rows


def test_keys_of_what_is_not_set_are_absent(redmine: Subject) -> None:
    row = redmine.issue("no_description")
    assert not {"assigned_to", "category", "fixed_version", "parent"} & set(row)
    assert row["description"] == ""
    assert row["closed_on"] is None


def test_times_are_utc_to_the_second(redmine: Subject) -> None:
    row = redmine.issue("closed_normal")
    assert (row["created_on"], row["closed_on"]) == ("2026-05-01T00:00:00Z", "2026-05-03T00:00:00Z")


def test_newlines_of_descriptions_come_as_crlf_those_of_notes_as_sent(redmine: Subject) -> None:
    row = redmine.issue("ntp")
    assert "。\r\n\r\n```\r\n" in row["description"]
    notes = redmine.issue("long_note")["journals"][0]["notes"]
    assert "\n> 引用\n" in notes
    assert "\r" not in notes


def test_custom_fields_come_as_the_role_may_see_them(redmine: Subject) -> None:
    def names(login: str) -> list[str]:
        return [field["name"] for field in redmine.issue("outage", login)["custom_fields"]]

    assert "内部コスト" in names("tanaka")
    assert "内部コスト" in names("admin")
    assert "内部コスト" not in names("suzuki")
    assert redmine.issue("outage")["custom_fields"][3]["value"] == ["web01", "db01"]


@pytest.mark.parametrize("path", ["/issues.json", "/issues/1.json?include=journals", "/projects.json"])
def test_an_etag_that_still_holds_gives_304_without_a_body(redmine: Subject, path: str) -> None:
    first = redmine.get(path)
    assert first.headers["etag"].startswith('W/"')
    again = redmine.get(path, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert redmine.get(path, **{"If-None-Match": 'W/"0"'}).status_code == 200


def test_a_list_that_is_edited_while_paged_by_time_loses_a_row_and_by_key_none(changing: Subject) -> None:
    first = changing.rows("status_id=*&limit=10&sort=updated_on")
    everything = set(changing.rows(ALL))
    changing.update(first[1], notes="ページの間に書かれた注記")
    rest = changing.rows("status_id=*&limit=100&offset=10&sort=updated_on")
    assert len(everything - {*first, *rest}) == 1
    by_key = changing.rows("status_id=*&limit=10&sort=id")
    changing.update(by_key[1], notes="もう一つ")
    assert everything == {*by_key, *changing.rows(f"{ALL}&sort=id&issue_id=>={by_key[-1] + 1}")}


def test_an_upper_bound_misses_the_fraction_of_its_own_second(changing: Subject) -> None:
    number = changing.ids["issues"]["ntp"]
    for _ in range(3):  # a fraction of exactly nought is possible, three in a row are not
        changing.update(number, notes="小数点以下の時刻")
        at = changing.issue("ntp")["updated_on"]
        assert number in changing.rows(f"{ALL}&updated_on=>={at}")
        if number not in changing.rows(f"{ALL}&updated_on=<={at}"):
            return
    raise AssertionError("every update fell on a whole second")


def test_closed_on_stays_after_a_reopening(changing: Subject) -> None:
    number = changing.ids["issues"]["outage_with_cause"]
    changing.update(number, status_id=5)
    closed = changing.issue("outage_with_cause")
    assert closed["status"]["is_closed"]
    assert closed["closed_on"]
    changing.update(number, status_id=2)
    reopened = changing.issue("outage_with_cause")
    assert not reopened["status"]["is_closed"]
    assert reopened["closed_on"] == closed["closed_on"]
