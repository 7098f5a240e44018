"""A row of the list of past troubles says what the kept entry says, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports.conftest import POLICY, TODAY, WORLD, entry, finding, measure, row, said

from kb.lint.people.people import People
from kb.model.document import Visibility
from kb.model.facts import ItemState, PageKind, Role, TitleMark, Verdict
from kb.model.finding import Waiver, WaiverKind
from kb.model.recurrence import EarlierIncident, Recurrence, RepeatKind
from kb.reports.incidents.groups import (
    MOST_MONTHS,
    GroupBy,
    IncidentGroup,
    describe_course,
    group_incidents,
    sort_incidents,
)
from kb.reports.incidents.rows import (
    CauseKind,
    FixKind,
    Incident,
    IncidentStatus,
    PreventionKind,
    build_incident,
    describe_prevention,
    limit_owners,
    parse_owner,
)
from kb.rules.world import Ticket, World
from kb.secrets.mask_document import mask_text


def test_only_read_incident_pages_have_a_row() -> None:
    made = entry()
    assert made.facts is not None
    index = replace(made, facts=replace(made.facts, kind=PageKind.INDEX))
    for other in (replace(made, facts=None), index, replace(made, part="comment:3")):
        assert build_incident(other, (), WORLD) is None


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Verdict.CONCRETE, CauseKind.GOOD),
        (Verdict.ONE_STEP, CauseKind.ONE_STEP),
        (Verdict.SHALLOW, CauseKind.SHALLOW),
        (Verdict.UNKNOWN, CauseKind.UNKNOWN),
        (Verdict.PLACEHOLDER, CauseKind.UNKNOWN),
        (Verdict.EMPTY, CauseKind.MISSING),
        (Verdict.MISSING, CauseKind.MISSING),
    ],
)
def test_the_kind_of_cause(verdict: Verdict, kind: CauseKind) -> None:
    assert row(roles=said(verdict, Verdict.CONCRETE, Verdict.CONCRETE)).cause is kind


def test_the_least_of_several_incidents_on_a_page_counts() -> None:
    both = (
        *said(Verdict.CONCRETE, Verdict.CONCRETE, Verdict.WEAK),
        *said(Verdict.SHALLOW, Verdict.RESTART, Verdict.CONCRETE),
    )
    made = row(roles=both)
    assert (made.cause, made.fix, made.prevention) == (CauseKind.SHALLOW, FixKind.RESTART, PreventionKind.WEAK)


@pytest.mark.parametrize(
    ("fix", "lasting", "kind"),
    [
        (Verdict.RESTART, None, FixKind.RESTART),
        (Verdict.CONCRETE, None, FixKind.CHANGE),
        (Verdict.CONCRETE, Verdict.CONCRETE, FixKind.LASTING),
        (Verdict.CONCRETE, Verdict.PLACEHOLDER, FixKind.CHANGE),
        (Verdict.MISSING, None, FixKind.MISSING),
    ],
)
def test_the_kind_of_fix(fix: Verdict, lasting: Verdict | None, kind: FixKind) -> None:
    roles = said(Verdict.CONCRETE, fix, Verdict.CONCRETE)
    if lasting:
        roles = (*roles, replace(roles[0], role=Role.FIX_PERM, verdict=lasting))
    assert row(roles=roles).fix is kind


def test_a_page_without_roles_lacks_everything() -> None:
    made = row(roles=())
    assert (made.cause, made.fix, made.prevention) == (CauseKind.MISSING, FixKind.MISSING, PreventionKind.MISSING)
    assert describe_prevention(made) == "未記入"


def test_measures_are_counted_and_the_open_ones_name_owner_and_next_due() -> None:
    made = row(
        items=(
            measure(ItemState.DONE, "野口", "2025-06-02"),
            measure(ItemState.OPEN, "（大野、", "2025-08-01"),
            measure(ItemState.OPEN, "@imai", "2025-07-15"),
            measure(ItemState.UNSTATED, "大野"),
            measure(ItemState.SETTLED, "誰か"),
            measure(ItemState.PLACEHOLDER),
            measure(ItemState.OPEN, "状態欄", "2025-01-01", role=Role.STATUS),
        )
    )
    assert (made.done, made.measures) == (1, 4)
    assert made.owners == ("大野", "imai")
    assert made.next_due == "2025-07-15"
    assert describe_prevention(made) == "1/4 済"


def test_a_permanent_fix_answers_where_prevention_names_no_measure() -> None:
    lasting = measure(ItemState.OPEN, "大野", role=Role.FIX_PERM)
    assert row(items=(lasting,)).measures == 1
    assert row(items=(lasting, measure(ItemState.DONE))).owners == ()


def test_the_ticket_of_a_measure_knows_better_than_the_page() -> None:
    waits = measure(ItemState.OPEN, "大野", tickets=("#1",))
    made = entry(items=(waits, measure(ItemState.DONE, "今井", tickets=("#2",))), title_mark=TitleMark.DONE)
    tickets = {
        "#1": Ticket("redmine:1", "", "終了", closed=True, since="2025-06-20", by="大野"),
        "#2": Ticket("redmine:2", "", "進行中", closed=False),
    }
    told = build_incident(made, (), World(TODAY, POLICY, tickets))
    assert told is not None
    assert (told.done, told.measures, told.owners, told.standing) == (1, 2, ("今井",), IncidentStatus.OPEN)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("大野", "大野"),
        ("担当: 大野", "大野"),
        ("担当", ""),
        ("Owner: Imai", "Imai"),
        ("（大野、", "大野"),
        ("@imai", "imai"),
        ("大野さん", "大野さん"),
        ("", ""),
        ("\x1b[31m大野", "31m大野"),
    ],
)
def test_an_owner_is_a_name(written: str, name: str) -> None:
    assert parse_owner(written) == name


def test_the_day_is_of_occurrence_and_else_of_creation_in_the_team_s_zone() -> None:
    made = row(occurred_on="2025-05-31")
    assert (made.day, made.dated, made.age_days) == ("2025-05-31", True, 31)
    made = row(occurred_on="", created_at="2025-06-10T20:00:00Z")
    assert (made.day, made.dated) == ("2025-06-11", False)
    made = row(occurred_on="", created_at="")
    assert (made.day, made.dated, made.age_days) == ("", False, None)
    assert row(occurred_on="2099-01-01").age_days == 0


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        ({}, IncidentStatus.OPEN),
        ({"title_mark": TitleMark.DONE}, IncidentStatus.DONE),
        ({"title_mark": TitleMark.VARIANT}, IncidentStatus.DONE),
        ({"category": "不具合共有/対応完了/2025"}, IncidentStatus.DONE),
        ({"category": "不具合共有/対応完了/2025/配信"}, IncidentStatus.DONE),
        ({"category": "不具合共有/対応完了/20255"}, IncidentStatus.OPEN),
        ({"title_mark": TitleMark.DONE, "items": (measure(ItemState.OPEN),)}, IncidentStatus.OPEN),
        ({"title_mark": TitleMark.DONE, "items": (measure(ItemState.PLACEHOLDER),)}, IncidentStatus.OPEN),
        ({"title_mark": TitleMark.DONE, "items": (measure(ItemState.UNSTATED),)}, IncidentStatus.DONE),
    ],
)
def test_an_incident_is_done_by_mark_or_place_unless_a_measure_is_open(
    given: dict[str, object], standing: IncidentStatus
) -> None:
    assert row(**given).standing is standing


def test_old_incidents_are_kept_for_the_record() -> None:
    policy = replace(POLICY, record_only_before="2025-06-02")
    made = build_incident(entry(), (), World(TODAY, policy))
    assert made is not None
    assert made.standing is IncidentStatus.RECORD


def test_no_place_for_done_pages_means_that_none_is_done_by_its_place() -> None:
    made = build_incident(entry(category=""), (), World(TODAY, replace(POLICY, done_place="")))
    assert made is not None
    assert made.standing is IncidentStatus.OPEN


def test_codes_are_those_nobody_has_set_aside() -> None:
    aside = finding("INC302", waiver=Waiver(WaiverKind.ACCEPTED))
    made = row(findings=(finding("INC402"), aside, finding("INC203"), finding("INC203", fingerprint="other")))
    assert made.codes == ("INC203", "INC402")


def test_foreign_text_is_one_safe_line() -> None:
    made = row("esa:\x1b1", title="止まった\n\x1b[31m\u202e赤", category="不具合\t共有", url="javascript:alert(1)")
    assert made.title == "止まった [31m赤"
    assert made.place == "不具合 共有"
    assert made.url == ""
    assert made.doc == "esa:1"
    assert row("esa:1", visibility=Visibility.PRIVATE).visibility is Visibility.PRIVATE


def test_the_order_depends_on_the_rows_alone() -> None:
    rows = [row("esa:2"), row("esa:10"), row("esa:1", occurred_on="2025-06-03"), row("esa:3", occurred_on="")]
    wanted = ["esa:3", "esa:1", "esa:10", "esa:2"]  # esa:3 was created on 6/10
    assert [each.doc for each in sort_incidents(rows)] == wanted
    assert [each.doc for each in sort_incidents(reversed(rows))] == wanted


def test_groups_by_month_cause_and_node() -> None:
    shallow = said(Verdict.SHALLOW, Verdict.CONCRETE, Verdict.CONCRETE)
    rows = sort_incidents(
        [
            row("esa:1", hosts=("web-01", "db-01"), title_mark=TitleMark.DONE),
            row("esa:2", hosts=("db-01",), occurred_on="2025-05-01", roles=shallow),
            row("esa:3", occurred_on="", created_at=""),
        ]
    )

    def seen(by: GroupBy) -> list[tuple[str, list[object], int]]:
        return [(group.key, [each.doc for each in group.rows], group.open) for group in group_incidents(rows, by)]

    assert seen(GroupBy.MONTH) == [("2025-06", ["esa:1"], 0), ("2025-05", ["esa:2"], 1), ("", ["esa:3"], 1)]
    assert seen(GroupBy.CAUSE) == [("shallow", ["esa:2"], 1), ("good", ["esa:1", "esa:3"], 1)]
    assert seen(GroupBy.NODE) == [("db-01", ["esa:1", "esa:2"], 1), ("web-01", ["esa:1"], 0), ("", ["esa:3"], 1)]


def test_passed_on_it_names_members_alone() -> None:
    made = replace(row(), owners=("jar", "佐藤、辞田", "小野さん"))
    people = People({"sato": "佐藤 健", "ono": "小野 遥"}, {"jita": "辞田"})
    assert limit_owners(made, people).owners == ("佐藤", "小野さん")
    assert limit_owners(made, People()).owners == made.owners


def test_a_title_that_is_a_page_long_is_cut_in_what_is_passed_on() -> None:
    from kb.reports.incidents import render as forms
    from kb.reports.incidents.groups import IncidentGroup

    long = [IncidentGroup("", "", (replace(row(), title="長" * 10_000),))]
    assert all(0 < "".join(render(long)).count("長") < 100 for render in (forms.render_html, forms.render_markdown))


def test_a_number_that_names_a_post_is_no_ticket_unless_a_ticket_has_it() -> None:
    made = entry(tickets=("#45", "#1426"))
    ticket = Ticket("redmine:45", "止める", "進行中", closed=False, url="https://redmine.example.jp/issues/45")
    world = replace(WORLD, tickets={"#45": ticket})
    found = build_incident(made, (), world, posts=frozenset({"#45", "#1426"}))
    assert found is not None
    assert (found.tickets, found.ticket_urls) == (("#45",), ("https://redmine.example.jp/issues/45",))


def test_a_number_that_links_to_its_ticket_is_one_ticket() -> None:
    url = "https://redmine.example.jp/issues/45"
    ticket = Ticket("redmine:45", "監視", "新規", closed=False, url=url)
    world = replace(WORLD, tickets={"#45": ticket, url: ticket})
    found = build_incident(entry(tickets=("#45", url, "https://redmine.example.jp/issues/46")), (), world)
    assert found is not None
    assert found.tickets == ("#45", "https://redmine.example.jp/issues/46")


def test_the_address_of_a_private_ticket_is_not_told() -> None:
    ticket = Ticket("redmine:45", "止める", "進行中", closed=False, url="https://r.example/issues/45", private=True)
    found = build_incident(entry(tickets=("#45",)), (), replace(WORLD, tickets={"#45": ticket}))
    assert found is not None
    assert (found.tickets, found.ticket_urls) == (("#45",), ("",))


def test_words_in_a_placeholder_name_no_owner() -> None:
    items = (measure(state=ItemState.PLACEHOLDER, owner="jar"), measure(state=ItemState.OPEN, owner="小野"))
    assert row(items=items).owners == ("小野",)


def repeated(doc: str, day: str, *earlier: str, title: str = "採点が返らない") -> Incident:
    return replace(row(roles=said(Verdict.CONCRETE, Verdict.CONCRETE, Verdict.CONCRETE)), doc=doc, day=day,
                   title=mask_text(title), repeats=earlier)  # fmt: skip


def test_what_came_again_is_a_group_the_most_frequent_first() -> None:
    rows = sort_incidents(
        [
            repeated("esa:1", "2025-01-10"),
            repeated("esa:2", "2025-04-02", "esa:1"),
            repeated("esa:3", "2025-06-05", "esa:1", "esa:2", title="採点が止まった"),
            repeated("esa:4", "2025-02-01", title="音が切れる"),
            repeated("esa:5", "2025-05-01", "esa:4", title="声が飛ぶ"),
            repeated("esa:6", "2025-05-09", title="地図が灰色"),
        ]
    )
    groups = group_incidents(rows, GroupBy.REPEAT)
    assert [(group.key, group.title, [each.doc for each in group.rows]) for group in groups] == [
        ("esa:1", "3 回: 採点が止まった", ["esa:3", "esa:2", "esa:1"]),
        ("esa:4", "2 回: 声が飛ぶ", ["esa:5", "esa:4"]),
    ]
    assert groups[0].repeats == 2
    assert str(describe_course(groups[0])) == "月ごとの件数  2025-01 █··█·█ 2025-06"
    other = group_incidents(rows, GroupBy.MONTH)
    assert str(describe_course(other[-1])) == "None"
    assert str(describe_course(replace(groups[0], is_one=False))).startswith("同じ障害の繰り返し 2 件  2025-01")


def test_a_curve_goes_back_two_years_and_says_nothing_where_nothing_came_again() -> None:
    old = IncidentGroup("", "", (repeated("esa:2", "2025-04-02", "esa:1"), repeated("esa:1", "2019-01-10")))
    assert len(old.months) == MOST_MONTHS
    assert list(old.months)[-1] == "2025-04"
    once = IncidentGroup("", "", (repeated("esa:1", "2025-01-10"), repeated("esa:6", "")))
    assert describe_course(once) is None


def test_what_is_only_likely_is_no_repeat_of_a_row() -> None:
    earlier = EarlierIncident("esa:1", "2025-01-10")
    made = entry()
    for found, repeats in (
        (Recurrence(earlier=(earlier,), kind=RepeatKind.SAID, count=2), ("esa:1",)),
        (Recurrence(likely=(earlier,)), ()),
    ):
        told = build_incident(made, (), replace(WORLD, recurrences={str(made.doc): found}))
        assert told is not None
        assert told.repeats == repeats
