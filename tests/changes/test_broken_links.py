"""Before a move is sent, `kb review` lists the links to categories and the saved searches it breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from changes.site import Site, opened
from servers import Row, Sandbox

CATEGORY = "https://docs.esa.io/#path=%2F旧運用%2F手順"
TICKET: Row = {
    "id": 7, "project": {"id": 1, "name": "基盤"}, "tracker": {"id": 1, "name": "障害"},
    "status": {"id": 1, "name": "新規"}, "priority": {"id": 2, "name": "通常"}, "subject": "手順の見直し",
    "author": {"id": 22, "name": "小野"}, "description": f"1 行目\n\"手順\":{CATEGORY} を見る", "is_private": True,
    "created_on": "2026-11-20T00:00:00Z", "updated_on": "2026-11-20T00:00:00Z", "journals": [],
}  # fmt: skip


def post(number: int, category: str, body: str = "本文", **more: object) -> Row:
    return {"number": number, "name": f"記事 {number}", "category": category, "body_md": body, **more}


POSTS = [
    post(1, "旧運用/手順"),
    post(2, "旧運用/手順/DB", "[上](..) と [一覧](/#path=%2F旧運用%2F手順)"),
    post(3, "案内", f"はじめに\n\n- [手順]({CATEGORY})\n- [DB](/posts?q=on:旧運用/手順/DB)\n- [案内](/#path=/案内)"),
    post(4, "案内", "手順は別の場所です", comments=[
        {"id": 41, "body_md": f"ここ → {CATEGORY}", "created_by": {"screen_name": "ono", "name": "小野"}}
    ]),
]  # fmt: skip


def refuse_links(path: Path) -> None:
    """Leave all links of a plan as they are."""
    blocks = path.read_text("utf-8").split("\n[[change]]\n")
    refused = (each.replace("accept = true", "accept = false") if 'kind = "links"' in each else each for each in blocks)
    path.write_text("\n[[change]]\n".join(refused), encoding="utf-8")


@pytest.fixture
def site(
    sandbox: Callable[..., Sandbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Site]:
    def open_(*rows: Row, redmine: bool = False) -> Site:
        box = sandbox("--profile", "nolimit", data=list(rows))
        here = opened(box, tmp_path, monkeypatch, capsys, redmine=box.redmine if redmine else "")
        here.kb("plan", "move", "-o", "plan.toml", "--from", "旧運用/手順", "--to", "運用/手順")
        refuse_links(here.folder / "plan.toml")
        return here

    return open_


def test_review_lists_the_lines_that_will_lead_nowhere(site: Callable[..., Site]) -> None:
    out = site(*POSTS).kb("review", "plan.toml", "--accept", "all")
    assert "この変更案で直すもののほかに 4 か所あり（文書 3 件）" in out.replace("\n  ", "")
    listed = [line.strip() for line in out.splitlines() if line.startswith("    ")]
    assert listed == [
        "旧運用/手順 → 運用/手順",
        "esa:2:1 記事 2",
        "esa:3:3 記事 3",
        "esa:4#comment:41:1 記事 4",
        "旧運用/手順/DB → 運用/手順/DB",
        "esa:3:4 記事 3（on: の検索）",
    ]


def test_review_knows_which_bare_addresses_break_whose_category_ends_in_an_underscore(
    site: Callable[..., Site],
) -> None:
    bare = f"{CATEGORY}%2F表_"
    forms = [
        "({})",
        "（{}）",
        "{}。",
        "{}、次",
        "**{}**",
        "~~{}~~",
        "<{}>。",
        "_{}_",
        "__{}__",
        "{}&sort=updated",
        "{}__",
        "注_{}",
    ]
    gone = ["{}です", "{}#見出し", "{}・"]  # other names, which lead nowhere today
    body = "\n\n".join(each.format(bare) for each in (*forms, *gone))
    here = site(post(1, "旧運用/手順/表_"), post(3, "案内", body))
    every = here.kb("review", "plan.toml", "--links")
    assert [f"esa:3:{line} " in every for line in range(1, 2 * len(forms + gone), 2)] == [True] * 12 + [False] * 3


def test_a_long_list_is_cut_and_all_of_it_can_be_asked_for(site: Callable[..., Site]) -> None:
    many = [post(number, "案内", CATEGORY) for number in range(10, 25)]
    here = site(post(1, "旧運用/手順"), *many)
    out = here.kb("review", "plan.toml", "--accept", "all")
    assert out.count("esa:") < 15
    assert "… ほか 5 か所 → kb review plan.toml --links" in out
    every = here.kb("review", "plan.toml", "--links")
    assert [f"esa:{number}:1 記事 {number}" in every for number in range(10, 25)] == [True] * 15
    assert "リクエスト" not in every


def test_nothing_is_said_where_posts_stay_behind(site: Callable[..., Site]) -> None:
    here = site(*POSTS, post(5, "Users/sato/手順", "手順"))
    plan = (here.folder / "plan.toml").read_text("utf-8")
    (here.folder / "plan.toml").write_text(plan.replace("\naccept = true", "\naccept = false", 1), encoding="utf-8")
    every = here.kb("review", "plan.toml", "--links")
    every = every[every.index("行き先を失います") :]
    assert "旧運用/手順 →" not in every
    assert "esa:3:4" in every
    (here.folder / "plan.toml").unlink()
    here.kb("plan", "retitle", "-o", "plan.toml", "--match", "記事", "--to", "手順")
    assert "行き先を失います" not in here.kb("review", "plan.toml", "--accept", "all")
    assert "切れる分類のリンクはありません" in here.kb("review", "plan.toml", "--links")
    (here.folder / ".kb" / "mirror.db").unlink()
    assert here.kb("review", "plan.toml", "--links") == ""
    assert "手元の写しがないので、影響は分かりません" in here.said


def test_a_private_ticket_is_listed_here_and_counted_in_no_announcement(site: Callable[..., Site]) -> None:
    title = "DB パスワード: Zx9-kq27-Tm4w"
    here = site(*POSTS, {**post(6, "案内", "in:旧運用/手順"), "name": title}, TICKET, redmine=True)
    every = here.kb("review", "plan.toml", "--links")
    assert "\n      redmine:7:2\n" in every
    assert "手順の見直し" not in every
    assert "esa:6:1" in every
    assert "Zx9" not in every
    said = here.kb("review", "plan.toml", "--announce")
    assert "- 直すもの: 移る分類を開くリンクと保存した検索 5 か所" in said
    assert "手順の見直し" not in said
    assert "--links" not in here.kb("review", "plan.toml", "--check")
    assert "ほかの指定とは使えません" in (here.kb("review", "plan.toml", "--check", "--links", code=2), here.said)[1]
