"""Whether a page is worth reading for sections: a quick look at its bytes.

Most pages of a team are no incidents, and finding that out must cost next to nothing. Key words
near the beginnings of lines, where labels stand, bound how many points `kb.reading.pages.kind` could
give for sections; what the place and the title say is known already. A page that cannot reach the
threshold is not read further.
"""

from __future__ import annotations

import re

from kb.model.document import Document, Kind
from kb.reading.pages.declared_kind import find_named_kind, score_place, weigh_other_name

INCIDENT_THRESHOLD = 3.75
"""Points that make an incident page."""
TROUBLE_PLACE_POINTS = 3.0
MAX_STORY_POINTS = 3.0

_CLASSES: tuple[tuple[float, str], ...] = (
    (1.0,
        "原因 要因 真因 真相 起因 誘因 理由 わけ もと 根 なぜ 何故 どうして なんで 引き金 背景 悪か まずか いけな 穴"
        " わかった"
        " わかって わかり わかるか わかったか 分かった 判った 判明 調べ 調査 分析 解析 考察 結論 正体 からくり"
        " しくみ 犯人 種 げんいん ゲンイン"
        " たどる たどっ 裏で 裏に 招い 生んだ うんだ 突き詰め 核心"
        " ｹﾞﾝｲﾝ cause why rca trigger wrong root behind reason analys finding"),
    (1.0,
        "対応 対処 処置 処理 措置 手当 てあて 復旧 復帰 解決 修正 是正 直し 直っ 直す 直した なおし なおした 改修"
        " 止血 火消 回避 恒久 暫定 応急 善後 収め 収束 しの 戻 したこと たこと やった とった 取った 行った 講じ"
        " どうした"
        " しました こうした その場 いったん とりあえず ひとまず 何をし 始末 打った手 たいおう タイオウ ﾀｲｵｳ"
        " しょち 方法"
        " 切り抜け 乗り切 取り除 解消 取り戻 動かし 後始末 respon way out"
        " fix resol recover mitigat workaround remed solution repair did restor action worked patch back"),
    (2.0,
        "再発 防 予防 改善 今後 こんご コンゴ これから 対策 アクション 繰り返 繰返 くり返 くりかえ 二度 再び 次回"
        " 次に"
        " 次は 次の 次から つぎ 将来 明日 先々 さき 横展開 水平 課題 宿題 やること やら なくす 起こさな 起きな"
        " 起きま また起 また起き もう"
        " 歯止 備え 轍 あとで あとから 約束 こうして こうします 気を 守 同じ 工夫 ｻｲﾊﾂ さいはつ サイハツ ﾎﾞｳｼ"
        " 遠ざけ 減らす 抑え 断つ 絶つ 避け 決まり 取り決め 変える どうする sure different way forward"
        " prevent action follow next counter avoid never again future keep improv guard"),
    (3.5,
        "事象 現象 症状 影響 被害 概要 概況 状況 内容 経緯 経過 時系列 流れ 何が なに どんな 発生 出来事 できごと"
        " 起き"
        " おき 起こ 検知 発見 気づ 気付 困 あらまし 要約 サマリ impact affected happened symptom summary"
        " overview timeline"
        " what detect 見えて 見えた 困り 事実 saw problem brief"),
)  # fmt: skip
_CAUSE, _FIX, _PREVENTION, _SCENE = ((worth, tuple(words.split())) for worth, words in _CLASSES)
# What a scene is made of, each part with its worth: against a name of another kind, one word is not four sections.
_SCENES = tuple(
    (worth, tuple(words.split()))
    for worth, words in (
        (1.0, "影響 被害 損害 損失 困 迷惑 痛手 誰 だれ impact affect radius who"),
        (1.0,
            "時系列 経緯 経過 流れ 推移 履歴 記録 動き 足取り タイムライン クロノロジ ログ timeline time line"
            " chronolog sequence history log"),
        (1.0, "検知 発見 発覚 検出 認知 覚知 気づ 気付 見つ きっかけ detect discover notic found"),
        (0.5,
            "事象 現象 症状 概要 概況 状況 内容 何が なに どんな 発生 障害 不具合 出来事 できごと 起き おき 起こ"
            " あらまし 要約 サマリ 全体像 問題 happened symptom summary overview what incident issue problem"),
    )
)  # fmt: skip
_LETTER = ("原因", "再発")  # named in sentences, where no label stands
_SHORT = 40
# One set of signs in front, so that `re` runs to the first of them; a blank counts when another follows.
_SEPARATOR = re.compile("[:：\t|)）】》〉〕〗〙\\]>*＞?？.\u3000→=＝─―—…／;； ](?:(?<! )|(?<= ) )")
_BROAD = 32


def may_be_incident(document: Document) -> bool:
    """Whether it is worth reading a page's sections.

    A page this passes over is no incident by its own words; kb.toml can still make it one.
    """
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return False
    place = score_place(document)
    named, in_title = find_named_kind(document)
    if place >= TROUBLE_PLACE_POINTS and not named:
        return True
    if place > 0.0 and not named and may_be_letter(document):
        return True
    text = _labels(document.body)
    least = 0 if place >= TROUBLE_PLACE_POINTS else 1 if place >= 1.0 else 2
    # Most pages end here: sections on a cause and on prevention are rarer than those on doing something.
    cause, prevention = _hinted(text, _CAUSE), _hinted(text, _PREVENTION)
    if least == 2 and not (cause or prevention):
        return False
    fix = _hinted(text, _FIX)
    judged = bool(cause) + bool(prevention) + bool(fix)
    if judged < least:
        return False
    scene = _hinted(text, _SCENE)
    if least and judged + bool(scene) < 2:
        return False
    if not named:
        return cause + prevention + fix + scene >= INCIDENT_THRESHOLD - place - MAX_STORY_POINTS
    needed = INCIDENT_THRESHOLD - place - MAX_STORY_POINTS + weigh_other_name(named, in_title, place, whole=judged == 3)
    if cause + prevention + fix + scene < needed:
        return False
    return cause + prevention + fix + sum(_hinted(text, part) for part in _SCENES) >= needed


def _hinted(text: str, hint: tuple[float, tuple[str, ...]]) -> float:
    """The points of a class of words, when one of them is in the text."""
    worth, words = hint
    for word in words:
        if word in text:
            return worth
    return 0.0


def may_be_letter(document: Document) -> bool:
    """Whether sentences may name cause and prevention; what was done has too many names."""
    return all(word in document.body for word in _LETTER)


def _labels(body: str) -> str:
    """What may be labels: short lines that are no sentences, beginnings with a separator, cells and tags."""
    kept: list[str] = []
    for line in body.splitlines():
        text = line.strip()
        if not text:
            continue
        if text[0] in "|<":
            kept.append(text[:400])
        elif (
            len(text) <= _SHORT
            and (text[-1] != "。" or text[0] in "#hQ問")
            and ("、" not in text or text[0] in "#h一二三四五六七八九")
        ):
            kept.append(text)
        elif found := _SEPARATOR.search(text, 5 if "." in text[1:3] else 1, _BROAD):
            kept.append(text[: found.end()])
            if text[0] in "-*・→[(【《〈〔（＜<":
                kept.append(text[found.end() : _BROAD])
    return "\n".join(kept).casefold()
