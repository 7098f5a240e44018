"""A place of incidents is proposed for incidents alone, one of runbooks for procedures alone."""

from __future__ import annotations

import pytest
from destinations.conftest import Site

from kb.model.document import Document, Kind, Markup, Source
from kb.model.page import PagePolicy
from kb.plan.propose.destination import is_kind_of_place

STORY = """pg-main2 が止まり、4/3 10:00 に復旧した。
## 影響
配信が 20 分止まった。
## 原因
ログで容量が埋まり、書けなくなったため。
## 対応
容量を広げた。
## 再発防止
- 残りを監視する（佐藤、4/10）
"""
STEPS = "pg-main2 に入ります。\n1. レプリカを止める\n2. 昇格する\n3. 書き込みを確かめる\n"
ABOUT = (
    "pg-main2 は配信の元の DB です。レプリカが 2 台あり、障害のときは切り替わります。\n"
    "## 構成\n- pg-main1\n- pg-main2\n"
)
POLICY = PagePolicy(incident=("不具合共有/**",))


@pytest.mark.parametrize(
    ("title", "body", "category", "fits"),
    [
        ("配信停止（4/3）", STORY, "不具合共有/2026", True),
        ("配信 DB の構成", ABOUT, "不具合共有/2026", False),
        ("pg-main とは", ABOUT, "不具合共有", False),
        ("切り替えの仕組み", ABOUT, "不具合共有/対応完了/2026", False),
        ("配信 API の仕様", ABOUT, "トラブル", False),
        ("レプリカの昇格", STEPS, "不具合共有", False),
        ("レプリカの昇格", STEPS, "運用/手順", True),
        ("pg-main2 の復旧手順", "止まったら昇格します。", "運用/手順", True),
        ("配信 DB の構成", ABOUT, "運用/手順", False),
        ("配信停止（4/3）", STORY, "運用/手順", False),
        ("配信 DB の構成", ABOUT, "設計", True),
        ("レプリカの昇格", STEPS, "運用/DB", True),
    ],
)
def test_a_place_takes_pages_of_its_own_kind(title: str, body: str, category: str, fits: bool) -> None:
    page = Document(1, Source.ESA, Kind.POST, title, body, Markup.MARKDOWN, category="Users/kuze")
    assert is_kind_of_place(page, category, POLICY) is fits


def test_a_page_most_like_a_place_of_another_kind_is_left_and_said_to_be(site: Site) -> None:
    """Its folder is known to be of incidents by kb.toml alone."""
    place = str(next(each.after["category"] for each in site.plan().changes))
    before = len(site.plan().changes)
    (site.folder / "kb.toml").write_text(
        f'[esa]\nteam = "biblioteam"\n[incidents]\nplaces = ["{place}/**"]\n', encoding="utf-8"
    )
    site.kb("plan", "move", "-o", "plan.toml", "--from", "Users/*", "--force")
    assert "移す先を決められないもの（近いのは、別の種類の記事の場所）" in site.said
    assert len(site.plan().changes) < before
    assert all(each.after["category"] != place for each in site.plan().changes)
