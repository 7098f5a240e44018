"""What is foretold of a run, what is shown while it runs, and what the limits let through are one figure."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from changes.made import closed, moved
from changes.site import Site, change
from changes.test_apply_redmine import WORLD, close, ticket

from kb.console.progress import Meter
from kb.model.plan import Change
from kb.plan.impact.duration import RateBudget, RunningEstimate
from kb.plan.impact.estimate import estimate_impact
from kb.plan.impact.sentences import describe_impact
from kb.plan.limits import find_exceeded_limits


def posts(count: int) -> list[Change]:
    return [moved(number, "運用", "基盤") for number in range(1, count + 1)]


def tickets(count: int) -> list[Change]:
    return [closed(number) for number in range(1, count + 1)]


# -- a share a day ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "share"), [(5, 2), (4, 2), (3, 1), (6, 4)])
def test_the_requests_foretold_for_several_days_are_those_that_are_sent(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, count: int, share: int
) -> None:
    here = site(count)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, count + 1)])
    out = here.kb("review", "plan.toml", "--per-day", str(share))
    foretold, days = int(re.findall(r"esa (\d+)", out)[0]), int(re.findall(r"件ずつで (\d+) 日", out)[0])
    monkeypatch.setattr("kb.execute.apply.count_sent_on", lambda *_: 0)  # each call is a day of its own
    sent = [here.apply("--per-day", str(share), code=1)["requests"] for _ in range(days - 1)]
    sent.append(here.apply("--per-day", str(share))["requests"])
    assert sum(sent) == foretold


def test_posts_and_tickets_share_the_days(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"number": n, "name": f"記事 {n}", "category": "不具合共有/2025", "body_md": "x"} for n in (1, 2, 3)]
    here = site(data=[WORLD, *rows, *(ticket(number) for number in (1, 2, 3, 4))], redmine=True)
    here.plan(
        [*(change(n, title=f"題名 {n}") for n in (1, 2, 3)), *(close(n) for n in (1, 2, 3, 4))],
        redmine=here.sandbox.redmine,
    )
    out = here.kb("review", "plan.toml", "--per-day", "2")
    foretold = sum(int(each) for each in re.findall(r"(?:esa|Redmine) (\d+)", out.partition("時間")[0]))
    assert "1 日 2 件ずつで 4 日" in out
    monkeypatch.setattr("kb.execute.apply.count_sent_on", lambda *_: 0)
    sent = [here.apply("--per-day", "2", code=1)["requests"] for _ in range(3)]
    assert sum(sent) + here.apply("--per-day", "2")["requests"] == foretold


def test_what_was_sent_today_is_counted(site: Callable[..., Site]) -> None:
    here = site(9)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 8)])
    here.apply("--per-day", "3", code=1)
    here.kb("apply", "plan.toml", "--per-day", "4", code=1)
    assert "1日4件ずつで2日（今日はあと1件）" in re.sub(r"\s", "", here.said)
    here.kb("apply", "plan.toml", "--per-day", "4", code=1)
    assert "明日から1日4件ずつで1日、" in re.sub(r"\s", "", here.said)


def test_the_limit_is_waited_for_on_each_day() -> None:
    found = estimate_impact(posts(300), budget=RateBudget(75, 75), per_day=150)
    assert (found.days, found.waits) == (2, 2)
    told = next(each for each in describe_impact(found) if each.ja.startswith("時間"))
    assert "1 日あたり約 30 分（esa の利用制限の回復を 2 回待ちます）" in told.ja
    assert "the rate limit of esa is waited for 2 times" in told.en


# -- while it runs ---------------------------------------------------------------------------------


def test_what_is_shown_at_the_beginning_is_what_was_foretold() -> None:
    budget = RateBudget(300, 40, 600)
    foretold = estimate_impact([*posts(120), *tickets(30)], budget=budget)
    running = RunningEstimate(120, 30, budget)
    assert running.rest(0, 150, 0.0) == (foretold.requests, pytest.approx(foretold.seconds))


def test_what_is_left_takes_less_and_the_wait_stays_in_it() -> None:
    running = RunningEstimate(400, 0, RateBudget(300, 300, 900))
    for request in range(1, 101):
        running.saw("esa", request, 300 - request)
    assert running.rest(98, 400, 40.0)[1] == pytest.approx(900 - 40 + 20, rel=0.1)  # the window ends in between
    for request in range(101, 201):
        running.saw("esa", request, 300 - request)
    assert running.rest(195, 400, 80.0)[1] == pytest.approx(900 - 80 + 45, rel=0.1)


def test_the_requests_left_are_those_still_to_be_sent() -> None:
    running = RunningEstimate(10, 0, RateBudget())
    assert [running.rest(done, 10, 0.0)[0] for done in (0, 1, 9)] == [12, 9, 1]  # two looks come before the first
    running = RunningEstimate(2, 5, RateBudget())
    assert [running.rest(done, 7, 0.0)[0] for done in (0, 2, 3)] == [16, 11, 8]  # each ticket is read back by itself


def test_a_slow_server_is_counted_on() -> None:
    running = RunningEstimate(100, 0, RateBudget(5000, 5000))
    for request in range(1, 21):
        running.saw("esa", request, None)
    assert running.rest(18, 100, 40.0)[1] == pytest.approx(82 * 2.0, rel=0.1)  # two seconds each


def test_the_line_shows_the_run_and_not_a_straight_line() -> None:
    meter = Meter("送信", rest=lambda done, total, elapsed: (93, 840.0))
    meter.step(10, 100)
    assert "残り約 93 リクエスト" in meter.line()
    assert "あと約 14 分" in meter.line()


def test_the_total_shown_is_the_share_of_the_day(site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    here = site(9)
    here.plan([change(number, title=f"題名 {number}") for number in range(1, 8)])
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(Meter, "step", lambda self, done, total: seen.append((done, total)))
    here.apply("--per-day", "3", code=1)
    assert seen[-1] == (3, 3)


# -- limits ----------------------------------------------------------------------------------------


def test_the_hint_names_posts_and_tickets_in_one_sentence() -> None:
    (one,) = find_exceeded_limits(posts(201), {"運用": 10_000})
    split = "分けるなら --allow {} --per-day {} です（今日 {} 件、残りは次の日から）。"
    assert one.next_step.ja == (
        "記事 201 件を送るなら、内容を確かめたうえで --allow 201 を付けてください。" + split.format(201, 200, 200)
    )
    both = find_exceeded_limits([*posts(201), *tickets(60)], {"運用": 10_000})
    assert {each.next_step.ja for each in both} == {
        "記事 201 件とチケット 60 件、合わせて 261 件を送るなら、内容を確かめたうえで --allow 261 を付けてください。"
        + split.format(261, 50, 50)
    }
    assert "201 posts and 60 tickets, 261 in all" in both[0].next_step.en


def test_a_share_of_a_category_is_not_parted_into_days() -> None:
    (one,) = find_exceeded_limits(posts(40), {"運用": 50})
    assert "--per-day" not in one.next_step.ja + one.next_step.en


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_apply_and_undo_say_no_more_than_six_lines_and_the_limit_first(site: Callable[..., Site], lang: str) -> None:
    here = site(40)
    (here.folder / "kb.toml").write_text('[esa]\nteam = "docs"\n[plan]\nmost_changes = 5\n', encoding="utf-8")
    here.plan([change(number, title=f"新 {number}") for number in range(1, 8)], decided=False)
    here.kb("--lang", lang, "apply", "--rehearse")
    lines = here.said.splitlines()
    assert lines[0].startswith("! ")
    assert "--allow 7 --per-day 5" in "".join(lines[:3])
    assert len([line for line in lines if line.startswith(("!", "-", "*"))]) <= 6
    assert "kb apply plan.toml --allow 7" in here.said  # the next command has what it needs
    here.kb("--lang", lang, "apply", "--allow", "7", "--yes")
    here.kb("--lang", lang, "undo", "last", "--rehearse")
    told = [line for line in here.said.splitlines() if line.startswith(("!", "-", "*"))]
    assert 2 <= len(told) <= 6
    assert not any("! " in line for line in told)


def test_review_gives_one_way_on_for_several_limits(site: Callable[..., Site]) -> None:
    here = site(40)
    (here.folder / "kb.toml").write_text('[esa]\nteam = "docs"\n[plan]\nmost_changes = 5\n', encoding="utf-8")
    here.plan([change(number, title=f"新 {number}") for number in range(1, 26)])
    out = here.kb("review", "plan.toml")
    assert out.count("! ") == 2
    assert out.count("--allow 25 を付けて") == 1
