"""Twelve hundred personal pages of forty people: under forty decisions, and members decide for themselves."""

from __future__ import annotations

from pathlib import Path

from kb.commands.change.review.sitting import ReviewSession
from kb.execute.plan_store import PlanFile
from kb.model.plan import Change, new_plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_plan
from kb.plan.propose.destination import Decider, Destination, propose_destination
from kb.plan.propose.post import PostHead
from kb.text.lang import t

PLACES = [
    f"{top}/{part}" for top in ("運用", "開発", "設計", "会議", "導入", "調査") for part in "あいうえおかきくけこ"
]


def proposed(number: int) -> Change:
    """A page of one of forty people, twelve of whom are gone; three of four have a sure place."""
    who = number % 40
    place = PLACES[(number * 7) % len(PLACES)]
    post = PostHead(
        number,
        f"記事 {number}",
        f"Users/u{who:02}/メモ{number % 3}",
        author=f"u{who:02}",
        updated_at="2025-01-01T00:00:00Z",
    )
    found = Destination(place, place, t(f"1. {place}（60%: 本文の言葉）", ""), sure=number % 4 != 0)
    decider = Decider.LEAD if who < 12 else Decider.OWNER
    change = propose_destination(post, found, decider, f"u{who:02}", f"Users/u{who:02}")
    assert isinstance(change, Change)
    return change


def test_twelve_hundred_pages_take_under_forty_decisions(tmp_path: Path) -> None:
    plan = new_plan("docs", "2026-11-26T00:00:00Z", "1.0", map(proposed, range(1, 1201)))
    path = tmp_path / "plan.toml"
    path.write_text(render_plan(plan), encoding="utf-8")
    screen: list[str] = []
    tally = ReviewSession(PlanFile(path), lambda prompt: "y", screen.append).run()
    reviewed = parse_plan(path.read_text("utf-8"), "plan.toml")
    assert len(plan.changes) == 1200
    assert 10 <= tally.lines < 40
    assert all(int(each.before["category"].split("/")[1][1:]) < 12 for each in reviewed.accepted)  # type: ignore[union-attr]
    assert len(reviewed.accepted) == sum(not each.owner for each in plan.changes) == 360
    assert "本人に聞くため" not in "".join(screen)
