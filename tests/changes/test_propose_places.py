"""Where posts stand, where rules put them, and which are left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kb.model.plan import Change, Key, Verb
from kb.plan.propose import post as places
from kb.plan.propose.by_rule import LONG, YEARLESS, Archiving, Moving, Retitling, archive, grows, move, retitle
from kb.plan.propose.post import Answer, Post, below, gathered, names, root_of

TOKYO = ZoneInfo("Asia/Tokyo")
FOLDERS = ("Users/*",)
TODAY = date(2026, 11, 26)


def post(title: str = "記事", category: str = "A/B", **fields: Any) -> Post:
    return Post(7, title, category, **{"created_at": "2025-05-03T00:00:00Z", "revision": 3, **fields})


def place(answer: Answer) -> str:
    """Where a change leads."""
    assert isinstance(answer, Change), answer
    assert list(answer.after) == [Key.CATEGORY]
    return str(answer.after[Key.CATEGORY])


@pytest.mark.parametrize(
    ("glob", "category", "rest"),
    [
        ("A/B", "A/B", ""),
        ("A/B/", "A/B/x/y", "x/y"),
        ("A/B", "A/BC", None),
        ("A/B", "A", None),
        ("Users/*", "Users/sato/x", "x"),
        ("Users/*", "Users", None),
        ("**/手順", "A/B/手順/c", "c"),
        ("A/**", "A/x", "x"),
        ("A/**/z", "A/z", ""),
        ("A/**/z", "A/b/c/z/d", "d"),
        ("日報/202?", "日報/2025/07", "07"),
        ("[旧]", "[旧]/a", "a"),
        ("", "A", None),
        ("*", "", None),
        ("**", "", ""),
        ("**/" * 30 + "z", "a/" * 39 + "a", None),
    ],
)
def test_what_stands_below_a_glob(glob: str, category: str, rest: str | None) -> None:
    assert below(glob, category) == rest


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("Users", True),
        ("Users/sato", True),
        ("Users/*/手順", True),
        ("**", False),
        ("*", False),
        ("", False),
        ("Use", False),
        ("**/sato", False),
    ],
)
def test_a_wildcard_names_no_folder(asked: str, named: bool) -> None:
    assert names(asked, "Users/*") is named


def test_the_root_of_a_glob_is_what_is_written_out() -> None:
    assert [root_of(each) for each in ("A/B", "A/*/B", "**", "A/B?/C")] == ["A/B", "A", "", "A"]


# -- move ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "category", "wanted"),
    [
        (Moving("C/D", "A/B"), "A/B", "C/D"),
        (Moving("C/D", "A/B"), "A/B/x/y", "C/D/x/y"),
        (Moving("C/{rest}/D", "A/B"), "A/B/x", "C/x/D"),
        (Moving("C/{rest}/D", "A/B"), "A/B", "C/D"),
        (Moving("C", "A/*"), "A/B/x", "C"),
        (Moving("C/{rest}", "A/*"), "A/B/x", "C/x"),
        (Moving("日報/{year}", "日報"), "日報", "日報/2025"),
        (Moving("A", "A/B"), "A/B/x", "A/x"),
        (Moving("A/B", "A"), "A", "A/B"),
        (Moving("C", "**"), "", "C"),
    ],
)
def test_rules_put_posts_where_they_say(rule: Moving, category: str, wanted: str) -> None:
    assert place(move(post(category=category), [rule], FOLDERS, TOKYO)) == wanted


@pytest.mark.parametrize(
    ("rule", "category"),
    [
        (Moving("C/D", "A/B"), "A/C"),
        (Moving("A/B", "A/B"), "A/B"),
        (Moving("A/B", "A"), "A/B/x"),
        (Moving("日報/{year}", "日報"), "日報/2025/07"),
        (Moving("日報/{year}", "日報/*"), "日報/2025/07"),
        (Moving("C", title=re.compile("記")), "C/x"),
    ],
)
def test_what_is_there_already_stays(rule: Moving, category: str) -> None:
    assert move(post(category=category), [rule], FOLDERS, TOKYO) is None


def test_a_second_run_of_any_of_these_moves_nothing() -> None:
    rules = [Moving("A/B", "A"), Moving("日報/{year}", "日報"), Moving("C/{rest}", "D/*")]
    for category in ("A", "A/x", "日報", "日報/x", "D/e/f", "D/e"):
        once = move(post(category=category), rules, FOLDERS, TOKYO)
        if isinstance(once, Change):
            assert move(post(category=str(once.after[Key.CATEGORY])), rules, FOLDERS, TOKYO) is None, category


def test_title_and_tag_narrow_a_rule_and_the_first_that_means_a_post_counts() -> None:
    rules = [Moving("議事録", title=re.compile("^議事録")), Moving("手順", tag="手順"), Moving("他", "A")]
    assert place(move(post("議事録 5/3", tags=("手順",)), rules, FOLDERS, TOKYO)) == "議事録"
    assert place(move(post("x", tags=("手順",)), rules, FOLDERS, TOKYO)) == "手順"
    assert place(move(post("x"), rules, FOLDERS, TOKYO)) == "他/B"


def test_the_year_is_that_of_creation_in_the_teams_time_zone_and_the_reason_says_so() -> None:
    found = move(post(category="日報", created_at="2024-12-31T15:00:00Z"), [Moving("{year}", "日報")], FOLDERS, TOKYO)
    assert place(found) == "2025"
    assert isinstance(found, Change)
    assert "年は作成日 2025-01-01 から。" in found.reason
    assert move(post(category="日報", created_at=""), [Moving("{year}", "日報")], FOLDERS, TOKYO) == YEARLESS


def test_a_whole_category_is_one_group_and_takes_its_readme_along() -> None:
    rule = Moving("C/D", "A/B")
    found = gathered(
        move(each, [rule], FOLDERS, TOKYO) for each in (post(category="A/B/x"), post("README", "A/B/y"), post())
    )
    assert {each.group for each in found.changes} == {"A/B → C/D: 分類を移す規則のため"}
    assert len(found.changes) == 3
    assert move(post("readme"), [Moving("C", tag="a"), Moving("C", "A/*")], FOLDERS, TOKYO) == places.README


@pytest.mark.parametrize(
    ("category", "rule", "why"),
    [
        ("Users/sato/手順", Moving("C", title=re.compile(".")), places.PERSONAL),
        ("Users/sato/手順", Moving("C", "**/手順"), places.PERSONAL),
        ("Users/sato/手順", Moving("C", "Users/*/手順"), None),
        ("Users/sato", Moving("C", "Users/sato"), None),
        ("Templates/日報", Moving("C", title=re.compile(".")), places.TEMPLATE),
        ("Archived/A", Moving("C", "**"), places.ARCHIVED),
        ("Archived/A", Moving("C", "Archived/A"), None),
        ("A/【完了】B ", Moving("C", "A/*"), places.SPLIT),
        ("A/【完了】B ", Moving("C", "A"), None),
    ],
)
def test_places_that_are_somebodys_or_nobodys_are_left_unless_they_are_named(
    category: str, rule: Moving, why: object
) -> None:
    found = move(post(category=category), [rule], FOLDERS, TOKYO)
    assert (found == why) if why is not None else isinstance(found, Change)


def test_a_post_whose_name_was_purged_here_is_left_alone() -> None:
    assert move(post(covered=True), [Moving("C", "A")], FOLDERS, TOKYO) == places.SECRET_NAME


# -- retitle ------------------------------------------------------------------------------------


def rule(match: str, to: str, place: str = "") -> Retitling:
    return Retitling(re.compile(match), to, place)


@pytest.mark.parametrize(
    ("rules", "title", "wanted"),
    [
        ([rule(r"^\[障害\]\s*", "【障害】")], "[障害] 止まった", "【障害】止まった"),
        ([rule(r"^(\d{4})年(\d+)月", r"\1-\2 ")], "2025年5月 定例", "2025-5  定例"),
        ([rule("　", " ")], "a　b　c", "a b c"),
        ([rule("a", "b"), rule("b", "c")], "a", "c"),
        ([rule("^", "【障害】", "A")], "x", "【障害】x"),
    ],
)
def test_titles_become_what_the_patterns_say_and_no_more(rules: Sequence[Retitling], title: str, wanted: str) -> None:
    found = retitle(post(title), rules, FOLDERS)
    assert isinstance(found, Change)
    assert found.kind is Verb.RETITLE
    assert found.before == {Key.TITLE: title}
    assert found.after == {Key.TITLE: wanted}


def test_a_pattern_that_only_removes_says_so_in_its_group() -> None:
    found = retitle(post("x 旧"), [rule(" 旧$", "")], FOLDERS)
    assert isinstance(found, Change)
    assert (found.after, found.group) == ({Key.TITLE: "x"}, " 旧$ → （消す）: 題名の規則")


def test_nothing_is_normalised_that_no_rule_is_about() -> None:
    odd = "【済】 ＡＢＣ　 x "
    assert retitle(post(odd), [rule("障害", "x")], FOLDERS) is None
    found = retitle(post(odd), [rule("x", "y")], FOLDERS)
    assert isinstance(found, Change)
    assert found.after[Key.TITLE] == "【済】 ＡＢＣ　 y "


@pytest.mark.parametrize(
    ("title", "category", "rules", "why"),
    [
        ("x", "C", [rule("x", "y", "A")], None),
        ("x", "Users/sato", [rule("x", "y")], places.PERSONAL),
        ("x", "Archived/A", [rule("x", "y")], places.ARCHIVED),
        ("README", "A", [rule("^", "x ")], places.README),
        ("B", "A/【完了】A ", [rule("^", "x ")], places.SPLIT),
        ("a" * 256, "A", [rule("b", "c")], LONG),
        ("a" * 200, "A", [rule("(a+)", r"\1\1")], LONG),
    ],
)
def test_titles_that_are_not_meant_stay(title: str, category: str, rules: Sequence[Retitling], why: object) -> None:
    assert retitle(post(title, category), rules, FOLDERS) == why


def test_a_rule_that_matches_its_own_result_is_known() -> None:
    assert grows(rule("^", "x"), "a")
    assert grows(rule("a", "aa"), "a")
    assert not grows(rule("^a", "b"), "a")
    assert not grows(rule("z", "zz"), "a")


# -- archive ------------------------------------------------------------------------------------


def archived(what: Archiving, **fields: Any) -> Answer:
    return archive(post(**{"human_at": "2025-11-25T00:00:00Z", **fields}), what, FOLDERS, TODAY, TOKYO)


@pytest.mark.parametrize(
    ("category", "wanted"),
    [("日報/2024", "Archived/日報/2024"), ("", "Archived"), ("Archivedではない", "Archived/Archivedではない")],
)
def test_posts_go_to_the_same_place_below_archived(category: str, wanted: str) -> None:
    assert place(archived(Archiving(days=1), category=category)) == wanted


@pytest.mark.parametrize(
    ("what", "fields", "why"),
    [
        (Archiving(days=366), {}, Change),
        (Archiving(days=367), {}, None),
        (Archiving(days=10), {"human_at": "", "updated_at": "2025-11-25T00:00:00Z"}, Change),
        (Archiving(days=10), {"human_at": ""}, None),
        (Archiving(days=1), {"human_at": "2026-11-25T15:00:00Z"}, None),
        (Archiving("A"), {"category": "A/B"}, Change),
        (Archiving("A"), {"category": "B"}, None),
        (Archiving(title=re.compile("旧")), {"title": "旧手順"}, Change),
        (Archiving(title=re.compile("旧")), {}, None),
        (Archiving(days=1), {"category": "Archived"}, None),
        (Archiving("Archived"), {"category": "Archived/A"}, None),
        (Archiving(days=1), {"category": "Templates/x"}, places.TEMPLATE),
        (Archiving(days=1), {"title": "README"}, places.README),
        (Archiving(days=1), {"category": "Users/sato"}, places.PERSONAL),
        (Archiving("Users/sato"), {"category": "Users/sato"}, Change),
    ],
)
def test_only_what_is_meant_is_archived(what: Archiving, fields: dict[str, Any], why: Any) -> None:
    found = archived(what, **fields)
    assert isinstance(found, Change) if why is Change else found == why


def test_archiving_groups_by_the_place_at_the_top() -> None:
    found = archived(Archiving(days=100), category="日報/2024/05")
    assert isinstance(found, Change)
    assert found.group == "日報 → Archived/日報: 100 日以上編集がないため"
    assert found.reason == "最後の編集は 2025-11-25 です。"
    assert found.kind is Verb.ARCHIVE
