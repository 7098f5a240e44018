"""What a line leaves to its writer."""

from __future__ import annotations

import pytest

from kb.model.masked import Masked
from kb.reports.handover.asking.cues import (
    Cue,
    find_cues,
    find_parties,
    find_posts,
    find_programs,
    find_tacit_lines,
    is_handed_over,
    is_ignorance,
    read_lead,
)

CUES = {
    "add_partition.sh（1日の朝、手元から）": {Cue.MANUAL, Cue.PERIODIC},
    "毎月1日に手で流しています": {Cue.MANUAL, Cue.PERIODIC},
    "請求の突き合わせは目視": {Cue.MANUAL},
    "片付いたら消す。": {Cue.TEMPORARY},
    "とりあえず 0 を入れて流した。": {Cue.TEMPORARY},
    "半年見て止める。": {Cue.TEMPORARY},
    "連絡先のメールは古いまま": {Cue.CONTACT},
    "窓口の方が替わった。新しい方の名前は名刺入れ。": {Cue.CONTACT, Cue.KEPT},
    "黒川さんの予定表だけに書かれている": {Cue.KEPT},
    "スクリプトは ~/jobs/athena にあります": {Cue.KEPT},
    "Athena の月初の作業（簡単なので口頭で）": {Cue.PERIODIC, Cue.ORAL},
    "困ったら三浦まで連絡してください": {Cue.ASKED},
    "承認者が変わっていない": {Cue.OWNED},
    "当番表をチームの所有に": {Cue.OWNED},
    "固定IP。relay 経由でないと弾かれる。": {Cue.PURPOSE},
    "差が 0.1% 以内なら良しとする": {Cue.CRITERION},
    "画像が 20MB を超えると止まる気がする": {Cue.UNSURE, Cue.CRITERION},
    "※ 先にリーダーを移すこと（今は不要かも）": {Cue.UNSURE},
    "- DNS →": {Cue.UNFINISHED},
    "（ここから先は白石さんと話してから書きます）": {Cue.UNFINISHED},
    "Restarted by hand every month": {Cue.MANUAL, Cue.PERIODIC},
    # near misses
    "- 配信API → 高瀬さん。済": set(),
    "- [x] 手で流すのをやめる": set(),
    "窓口端末を戻す": set(),
    "以前の端末は登録を外しました": set(),
    "重複のため #332 に統合": set(),
    "相手に手紙を出した": set(),
    "1Password のアカウントを作成する": set(),
    "ALB から外す → `sudo systemctl restart api` → 戻す": set(),
}


@pytest.mark.parametrize("line", CUES)
def test_a_line_has_its_cues(line: str) -> None:
    assert set(find_cues(line)) == CUES[line]


@pytest.mark.parametrize(
    ("line", "unknown"),
    [
        ("止めると何が起きるか分かりません。", True),
        ("- [ ] 残る 2 行の意味を調べる", True),
        ("## 分かっていないこと", True),
        ("止めて大丈夫なはずですが、念のため", True),
        ("最後のものは確かめようがない。", True),
        ("| 毎時 | sync_m.sh | 不明 |", True),
        ("分かったこと", False),
        ("原因を調べて直した", False),
        ("意味のある名前にする", False),
    ],
)
def test_who_does_not_know_says_so(line: str, unknown: bool) -> None:
    assert is_ignorance(line) is unknown


def found(text: str, *, for_successors: bool = False) -> list[tuple[int, Cue]]:
    lines = (("body", number, Masked(line)) for number, line in enumerate(text.split("\n"), 1))
    return [(line.number, line.cues[0]) for line in find_tacit_lines(lines, for_successors=for_successors)]


def test_what_their_own_notes_call_unknown_is_not_asked_and_code_answers_for_itself() -> None:
    text = "## 手順\n手で流す\n## 分かっていないこと\n- 手で流す理由\n## ほか\n```\n# 手で流す\n```\n手で流す"
    assert found(text) == [(2, Cue.MANUAL), (9, Cue.MANUAL)]


def test_the_head_of_a_table_is_no_line_of_it() -> None:
    assert found("| 相手 | 連絡先 |\n|---|---|\n| A | 連絡先は名刺 |") == [(3, Cue.KEPT)]


def test_notes_for_successors_tell_what_was_not_handed_over() -> None:
    text = "## 渡したもの\n- 計測 → 藤井さん\n## まだのもの\n- DSP-B\n## 表\n| 集計 | 小野さん | 半分 |\n"
    text += "| 計測 | 小野さん | 済み |\n- [ ] 監視\n- [x] 権限"
    assert found(text, for_successors=True) == [(4, Cue.PENDING), (6, Cue.PENDING), (8, Cue.PENDING)]
    assert found(text) == []
    assert [is_handed_over(line) for line in text.split("\n")] == [False] * 6 + [True, False, True]


def test_a_comment_begins_anew() -> None:
    lines = [("body", 1, Masked("## 分からないこと")), ("comment:1", 1, Masked("手で流しています"))]
    assert [line.part for line in find_tacit_lines(lines)] == ["comment:1"]


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("スクリプトは `~/jobs/athena/add_partition.sh`。", ("add_partition.sh",)),
        ("30 4 * * * /home/kurokawa/exclude_update.py", ("exclude_update.py",)),
        ("java -jar /home/kurokawa/agg-legacy.jar", ("agg-legacy.jar",)),
        ("https://example.jp/a.sh?x を開く", ()),
        ("報告.sh ではない", ()),
        ("v1.2.sh", ("v1.2.sh",)),
        ("/" * 50_000 + "a" * 50_000, ()),
    ],
)
def test_programs_are_read_by_their_name(text: str, programs: tuple[str, ...]) -> None:
    assert find_programs(text) == programs


@pytest.mark.parametrize(
    "text", [" " * 200_000, "| " * 100_000, "-" * 200_000, "済" * 100_000, "→ " * 100_000, "手で" * 90_000]
)
def test_a_hostile_line_costs_its_length(text: str) -> None:
    assert found(f"{text}\n{text}", for_successors=True) == []
    is_handed_over(text)
    find_posts(text)
    find_parties(text)


def test_parties_posts_and_leads() -> None:
    assert find_parties("DSP-B の窓口、A-20117 と HTTP-API") == ("DSP-B", "HTTP-API")
    assert find_posts("[#1454](https://docs.esa.io/posts/1454) と #12 と a#13") == ("esa:1454", "esa:1454", "esa:12")
    assert [read_lead(each) for each in ("DNS →", "Athena の作業（口頭）", "集計 / #1 / 半分", "旧DB")] == [
        "DNS", "Athena の作業", "集計", "旧DB",
    ]  # fmt: skip
