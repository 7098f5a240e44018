"""A plan seen anew: what stays, what goes, and what has to be decided again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from changes.made import SEEN, change, closed, moved, titled
from changes.test_plan_file import plan

from kb.model.plan import Change, Plan, SeenState, Value, Verb, digest_group
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.plan.propose.post import has_secret
from kb.plan.rebase import CurrentTarget, RebasedPlan, RebaseOutcome, rebase
from kb.secrets.mask_document import mask_text

LATER = SeenState("2026-11-25T00:00:00Z", 4)
POST: dict[str, Value] = {"title": "障害", "category": "A", "tags": ("a", "b"), "wip": True}


def renewed(one: Plan, now: Mapping[str, CurrentTarget], *, hides: str = "\0") -> RebasedPlan:
    def secret(each: Change) -> bool:
        return any(hides in str(value) for value in (*each.before.values(), each.title))

    return rebase(one, now.get, "2026-11-26T09:00:00Z", "0.2", secret)


def stands(seen: SeenState = SEEN, **values: Value) -> CurrentTarget:
    return CurrentTarget({**POST, **values}, seen, str(values.get("title", POST["title"])))


def both(**values: tuple[Value, Value]) -> Plan:
    return plan(change("esa:1", Verb.DONE, **values))


ONE = plan(titled(1, "障害", "【完了】障害"))


def only(found: RebasedPlan) -> tuple[Change, RebaseOutcome]:
    assert len(found.outcomes) == 1
    return found.outcomes[0]


def test_where_nothing_happened_the_plan_is_the_same() -> None:
    found = renewed(ONE, {"esa:1": stands()})
    assert found.outcomes == ((ONE.changes[0], RebaseOutcome.KEPT),)
    assert found.plan.changes == ONE.changes
    assert found.plan.digest == ONE.digest
    assert not found.plan.decided


def test_an_edit_elsewhere_renews_what_was_seen_and_keeps_the_decision() -> None:
    one = replace(ONE, changes=tuple(replace(each, accept=False) for each in ONE.changes))
    made, fate = only(renewed(one, {"esa:1": stands(LATER, category="B")}))
    assert fate is RebaseOutcome.RENEWED
    assert made.seen == LATER
    assert not made.accept
    assert made.before == {"title": "障害"}
    assert made.id != ONE.changes[0].id
    assert made.sound
    assert not made.edited


def test_an_edit_of_the_field_itself_is_to_be_decided_again() -> None:
    made, fate = only(renewed(ONE, {"esa:1": stands(LATER, title="障害（訂正）")}))
    assert fate is RebaseOutcome.RESET
    assert not made.accept
    assert made.before == {"title": "障害（訂正）"}
    assert made.after == {"title": "【完了】障害"}
    assert made.title == "障害（訂正）"
    assert "決めてください" in made.warning


@pytest.mark.parametrize("seen", [SEEN, LATER])
def test_what_is_so_already_is_dropped(seen: SeenState) -> None:
    found = renewed(ONE, {"esa:1": stands(seen, title="【完了】障害")})
    assert only(found)[1] is RebaseOutcome.ALREADY
    assert found.plan.changes == ()
    assert parse_plan(render_plan(found.plan), "plan.toml") == found.plan


def test_entities_and_the_order_of_tags_are_no_change() -> None:
    one = plan(titled(1, "A/B #1", "【完了】A/B #1"))
    made, fate = only(renewed(one, {"esa:1": stands(LATER, title="A&#47;B &#35;1")}))
    assert (fate, made.accept) == (RebaseOutcome.RENEWED, True)
    tags = plan(change("esa:1", Verb.MOVE, tags=(("b", "a"), ("c",))))
    assert only(renewed(tags, {"esa:1": stands(LATER)}))[1] is RebaseOutcome.RENEWED


def test_of_two_fields_the_one_that_is_so_already_goes() -> None:
    one = both(title=("障害", "【完了】障害"), category=("A", "B"))
    made, fate = only(renewed(one, {"esa:1": stands(LATER, title="【完了】障害")}))
    assert fate is RebaseOutcome.RENEWED
    assert made.accept
    assert (made.before, made.after) == ({"category": "A"}, {"category": "B"})
    made, fate = only(renewed(one, {"esa:1": stands(LATER, title="【完了】障害", category="C")}))
    assert (fate, made.accept, made.before) == (RebaseOutcome.RESET, False, {"category": "C"})


def test_what_is_gone_is_dropped() -> None:
    found = renewed(ONE, {})
    assert only(found)[1] is RebaseOutcome.GONE
    assert found.plan.changes == ()


def test_what_is_called_by_a_secret_now_is_dropped() -> None:
    found = renewed(ONE, {"esa:1": stands(LATER, title="秘密")}, hides="秘密")
    assert only(found)[1] is RebaseOutcome.SECRET
    assert "秘密" not in render_plan(found.plan)


@pytest.mark.parametrize("seen", [SEEN, LATER])
def test_a_target_whose_title_holds_a_secret_is_dropped(seen: SeenState) -> None:
    """Also where the value became known after the plan was made, and the target is as it was."""
    titled_so = "再起動 パスワード: hunter2Kq9" + "Zw81"
    one = plan(replace(change("esa:1", Verb.MOVE, category=("A", "B")), title=titled_so))
    read = parse_plan(render_plan(one), "plan.toml")
    title = mask_text(titled_so)
    now = CurrentTarget(POST | {"title": title}, seen, title, secret_title=True)
    found = rebase(read, {"esa:1": now}.get, "2026-11-26T09:00:00Z", "0.2", has_secret)
    assert only(found)[1] is RebaseOutcome.SECRET
    assert not found.plan.changes
    assert "hunter2" not in render_plan(found.plan)


def test_edits_by_hand_stay_and_are_still_known() -> None:
    text = render_plan(ONE).replace('"【完了】障害"', '"【完了】障害（決済）"')
    made, fate = only(renewed(parse_plan(text, "plan.toml"), {"esa:1": stands(LATER)}))
    assert fate is RebaseOutcome.RENEWED
    assert made.after == {"title": "【完了】障害（決済）"}
    assert made.edited
    assert made.sound


def test_a_plan_whose_state_was_edited_by_hand_is_sound_again() -> None:
    text = render_plan(ONE).replace("revision = 3", "revision = 77")
    found = renewed(parse_plan(text, "plan.toml", sound=False), {"esa:1": stands()})
    made, fate = only(found)
    assert (fate, made.seen, made.accept) == (RebaseOutcome.RENEWED, SEEN, True)
    assert parse_plan(render_plan(found.plan), "plan.toml") == found.plan
    text = render_plan(ONE).replace('before = {title = "障害"}', 'before = {title = "別の題"}')
    made, fate = only(renewed(parse_plan(text, "plan.toml", sound=False), {"esa:1": stands()}))
    assert (fate, made.accept, made.before) == (RebaseOutcome.RESET, False, {"title": "障害"})


def test_a_group_that_begins_with_the_old_place_begins_with_the_new_one() -> None:
    one = plan(moved(1, "A", "C", group="A → C: 分類を移す規則のため"))
    made, _ = only(renewed(one, {"esa:1": stands(LATER, category="B")}))
    assert made.group == "B → C: 分類を移す規則のため"
    one = plan(moved(1, "A", "C", group="まとめて"))
    assert only(renewed(one, {"esa:1": stands(LATER, category="B")}))[0].group == "まとめて"


def test_tickets_are_seen_by_status_and_time() -> None:
    one = plan(closed(45))
    now = CurrentTarget({"status": "解決", "assignee": ""}, SeenState("2026-11-25T00:00:00Z"), "件")
    made, fate = only(renewed(one, {"redmine:45": now}))
    assert (fate, made.accept, made.seen.revision) == (RebaseOutcome.RENEWED, True, 0)
    made, fate = only(renewed(one, {"redmine:45": replace(now, values={"status": "進行中", "assignee": ""})}))
    assert (fate, made.accept) == (RebaseOutcome.RESET, False)


def test_groups_stay_decided_on_unless_something_in_them_is_to_be_decided_again() -> None:
    changes = [
        titled(1, "障害", "x", group="い"),
        titled(2, "障害", "x", group="い"),
        titled(3, "障害", "x", group="ろ"),
    ]
    one = plan(*changes)
    one = replace(one, reviewed=tuple(digest_group(group, each) for group, each in one.groups()))
    same = {f"esa:{n}": stands(LATER) for n in (1, 2, 3)}
    assert renewed(one, same).plan.reviewed == one.reviewed
    fewer = renewed(one, {key: same[key] for key in ("esa:1", "esa:3")}).plan
    assert len(fewer.reviewed) == 2
    assert set(fewer.reviewed) == {digest_group(group, each) for group, each in fewer.groups()}
    again = renewed(one, {**same, "esa:2": stands(LATER, title="別")}).plan
    assert len(again.reviewed) == 1
    assert renewed(replace(one, reviewed=()), same).plan.reviewed == ()


def test_a_plan_somebody_decided_on_stays_one() -> None:
    one = replace(ONE, changes=tuple(replace(each, accept=False) for each in ONE.changes))
    for now in ({"esa:1": stands()}, {"esa:1": stands(LATER)}):
        found = renewed(one, now).plan
        assert found.decided
        assert parse_plan(render_plan(found), "plan.toml").decided
    assert not renewed(ONE, {"esa:1": stands(LATER, title="別")}).plan.decided


def test_a_second_run_changes_nothing() -> None:
    now = {"esa:1": stands(LATER, title="別")}
    once = renewed(ONE, now).plan
    again = renewed(once, now)
    assert [fate for _, fate in again.outcomes] == [RebaseOutcome.KEPT]
    assert again.plan.changes == once.changes


@pytest.mark.parametrize(
    ("at", "revision", "edited"),
    [
        ("2026-11-19T23:59:59Z", 3, False),
        ("2026-11-20T00:00:00Z", 3, False),
        ("2026-11-20T00:00:00Z", 4, True),
        ("2026-11-20T00:00:01Z", 4, True),
    ],
)
def test_an_edit_within_the_second_a_page_was_seen_in_counts(at: str, revision: int, edited: bool) -> None:
    now = replace(stands(SeenState(SEEN.updated_at, revision)), human_at=at)
    asked: list[bool] = []

    def contradicts(_: Change, edited: bool) -> None:
        asked.append(edited)

    shipped = plan(change("esa:1", Verb.SHIP, wip=(True, False)))
    rebase(shipped, {"esa:1": now}.get, "2026-11-26T09:00:00Z", "0.2", lambda _: False, contradicts)
    assert asked == [edited]
