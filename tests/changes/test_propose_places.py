"""Where posts stand, where rules put them, and which are left alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.propose import post as places
from kb.plan.propose.by_rule import (
    TITLE_TOO_LONG,
    UNKNOWN_YEAR,
    ArchiveRule,
    MoveRule,
    RetitleRule,
    is_growing,
    propose_archive,
    propose_move,
    propose_retitle,
)
from kb.plan.propose.post import (
    PostHead,
    Proposal,
    fixed_root,
    gather_proposals,
    is_named_exactly,
    strip_matching_prefix,
)

TOKYO = ZoneInfo("Asia/Tokyo")
FOLDERS = ("Users/*",)
TODAY = date(2026, 11, 26)


def post(title: str = "記事", category: str = "A/B", **fields: Any) -> PostHead:
    return PostHead(7, title, category, **{"created_at": "2025-05-03T00:00:00Z", "revision": 3, **fields})


def place(answer: Proposal) -> str:
    """Where a change leads."""
    assert isinstance(answer, Change), answer
    assert list(answer.after) == [ChangeKey.CATEGORY]
    return str(answer.after[ChangeKey.CATEGORY])


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
    assert strip_matching_prefix(glob, category) == rest


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
    assert is_named_exactly(asked, "Users/*") is named


def test_the_root_of_a_glob_is_what_is_written_out() -> None:
    assert [fixed_root(each) for each in ("A/B", "A/*/B", "**", "A/B?/C")] == ["A/B", "A", "", "A"]


# -- move ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "category", "wanted"),
    [
        (MoveRule("C/D", "A/B"), "A/B", "C/D"),
        (MoveRule("C/D", "A/B"), "A/B/x/y", "C/D/x/y"),
        (MoveRule("C/{rest}/D", "A/B"), "A/B/x", "C/x/D"),
        (MoveRule("C/{rest}/D", "A/B"), "A/B", "C/D"),
        (MoveRule("C", "A/*"), "A/B/x", "C"),
        (MoveRule("C/{rest}", "A/*"), "A/B/x", "C/x"),
        (MoveRule("日報/{year}", "日報"), "日報", "日報/2025"),
        (MoveRule("A", "A/B"), "A/B/x", "A/x"),
        (MoveRule("A/B", "A"), "A", "A/B"),
        (MoveRule("C", "**"), "", "C"),
    ],
)
def test_rules_put_posts_where_they_say(rule: MoveRule, category: str, wanted: str) -> None:
    assert place(propose_move(post(category=category), [rule], FOLDERS, TOKYO)) == wanted


@pytest.mark.parametrize(
    ("rule", "category"),
    [
        (MoveRule("C/D", "A/B"), "A/C"),
        (MoveRule("A/B", "A/B"), "A/B"),
        (MoveRule("A/B", "A"), "A/B/x"),
        (MoveRule("日報/{year}", "日報"), "日報/2025/07"),
        (MoveRule("日報/{year}", "日報/*"), "日報/2025/07"),
        (MoveRule("C", title=re.compile("記")), "C/x"),
    ],
)
def test_what_is_there_already_stays(rule: MoveRule, category: str) -> None:
    assert propose_move(post(category=category), [rule], FOLDERS, TOKYO) is None


def test_a_second_run_of_any_of_these_moves_nothing() -> None:
    rules = [MoveRule("A/B", "A"), MoveRule("日報/{year}", "日報"), MoveRule("C/{rest}", "D/*")]
    for category in ("A", "A/x", "日報", "日報/x", "D/e/f", "D/e"):
        once = propose_move(post(category=category), rules, FOLDERS, TOKYO)
        if isinstance(once, Change):
            assert propose_move(post(category=str(once.after[ChangeKey.CATEGORY])), rules, FOLDERS, TOKYO) is None, (
                category
            )


def test_title_and_tag_narrow_a_rule_and_the_first_that_means_a_post_counts() -> None:
    rules = [MoveRule("議事録", title=re.compile("^議事録")), MoveRule("手順", tag="手順"), MoveRule("他", "A")]
    assert place(propose_move(post("議事録 5/3", tags=("手順",)), rules, FOLDERS, TOKYO)) == "議事録"
    assert place(propose_move(post("x", tags=("手順",)), rules, FOLDERS, TOKYO)) == "手順"
    assert place(propose_move(post("x"), rules, FOLDERS, TOKYO)) == "他/B"


def test_the_year_is_that_of_creation_in_the_teams_time_zone_and_the_reason_says_so() -> None:
    found = propose_move(
        post(category="日報", created_at="2024-12-31T15:00:00Z"), [MoveRule("{year}", "日報")], FOLDERS, TOKYO
    )
    assert place(found) == "2025"
    assert isinstance(found, Change)
    assert "年は作成日 2025-01-01 から。" in found.reason
    assert (
        propose_move(post(category="日報", created_at=""), [MoveRule("{year}", "日報")], FOLDERS, TOKYO) == UNKNOWN_YEAR
    )


def test_a_whole_category_is_one_group_and_takes_its_readme_along() -> None:
    rule = MoveRule("C/D", "A/B")
    found = gather_proposals(
        propose_move(each, [rule], FOLDERS, TOKYO) for each in (post(category="A/B/x"), post("README", "A/B/y"), post())
    )
    assert {each.group for each in found.changes} == {"A/B → C/D: 分類を移す規則のため"}
    assert len(found.changes) == 3
    assert propose_move(post("readme"), [MoveRule("C", tag="a"), MoveRule("C", "A/*")], FOLDERS, TOKYO) == places.README


@pytest.mark.parametrize(
    ("category", "rule", "why"),
    [
        ("Users/sato/手順", MoveRule("C", title=re.compile(".")), places.PERSONAL),
        ("Users/sato/手順", MoveRule("C", "**/手順"), places.PERSONAL),
        ("Users/sato/手順", MoveRule("C", "Users/*/手順"), None),
        ("Users/sato", MoveRule("C", "Users/sato"), None),
        ("Templates/日報", MoveRule("C", title=re.compile(".")), places.TEMPLATE),
        ("Archived/A", MoveRule("C", "**"), places.ARCHIVED),
        ("Archived/A", MoveRule("C", "Archived/A"), None),
        ("A/【完了】B ", MoveRule("C", "A/*"), places.SPLIT),
        ("A/【完了】B ", MoveRule("C", "A"), None),
    ],
)
def test_places_that_are_somebodys_or_nobodys_are_left_unless_they_are_named(
    category: str, rule: MoveRule, why: object
) -> None:
    found = propose_move(post(category=category), [rule], FOLDERS, TOKYO)
    assert (found == why) if why is not None else isinstance(found, Change)


def test_a_post_whose_name_was_purged_here_is_left_alone() -> None:
    assert propose_move(post(covered=True), [MoveRule("C", "A")], FOLDERS, TOKYO) == places.SECRET_NAME


# -- retitle ------------------------------------------------------------------------------------


def rule(match: str, to: str, place: str = "") -> RetitleRule:
    return RetitleRule(re.compile(match), to, place)


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
def test_titles_become_what_the_patterns_say_and_no_more(rules: Sequence[RetitleRule], title: str, wanted: str) -> None:
    found = propose_retitle(post(title), rules, FOLDERS)
    assert isinstance(found, Change)
    assert found.kind is Verb.RETITLE
    assert found.before == {ChangeKey.TITLE: title}
    assert found.after == {ChangeKey.TITLE: wanted}


def test_a_pattern_that_only_removes_says_so_in_its_group() -> None:
    found = propose_retitle(post("x 旧"), [rule(" 旧$", "")], FOLDERS)
    assert isinstance(found, Change)
    assert (found.after, found.group) == ({ChangeKey.TITLE: "x"}, " 旧$ → （消す）: 題名の規則")


def test_nothing_is_normalised_that_no_rule_is_about() -> None:
    odd = "【済】 ＡＢＣ　 x "
    assert propose_retitle(post(odd), [rule("障害", "x")], FOLDERS) is None
    found = propose_retitle(post(odd), [rule("x", "y")], FOLDERS)
    assert isinstance(found, Change)
    assert found.after[ChangeKey.TITLE] == "【済】 ＡＢＣ　 y "


@pytest.mark.parametrize(
    ("title", "category", "rules", "why"),
    [
        ("x", "C", [rule("x", "y", "A")], None),
        ("x", "Users/sato", [rule("x", "y")], places.PERSONAL),
        ("x", "Archived/A", [rule("x", "y")], places.ARCHIVED),
        ("README", "A", [rule("^", "x ")], places.README),
        ("B", "A/【完了】A ", [rule("^", "x ")], places.SPLIT),
        ("a" * 256, "A", [rule("b", "c")], TITLE_TOO_LONG),
        ("a" * 200, "A", [rule("(a+)", r"\1\1")], TITLE_TOO_LONG),
    ],
)
def test_titles_that_are_not_meant_stay(title: str, category: str, rules: Sequence[RetitleRule], why: object) -> None:
    assert propose_retitle(post(title, category), rules, FOLDERS) == why


def test_a_rule_that_matches_its_own_result_is_known() -> None:
    assert is_growing(rule("^", "x"), "a")
    assert is_growing(rule("a", "aa"), "a")
    assert not is_growing(rule("^a", "b"), "a")
    assert not is_growing(rule("z", "zz"), "a")


# -- archive ------------------------------------------------------------------------------------


def archived(what: ArchiveRule, **fields: Any) -> Proposal:
    return propose_archive(post(**{"human_at": "2025-11-25T00:00:00Z", **fields}), what, FOLDERS, TODAY, TOKYO)


@pytest.mark.parametrize(
    ("category", "wanted"),
    [("日報/2024", "Archived/日報/2024"), ("", "Archived"), ("Archivedではない", "Archived/Archivedではない")],
)
def test_posts_go_to_the_same_place_below_archived(category: str, wanted: str) -> None:
    assert place(archived(ArchiveRule(days=1), category=category)) == wanted


@pytest.mark.parametrize(
    ("what", "fields", "why"),
    [
        (ArchiveRule(days=366), {}, Change),
        (ArchiveRule(days=367), {}, None),
        (ArchiveRule(days=10), {"human_at": "", "updated_at": "2025-11-25T00:00:00Z"}, Change),
        (ArchiveRule(days=10), {"human_at": ""}, None),
        (ArchiveRule(days=1), {"human_at": "2026-11-25T15:00:00Z"}, None),
        (ArchiveRule("A"), {"category": "A/B"}, Change),
        (ArchiveRule("A"), {"category": "B"}, None),
        (ArchiveRule(title=re.compile("旧")), {"title": "旧手順"}, Change),
        (ArchiveRule(title=re.compile("旧")), {}, None),
        (ArchiveRule(days=1), {"category": "Archived"}, None),
        (ArchiveRule("Archived"), {"category": "Archived/A"}, None),
        (ArchiveRule(days=1), {"category": "Templates/x"}, places.TEMPLATE),
        (ArchiveRule(days=1), {"title": "README"}, places.README),
        (ArchiveRule(days=1), {"category": "Users/sato"}, places.PERSONAL),
        (ArchiveRule("Users/sato"), {"category": "Users/sato"}, Change),
    ],
)
def test_only_what_is_meant_is_archived(what: ArchiveRule, fields: dict[str, Any], why: Any) -> None:
    found = archived(what, **fields)
    assert isinstance(found, Change) if why is Change else found == why


def test_archiving_groups_by_the_place_at_the_top() -> None:
    found = archived(ArchiveRule(days=100), category="日報/2024/05")
    assert isinstance(found, Change)
    assert found.group == "日報 → Archived/日報: 100 日以上編集がないため"
    assert found.reason == "最後の編集は 2025-11-25 です。"
    assert found.kind is Verb.ARCHIVE


@pytest.mark.parametrize(
    ("rule", "category", "leads", "warned"),
    [
        (MoveRule("アーカイブ/日報/{year}", "日報"), "日報/2025/01", "アーカイブ/日報/2025/2025/01", True),
        (MoveRule("アーカイブ/{year}/{rest}", "日報"), "日報/2025", "アーカイブ/2025/2025", True),
        (MoveRule("アーカイブ/日報/{year}", "日報/2025"), "日報/2025/01", "アーカイブ/日報/2025/01", False),
        (MoveRule("アーカイブ/日報/{year}", "日報"), "日報/2024/01", "アーカイブ/日報/2025/2024/01", False),
        (MoveRule("アーカイブ/日報", "日報"), "日報/2025/2025", "アーカイブ/日報/2025/2025", False),
    ],
)
def test_a_year_that_would_stand_twice_in_a_row_is_told_and_left_undecided(
    rule: MoveRule, category: str, leads: str, warned: bool
) -> None:
    answer = propose_move(post(category=category), [rule], FOLDERS, TOKYO)
    assert place(answer) == leads
    assert isinstance(answer, Change)
    assert (answer.warning == "移す先に年（2025）が続けて 2 回入ります") is warned
    assert answer.accept is not warned
