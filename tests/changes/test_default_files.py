"""Where a plan goes that is given no name, what it may replace, and which plan a command takes that is given none."""

from __future__ import annotations

from collections.abc import Callable

from changes.site import Site

MOVE = ("plan", "move", "--from", "不具合共有/2025", "--to", "不具合共有/2026")


def test_plans_are_called_by_their_verb_and_the_only_one_needs_no_name(site: Callable[..., Site]) -> None:
    here = site(3)
    here.kb(*MOVE)
    assert "move.toml に変更 3 件" in here.said
    here.kb("review", "--accept", "all")
    here.kb("apply")
    assert {here.post(number)["category"] for number in (1, 2, 3)} == {"不具合共有/2026"}
    here.kb("plan", "refresh")
    here.kb("plan", "retitle", "--match", "記事", "--to", "件")
    here.kb("apply", code=2)
    assert "変更案が 2 つあります: move.toml、retitle.toml" in here.said
    here.kb("review", "retitle.toml", "--accept", "all")


def test_a_plan_that_was_sent_is_replaced_and_one_sent_in_part_is_not(site: Callable[..., Site]) -> None:
    here = site(5)
    here.kb(*MOVE)
    here.kb(*MOVE)  # nobody has decided on the first
    here.kb("review", "--accept", "all")
    here.kb(*MOVE, code=2)
    assert "-o で別の名前に" in here.said
    here.kb("apply", "--per-day", "2", "--yes", code=1)
    text = (here.folder / "move.toml").read_text("utf-8")
    here.kb("sync")
    here.kb(*MOVE, code=2)
    assert "送り残し" in here.said
    assert "-o で別の名前に" in here.said
    assert (here.folder / "move.toml").read_text("utf-8") == text
    here.kb("apply", "--per-day", "50", "--yes")
    here.kb("sync")
    here.kb("plan", "move", "--from", "不具合共有/2026", "--to", "不具合共有/2027")
    assert "move.toml に変更 5 件" in here.said
    here.kb("--lang", "en", "apply", "--rehearse")
    assert "5" in here.said


def test_where_there_is_no_plan_one_is_asked_for(site: Callable[..., Site]) -> None:
    here = site(1)
    (here.folder / "other.toml").write_text("x = 1\n", encoding="utf-8")
    here.kb("apply", code=2)
    assert "plan.toml がありません" in here.said
    assert "kb plan done など" in here.said
