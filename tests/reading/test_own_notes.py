"""Memos and diaries are known by a whole title or folder; a title that says what a page is about is neither."""

from __future__ import annotations

import pytest

from kb.reading.pages.own_notes import OwnNote, find_own_note

MEMO, DIARY = OwnNote.MEMO, OwnNote.DIARY


@pytest.mark.parametrize(
    ("title", "folders", "found"),
    [
        ("メモ", "", MEMO),
        ("メモ 2025-06-10", "", MEMO),
        ("【メモ】", "", MEMO),
        ("作業用メモ", "", MEMO),
        ("個人的な覚え書き", "", MEMO),
        ("やることリスト", "", MEMO),
        ("TODO", "", MEMO),
        ("下書き置き場", "", MEMO),
        ("1on1", "", MEMO),
        ("1on1 用", "", MEMO),
        ("目標シート下書き", "", MEMO),
        ("My notes", "", MEMO),
        ("無題 3", "", MEMO),
        ("", "", MEMO),
        ("日報 2025/06/10", "", DIARY),
        ("6/10（火）日報 sato", "", DIARY),
        ("週報 2025-W24", "", DIARY),
        ("2025-06-10", "", DIARY),
        ("6月10日", "メモ", DIARY),
        ("作業と気づき", "日報/2025", DIARY),
        ("daily report 2025-06-10", "", DIARY),
        ("2025-06-10", "議事録", None),
        ("Redis の鍵の分布", "メモ", None),
        ("メモリ不足の調査", "", None),
        ("調査メモ: Solr のコミット間隔", "", None),
        ("TODO アプリの設計", "", None),
        ("日報の書き方", "", None),
        ("日次集計のやり直し", "", None),
        ("テスト環境の作り方", "", None),
        ("リンク切れの直し方", "", None),
        ("評価関数の設計", "", None),
        ("ノート PC の貸し出し", "", None),
        ("2025-06-10 サイトが開かない", "", None),
    ],
)
def test_a_name_is_a_memo_a_diary_or_what_a_page_is_about(title: str, folders: str, found: OwnNote | None) -> None:
    assert find_own_note(title, folders, "sato") is found


def test_what_is_longer_than_any_memo_is_none() -> None:
    for long in ("メモ" * 40_000, "のリスト" * 40_000, "個人用の" * 40_000):
        assert find_own_note(long, "メモ", "sato") is None
