"""A thousand changes of a team that tidies up, proposed by kb's own verbs: reviewed in under forty decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from changes.made import moved

from kb.commands.change.review.sitting import ReviewCounts, ReviewSession
from kb.execute.plan_store import PlanFile
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan, digest_group, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.plan.groups import MAX_QUESTIONS, bundle_groups
from kb.plan.propose.by_rule import ArchiveRule, MoveRule, RetitleRule, propose_archive, propose_move, propose_retitle
from kb.plan.propose.done import DoneSign, IncidentPost, propose_done
from kb.plan.propose.post import PostHead, Proposal
from kb.plan.propose.ship import PostContent, ShipRule, propose_ship

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 26)
RULES = (
    MoveRule("議事録/{year}", "Users/*/議事録"),
    MoveRule("運用/手順", "Users/*/手順"),
    MoveRule("障害/調査メモ", "Users/*/メモ"),
    MoveRule("運用/手順書", "手順書"),
)
TITLES = (RetitleRule(re.compile(r"^\[設計\]\s*"), "【設計】", "設計"), RetitleRule(re.compile(r"\s+$"), "", "設計"))


def team() -> Iterator[PostHead]:
    """Forty people's folders, incidents of eight years, and what has gathered besides."""
    number = 0

    def post(title: str, category: str, *, wip: bool = False) -> PostHead:
        nonlocal number
        number += 1
        made_on = f"{2019 + number % 8}-0{number % 9 + 1}-10T00:00:00Z"
        return PostHead(
            number, f"{title} {number}", category, wip=wip, author=f"u{number % 40:02}", created_at=made_on,
            human_at="2022-01-01T00:00:00Z", updated_at="2023-01-01T00:00:00Z", revision=2,
        )  # fmt: skip

    for n in range(450):
        kind = ("メモ", "手順", "議事録")[n % 3]
        yield post(kind, f"Users/u{n % 40:02}/{kind}")
    for n in range(200):
        yield post("接続できない", f"不具合共有/{2019 + n % 8}")
    for n in range(150):
        yield post("再起動の手順", f"手順書/{('インフラ', 'アプリ', '夜間')[n % 3]}")
    for n in range(120):
        yield post("書きかけ", f"検討/案{n % 25}", wip=True)
    for n in range(60):
        yield post("[設計] 通知", f"設計/{n % 6}")
    for n in range(60):
        yield post("古い資料", f"旧資料/{n % 10}")


def proposed() -> Iterator[Proposal]:
    for post in team():
        yield propose_move(post, RULES, ["Users/*"], TOKYO)
        yield propose_retitle(post, TITLES)
        yield propose_archive(post, ArchiveRule("旧資料", 365), ["Users/*"], TODAY, TOKYO)
        yield propose_ship(post, ShipRule(place="検討"), lambda _: PostContent.TEXT, ["Users/*"], TODAY, TOKYO)
        if post.category.startswith("不具合共有/"):
            signs = {DoneSign.FINISHED if post.number % 4 else DoneSign.MARKED_OPEN: Confidence.HIGH}
            place = f"不具合共有/対応完了/{post.category[-4:]}"
            yield propose_done(
                IncidentPost(post, signs, f"【完了】{post.title}", f"未 {post.title}", place), ["Users/*"]
            )


@pytest.fixture(scope="module")
def plan() -> Plan:
    return new_plan("docs", "2026-11-26T00:00:00Z", "1.0", [each for each in proposed() if isinstance(each, Change)])


def sitting(path: Path, answer: Callable[[str], str]) -> tuple[ReviewCounts, str]:
    """A sitting in which every prompt is answered by what was shown since the one before."""
    shown = [""]

    def read(prompt: str) -> str:
        seen, shown[0] = shown[0], ""
        return answer(seen)

    def write(text: str) -> None:
        shown[0] += text
        screen.append(text)

    screen: list[str] = []
    return ReviewSession(PlanFile(path), read, write).run(), "".join(screen)


def test_a_thousand_changes_take_under_forty_decisions(plan: Plan, tmp_path: Path) -> None:
    assert len(plan.changes) >= 1000
    assert len(list(plan.groups())) > 60
    path = tmp_path / "plan.toml"
    path.write_text(render_plan(plan), encoding="utf-8")
    tally, screen = sitting(path, lambda seen: "n" if "残っている対策" in seen else "y")
    reviewed = parse_plan(path.read_text("utf-8"), "plan.toml")
    assert tally.lines < 40
    assert len(reviewed.reviewed) == len(list(plan.groups()))
    assert not any("未" in str(each.after.get("title")) for each in reviewed.accepted)
    assert len(reviewed.accepted) > 900
    for change in plan.changes[:: len(plan.changes) // 50]:
        assert change.group in screen or "ほか" in screen


def test_what_is_put_together_goes_one_way_and_is_named_so(plan: Plan) -> None:
    for bundle in bundle_groups(plan):
        kinds = {each.kind for each in bundle.changes}
        assert len(kinds) == 1
        if len(bundle.groups) > 1:
            ends = {name.partition(" → ")[2] for name in bundle.names}
            reasons = {name.rpartition(": ")[2] for name in bundle.names}
            assert len(ends) == 1 or len(reasons) == 1
            assert (ends.pop() if len(ends) == 1 else reasons.pop()) in bundle.label


def test_every_change_is_in_one_bundle_and_every_group_whole(plan: Plan) -> None:
    found = bundle_groups(plan)
    assert sorted(each.id for one in found for each in one.changes) == sorted(each.id for each in plan.changes)
    assert dict(group for one in found for group in one.groups) == dict(plan.groups())
    assert len(found) <= MAX_QUESTIONS + 2


def test_what_kb_was_not_sure_of_is_never_put_to_the_rest(plan: Plan) -> None:
    for bundle in bundle_groups(plan):
        on = {any(each.accept for each in changes) for _, changes in bundle.groups}
        assert len(on) == 1


def test_few_groups_stay_as_they_are() -> None:
    changes = [
        moved(number, f"Users/u{number}", "手順", group=f"Users/u{number} → 手順: 規則") for number in range(1, 31)
    ]
    plan = new_plan("docs", "", "1.0", changes)
    assert [each.label for each in bundle_groups(plan)] == [name for name, _ in plan.groups()]
    assert [each.label for each in bundle_groups(plan, most=10)] == ["Users/u1 ほか 29 か所 → 手順: 規則"]


def test_what_was_decided_on_leaves_the_rest_open() -> None:
    changes = [
        moved(number, f"Users/u{number}", "手順", group=f"Users/u{number} → 手順: 規則") for number in range(1, 41)
    ]
    plan = new_plan("docs", "", "1.0", changes)
    first, *rest = plan.groups()
    open_, done_ = sorted(bundle_groups(replace(plan, reviewed=(digest_group(*first),))), key=lambda one: one.decided)
    assert (done_.names, done_.decided) == ((first[0],), True)
    assert set(open_.names) == {name for name, _ in rest}


@pytest.mark.parametrize("names", [[f"組{n}" for n in range(60)], [f"a{n} → b{n}: 訳{n}" for n in range(60)]])
def test_groups_with_nothing_in_common_are_put_together_by_their_verb_at_last(names: list[str]) -> None:
    plan = new_plan("docs", "", "1.0", [moved(number, "a", "b", group=name) for number, name in enumerate(names, 1)])
    (bundle,) = bundle_groups(plan)
    assert len(bundle.changes) == 60
    assert bundle.label == f"{plan.changes[0].group} ほか 59 グループ"
