"""Sentences that say a trouble came again, that it is another one, and those that only sound like either."""

import pytest

from kb.reading.traits.repeats import read_repeat

AGAIN = [
    "今回で 3 回目です(1 回目は https://docs.esa.io/posts/1)。",
    "採点がまた止まった(2回目)",
    "batch-02 で再度メモリ不足。",
    "前回と同じ。",
    "前回 #1055",
    "【再発】予約が確定できない",
    "#1102 と同じで、消されずに残っていました。",
    "「空室が更新されない」と同じ障害です。",
    "年越しの料金が 0 円(昨年と同じ)",
    "posts/227 のときと同じ現象。",
    "これまでの 2 回と同じく尽きた。",
    "同じ障害が 3 回起きている。",
    "先月も起きた。",
    "前に大手町であったやつと一緒で、電池が空です",
    "端が書かれない不具合が戻ってきた。",
    "前回の再発防止がまだ終わっていなかった。",
    "This is the second time this month.",
    "Same root cause as #1102.",
    "It went down again.",
]
APART = [
    "#305 とは原因が異なる。",
    "過去にも容量不足があった(#1102)が、前回とは別の原因。",
    "複製は正常で再発ではない。",
    "似ているが別件。",
    "Unrelated to #305.",
]
NEITHER = [
    "再発がないか見守る。",
    "その後、再発していない。",
    "再発した場合は当番に連絡する。",
    "再発防止は #241 と同じにする。",
    "請求書 210 通を再発行した。",
    "再起動で一旦おさまったが 1 時間後に再発した。",
    "2 回目の再起動で正常になった。",
    "2 回目の実行で成功した。",
    "2 回目: 18:20 に当番が再送した。",
    "また、問い合わせが 4 件あった。",
    "地域をまたぐと遅延が増える。",
    "鍵またはトークンが切れた。",
    "前回のリリースと同じ手順で戻した。",
    "本番とは別に検証環境でも確かめた。",
    "同じサーバーで別の作業をしていた。",
    "Check it again after the release.",
]


@pytest.mark.parametrize("text", AGAIN)
def test_it_came_again(text: str) -> None:
    found = read_repeat(text)
    assert found is not None
    assert not found.apart


@pytest.mark.parametrize("text", APART)
def test_it_is_another_one(text: str) -> None:
    found = read_repeat(text)
    assert found is not None
    assert found.apart


@pytest.mark.parametrize("text", NEITHER)
def test_it_says_neither(text: str) -> None:
    assert read_repeat(text) is None


def test_which_time_and_which_page() -> None:
    found = read_repeat("今回で 3 回目です(1 回目は https://docs.esa.io/posts/1 )。")
    assert found is not None
    assert (found.count, found.links) == (3, ("https://docs.esa.io/posts/1",))
    quoted = read_repeat("「空室が更新されない」(/posts/12)と同じ障害です。")
    assert quoted is not None
    assert quoted.quoted[0] == "空室が更新されない"
    assert quoted.links == ("posts/12",)
