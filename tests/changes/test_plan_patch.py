"""Decisions put into a plan's text: what a person wrote there stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes.made import closed, moved, titled

from kb.model.plan import Plan, digest_group, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.patch import patch_decisions
from kb.plan.file.render import render_plan


@pytest.fixture
def plan() -> Plan:
    changes = [
        moved(1, "Users/ono", "手順", group="個人 → 手順"),
        moved(2, "Users/ono", "手順", group="個人 → 手順"),
        titled(3, "x", "[済] y", group="[題名] を直す"),
        replace(closed(4), note="完了を確認しました。\n閉じます。"),
    ]
    return new_plan("docs", "2026-11-26T00:00:00Z", "1.0", changes)


def decided(plan: Plan, number: int, accept: bool) -> Plan:
    return replace(
        plan, changes=tuple(replace(each, accept=accept) if each.number == number else each for each in plan.changes)
    )


def marks(plan: Plan) -> tuple[str, ...]:
    return tuple(digest_group(group, changes) for group, changes in plan.groups())


def test_one_decision_is_one_line(plan: Plan) -> None:
    before, then = render_plan(plan), decided(plan, 2, False)
    after = patch_decisions(before, plan, then)
    assert after == render_plan(then)
    lines = zip(before.splitlines(), after.splitlines(), strict=True)
    assert [(one, other) for one, other in lines if one != other] == [("accept = true", "accept = false")]


def test_comments_and_order_of_a_person_stay(plan: Plan) -> None:
    text = render_plan(plan).replace("[[change]]", "# 大野: 月曜に確認\n[[change]]", 1)
    text = text.replace("\naccept = true", "\naccept = true # 要相談")
    then = replace(decided(decided(plan, 1, False), 2, False), reviewed=marks(plan)[:1])
    after = patch_decisions(text, plan, then)
    assert "# 大野: 月曜に確認\n[[change]]" in after
    assert after.count("accept = false # 要相談") == 2
    assert parse_plan(after, "plan.toml") == then


def test_marks_come_and_go_in_place_whatever_the_groups_are_called(plan: Plan) -> None:
    text, now = render_plan(plan), plan
    for reviewed in (marks(plan)[1:2], marks(plan), marks(plan)[:1], (), marks(plan)[2:]):
        then = replace(plan, reviewed=reviewed)
        text, now = patch_decisions(text, now, then), then
        assert parse_plan(text, "plan.toml") == then
        assert text == render_plan(then)


def test_marks_a_person_wrote_on_one_line_are_taken_over(plan: Plan) -> None:
    one, two = marks(plan)[:2]
    text = render_plan(plan).replace("\n# ──", f'reviewed = ["{one}", "{two}"]\n\n# ──', 1)
    now = parse_plan(text, "plan.toml")
    assert now.reviewed == (one, two)
    after = patch_decisions(text, now, replace(now, reviewed=(*now.reviewed, marks(plan)[2])))
    assert parse_plan(after, "plan.toml").reviewed == marks(plan)[:3]


def test_an_edit_of_after_and_note_is_a_line_each(plan: Plan) -> None:
    changes = tuple(
        replace(each, note="閉じます。") if each.number == 4 else replace(each, after={"category": "運用"})
        if each.number == 1 else each for each in plan.changes
    )  # fmt: skip
    then = replace(plan, changes=changes)
    after = patch_decisions(render_plan(plan), plan, then)
    found = parse_plan(after, "plan.toml")
    assert found == then
    assert [each.edited for each in found.changes] == [each.number in (1, 4) for each in plan.changes]


def test_a_file_with_windows_line_ends_keeps_them(plan: Plan) -> None:
    text = render_plan(plan).replace("\n", "\r\n")
    after = patch_decisions(text, plan, replace(decided(plan, 1, False), reviewed=marks(plan)))
    assert [each.number for each in parse_plan(after, "plan.toml").accepted] == [3, 2, 4]
    assert after.count("\n") == after.count("\r\n")


@pytest.mark.parametrize("laid_out", ["without the line", "after the values", "on one line"])
def test_a_file_laid_out_otherwise_is_written_anew(plan: Plan, laid_out: str) -> None:
    text = render_plan(plan)
    if laid_out == "without the line":
        text = text.replace("accept = true\n", "")
    elif laid_out == "after the values":
        text = text.replace("accept = true\n", "").replace('kind = "move"', 'kind = "move"\n"accept" = true')
    else:
        text = text.replace("after = ", '"after" = ')
    now = parse_plan(text, "plan.toml")
    then = replace(decided(now, 1, False), reviewed=marks(now)[:1])
    then = replace(then, changes=tuple(replace(e, after={"title": "z"}) if e.number == 3 else e for e in then.changes))
    assert parse_plan(patch_decisions(text, now, then), "plan.toml") == then


def test_a_mark_of_a_group_that_got_another_target_counts_no_more(plan: Plan) -> None:
    reviewed = replace(plan, reviewed=marks(plan))
    more = new_plan("docs", plan.created, "1.0", [*plan.changes, moved(9, "Users/ono", "手順", group="個人 → 手順")])
    undecided = [mark for mark in marks(more) if mark not in reviewed.reviewed]
    assert len(undecided) == 1


def test_a_group_once_decided_counts_as_a_persons_decision(plan: Plan) -> None:
    assert not plan.decided
    assert replace(plan, reviewed=marks(plan)[:1]).decided
