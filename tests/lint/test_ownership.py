"""Who sees to a page: the team's rules, the assignee, whoever edited last, the author, the steward."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.errors import UsageError
from kb.lint.people.owners import parse_owners
from kb.lint.people.ownership import OwnerReason, Owners, compile_owner_rule
from kb.lint.people.people import Account, People
from kb.model.document import Kind, Source
from kb.model.facts import Confidence, Facts, Item, ItemState, PageKind, Role
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.text.lang import t
from kb.text.lines import Span

FOLDERS = ("Users/*",)
PEOPLE = People(
    {"sato": "佐藤 健", "ono": "大野 花子", "ito": "伊藤　蘭", "ito2": "伊藤 剛"},
    {"watanabe": "渡辺 誠"},
    (Account("佐藤　健"), Account("渡辺 誠"), Account("山田 太郎")),
    (("ono", "Hanako Ono", "h.ono"),),
)
MEASURE = Span(5, 1, 5, 20)


def entry(category: str = "運用/手順", title: str = "再起動", **more: object) -> Entry:
    page = Entry("esa:1", Source.ESA, Kind.POST, title, category=category, author="ito", human_by="ono")
    return replace(page, **more)  # type: ignore[arg-type]


def facts(*, owner: str = "", hosts: tuple[str, ...] = ()) -> Facts:
    return Facts(PageKind.INCIDENT, "", items=(Item(Role.PREVENTION, ItemState.OPEN, MEASURE, owner),), hosts=hosts)


def finding(span: Span = MEASURE, part: str = "body") -> Finding:
    return Finding(
        "esa:1", part, "INC404", "action-overdue", span, Severity.WARNING, Confidence.HIGH, t("", ""), "f", "c"
    )


def owner(page: Entry, owners: Owners) -> tuple[str, str]:
    found = owners.owner_of(page)
    return (found.name, found.why.value) if found else ("", "")


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        (entry(), ("大野 花子", "editor")),
        (entry(human_by=""), ("伊藤　蘭", "author")),
        (entry(human_by="watanabe"), ("伊藤　蘭", "author")),  # a former member is no owner
        (entry(human_by="渡辺誠", author="watanabe"), ("山田 太郎", "steward")),
        (entry(human_by="Anonymous", author=""), ("山田 太郎", "steward")),
        (entry(human_by="kurokawa"), ("伊藤　蘭", "author")),  # whom the mirror has never seen as a member
        (entry("Users/kurokawa", human_by="kurokawa", author="kurokawa"), ("山田 太郎", "steward")),
        (entry(human_by="山口", source=Source.REDMINE), ("山口", "editor")),
        (entry("Users/sato/メモ"), ("佐藤 健", "folder")),
        (entry("Users/watanabe/メモ"), ("大野 花子", "editor")),
    ],
)
def test_without_rules_the_last_editor_the_author_and_the_steward_see_to_a_page(
    page: Entry, wanted: tuple[str, str]
) -> None:
    assert owner(page, Owners(PEOPLE, (), FOLDERS, steward="山田太郎")) == wanted


def test_without_a_steward_what_nobody_owns_is_nobodys() -> None:
    assert Owners(PEOPLE).owner_of(entry(human_by="watanabe", author="")) is None


def test_a_ticket_is_its_assignees_and_so_is_what_is_said_in_it() -> None:
    owners = Owners(PEOPLE, assignee=lambda doc: {"redmine:7": "山田 太郎"}.get(str(doc), ""))
    note = entry(doc="redmine:7", part="journal:9", kind=Kind.NOTE)
    assert owner(note, owners) == ("山田 太郎", "assignee")
    assert owner(entry(doc="redmine:8", kind=Kind.TICKET), owners) == ("大野 花子", "editor")


def test_a_ticket_that_a_rule_gives_to_another_is_its_assignees_too() -> None:
    owners = Owners(PEOPLE, [compile_owner_rule(("sato",), place="infra/**")], assignee=lambda doc: "山田 太郎")
    ticket = entry("infra", doc="redmine:7", kind=Kind.TICKET)
    assert owner(ticket, owners) == ("佐藤 健", "rule")
    assert [owners.owns(owners.resolve(name), ticket) for name in ("sato", "山田", "ono")] == [True, True, False]


def test_the_last_rule_that_matches_wins() -> None:
    rules = [
        compile_owner_rule(("sato",), place="運用/**"),
        compile_owner_rule(("ito", "@ono"), tag="#課金"),
        compile_owner_rule(("山田太郎",), node="web-prd-*"),
        compile_owner_rule(("watanabe",), place="古い/**"),
    ]
    owners = Owners(PEOPLE, rules)
    assert owner(entry(), owners) == ("佐藤 健", "rule")
    assert owner(entry(tags=("課金",)), owners) == ("伊藤　蘭、大野 花子", "rule")
    assert owner(entry(tags=("課金",), facts=facts(hosts=("db-01", "web-prd-01"))), owners) == ("山田 太郎", "rule")
    assert owner(entry("古い/手順"), owners) == ("大野 花子", "editor")  # its rule names one who left
    shown = owners.owner_of(entry())
    assert shown is not None
    assert shown.rule == "運用/**"


def test_a_rule_of_several_conditions_asks_for_all_of_them() -> None:
    owners = Owners(PEOPLE, [compile_owner_rule(("sato",), place="運用/**", tag="課金")])
    assert owner(entry(), owners) == ("大野 花子", "editor")
    assert owner(entry(tags=("課金",)), owners) == ("佐藤 健", "rule")


def test_a_rule_for_everything_takes_nobodys_own_folder_and_one_that_names_the_folders_does() -> None:
    page = entry("Users/sato/手順")
    everything = compile_owner_rule(("ono",), place="**", folders=FOLDERS)
    named = compile_owner_rule(("ono",), place="Users/sato/手順/**", folders=FOLDERS)
    assert owner(page, Owners(PEOPLE, [everything], FOLDERS)) == ("佐藤 健", "folder")
    assert owner(page, Owners(PEOPLE, [named], FOLDERS)) == ("大野 花子", "rule")


def test_a_node_is_whose_rule_names_it() -> None:
    owners = Owners(
        PEOPLE,
        [compile_owner_rule(("sato",), node="*-prd-*"), compile_owner_rule(("ono",), node="db-*")],
        steward="ito",
    )
    assert [each and each.name for each in map(owners.owner_of_node, ("web-prd-01", "db-prd-01", "stg-01"))] == [
        "佐藤 健",
        "大野 花子",
        None,
    ]


def test_a_measure_is_whom_the_page_names_and_the_pages_where_it_names_nobody_who_is_here() -> None:
    owners = Owners(PEOPLE)
    for written, wanted in [
        ("佐藤", ("佐藤 健", OwnerReason.MEASURE)),  # the only Sato
        ("Hanako Ono", ("大野 花子", OwnerReason.MEASURE)),
        ("基盤チーム", ("基盤チーム", OwnerReason.MEASURE)),
        ("佐藤、山田さん", ("佐藤 健、山田 太郎", OwnerReason.MEASURE)),
        ("渡辺", ("渡辺", OwnerReason.MEASURE)),  # no name of one who left, and perhaps of somebody else
        ("渡辺 誠", ("大野 花子", OwnerReason.EDITOR)),
        ("", ("大野 花子", OwnerReason.EDITOR)),
    ]:
        page = entry(facts=facts(owner=written))
        found = owners.owner_of_finding(page, finding())
        assert found is not None
        assert (found.name, found.why) == wanted


def test_what_is_somebodys_are_pages_they_own_and_measures_that_name_them() -> None:
    owners = Owners(PEOPLE)
    sato, ono, ito = map(owners.resolve, ("sato", "ono", "ito"))
    page = entry(facts=facts(owner="佐藤"))
    elsewhere = finding(Span(9, 1, 9, 5))
    assert owners.is_finding_of(sato, page, finding())
    assert owners.is_finding_of(ono, page, finding())
    assert not owners.is_finding_of(ito, page, finding())
    assert not owners.is_finding_of(sato, page, elsewhere)
    assert not owners.is_finding_of(sato, page, finding(part="title"))


def test_a_surname_two_members_share_is_both_of_theirs_and_no_one_persons_name() -> None:
    owners = Owners(PEOPLE)
    page = entry(facts=facts(owner="伊藤"))
    assert all(owners.is_finding_of(owners.resolve(name), page, finding()) for name in ("ito", "ito2"))
    with pytest.raises(UsageError, match="2 人"):
        owners.resolve("伊藤")


@pytest.mark.parametrize(
    "written", ["sato", "@sato", "＠ＳＡＴＯ", "SATO", "佐藤健", "佐藤　健", " 佐藤 健 ", "佐藤さん", "佐藤"]
)
def test_a_person_is_found_by_any_of_their_names(written: str) -> None:
    assert PEOPLE.resolve(written).handle == "sato"


def test_an_unknown_name_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UsageError) as told:
        PEOPLE.resolve("satoo")
    assert "sato" in str(told.value.next_step)
    with pytest.raises(UsageError) as told:
        PEOPLE.resolve("kurokawa")
    assert "スクリーンネーム" in str(told.value.next_step)


def test_two_members_of_one_full_name_are_two_people() -> None:
    people = People({"ken": "佐藤 健", "ken2": "佐藤 健"}, {}, (Account("佐藤 健"),))
    assert people.resolve("ken").handle == "ken"
    assert people.resolve("ken2").handle == "ken2"
    with pytest.raises(UsageError, match="2 人"):
        people.resolve("佐藤 健")
    settled = People({"ken": "佐藤 健", "ken2": "佐藤 健"}, {}, (Account("佐藤 健"),), (("ken2", "佐藤 健"),))
    assert settled.resolve("佐藤 健").handle == "ken2"


def test_nobody_becomes_another_by_the_name_they_give_themselves() -> None:
    people = People({"sato": "佐藤 健", "eve": "Sato", "mori": "mori"})
    assert [people.person(name).handle for name in ("sato", "佐藤", "eve", "mori")] == ["sato", "sato", "eve", "mori"]
    assert people.person("sato") != people.person("eve")


def test_somebody_who_came_back_is_a_member() -> None:
    people = People({"sato2": "佐藤 健"}, {"sato": "佐藤 健"})
    assert people.resolve("sato") == people.resolve("sato2")
    assert not people.resolve("sato").former


def test_names_that_kb_toml_joins_are_one_persons() -> None:
    assert PEOPLE.resolve("h.ono") == PEOPLE.resolve("大野花子")


# ---- OWNERS

FILE = """\
# 基盤の担当
*                @sato
/運用/手順/      @ono "伊藤　蘭"   # 手順
日報/*           ito2
*.md             山田太郎
/障害\\ 共有/     @ito
/運用/手順/公開/
"""


@pytest.mark.parametrize(
    ("category", "title", "doc", "wanted"),
    [
        ("設計", "案", "esa:1", "佐藤 健"),
        ("運用/手順", "再起動", "esa:1", "大野 花子、伊藤　蘭"),
        ("運用/手順/夜間", "再起動", "esa:1", "大野 花子、伊藤　蘭"),
        ("古い/運用/手順", "再起動", "esa:1", "佐藤 健"),
        ("日報", "8-3", "esa:1", "伊藤 剛"),
        ("日報/2026", "8-3", "esa:1", "佐藤 健"),
        ("", "案", "files:minutes/2026/memo.md", "山田 太郎"),
        ("障害 共有", "停止", "esa:1", "伊藤　蘭"),
        ("運用/手順/公開", "停止", "esa:1", "大野 花子"),  # a line without owners: whoever edited last
    ],
)
def test_a_file_of_owners_reads_as_codeowners_does(category: str, title: str, doc: str, wanted: str) -> None:
    owners = Owners(PEOPLE, parse_owners(FILE), FOLDERS)
    assert owner(entry(category, title, doc=doc), owners)[0] == wanted


def test_a_file_of_owners_may_hold_anything() -> None:
    rules = parse_owners('\ufeff\n\n   # only a comment\n[a-z(\\ @sato\n"never closed @ono\n\t\n/// @sato\n\\')
    owners = Owners(PEOPLE, rules)
    assert owner(entry(), owners) == ("大野 花子", "editor")


def test_a_pattern_of_stars_alone_is_quick_and_means_what_one_does() -> None:
    from kb.text.globs import matches_glob

    deep = "/".join("a" * 60)
    many = "**/" * 200 + "x"
    assert not matches_glob(many, deep)
    assert matches_glob(many, f"{deep}/x")
    assert matches_glob(many, "x")
    rule = parse_owners(f"{many} @sato\n{'*' * 5000} @ono\n")[0]
    assert rule.place is not None
    assert rule.place.fullmatch(deep) is None
    assert rule.place.fullmatch(f"{deep}/x")
