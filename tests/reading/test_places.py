"""Proposals from a category tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.pages.category_tree import propose_settings
from kb.reading.pages.declared_kind import find_declared_kind
from kb.text.globs import is_limited

TREE = {
    None: 3,
    "不具合共有/2024": 10,
    "不具合共有/対応完了/2023": 5,
    "手順書/障害対応手順": 9,
    "Templates/障害報告": 1,
    "Archived/不具合共有": 30,
    "Users/sato": 3,
    "Users/ito/メモ": 2,
    "日報/2024": 44,
}


def test_places_are_proposed_from_names() -> None:
    proposal = propose_settings(TREE)
    assert proposal.incidents == ("不具合共有/**",)
    assert proposal.done_place == "不具合共有/対応完了/{year}"
    assert proposal.personal == ("Users/*",)
    assert proposal.top[0] == ("日報", 44)


def test_pages_about_trouble_are_no_place_of_incidents() -> None:
    assert (
        propose_settings({"運用/障害訓練": 4, "勉強会/ポストモーテム": 2, "規程/インシデント対応フロー": 1}).incidents
        == ()
    )


def test_english_names_and_other_words_for_done() -> None:
    proposal = propose_settings({"Ops/Incidents/2025": 3, "Ops/Incidents/Closed": 9})
    assert proposal.incidents == ("Ops/Incidents/**",)
    assert proposal.done_place == "Ops/Incidents/Closed"


def test_folders_of_persons_are_known_by_their_names() -> None:
    tree = {"memo/sato": 3, "memo/ito": 1, "team/infra": 2}
    assert propose_settings(tree).personal == ()
    assert propose_settings(tree, members=["sato", "Ito"]).personal == ("memo/*",)


def test_categories_that_concern_single_people_are_proposed_as_limited() -> None:
    tree = {
        "人事/評価": 3, "人事": 1, "開発/1on1/sato": 5, "総務/契約/2025": 2, "採用": 4, "チーム/１ｏｎ１": 1, "面談": 1,
        "検証/性能評価": 9, "採用技術": 9, "開発/契約管理システム": 9, "人事異動": 9, "不具合共有": 9,
    }  # fmt: skip
    assert propose_settings(tree).limited == (
        "開発/1on1/**", "人事/**", "採用/**", "総務/契約/**", "チーム/１ｏｎ１/**", "面談/**"
    )  # fmt: skip
    many = {f"{team}/1on1": 1 for team in ("基盤", "配信", "開発")}
    assert propose_settings(many).limited == ("**/1on1/**",)
    for category in ("基盤/1on1", "基盤/1on1/2025", "人事", "人事/評価"):
        assert is_limited(category, ("**/1on1/**", "人事/**"))
    assert not is_limited("基盤/1on1の進め方", ("**/1on1/**",))
    assert propose_settings(TREE).limited == ()


TITLES = (Path(__file__).parent / "lists_of_trouble.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("line", [each for each in TITLES if not each.startswith("#")])
def test_a_list_of_incidents_is_none_of_the_place_it_is_kept_in(line: str) -> None:
    sort, _, title = line.partition(" ")
    page = Document("esa:1", Source.ESA, Kind.POST, title, "", Markup.MARKDOWN, category="障害")
    policy = PagePolicy(incident=("障害/**",))
    expected = PageKind.INDEX if sort == "list" else PageKind.INCIDENT
    assert getattr(find_declared_kind(page, policy), "kind", None) is expected
    outright = find_declared_kind(page, PagePolicy(incident=(f"障害/{title}",)))
    assert getattr(outright, "kind", None) is PageKind.INCIDENT


def test_a_new_team_gets_the_house_names() -> None:
    proposal = propose_settings({})
    assert (proposal.incidents, proposal.done_place) == ((), "不具合共有/対応完了/{year}")


def test_one_name_below_many_parents_is_one_place() -> None:
    tree = {f"運用/{name}/障害報告": 2 for name in ("認証", "決済", "在庫")} | {"障害/対応完了/2024": 1}
    proposal = propose_settings(tree)
    assert proposal.incidents == ("**/障害報告/**", "障害/**")
    assert proposal.done_place == "障害/対応完了/{year}"
