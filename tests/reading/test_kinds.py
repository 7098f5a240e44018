"""Which pages are incidents: pages that use the same words, with and without their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from together import together

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.settings.kb_toml import IncidentSettings


def pages() -> list[object]:
    """Sort, path and body of each page of kinds/*.txt; unfamiliar.txt has words and layouts of its own.

    A sort that begins with `!` is a known miss.
    """
    files = sorted(Path(__file__).with_name("kinds").glob("*.txt"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    found: list[object] = []
    for page in text.split("=== ")[1:]:
        head, _, body = page.partition("\n")
        sort, _, path = head.partition(" ")
        known = [pytest.mark.xfail(strict=True, reason="a known miss")] if sort.startswith("!") else []
        found.append(pytest.param(sort.removeprefix("!"), path, body, marks=known, id=path))
    return found


def post(path: str, body: str, *, hidden: bool = False, tags: tuple[str, ...] = (), **more: object) -> Document:
    category, title = path.split("/", 1) if "/" in path else ("", path)
    return Document(
        "x",
        Source.ESA,
        Kind.POST,
        title,
        body,
        Markup.MARKDOWN,
        category="" if hidden else category,
        tags=tags,
        meta=more,
    )


@pytest.mark.parametrize("hidden", [False, True])
@together(("sort", "path", "body"), pages())
def test_a_page_is_told_by_its_place_and_without_it(sort: str, path: str, body: str, hidden: bool) -> None:
    facts = read_facts(post(path, body, hidden=hidden), PagePolicy())
    assert facts.is_incident is (sort == "incident"), facts.kind_reason


MEMO = "原因: 床の濡れ\n再発防止: マットを敷く"


@pytest.mark.parametrize(
    ("path", "policy", "kind"),
    [
        ("不具合共有/x", PagePolicy(incident=("不具合共有/**",)), PageKind.INCIDENT),
        ("不具合共有/2025/x", PagePolicy(incident=("不具合共有",)), PageKind.INCIDENT),
        ("メモ/2025/x", PagePolicy(incident=("メモ/*",)), PageKind.OTHER),
        ("不具合共有/README", PagePolicy(incident=("不具合共有/**",), other=("**/README",)), PageKind.INDEX),
        ("README", PagePolicy(incident=("**",), other=("**/README",)), PageKind.INDEX),
        ("Templates/障害報告", PagePolicy(incident=("**",), other=("Templates/**",)), PageKind.TEMPLATE),
    ],
)
def test_kb_toml_decides_outright_and_other_wins(path: str, policy: PagePolicy, kind: PageKind) -> None:
    assert read_facts(post(path, "短いメモ"), policy).kind is kind


TOLD = """\
## 事象
5/3 10:00 から 40 分、予約を受けられなかった。
## 影響
予約 30 件ほど
## 原因
鍵の期限が切れていた。持ち主の欄が台帳になく、知らせが退職者に届いていた。
## 対応
鍵を替え、配り直した。
## 再発防止
- 期限の 30 日前に鳴らす（岸、5/20）
"""
RULES = """\
- 原因は機械の名前だけを書かない
- 対応は時刻の順に書く
- 再発防止には担当と期日を必ず書く
- 片づいたら題に【完了】を付ける
"""
FORM = """\
## 原因
〔なぜか〕
## 影響
〔だれに何が〕
## 対応
〔HH:MM したこと〕
## 再発防止
- [ ] 〔すること〕（〔だれ〕、YYYY-MM-DD）
"""
LEFT_OPEN = "## 原因\n不明\n## 影響\nTODO\n## 対応\n再起動\n## 再発防止\nTODO\n"
LOGGED = """\
配信が止まった。
```
06:33 WARN  [web-api] retry 1/5
06:34 WARN  [web-front] retry 4/5
06:35 ERROR [web-front] connection timed out
06:36 INFO  [job-runner] job <queue> finished
```
"""
NAMELESS = """\
- 影響: ○○社の受注と△△社の出荷
- 原因: ○○社の鍵の期限が切れ、△△社へ渡す道も同じ鍵だった
- 対応: ○○社に替えてもらい、△△社へ知らせた
- 再発防止: ○○社と△△社で期限を見せ合う
"""
MONTH_OF_ONE = "5/9 13:02 から 13:40 まで決済ができなかった。原因は回線機器の故障。13:40 に復旧。\n"


@pytest.mark.parametrize(
    ("title", "body", "kind"),
    [
        ("この棚のきまり", RULES, PageKind.TEACHING),
        ("（写して使う）", FORM, PageKind.TEMPLATE),
        ("README", RULES, PageKind.TEACHING),
        ("README", "この分類の見かた\n- [2024 年](/posts/1)\n- [2025 年](/posts/2)\n", PageKind.INDEX),
        ("README", TOLD, PageKind.INCIDENT),
        ("決済が通らない", LEFT_OPEN, PageKind.INCIDENT),
        ("配信が止まった", LOGGED, PageKind.INCIDENT),
        ("○○社の受注が止まった", NAMELESS, PageKind.INCIDENT),
        ("2025-W19", MONTH_OF_ONE, PageKind.INCIDENT),  # kb.toml says that each page here is one
    ],
)
def test_a_place_of_incidents_holds_pages_about_pages_too(title: str, body: str, kind: PageKind) -> None:
    policy = PagePolicy(incident=("不具合共有/**",), other=IncidentSettings().not_places)
    assert read_facts(post(f"不具合共有/{title}", body), policy).kind is kind


def test_a_tag_of_kb_toml_decides_whatever_its_case() -> None:
    assert read_facts(post("メモ/x", MEMO, tags=("Incident",)), PagePolicy(incident_tags=("incident",))).is_incident
    assert not read_facts(post("メモ/x", MEMO, tags=("other",)), PagePolicy(incident_tags=("incident",))).is_incident


def test_a_comment_is_never_a_page() -> None:
    body = "## 原因\n停止\n## 対応\n再起動\n## 再発防止\nTODO"
    comment = Document("x", Source.ESA, Kind.COMMENT, "題", body, Markup.MARKDOWN, part="comment:1")
    assert not read_facts(comment, PagePolicy()).is_incident


SHORT = "- 原因: 鍵の期限が切れていた。台帳に欄がなかった\n- 対応: 鍵を替えた\n- 再発防止: 台帳に欄を足す（岸、5/20）\n"
WORDS_INSIDE = """
手順書の誤記で本番の索引を消した
手順書どおりに切り替えたら全店で停止
メンテナンスのお知らせメールが二重に届いた
定例バッチの停止
一覧画面が開かない
帳票テンプレートの差し替えで請求書が白紙
設計漏れによる在庫の二重引き当て
研修環境から本番へ誤って配信
FAQ ページが 500 を返す
チェックリストの抜けで証明書が切れた
当番の引き継ぎ漏れで警報を見逃す
リリースノート配信の失敗
マニュアルサイトが見られない
契約更新の漏れで回線が止まる
進捗画面の数字が合わない
問い合わせフォームが送信できない件
移行計画どおりに進まず切り戻し
ガイド音声が流れない
監査ログの欠損
ポリシー更新で全端末が締め出された
月次締めが終わらない
日報アプリのログイン障害
調査用クエリで DB が固まった
まとめ買い割引が効かない
要件の取り違えで税率が 8% のまま
見積書が二重に発行された
案内メールの宛先誤り
訓練モードのまま本番の放送が流れた
サンプルデータが本番に入った
新人研修用アカウントで本番が更新された
会議室予約の画面が真っ白
アンケートの回答が消える
フォーマット変換サーバ停止
学習ジョブが終わらない
目標値の設定ミスで発注が止まる
タスクキューの滞留
仕様変更後に料金が誤計算
一覧の CSV が文字化け
weekly digest sent twice
Meeting room booking page is down
Policy change locked everyone out
Template cache served blank pages
Checklist app lost its data
Guide pages return 500
""".strip().splitlines()
"""Titles that hold a word for another kind of page and are about trouble."""


@together("title", WORDS_INSIDE)
def test_a_word_inside_a_title_excludes_no_page(title: str) -> None:
    assert read_facts(post(f"開発/{title}", TOLD), PagePolicy()).is_incident
    assert read_facts(post(f"障害/{title}", SHORT), PagePolicy()).is_incident


WORDS_BEHIND = """
5/3 予約停止の調査
5/3 予約停止 調査メモ
予約停止（5/3）振り返り
5/3 予約が取れない件の調査結果まとめ
2026-05-03 予約停止 検証
5/3 予約停止 対応フロー見直しの提案
予約停止時の対応（5/3）
5/3 予約停止 タスク
5/3 予約停止の覚え書き
予約停止のお知らせ
5/3 予約停止 報告会
Booking outage retro
Booking outage 5/3 notes
""".strip().splitlines()
"""Titles that end with the name of another kind."""


@together("title", WORDS_BEHIND)
def test_no_title_excludes_a_page_of_a_place_or_tag_for_incidents(title: str) -> None:
    assert read_facts(post(f"障害/2026/{title}", TOLD), PagePolicy()).is_incident
    assert read_facts(post(f"開発/{title}", TOLD, tags=("障害",)), PagePolicy()).is_incident


@together("title", WORDS_BEHIND)
def test_no_title_excludes_a_page_that_has_the_sections_of_an_incident(title: str) -> None:
    assert read_facts(post(f"開発/2026/{title}", TOLD), PagePolicy()).is_incident


FOLDERS = """
手順書整備チーム
設計部/記録
メンテナンス課/2026
お知らせ配信基盤/運用
研修センター/システム
会議システム/運用
タスク管理ツール/運用
一覧表示 API/2026
学習塾向け/運用
監査法人様/2026
契約管理システム/2026
レトロゲーム事業/サーバ
weekly-digest/ops
template-engine/2026
""".strip().splitlines()
"""Folders that hold a word for another kind of page, and are not named by it."""


@together("folder", FOLDERS)
def test_a_word_inside_the_name_of_a_folder_excludes_no_page(folder: str) -> None:
    category, _, rest = folder.partition("/")
    path = f"{category}/{rest}/5-3 予約を受けられない" if rest else f"{category}/5-3 予約を受けられない"
    document = Document(
        "x", Source.ESA, Kind.POST, "5/3 予約を受けられない", TOLD, Markup.MARKDOWN, category=path.rpartition("/")[0]
    )
    assert read_facts(document, PagePolicy()).is_incident
    short = Document(
        "x",
        Source.ESA,
        Kind.POST,
        "5/3 予約を受けられない",
        "## 事象\n5/3 10:00 から 40 分、予約を受けられなかった。\n" + SHORT,
        Markup.MARKDOWN,
        category=path.rpartition("/")[0],
    )
    assert read_facts(short, PagePolicy()).is_incident


OTHERS = """
障害対応手順書
障害報告書テンプレート
障害対応マニュアル（第 3 版）
障害報告の書き方
障害対応フロー
インシデント管理規程 2026
障害報告書 記入例
障害対応チェックリスト
How to write an incident report
Incident report template
Incident response runbook
""".strip().splitlines()
GUIDE = """\
## 事象
いつ、どこで、何が起きたかを書く。
## 影響
件数と時間を書く。
## 原因
なぜを 3 回くり返す。
## 対応
時刻を添えて書く。
## 再発防止
担当と期限を添える。
"""


@together("title", OTHERS)
def test_a_page_about_reports_is_none(title: str) -> None:
    for place in ("開発", "運用/文書", "障害"):
        assert not read_facts(post(f"{place}/{title}", GUIDE), PagePolicy()).is_incident, place


@pytest.mark.parametrize(
    ("title", "excluded"),
    [
        ("障害一覧", True),
        ("障害一覧（2026 年分）", True),
        ("障害報告テンプレート", True),
        ("受注一覧が遅い", False),
        ("帳票テンプレートの差し替えで白紙", False),
    ],
)
def test_the_globs_of_a_new_kb_toml_mean_the_end_of_a_title(title: str, excluded: bool) -> None:
    policy = PagePolicy(other=IncidentSettings().not_places)
    assert (read_facts(post(f"障害/{title}", TOLD), policy).kind is not PageKind.INCIDENT) is excluded


STORY = "鍵の 1 日の上限を超え、5/24 15:00 から地図が出なかった。\n16:10 に上限を上げて直った。\n"


@pytest.mark.parametrize("tag", ["障害", "postmortem", "インシデント"])
def test_a_story_with_a_tag_for_incidents_is_one(tag: str) -> None:
    assert read_facts(post("Web/2026/地図のこと", STORY, tags=(tag,)), PagePolicy()).is_incident


@pytest.mark.parametrize("tag", ["地図", "障害訓練", "障害対応手順"])
def test_a_story_with_another_tag_is_none(tag: str) -> None:
    assert not read_facts(post("Web/2026/地図のこと", STORY, tags=(tag,)), PagePolicy()).is_incident


def test_a_place_for_incidents_needs_no_sections() -> None:
    body = "5/23 朝から代表の電話が鳴らず。交換機を再起動して復旧。\n"
    assert read_facts(post("障害/2026/電話が鳴らない", body), PagePolicy()).is_incident
    assert not read_facts(post("障害/2026/電話が鳴らない", body, hidden=True), PagePolicy()).is_incident
