"""The parts of a week that need no mirror: lists that are cut, marks, hot spots."""

from __future__ import annotations

from functools import partial

import pytest

from kb.lint.people.audience import find_names
from kb.reports.hot_spots import SIGNALS, SpotNode, SpotSignal, rank_hot_spots
from kb.reports.week.context import TopItems
from kb.reports.week.incidents import build_marks
from kb.reports.week.words import EVENTS
from kb.settings.report_tables import EventSettings
from kb.text.fold import fold_text
from kb.text.lang import t


def test_a_long_list_holds_its_first_and_counts_all() -> None:
    numbers = [number * 7919 % 10_000 for number in range(10_000)]
    made: list[int] = []
    capped: TopItems[int] = TopItems(5)
    for number in numbers:
        capped.add(number, partial(_made, made, number))
    capped.count()
    assert capped.first() == (0, 1, 2, 3, 4)
    assert capped.total == 10_001
    assert len(made) < 200


def _made(made: list[int], number: int) -> int:
    made.append(number)
    return number


def test_of_equal_keys_those_that_came_first_stay() -> None:
    capped: TopItems[str] = TopItems(2)
    for word in ("a", "b", "c", "d", "e"):
        capped.add(1, partial(str, word))
    assert capped.first() == ("a", "b")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("管理画面 v3 を公開", True),
        ("佐藤さんが異動", False),
        ("佐藤 健さんの担当を引き継ぎ", False),
        ("佐藤健 → 別チーム", False),
        ("sato が抜ける", False),
        ("SATO left", False),
        ("satoshi-app のリリース", True),  # a name is a word
        ("森さんの担当を引き継ぎ", False),
        ("森林管理システムのリリース", True),
        ("x 系の移行", True),  # a single character is no name
        ("", False),
    ],
)
def test_a_label_that_names_somebody_is_told_by_its_kind(label: str, told: bool) -> None:
    names = ["sato", "佐藤 健", "佐藤", "森", "x", ""]
    found, hidden = build_marks([EventSettings("2026-08-24", "handover", label)], names)
    assert found[0].label == (t(label, label) if told else EVENTS["handover"])
    assert hidden == ([] if told or not label else ["2026-08-24"])


def test_names_of_any_kind_are_found_and_nothing_else() -> None:
    names = find_names(frozenset({"佐藤 健", "林", "Ｋｅｎ Sato", "ono", "]^-", " ", "\u200b", "x"}))
    for said in ("佐藤健が抜ける", "林さんの件", "by ken  sato", "ono が", "]^-"):
        assert names.search(fold_text(said).casefold())
    for said in ("佐藤工業", "林業", "onoda", "x の件", "kensatou", "", "仕様"):
        assert not names.search(fold_text(said).casefold())
    assert not find_names(frozenset()).search("佐藤")


def test_marks_stand_in_the_order_of_their_days() -> None:
    found, _ = build_marks([EventSettings("2026-09-01", "other", "b"), EventSettings("2026-08-01", "release", "a")], [])
    assert [(mark.day, mark.kind) for mark in found] == [("2026-08-01", "release"), ("2026-09-01", "other")]


def test_hot_spots_are_the_nodes_on_which_things_happen_the_heaviest_first() -> None:
    rows = [
        SpotNode("quiet", runbook=False, owned=False, mentions=90),
        SpotNode("db", recent=3, open=1, runbook=False, owned=False, mentions=12),
        SpotNode("web", recent=4, runbook=True, owned=True),
        SpotNode("old", open=1, runbook=None, owned=None),
    ]
    spots = rank_hot_spots(rows)
    assert [(spot.node, spot.weight) for spot in spots] == [("db", 11), ("web", 4), ("old", 1)]
    assert [signal.key for signal in spots[0].signals] == ["incidents", "runbook", "noise", "open", "owner"]
    assert [signal.key for signal in spots[1].signals] == ["incidents"]


def test_what_makes_it_worse_multiplies_what_happened() -> None:
    calm = SpotNode("calm", recent=7, runbook=True, owned=True)
    worse = SpotNode("worse", recent=1, runbook=False, owned=False, mentions=90, noisy=9, drift=9)
    again = SpotNode("again", recent=4, year=9, runbook=True, owned=True)
    spots = {spot.node: spot for spot in rank_hot_spots([calm, worse, again, SpotNode("silent", drift=99)])}
    assert list(spots) == ["worse", "again", "calm"]
    assert {each.key: each.value for each in spots["worse"].signals} == {
        "drift": 4, "noise": 3, "alerts": 3, "runbook": 2, "owner": 1, "incidents": 1
    }  # fmt: skip
    assert [each.label.ja for each in spots["again"].signals] == ["90 日で障害 4 件", "その前の 9 か月にも 5 件"]


def test_another_source_of_trouble_is_one_more_signal() -> None:
    def drift(node: SpotNode) -> SpotSignal:
        return SpotSignal("drift", 50 if node.name == "web" else 0, t("構成図と違う", "not as drawn"))

    spots = rank_hot_spots([SpotNode("db", recent=9), SpotNode("web", recent=1)], (*SIGNALS, drift))
    assert [(spot.node, spot.signals[0].key) for spot in spots] == [("web", "drift"), ("db", "incidents")]
