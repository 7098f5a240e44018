"""`kb runbook` on a small team: a draft on screen, in a file, and as a section of a post that can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site
from changes.test_the_window import around
from changes.written import text_of

from kb.errors import Exit

__all__ = ["around"]  # a fixture

RUNBOOK = 20
FIXED = """## 発生日時
2026-03-02 10:15

## 事象
api-01 で 504

## 原因
接続の上限が 50 のままで溢れた。

## 対応
1. 受付を止めた
2. 佐藤さんが上限を 20 に下げた
3. 管理画面のパスワード Kx9vQ2mTz7pLw を入れ、監視会社（電話 090-3817-2946）に知らせた
"""
RESTARTED = """## 発生日時
2026-01-05 03:10

## 事象
api-01 が応答しない

## 対応
api-01 を再起動した
"""
MODEL = """
[[node]]
id = "api"
label = "配信 API"
owner = "配信チーム"
esa = 20
[node.match]
host = ["api-*"]
[[node]]
id = "db"
label = "広告 DB"
owner = "佐藤 健"
[node.match]
host = ["db-*"]
[[node]]
id = "cache"
label = "配信キャッシュ"
"""


def post(number: int, name: str, body: str, category: str = "不具合共有/2026") -> dict[str, Any]:
    who = {"screen_name": "sato", "name": "佐藤 健"}
    return {"number": number, "name": name, "category": category, "body_md": body, "tags": [], "created_by": who}


@pytest.fixture
def team(site: Callable[..., Site]) -> Site:
    return open_team(site)


def open_team(site: Callable[..., Site], more: Sequence[dict[str, Any]] = ()) -> Site:
    made = site(
        data=[
            post(1, "配信が 504 を返す", FIXED),
            post(2, "api-01 が応答しない", RESTARTED),
            post(
                3,
                "db-01 の切り替わり",
                RESTARTED.replace("api-01 を再起動", "接続先をクラスタの名前に").replace("api", "db"),
            ),
            post(RUNBOOK, "配信 API の手順", "# 手順\n\nはじめに\n", "運用"),
            *more,
        ]
    )
    toml = made.folder / "kb.toml"
    toml.write_text(
        toml.read_text() + 'limited = ["限定/**"]\n' + "\n[hosts]\npattern = '(api|db)-[0-9]{2}'\n", encoding="utf-8"
    )
    (made.folder / "diagrams").mkdir()
    (made.folder / "diagrams" / "system.toml").write_text(MODEL, encoding="utf-8")
    made.sandbox.edit("esa", "add-member", fields={"screen_name": "sato", "name": "佐藤 健"})
    made.kb("sync")
    return made


@pytest.mark.parametrize("word", ["api", "API", "配信 API", "配信ＡＰＩ", "api-01"])
def test_a_node_goes_by_id_label_and_host(team: Site, word: str) -> None:
    said = team.kb("runbook", word)
    assert said.startswith("# 配信 API の手順書（下書き）")
    assert "1. 受付を止めた（11 行目）\n2. 担当者が上限を 20 に下げた（12 行目）" in said
    assert "[esa:1](https://docs.esa.io/posts/1)（2026-03-02）" in said
    assert [word for word in ("佐藤", "Kx9vQ2mTz7pLw", "3817-2946") if word in said] == []
    assert "次は: 読んで直し、記事に足すなら kb runbook api --into esa:20" in team.said


@pytest.mark.parametrize(
    ("page", "into"),
    [
        ("https://docs.esa.io/posts/21", "esa:21"),
        ("https://other.esa.io/posts/21", "esa:20"),  # another team's: what the model names besides counts
        ("https://wiki.example.jp/posts/21", "esa:20"),
    ],
)
def test_the_post_it_leads_to_is_one_of_the_team(team: Site, page: str, into: str) -> None:
    model = team.folder / "diagrams" / "system.toml"
    model.write_text(MODEL.replace("esa = 20", f'esa = 20\nrunbook = "{page}"'), encoding="utf-8")
    team.kb("runbook", "api")
    assert team.said.rstrip().endswith(f"kb runbook api --into {into}")


def test_an_owner_who_is_a_person_is_not_named(team: Site) -> None:
    said = team.kb("runbook", "db")
    assert "佐藤" not in said
    assert "- 連絡先: 構成図に書かれた担当" in said


def test_an_unknown_node_is_an_error_with_those_that_are_called_like_it(team: Site) -> None:
    team.kb("runbook", "apo", code=Exit.USAGE)
    assert "構成図にも障害の記事にもありません" in team.said
    assert "api" in team.said
    shown = team.kb("runbook", "password=Zt7kQ2mXw9Lr", code=Exit.USAGE)
    assert "Zt7kQ2mXw9Lr" not in shown + team.said
    team.kb("runbook", "zzzzzz", code=Exit.USAGE)
    assert "kb incidents --by node" in team.said


def test_without_incidents_it_says_so_and_what_comes_next(team: Site) -> None:
    said = team.kb("runbook", "cache")
    assert "白紙の雛形" in said
    assert "障害の記事はまだない" in team.said
    team.kb("runbook", "cache", "--into", "esa:20", code=Exit.USAGE)
    assert "足すものがありません" in team.said
    assert text_of(team, "esa:20") == "# 手順\n\nはじめに\n"


def test_a_file_is_written_once(team: Site) -> None:
    team.kb("runbook", "api", "-o", "api.md")
    path = Path(team.folder / "api.md")
    before = path.read_text("utf-8")
    assert before.startswith("# 配信 API の手順書")
    team.kb("runbook", "api", "-o", "api.md", code=Exit.USAGE)
    assert path.read_text("utf-8") == before


def test_it_is_added_to_a_post_once_and_taken_back(team: Site) -> None:
    before = text_of(team, "esa:20")
    team.kb("runbook", "api", "--into", "esa:20", "--dry-run")
    assert text_of(team, "esa:20") == before
    team.kb("runbook", "api", "--into", "esa:20", "--yes")
    team.kb("runbook", "db", "--into", "https://docs.esa.io/posts/20", "--yes")
    body = text_of(team, "esa:20")
    assert body.startswith(before.rstrip("\n"))
    assert [line.split()[1:3] for line in body.splitlines() if line.startswith("<!-- kb:")] == [
        ["kb:runbook-api", "begin"],
        ["kb:runbook-api", "end"],
        ["kb:runbook-db", "begin"],
        ["kb:runbook-db", "end"],
    ]
    assert "## 配信 API の手順書（下書き）" in body
    assert "いまの手順書" not in body  # it is this page
    assert "いまの手順書" in team.kb("runbook", "api")
    assert "[skip notice]" in team.seen(20)["message"]
    assert "同じ内容です" in team.kb("runbook", "api", "--into", "esa:20", "--yes")
    assert team.undo("last")["done"] == 1
    assert "kb:runbook-db" not in text_of(team, "esa:20")


def test_what_people_wrote_into_the_section_stays(team: Site) -> None:
    team.kb("runbook", "api", "--into", "esa:20", "--yes")
    body = text_of(team, "esa:20").replace("- だれが、何に困るか:", "- だれが、何に困るか: 媒体")
    team.sandbox.edit("esa", "update", number=20, as_="sato", fields={"body_md": body})
    team.sandbox.edit("esa", "update", number=1, as_="sato", fields={"body_md": FIXED + "3. 受付を開けた\n"})
    team.kb("sync")
    team.kb("runbook", "api", "--into", "esa:20", "--yes", code=Exit.REFUSED)
    assert text_of(team, "esa:20") == body


@pytest.mark.parametrize(
    "words",
    [
        ("--into", "redmine:3"),
        ("--into", "esa:x"),
        ("--into", "https://other.esa.io/posts/20"),
        ("--yes",),
        ("-o", "a.md", "--into", "esa:20"),
    ],
)
def test_what_cannot_be_is_one_sentence(team: Site, words: tuple[str, ...]) -> None:
    team.kb("runbook", "api", *words, code=Exit.USAGE)
    assert "→" in team.said


MONTH = """# 3月の障害

## api-01 が 504 を返す

### 原因
接続の上限が 50 のままで溢れた。

### 対応
上限を 20 に下げた

### 再発防止
- 上限を監視する

## db-01 の切り替わり

### 原因
古いクラスタの名前を見ていた。

### 対応
接続先をクラスタの名前に変えた

### 再発防止
- 名前を揃える
"""


def test_of_a_page_of_several_incidents_only_those_of_the_node_are_told(team: Site) -> None:
    team.sandbox.edit("esa", "update", as_="sato", number=3, fields={"name": "3月の障害", "body_md": MONTH})
    team.kb("sync")
    said = team.kb("runbook", "db")
    assert "接続先をクラスタの名前に変えた" in said
    assert "上限を 20 に下げた" not in said
    assert "クラスタの名前" not in team.kb("runbook", "api")


RECOVER = (
    "# 復旧\n\n```sh\ngate close --all\nmysql -u batch -p'Kx9vQ2mTz7pLwRt4' -e 'KILL QUERY 7'  # 佐藤さんに聞く\n```\n"
)


@pytest.fixture
def written(site: Callable[..., Site]) -> Site:
    """The team with procedures for the node, one of them for few, and with notes on other things."""
    return open_team(
        site,
        [
            post(30, "配信 API 復旧手順（下書き）", RECOVER, "Users/sato"),
            post(31, "api-01 再起動のメモ", "`sudo systemctl restart api`", "運用"),
            post(32, "配信 API 復旧手順（内密）", "`gate secret --all`", "限定/手順"),
            post(33, "広告 DB 復旧手順", "api-01 で `dbctl reset --all`", "運用"),
            post(34, "配信キャッシュ復旧手順", "`cachectl flush --all`", "運用") | {"wip": True},
        ],
    )


def test_procedures_and_drafts_of_the_node_come_before_its_incidents(written: Site) -> None:
    said = written.kb("runbook", "api")
    mend = said.split("## 直す\n")[1].split("\n## ")[0]
    assert mend.index("gate close --all") < mend.index("受付を止めた")
    assert "1. `gate close --all`（4 行目）\n2. `mysql -u batch -p'********' -e 'KILL QUERY 7'" in mend
    assert "下書きです。確かめてから使ってください。" in mend
    assert "api-01 再起動のメモ（最後の編集" in mend
    assert "systemctl restart" not in mend
    assert "`sudo systemctl restart api`" in said.split("## 決めておくこと")[1]
    assert [word for word in ("内密", "secret", "Kx9vQ2m", "佐藤", "dbctl", "cachectl") if word in said] == []
    assert "読める人が限られた手順の記事 1 件は、使っていません。" in said


def test_a_node_with_procedures_alone_has_a_draft_that_can_be_published(written: Site) -> None:
    said = written.kb("runbook", "cache")
    assert "手順の記事 1 件から並べた" in said
    assert "1. `cachectl flush --all`（1 行目）" in said
    assert "白紙" not in said + written.said
    written.kb("runbook", "cache", "--into", "esa:20", "--yes")
    assert "cachectl flush --all" in text_of(written, "esa:20")
    written.kb("sync")
    assert "同じ内容です" in written.kb("runbook", "cache", "--into", "esa:20", "--yes")
    written.kb("runbook", "cache", "--into", "esa:34", code=Exit.USAGE)
    assert "足すものがありません" in written.said
