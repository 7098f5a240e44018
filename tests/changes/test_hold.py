"""Changes that collide when they are proposed: which are held back, and what their warning says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.model.plan import Change, Verb
from kb.plan.collide.board import PostName
from kb.plan.collide.find import find_collisions
from kb.plan.collide.hold_back import PageNames, hold_back_colliding, is_held
from kb.text import lang

FREE = re.compile("題名を「(.*?)」")
DAYS = {1: "2026-03-05", 2: "2026-04-01", 3: "2026-03-05"}


def held(changes: Sequence[Change], places: dict[int, PostName], narrow: set[int] | None = None) -> tuple[Change, ...]:
    return hold_back_colliding(
        changes,
        lambda some: find_collisions(some, places),
        lambda: PageNames(places, narrow or set(), lambda number: DAYS.get(number, "")),
    )


def off(changes: Sequence[Change]) -> list[int]:
    return [each.number for each in changes if not each.accept]


def test_what_collides_with_nothing_stays_as_it_was() -> None:
    plan = [titled(1, "x", "y"), closed(4), change("esa:2", Verb.SHIP, wip=(True, False))]
    assert held(plan, {1: ("a", "x"), 2: ("a", "z")}) == tuple(plan)


def test_of_two_that_would_get_one_name_both_are_held_and_the_rest_is_not() -> None:
    plan = [titled(1, "障害 1", "障害"), titled(2, "障害 2", "障害"), titled(3, "障害 3", "別の障害")]
    found = held(plan, {1: ("a", "障害 1"), 2: ("a", "障害 2"), 3: ("a", "障害 3")})
    assert off(found) == [1, 2]
    assert [each.after for each in found] == [each.after for each in plan]
    assert "esa:2「障害 2」も同じ名前になります" in found[0].warning
    assert "「障害 (2026-03-05)」" in found[0].warning
    assert "「障害 (2026-04-01)」" in found[1].warning
    assert found[0].group == f"{plan[0].group}（名前の重なり）"
    assert (found[2].group, found[2].warning) == (plan[2].group, "")
    assert [is_held(each) for each in found] == [True, True, False]


def test_where_the_name_belongs_to_a_post_that_stays_only_that_one_is_held() -> None:
    plan = [moved(1, "a", "c"), moved(2, "b", "c")]
    found = held(plan, {1: ("a", "x"), 2: ("b", "y"), 7: ("c", "y")})
    assert off(found) == [2]
    assert "同じ名前の記事があります（esa:7「y」）" in found[1].warning
    assert "先に題名を「y (2026-04-01)」に変えれば移せます" in found[1].warning


def test_a_free_title_is_free_in_the_team_in_the_plan_and_among_the_proposals() -> None:
    places = {1: ("a", "x"), 3: ("a", "z"), 7: ("a", "y"), 8: ("a", "y (2026-03-05)"), 9: ("a", "w")}
    plan = [titled(1, "x", "y"), titled(3, "z", "y"), titled(9, "w", "y (2026-03-05-2)")]
    found = held(plan, places)
    assert "「y (2026-03-05-3)」" in found[0].warning
    assert "「y (2026-03-05-4)」" in found[1].warning
    assert off(found) == [1, 3]


def test_without_a_day_and_where_the_title_has_it_a_number_is_appended() -> None:
    found = held([titled(5, "x", "y")], {5: ("a", "x"), 7: ("a", "y"), 8: ("a", "y (2)")})
    assert "「y (3)」" in found[0].warning
    found = held([titled(1, "x", "y 2026-03-05")], {1: ("a", "x"), 7: ("a", "y 2026-03-05")})
    assert "「y 2026-03-05 (2)」" in found[0].warning


def test_a_title_is_no_longer_than_esa_takes() -> None:
    long = "あ" * 255
    (found,) = held([titled(1, "x", long)], {1: ("a", "x"), 7: ("a", long)})
    assert "あ" * 242 + " (2026-03-05)" in found.warning
    assert "あ" * 243 + " (2026-03-05)" not in found.warning


def test_a_circle_and_what_waits_for_it_are_held() -> None:
    circle = [titled(1, "x", "y", Verb.DONE), titled(2, "y", "x", Verb.DONE)]
    plan = [*circle, titled(3, "w", "v"), titled(4, "q", "w")]
    found = held(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", "w"), 4: ("a", "q")})
    assert off(found) == [1, 2]
    assert "esa:2「y」の名前が空くのを待ちます" in found[0].warning


def test_what_waits_for_one_that_is_held_is_held_too() -> None:
    plan = [titled(1, "x", "w"), titled(2, "w", "y"), titled(4, "q", "r")]
    found = held(plan, {1: ("a", "x"), 2: ("a", "w"), 4: ("a", "q"), 7: ("a", "y")})
    assert off(found) == [1, 2]
    assert "esa:2「w」がこの名前で、その変更を送れません" in found[0].warning


def test_what_nobody_is_sure_of_lets_no_accepted_change_collide() -> None:
    plan = [titled(1, "x", "y"), replace(titled(2, "z", "y"), accept=False, warning="迷い。")]
    found = held(plan, {1: ("a", "x"), 2: ("a", "z")})
    assert off(found) == [2]
    assert found[1].warning.startswith("迷い。 esa:1「x」も同じ名前になります。")
    assert is_held(found[1])


def test_what_not_everybody_may_read_is_called_by_its_number() -> None:
    found = held([titled(1, "x", "y")], {1: ("a", "x"), 7: ("a", "y")}, {7})
    assert "（esa:7）" in found[0].warning


def test_a_secret_and_what_nobody_sees_in_the_other_title_are_not_repeated() -> None:
    value = "hunter2Kq9" + "Zw81"
    other = f"パスワード: {value}\u202e"
    found = held([titled(1, "x", "y"), titled(2, other, "y")], {1: ("a", "x"), 2: ("a", other)})
    assert value not in found[0].warning
    assert "\u202e" not in found[0].warning


def test_contradictions_say_what_is_the_matter_and_moves_into_what_moves_away_go() -> None:
    found = held([titled(1, "x", "y"), titled(1, "x", "z", Verb.DONE)], {1: ("a", "x")})
    assert off(found) == [1, 1]
    assert "esa:1 の題名を、2 件の変更が別々の値にしようとしています" in found[0].warning
    swept = [moved(1, "a", "b"), moved(2, "a", "b"), moved(3, "c", "a")]
    found = held(swept, {1: ("a", "x"), 2: ("a", "y"), 3: ("c", "z")})
    assert off(found) == []


def test_english_says_the_same() -> None:
    lang.set_language("en")
    found = held([titled(1, "x", "y")], {1: ("a", "x"), 7: ("a", "y")})
    assert found[0].group.endswith(" (name taken)")
    assert found[0].warning == ('esa:7 "y" has this name. With the title "y (2026-03-05)" in after it can be sent.')


places = st.dictionaries(st.integers(1, 8), st.tuples(st.sampled_from("ab"), st.sampled_from("xyz")), min_size=1)


@pytest.mark.parametrize("accept", [True, False])
@settings(deadline=None)
@given(st.data())
def test_what_is_left_never_collides_and_every_free_title_is_free(accept: bool, data: st.DataObject) -> None:
    where = data.draw(places)
    plan = [
        replace(titled(number, where[number][1], data.draw(st.sampled_from("xyzw"))), accept=accept or number % 2 == 0)
        for number in where
    ]
    found = held(plan, where)
    left = [each for each in found if each.accept]
    assert find_collisions(left, where).refused == ()
    assert {each.target for each in left} <= {each.target for each in plan if each.accept}
    for each in found:
        assert bool(each.warning) == is_held(each)
    renamed = [
        replace(each, accept=True, after={"title": FREE.search(each.warning)[1]}) for each in found if each.warning
    ]  # type: ignore[index]
    assert find_collisions([*left, *renamed], where).refused == ()
