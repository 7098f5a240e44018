"""Limits say the number measured, the most there may be, and the flag that states the number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled

from kb.model.plan import Change, Verb
from kb.plan.limits import Limit, find_exceeded_limits
from kb.settings.plan_tables import PlanSettings
from kb.settings.workspace import parse_settings


def many(count: int, category: str = "運用/手順") -> list[Change]:
    return [moved(number, category, "新") for number in range(1, count + 1)]


def passed(changes: list[Change], sizes: dict[str, int], allow: int = 0) -> list[Limit]:
    return [each.limit for each in find_exceeded_limits(changes, sizes, allow)]


def test_two_hundred_pass_and_one_more_is_refused_with_both_numbers() -> None:
    sizes = {"運用": 10_000}
    assert find_exceeded_limits(many(200), sizes) == ()
    (refusal,) = find_exceeded_limits(many(201), sizes)
    assert refusal.limit is Limit.CHANGES
    for words in (refusal.what.ja, refusal.what.en):
        assert "201" in words
        assert "200" in words
    assert "--allow 201" in refusal.next_step.ja
    assert "--allow 201" in refusal.next_step.en


@pytest.mark.parametrize(("allow", "expected"), [(0, 1), (339, 1), (340, 0), (1000, 0)])
def test_the_flag_must_state_all_of_the_changes(allow: int, expected: int) -> None:
    assert len(find_exceeded_limits(many(340), {"運用": 10_000}, allow)) == expected


def test_several_changes_of_one_post_are_one_write() -> None:
    plan = [*many(150), *(titled(number, "x", "y") for number in range(1, 151))]
    assert find_exceeded_limits(plan, {"運用": 10_000}) == ()


def test_what_would_set_nothing_is_no_write() -> None:
    plan = [*many(200), *(moved(number, "a", "a") for number in range(300, 400))]
    assert find_exceeded_limits(plan, {"運用": 10_000}) == ()


@pytest.mark.parametrize(
    ("count", "size", "refused"),
    [(30, 100, False), (31, 100, True), (20, 20, False), (21, 21, True), (21, 69, True), (21, 70, False)],
)
def test_a_third_of_a_category_is_too_much_but_not_of_a_small_one(count: int, size: int, refused: bool) -> None:
    assert passed(many(count), {"運用": size}) == ([Limit.SHARE] if refused else [])


def test_a_category_nobody_counted_counts_as_all_changed() -> None:
    assert passed(many(25), {}) == [Limit.SHARE]


def test_posts_without_a_category_are_no_share_of_one() -> None:
    assert passed(many(100, ""), {}) == []


def test_where_a_change_does_not_tell_the_category_others_may() -> None:
    plan = [titled(number, "x", "y") for number in range(1, 51)]
    assert find_exceeded_limits(plan, {"運用": 100}) == ()
    places = {f"esa:{number}": "運用/夜間" for number in range(1, 51)}
    (refusal,) = find_exceeded_limits(plan, {"運用": 100}, categories=places)
    assert refusal.limit is Limit.SHARE
    assert "「運用」の記事 100 件のうち 50 件（50 %）を変更しようとしています（上限は 30 %）" in refusal.what.ja


@pytest.mark.parametrize(("count", "refused"), [(20, False), (21, True)])
def test_more_than_twenty_posts_leave_wip_only_when_told(count: int, refused: bool) -> None:
    plan = [change(f"esa:{number}", Verb.SHIP, wip=(True, False)) for number in range(1, count + 1)]
    back = [change(f"esa:{number + 100}", Verb.UNDO, wip=(False, True)) for number in range(count)]
    assert passed([*plan, *back], {}) == ([Limit.SHIPPED] if refused else [])


@pytest.mark.parametrize(("count", "refused"), [(50, False), (51, True)])
def test_more_than_fifty_tickets_close_only_when_told(count: int, refused: bool) -> None:
    assert passed([closed(number) for number in range(1, count + 1)], {}) == ([Limit.CLOSED] if refused else [])


def test_tickets_redmine_closes_along_are_counted() -> None:
    plan = [closed(number) for number in range(1, 51)]
    plan[0] = replace(plan[0], along=("redmine:900", "redmine:2"))
    (refusal,) = find_exceeded_limits(plan, {})
    assert refusal.limit is Limit.CLOSED
    assert "51 件のチケット" in refusal.what.ja
    assert "--allow 50" in refusal.next_step.ja  # the number of writes, as everywhere


def test_several_limits_are_told_at_once() -> None:
    plan = [change(f"esa:{number}", Verb.SHIP, wip=(True, False)) for number in range(1, 251)]
    places = {f"esa:{number}": "メモ" for number in range(1, 251)}
    found = find_exceeded_limits(plan, {"メモ": 250}, categories=places)
    assert [each.limit for each in found] == [Limit.CHANGES, Limit.SHARE, Limit.SHIPPED]
    assert len({each.next_step for each in found}) == 1


def test_the_team_decides_its_own_numbers() -> None:
    plan = many(21)
    assert [
        each.limit
        for each in find_exceeded_limits(plan, {"運用": 20}, limits=PlanSettings(most_changes=10, most_share=50))
    ] == [
        Limit.CHANGES,
        Limit.SHARE,
    ]


def test_kb_toml_names_the_limits() -> None:
    plan = parse_settings("[plan]\nmost_changes = 500\nmost_share = 60\nmost_shipped = 40\nmost_closed = 80\n").plan
    assert (plan.most_changes, plan.most_share, plan.most_shipped, plan.most_closed) == (500, 60, 40, 80)
    usual = parse_settings("").plan
    assert (usual.most_changes, usual.most_share, usual.most_shipped, usual.most_closed) == (200, 30, 20, 50)
