"""What changes of a plan do to one another: which are refused, which are only said, which go first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled

from kb.model.plan import Change, Verb, merge_values, new_plan
from kb.plan.collide.board import CollisionKind, Collisions, NameBoard, PostName
from kb.plan.collide.find import find_collisions, find_ticket_dependencies, sort_for_sending
from kb.text import lang


def refused(found: Collisions) -> list[tuple[CollisionKind, tuple[str, ...]]]:
    return [(each.kind, each.changes) for each in found.refused]


def said(found: Collisions) -> list[CollisionKind]:
    return [each.kind for each in found.remarks]


def targets(order: tuple[Change, ...]) -> list[int]:
    return [each.number for each in order]


# -- names -----------------------------------------------------------------------------------------


def test_moves_into_free_names_collide_with_nothing() -> None:
    places = {1: ("a", "x"), 2: ("a", "y"), 3: ("b", "z")}
    found = find_collisions([moved(1, "a", "b"), titled(2, "y", "w")], places)
    assert found == Collisions()


def test_two_posts_that_would_have_one_name_are_refused() -> None:
    one, two = moved(1, "a", "c"), moved(2, "b", "c")
    found = find_collisions([one, two], {1: ("a", "手順"), 2: ("b", "手順")})
    assert refused(found) == [(CollisionKind.SAME_NAME, (one.own_id, two.own_id))]
    assert "「c/手順」" in found.refused[0].what.ja
    assert "esa:1、esa:2" in found.refused[0].what.ja


def test_a_name_that_a_staying_post_has_is_refused() -> None:
    one = titled(1, "x", "y")
    found = find_collisions([one], {1: ("a", "x"), 7: ("a", "y"), 8: ("b", "y")})
    assert refused(found) == [(CollisionKind.TAKEN, (one.own_id,))]
    assert "esa:7" in found.refused[0].what.en


def test_a_post_that_is_touched_but_stays_keeps_its_name() -> None:
    shipped = change("esa:7", Verb.SHIP, wip=(True, False))
    found = find_collisions([titled(1, "x", "y"), shipped], {1: ("a", "x"), 7: ("a", "y")})
    assert [kind for kind, _ in refused(found)] == [CollisionKind.TAKEN]


def test_title_and_category_of_one_post_are_weighed_together() -> None:
    """Decided one by one, sent in one request: no name in between exists."""
    plan = [titled(1, "x", "y"), moved(1, "a", "b")]
    assert find_collisions(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("b", "x")}).refused == ()
    assert [kind for kind, _ in refused(find_collisions(plan, {1: ("a", "x"), 3: ("b", "y")}))] == [CollisionKind.TAKEN]


def test_a_name_that_does_not_change_is_no_move() -> None:
    assert find_collisions([moved(1, "a/", "a")], {1: ("a", "x"), 2: ("b", "x")}).refused == ()


def test_esa_entities_and_what_they_stand_for_are_one_name() -> None:
    found = find_collisions([titled(1, "x", "A/B")], {1: ("a", "x"), 2: ("a", "A&#47;B")})
    assert [kind for kind, _ in refused(found)] == [CollisionKind.TAKEN]


def test_a_free_name_is_waited_for() -> None:
    plan = [titled(1, "x", "y"), titled(2, "y", "z"), titled(3, "z", "w")]
    found = find_collisions(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", "z")})
    assert refused(found) == []
    assert said(found) == [CollisionKind.CHAIN]
    assert found.remarks[0].changes == (plan[0].own_id, plan[1].own_id)
    assert targets(sort_for_sending(plan, found.waits)) == [3, 2, 1]


@pytest.mark.parametrize("size", [2, 3, 9])
def test_posts_that_wait_for_each_other_are_refused_and_named_where_none_can_step_aside(size: int) -> None:
    plan = [titled(number, f"t{number}", f"t{(number + 1) % size}", Verb.DONE) for number in range(size)]
    plan = [replace(each, target=f"esa:{each.number + 1}") for each in plan]
    found = find_collisions(plan, {number + 1: ("a", f"t{number}") for number in range(size)})
    assert [kind for kind, _ in refused(found)] == [CollisionKind.CYCLE]
    assert set(found.refused[0].changes) == {each.own_id for each in plan}
    assert "esa:1 → esa:2" in found.refused[0].what.ja


def test_who_waits_for_a_refused_change_is_refused_too() -> None:
    plan = [titled(1, "x", "y"), titled(2, "y", "z"), titled(4, "q", "r")]
    found = find_collisions(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", "z"), 4: ("a", "q")})
    assert refused(found) == [(CollisionKind.TAKEN, (plan[1].own_id,)), (CollisionKind.STUCK, (plan[0].own_id,))]
    assert found.refused_ids == {plan[0].own_id, plan[1].own_id}


def test_who_waits_for_a_circle_is_stuck_behind_it() -> None:
    plan = [titled(1, "x", "y"), titled(2, "y", "x"), moved(3, "b", "a")]
    found = find_collisions(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("b", "y"), 4: ("c", "y")})
    # esa:3 wants a/y, and so does esa:1: the name is contested before anybody waits
    assert [kind for kind, _ in refused(found)] == [CollisionKind.SAME_NAME, CollisionKind.STUCK]
    circle = [titled(1, "x", "y", Verb.DONE), titled(2, "y", "x", Verb.DONE)]  # each is read again before it is sent
    plan = [*circle, titled(3, "z", "w"), moved(5, "b", "a")]
    found = find_collisions(plan, {1: ("a", "x"), 2: ("a", "y"), 3: ("a", "z"), 5: ("b", "z")})
    assert refused(found) == [(CollisionKind.CYCLE, (plan[0].own_id, plan[1].own_id))]
    assert targets(sort_for_sending([plan[3], plan[2]], found.waits)) == [3, 5]


def test_a_circle_through_the_second_of_two_posts_of_one_name_is_found() -> None:
    plan = [titled(1, "x", "free"), titled(2, "x", "y"), titled(3, "y", "x")]  # two are called x as it is
    found = find_collisions(plan, {1: ("a", "x"), 2: ("a", "x"), 3: ("a", "y")})
    assert refused(found) == [(CollisionKind.CYCLE, (plan[1].own_id, plan[2].own_id))]


def test_a_post_that_is_not_mirrored_is_said_to_be_unknown() -> None:
    one, both = titled(1, "x", "y"), change("esa:2", Verb.DONE, title=("a", "b"), category=("c", "d"))
    found = find_collisions([one, both], {3: ("d", "b")})
    assert [(each.kind, each.changes) for each in found.remarks] == [(CollisionKind.UNKNOWN, (one.own_id,))]
    assert refused(found) == [(CollisionKind.TAKEN, (both.own_id,))]  # its whole name stands in the change


# -- one field, two values -------------------------------------------------------------------------


def test_two_changes_that_want_different_things_of_one_field_are_refused() -> None:
    one, two = titled(1, "x", "【完了】x", Verb.DONE), titled(1, "x", "X")
    found = find_collisions([one, two], {1: ("a", "x")})
    assert refused(found) == [(CollisionKind.CONTRADICTION, (one.own_id, two.own_id))]


def test_two_changes_that_want_the_same_agree() -> None:
    assert find_collisions([titled(1, "x", "y", Verb.DONE), titled(1, "x", "y")], {1: ("a", "x")}).refused == ()


def test_a_field_that_stays_contradicts_nobody() -> None:
    done = change("esa:1", Verb.DONE, title=("x", "【完了】x"), category=("a", "a"))
    assert find_collisions([done, moved(1, "a", "b")], {1: ("a", "x")}).refused == ()


def test_what_redmine_closes_along_may_not_be_wanted_otherwise() -> None:
    original = replace(closed(1), along=("redmine:2",))
    reopened = change("redmine:2", Verb.CLOSE, status=("解決", "却下"))
    assert [kind for kind, _ in refused(find_collisions([original, reopened], {}))] == [CollisionKind.CONTRADICTION]
    assert find_collisions([original, closed(2)], {}).refused == ()


# -- categories ------------------------------------------------------------------------------------


def test_a_move_into_a_category_that_moves_away_is_said_and_sent() -> None:
    whole = [moved(1, "運用/手順", "基盤/手順"), moved(2, "運用/手順/夜間", "基盤/手順/夜間")]
    into = moved(3, "メモ", "運用/手順/夜間")
    places = {1: ("運用/手順", "a"), 2: ("運用/手順/夜間", "b"), 3: ("メモ", "c"), 4: ("運用", "d")}
    found = find_collisions([*whole, into], places)
    assert refused(found) == []
    assert [(each.kind, each.changes) for each in found.remarks] == [(CollisionKind.MOVED, (into.own_id,))]
    assert "「運用/手順」は「基盤/手順」へ" in found.remarks[0].what.ja
    assert (
        find_collisions([*whole, into], {**places, 9: ("運用/手順", "残る")}) == Collisions()
    )  # it stays a place to be


def test_categories_that_change_places_are_said_and_sent() -> None:
    """The names in a chain wait; a swap of other titles waits for nothing."""
    swap = [*(moved(n, "A", "B") for n in (1, 2)), *(moved(n, "B", "A") for n in (3, 4))]
    found = find_collisions(swap, {1: ("A", "a"), 2: ("A", "b"), 3: ("B", "c"), 4: ("B", "d")})
    assert (refused(found), said(found), found.waits) == ([], [CollisionKind.MOVED] * 2, ())
    chain = [*(moved(n, "A", "B") for n in (1, 2)), *(moved(n, "B", "C") for n in (3, 4))]
    found = find_collisions(chain, {1: ("A", "a"), 2: ("A", "b"), 3: ("B", "a"), 4: ("B", "b")})
    assert (refused(found), said(found)) == ([], [CollisionKind.MOVED, CollisionKind.CHAIN])
    assert targets(sort_for_sending(chain, found.waits)) == [3, 1, 4, 2]


def test_pages_that_change_places_one_by_one_are_no_moved_category() -> None:
    """A year that was read wrongly: one page leaves for 2025 while others come."""
    plan = [
        moved(1, "対応完了/2026", "対応完了/2025", Verb.DONE),
        moved(2, "対応完了/2026", "対応完了/2025", Verb.DONE),
        moved(3, "不具合", "対応完了/2026", Verb.DONE),
    ]
    assert (
        find_collisions(plan, {1: ("対応完了/2026", "a"), 2: ("対応完了/2026", "b"), 3: ("不具合", "c")}).refused == ()
    )


def test_archived_and_personal_pages_are_said() -> None:
    plan = [
        moved(1, "Archived/a", "a"),
        moved(2, "Users/ono/メモ", "手順"),
        moved(3, "Users/me", "手順"),
        moved(4, "a", "Archived/a", Verb.ARCHIVE),
        change("esa:5", Verb.SHIP, wip=(True, False)),
    ]
    places = {each.number: (str(each.before.get("category", "Users/imai")), f"t{each.number}") for each in plan}
    found = find_collisions(plan, places, me="me")
    assert [(each.kind, each.changes) for each in found.remarks] == [
        (CollisionKind.ARCHIVED, (plan[0].own_id,)),
        (CollisionKind.PERSONAL, (plan[1].own_id, plan[4].own_id)),
    ]
    assert "Users/imai、Users/ono" in found.remarks[1].what.ja


@pytest.mark.parametrize(("title", "expected"), [("A/B", True), ("C #1", True), ("C#", True), ("普通の題名", False)])
def test_a_title_that_esa_would_take_apart_is_said_to_be_sent_escaped(title: str, expected: bool) -> None:
    found = find_collisions([titled(1, "x", title)], {1: ("a", "x")})
    assert said(found) == ([CollisionKind.SPELLING] if expected else [])
    assert found.refused == ()


def test_undoing_says_nothing_of_folders() -> None:
    back = moved(1, "手順", "Users/ono", Verb.UNDO)
    assert find_collisions([back], {1: ("手順", "x")}).remarks == ()


# -- many ------------------------------------------------------------------------------------------


def test_of_fifty_thousand_posts_only_names_that_matter_are_kept() -> None:
    def stream() -> Iterator[tuple[int, PostName]]:
        return ((number, (f"分類/{number % 97}", f"題{number}")) for number in range(1, 50_001))

    plan = [titled(1, "題1", "題98"), moved(2, "分類/2", "新しい分類")]
    assert [kind for kind, _ in refused(find_collisions(plan, stream()))] == [CollisionKind.TAKEN]
    board = NameBoard({each.number: [each] for each in plan}, {each.number: merge_values([each]) for each in plan})
    board.look(stream())
    assert board.staying == {("分類/1", "題98"): 98}
    assert set(board.known) == {1, 2}


def test_a_chain_of_thousands_goes_last_first() -> None:
    """Pages numbered anew: each takes the name of the one behind it."""
    count = 3000
    plan = [titled(number, f"手順{number}", f"手順{number + 1}") for number in range(1, count + 1)]
    found = find_collisions(plan, ((number, ("a", f"手順{number}")) for number in range(1, count + 1)))
    assert found.refused == ()
    order = sort_for_sending(plan, found.waits)
    names = {each.number: f"手順{each.number}" for each in plan}
    for each in order:
        names[each.number] = str(merge_values([each])["title"])
        assert names.get(each.number + 1) != names[each.number]
    assert targets(order) == list(range(count, 0, -1))


# -- the order -------------------------------------------------------------------------------------


def test_without_reasons_the_order_is_that_of_the_plan() -> None:
    plan = new_plan("docs", "", "", [moved(3, "a", "b"), titled(2, "x", "y"), moved(1, "a", "c"), closed(9)]).changes
    assert sort_for_sending(plan) == plan


def test_changes_of_one_target_stay_together() -> None:
    plan = [titled(1, "x", "y"), moved(2, "a", "b"), moved(1, "a", "c")]
    assert targets(sort_for_sending(plan)) == [1, 1, 2]


def test_children_and_blockers_close_before_who_needs_them_closed() -> None:
    plan = [closed(number) for number in (1, 2, 3, 4)]
    first = {1: (2, 3), 2: (4,), 3: (99,)}
    assert targets(sort_for_sending(plan, find_ticket_dependencies(plan, first))) == [4, 2, 3, 1]


def test_parents_reopen_before_their_children() -> None:
    plan = [change(f"redmine:{number}", Verb.UNDO, status=("終了", "解決")) for number in (2, 4, 1)]
    first = {1: (2,), 2: (4,)}
    for names in ((), ("終了", "却下")):
        assert targets(sort_for_sending(plan, find_ticket_dependencies(plan, first, names))) == [1, 2, 4]


def test_undoing_an_undoing_closes_children_first() -> None:
    plan = [change(f"redmine:{number}", Verb.UNDO, status=("解決", "終了")) for number in (1, 2)]
    assert targets(sort_for_sending(plan, find_ticket_dependencies(plan, {1: (2,)}, ("終了",)))) == [2, 1]


def test_tickets_whose_status_stays_wait_for_nobody() -> None:
    plan = [change(f"redmine:{number}", Verb.REASSIGN, assignee=("", "佐藤 #7")) for number in (1, 2)]
    assert list(find_ticket_dependencies(plan, {1: (2,)})) == []
    assert list(find_ticket_dependencies([*plan[:1], closed(2)], {1: (2,)})) == []


def test_a_circle_still_gives_every_target_once() -> None:
    plan = [moved(number, "a", "b") for number in (1, 2, 3)]
    waits = [("esa:1", "esa:2"), ("esa:2", "esa:1"), ("esa:3", "esa:1"), ("esa:3", "esa:2")]
    assert sorted(targets(sort_for_sending(plan, waits))) == [1, 2, 3]


def test_what_is_said_is_said_in_both_languages_and_blames_nobody() -> None:
    plan = [
        titled(1, "x", "y", Verb.DONE), titled(2, "y", "x", Verb.DONE), moved(3, "a", "b"), moved(4, "c", "b"),
        titled(5, "m", "n"), titled(5, "m", "o/p"), moved(6, "Users/ono", "Archived/q"), titled(8, "s", "taken"),
        titled(10, "k", "l"), titled(11, "l", "k"),
    ]  # fmt: skip
    places = {
        1: ("a", "x"), 2: ("a", "y"), 3: ("a", "s"), 4: ("c", "s"), 5: ("a", "m"), 6: ("Users/ono", "t"),
        8: ("z", "s"), 9: ("z", "taken"), 10: ("y", "k"), 11: ("y", "l"),
    }  # fmt: skip
    found = find_collisions(plan, places)
    assert (len(found.refused), found.swaps) == (4, ((10, 11),))
    for each in (*found.refused, *found.remarks):
        for words in filter(None, (each.what, each.next_step)):
            assert words.ja.endswith("。")
            assert words.en.endswith(".")
            assert "ください" in words.ja or words is each.what
            assert "間違" not in words.ja
            lang.set_language("en")
            assert str(words) == words.en
            lang.set_language("ja")
