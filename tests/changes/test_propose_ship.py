"""Which drafts become pages, and which say nothing yet."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kb.model.plan import Change, ChangeKey, Verb
from kb.plan.propose import post as places
from kb.plan.propose.post import PostHead, Proposal
from kb.plan.propose.ship import (
    CREATED_TOO_EARLY,
    EMPTY_POSTS,
    POSTS_WITH_SECRETS,
    PostContent,
    ShipRule,
    collect_template_words,
    is_hollow,
    propose_ship,
)

TOKYO = ZoneInfo("Asia/Tokyo")
TODAY = date(2026, 11, 26)

TEMPLATE = """## 概要
ここに概要を書いてください

## 日時
%{Year}/%{month}/%{day}

作成者: %{me}

## 決まったこと
-

| 項目 | 内容 |
|--|--|
| 担当 | |
"""
WORDS = collect_template_words([TEMPLATE])


def answer(what: ShipRule, inside: PostContent = PostContent.TEXT, **fields: Any) -> Proposal:
    given: dict[str, Any] = {
        "title": "手順", "category": "運用", "wip": True, "author": "sato",
        "created_at": "2026-05-01T00:00:00Z", "human_at": "2026-10-01T00:00:00Z", "revision": 2,
    }  # fmt: skip
    return propose_ship(PostHead(7, **{**given, **fields}), what, lambda post: inside, ("Users/*",), TODAY, TOKYO)


def test_a_draft_leaves_wip_and_nothing_else_changes() -> None:
    found = answer(ShipRule(days=30))
    assert isinstance(found, Change)
    assert found.kind is Verb.SHIP
    assert (found.before, found.after) == ({ChangeKey.WIP: True}, {ChangeKey.WIP: False})
    assert found.group == "WIP → 公開 運用: 30 日以上編集がない"
    assert found.reason == "最後の編集は 2026-10-01 です。"
    assert found.accept


@pytest.mark.parametrize(
    ("what", "fields", "wanted"),
    [
        (ShipRule(days=30), {"wip": False}, None),
        (ShipRule(days=57), {}, None),
        (ShipRule(days=56), {}, Change),
        (ShipRule(author="SATO"), {}, Change),
        (ShipRule(author="@sato"), {}, Change),
        (ShipRule(author="tanaka"), {}, None),
        (ShipRule(place="運用"), {"category": "運用/手順"}, Change),
        (ShipRule(place="運用"), {"category": "運用2"}, None),
        (ShipRule(days=1, not_before=date(2026, 5, 1)), {}, Change),
        (ShipRule(days=1, not_before=date(2026, 5, 2)), {}, CREATED_TOO_EARLY),
        (ShipRule(days=1, not_before=date(2026, 5, 1)), {"created_at": "2026-04-30T15:00:00Z"}, Change),
        (ShipRule(days=1, not_before=date(2026, 5, 1)), {"created_at": ""}, CREATED_TOO_EARLY),
        (ShipRule(days=1), {"category": "Templates/日報"}, places.TEMPLATE),
        (ShipRule(days=1), {"category": "Archived/x"}, places.ARCHIVED),
        (ShipRule(days=1), {"category": "Users/sato"}, places.PERSONAL),
        (ShipRule(place="Users/sato"), {"category": "Users/sato"}, places.PERSONAL),
        (ShipRule(author="sato"), {"category": "Users/sato"}, Change),
        (ShipRule(author="sato"), {"category": "Templates/x"}, places.TEMPLATE),
    ],
)
def test_only_what_is_meant_is_shipped(what: ShipRule, fields: dict[str, Any], wanted: Any) -> None:
    found = answer(what, **fields)
    assert isinstance(found, Change) if wanted is Change else found == wanted


def test_drafts_that_say_nothing_and_those_with_a_secret_are_never_shipped() -> None:
    for what in (ShipRule(author="sato"), ShipRule(place="運用"), ShipRule(days=1)):
        assert answer(what, PostContent.HOLLOW) == EMPTY_POSTS
        assert answer(what, PostContent.SECRET) == POSTS_WITH_SECRETS


def test_texts_are_read_only_of_what_could_be_shipped() -> None:
    def look(post: PostHead) -> PostContent:
        raise AssertionError(f"{post.title} was read")

    for post in (
        PostHead(1, "a"),
        PostHead(2, "a", "Users/sato", wip=True),
        PostHead(3, "a", wip=True, human_at="2026-11-26"),
    ):
        propose_ship(post, ShipRule(days=10), look, ("Users/*",), TODAY, TOKYO)


@pytest.mark.parametrize("title", ["[WIP] 設計", "【下書き】設計", "設計（仮）", "draft", "WIP: 設計"])
def test_a_title_that_says_draft_is_for_a_person_to_decide(title: str) -> None:
    found = answer(ShipRule(days=1), title=title)
    assert isinstance(found, Change)
    assert not found.accept
    assert "決めてください" in found.reason


@pytest.mark.parametrize("title", ["設計", "仮想マシンの手順", "drafting の使い方", "WIPs"])
def test_other_titles_are_accepted(title: str) -> None:
    found = answer(ShipRule(days=1), title=title)
    assert isinstance(found, Change)
    assert found.accept


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n \u3000\n",
        "# 見出し\n## 次の見出し",
        "TODO",
        "TODO: サーバの構成",
        "作成中",
        "あとで書く",
        "調査中です",
        "- \n- [ ] \n-",
        "<!-- 概要 -->",
        "---\n***",
        "| a | b |\n|--|--|\n| | |",
        "担当:\n期限：\n**原因**:",
        "手順",
        "<概要>",
        "ここに手順を記載してください",
        "YYYY/MM/DD",
        "…",
        TEMPLATE,
        TEMPLATE.replace("%{Year}/%{month}/%{day}", "2026/05/01").replace("%{me}", "sato"),
    ],
)
def test_a_body_without_anything_of_its_own_is_hollow(body: str) -> None:
    assert is_hollow(body, "手順", None, WORDS)


@pytest.mark.parametrize(
    "body",
    [
        "再起動の手順です。",
        "- [ ] 牛乳を買う",
        "![構成図](https://img.esa.example/a.png)",
        "https://example.jp/",
        "```\nsystemctl restart web\n```",
        "| 名前 | 番地 |\n|--|--|\n| web01 | 東京 |",
        "## 概要\nTODO\n\n## 原因\n証明書の期限が切れた。",
        "> 引用した話",
        "担当: 佐藤",
        "#45",
        TEMPLATE + "\n来月の予算を決めた。",
        TEMPLATE.replace("| 担当 | |", "| 担当 | 佐藤 |"),
    ],
)
def test_one_line_of_its_own_is_enough(body: str) -> None:
    assert not is_hollow(body, "手順", None, WORDS)


def test_a_template_that_is_nothing_but_a_variable_makes_no_page_hollow() -> None:
    assert not is_hollow("今日は晴れ", "x", None, collect_template_words(["%{me}\n"]))
