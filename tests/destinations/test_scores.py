"""A page finds the place of pages like it; what its own category says is never looked at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from destinations.teams import STACKS, Team, labels, posts, signs_of

from kb.lint.proposals.destinations import evaluate_file
from kb.model.document import Document, Kind, Markup, Source
from kb.plan.destinations.baselines import Baselines
from kb.plan.destinations.calibrate import LEAST_SURE, NEVER, Sample, calibrate, hide_places, learn_margin
from kb.plan.destinations.evaluate import evaluate
from kb.plan.destinations.families import fold_place
from kb.plan.destinations.score import margin_of, rank_places
from kb.plan.destinations.signs import Signal
from kb.plan.destinations.statistics import PlaceStatistics
from kb.plan.destinations.survey import TeamSurvey
from kb.sandbox.team import build


def page(number: int, category: str, title: str, body: str = "", *tags: str) -> Document:
    return Document(
        number, Source.ESA, Kind.POST, title, body=body, markup=Markup.MARKDOWN, category=category, tags=tags,
        created_at="2025-06-10T00:00:00Z",
    )  # fmt: skip


def counted(*pages: Document) -> Team:
    team = Team()
    for each in pages:
        team.count(each)
    return team


def first(team: Team, asked: Document) -> str:
    return team.statistics.places[rank_places(signs_of(asked), team.statistics)[0].place]


TEAM = (
    page(1, "手順/DB", "レプリカの作り直し", "pg-main2 に入り、レプリカを止めます。\n## 確認\n遅延が 0"),
    page(2, "手順/DB", "レプリカの昇格", "pg-main1 を止め、昇格します。\n## 確認\n書き込めること"),
    page(3, "会議/2025", "6/3 定例", "## 出席\n佐藤\n## 宿題\n- 見積もり", "会議"),
    page(4, "会議/2025", "6/10 定例", "## 出席\n小野\n## 宿題\n- 日程 [6/3 定例](/posts/3)", "会議"),
    page(5, "勉強会", "輪読 3 章", "正規化の話。次回は #1 の人"),
)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (page(9, "Users/a", "レプリカの遅延", "pg-main2 を見ます。"), "手順/DB"),
        (page(9, "Users/a", "7/1 定例"), "会議/{year}"),
        (page(9, "Users/a", "覚え書き", "## 出席\n森\n## 宿題\n- 席替え"), "会議/{year}"),
        (page(9, "Users/a", "相談", "", "会議"), "会議/{year}"),
        (page(9, "Users/a", "相談", "前回は /posts/4 のとおり"), "会議/{year}"),
        (page(9, "Users/a", "輪読 4 章"), "勉強会"),
    ],
)
def test_a_page_goes_where_its_like_stands(asked: Document, place: str) -> None:
    assert first(counted(*TEAM), asked) == place


def test_a_page_that_others_link_to_goes_where_they_stand() -> None:
    team = counted(*TEAM, page(6, "会議/2025", "6/17 定例", "https://docs.esa.io/posts/77 を読む"))
    ranked = rank_places(signs_of(page(77, "Users/a", "用語集")), team.statistics)
    assert Signal.LINKS_IN in ranked[0].given
    assert team.statistics.places[ranked[0].place] == "会議/{year}"


def test_the_category_of_a_page_gives_nothing_away() -> None:
    body = "手順/DB の話。https://docs.esa.io/#path=%2F手順%2FDB in:手順/DB を見てください。\n連絡先"
    here = page(9, "手順/DB", "連絡先", body)
    seen = signs_of(here)
    other = signs_of(replace(here, category="会議/2025", body=body.replace("手順/DB", "会議/2025")))
    assert seen.keys == other.keys


def test_a_hidden_page_is_scored_as_if_it_had_not_been_counted() -> None:
    whole = counted(*TEAM)
    for each in TEAM[:4]:
        without = counted(*(other for other in TEAM if other is not each))
        sample = Sample()
        sample.add(signs_of(each), each.category)
        (hidden,) = hide_places(sample, whole.statistics)
        names = whole.statistics.places
        for signal in (Signal.SERIES, Signal.LINES, Signal.TAGS, Signal.LINKS_OUT, Signal.LINKS_IN):
            alone = rank_places(signs_of(each), without.statistics, dict.fromkeys(Signal, 0.0) | {signal: 1.0})
            told = {names[place] for place in hidden.votes.get(signal, {})}
            assert {without.statistics.places[one.place] for one in alone if one.share} == told


def test_a_place_that_was_refused_is_not_proposed_again() -> None:
    team = counted(*TEAM)
    asked = signs_of(page(9, "Users/a", "7/1 定例"))
    refused = team.statistics.places.index("会議/{year}")
    assert refused not in [each.place for each in rank_places(asked, team.statistics, refused=(refused,))]


def test_a_margin_is_learnt_only_from_enough_pages() -> None:
    assert learn_margin([(0.9, True)] * (LEAST_SURE - 1)) == NEVER
    assert learn_margin([(0.9, True)] * LEAST_SURE) == 0.9
    assert learn_margin([(0.9, True)] * 50 + [(0.1, False)] * 10) == 0.9
    assert learn_margin([(0.1, False), (0.1, True)] * 50) == NEVER
    assert learn_margin([]) == NEVER


def test_no_page_no_place() -> None:
    empty = PlaceStatistics()
    assert rank_places(signs_of(TEAM[0]), empty) == []
    assert margin_of([]) == 0.0
    found = evaluate(empty, Sample(), Baselines())
    assert (found.shared, found.judged, found.folded.precision) == (0, 0, None)


def test_order_of_pages_does_not_matter() -> None:
    one, other = counted(*TEAM), counted(*reversed(TEAM))
    asked = signs_of(page(9, "Users/a", "レプリカの遅延", "pg-main2 を見ます。定例で話す"))
    told = [
        [(team.statistics.places[each.place], each.share) for each in rank_places(asked, team.statistics)]
        for team in (one, other)
    ]
    assert sorted(told[0]) == sorted(told[1])


@pytest.fixture(scope="module")
def stacks() -> Team:
    team = Team()
    for each in posts(STACKS / "docs.jsonl"):
        if not each.wip and not each.category.startswith("Users/"):
            team.count(each)
    return team


def test_the_blind_team_keeps_its_figures(stacks: Team) -> None:
    found = evaluate(stacks.statistics, stacks.sample, stacks.baselines)
    assert found.judged == 349
    assert min(found.folded.top1, found.exact.top1) >= 0.93
    assert found.folded.top3 >= 0.965
    assert (found.folded.precision or 0) >= 0.95
    assert (found.folded.coverage or 0) >= 0.6
    assert all(naive.top1 < found.folded.top1 for naive, _ in found.baselines.values())


def test_the_personal_pages_of_the_blind_team_find_their_homes(stacks: Team) -> None:
    known, right, sure = labels(), [], []
    learnt = calibrate(hide_places(stacks.sample, stacks.statistics))
    for each in posts(STACKS / "docs.jsonl"):
        label = known[int(each.doc)]
        if label["role"] == "home":
            ranked = rank_places(signs_of(each), stacks.statistics, learnt.weights)
            right.append(stacks.statistics.places[ranked[0].place] == fold_place(label["home"]))
            sure += [right[-1]] if margin_of(ranked) >= learnt.margin else []
    assert len(right) == 112
    assert sum(right) >= 106
    assert sum(sure) == len(sure) >= 60


def test_the_team_of_the_demo_reaches_the_figures_of_the_manual() -> None:
    team = Team()
    survey = TeamSurvey(("Users/*",), ("採用/選考/限定/**",))
    for row in build(datetime(2026, 11, 26, 10, tzinfo=ZoneInfo("Asia/Tokyo"))).posts:
        author = dict(row["created_by"])["screen_name"]
        each = replace(
            page(int(row["number"]), str(row["category"] or ""), str(row["name"]), str(row["body_md"]), *row["tags"]),
            wip=bool(row["wip"]), created_at=str(row["created_at"]), author=author,
        )  # fmt: skip
        if survey.is_shared(each):
            team.count(each)
    found = evaluate(team.statistics, team.sample, team.baselines)
    assert found.judged > 190
    for figures in (found.folded, found.exact):
        assert figures.top3 >= 0.80
        assert (figures.coverage or 0) >= 0.40
        assert (figures.precision or 0) >= 0.95
    assert all(naive.top1 < found.folded.top1 for naive, _ in found.baselines.values())


def test_the_harder_team_keeps_its_figures() -> None:
    team = Team()
    for each in posts(STACKS.with_name("arcade") / "docs.jsonl"):
        if not each.category.startswith("Users/"):
            team.count(each)
    found = evaluate(team.statistics, team.sample, team.baselines)
    assert found.judged == 260
    assert min(found.folded.top1, found.exact.top1) >= 0.87
    assert found.folded.top3 >= 0.98
    assert (found.folded.precision or 0) >= 0.95
    assert (found.folded.coverage or 0) >= 0.6
    assert all(naive.top1 < found.folded.top1 for naive, _ in found.baselines.values())


@pytest.mark.parametrize(
    ("name", "judged", "top1", "top3"), [("incidents", 131, 0.21, 0.60), ("recurrence", 80, 0.47, 0.99)]
)
def test_nothing_is_sent_where_a_writer_picks_one_of_several_places(
    name: str, judged: int, top1: float, top3: float
) -> None:
    """Of the same incidents some stand in 障害報告/2025, some in インフラ/障害/2025: no page tells which."""

    def fail(error: Exception) -> None:
        raise error

    found = evaluate_file(str(STACKS.with_name(name) / "docs.jsonl"), fail)
    assert found.judged == judged
    for figures in (found.folded, found.exact):
        assert figures.top1 >= top1
        assert figures.top3 >= top3
        assert (figures.coverage, figures.precision) == (0.0, None)
    assert found.margin == NEVER
