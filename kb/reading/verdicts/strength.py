"""What a measure rests on: a thing that changes, a person who checks, words without an end, or care.

A check by people and a change to a document help, and depend on somebody doing them each time; a
measure without an object of its own (監視を強化する) cannot be told done from not done. One sign of
closeness (a number, a name in Latin letters, what is compared with what) makes it concrete.
"""

from __future__ import annotations

import re

from kb.model import Strength
from kb.reading.patterns import prepared
from kb.reading.verdicts.care import weak
from kb.reading.verdicts.polite import plainly

_CHECK = prepared(
    "(?:ダブル|トリプル|クロス|セルフ|相互|二重|複数人|[2二]人|[2二]名)(?:で|での|による|の)?\\s?(?:チェック"
    "|確認)|ペア(?:作業|で)|立ち会い|読み合わせ|読み上げ|指差し"
    "|チェック(?:リスト|シート|項目|表)|確認(?:表|項目|事項|手順|リスト)|(?:手順|マニュアル|運用|作業)書?(?:書"
    "|票)?(?:に|へ|を|の)[^、。]{0,16}?(?:追記|追加|記載|明記|反映|更新|改訂|改版"
    "|修正|整備|見直|作成|書き足|加え|足す|盛り込)|(?:手順|ルール|運用|マニュアル|ドキュメント|ナレッジ"
    "|フロー)(?:を|の)?(?:明文化|文書化|整備|周知|作成|策定|見直|追記|更新|追加)"
    "|(?:ドキュメント|wiki|readme|ナレッジ)(?:に|へ|を)[^、。]{0,12}?(?:残|書|まとめ|追記|記載|作成|整備|更新)"
    "|文書化|ドキュメント化|マニュアル化|手順化|ルール化"
    "|勉強会|研修|教育|講習|訓練(?!データ)|レクチャー|共有会|ハンズオン|目視|(?:上長|責任者|管理者|第三者"
    "|有識者)(?:の|による|が)(?:承認|確認|レビュー)"
    "|レビュー(?:を|で|の|時に|観点)[^、。]{0,10}?(?:徹底|強化|確認|追加|必須|行|実施|見|加え)|定期(?:的に"
    "|的な)?[^、。]{0,10}?(?:確認|点検|棚卸|見直)"
    "|\\b(?:double[- ]check\\w*|check ?lists?|runbooks?|document(?:ation|ed|ing)|docs|wiki|playbooks?"
    "|procedures?|training|peer review|second pair of eyes"
    "|four[- ]eyes|manual(?:ly)? (?:check|review|verif)\\w*|review(?:ed|s)? by|workshop|write (?:up|down)|readme)\\b",
    re.I,
)
# A machine does it: what else is said of checks does not matter.
_MACHINE = prepared(
    "自動|テスト(?!計画|項目|手順)|\\bci\\b|lint|監視(?=に|を(?:追加|入れ|足|設定))|アラート|通知(?=する|を|が"
    "|の)|検知(?=する|を|が|の)|スクリプト|ツール|バッチ|ジョブ|制約|権限|ロック"
    "|上限|下限|閾値|しきい値|バリデーション|フラグ|冗長|フェイル|タイムアウト|リトライ|機能|画面|ボタン"
    "|コード(?!レビュー)|設定(?=を(?:変|追|入|直|外)|値|ファイル)|ブロック|拒否|止める|弾く"
    "|組み込|仕組み(?:を|で|に)|できないよう|できなくする|しないとでき"
    "|\\b(?:automat\\w*|tests?|alert\\w*|monitor\\w*|metrics?|constraints?|limits?|lock\\w*|script\\w*"
    "|block\\w*|reject\\w*|enforce\\w*|validat\\w*|pipeline)\\b",
    re.I,
)
_VAGUE_END = (
    "(?:強化|改善|向上|充実|推進|最適化|効率化|適正化|高度化|明確化|活性化|底上げ|見直し?|見直す|検討|精査|整理"
    "|工夫|対応|対処|対策|意識|検証|調査|確認|整備|再考|再検討|促進|図)"
)
_VAGUE = prepared(
    f"{_VAGUE_END}(?:を|に)?(?:図|行|実施|進め|努め|推進|検討)?[すするしりいうくてきまたこと参]{{0,9}}"
    "(?:予定|方針)?(?:です|とする|とします|だ)?"
    "(?:\\s*[(（][^()（）]*[)）])?[。.\\s]*\\Z"
    "|(?:適切|適宜|十分|万全|必要に応じ|可能な限り|できる限り|できるだけ|なるべく|より一層)(?:に"
    "|な)?[^、。]{0,16}(?:する|行う|対応|実施|努める|します"
    "|行います)[。.\\s]*(?:[(（][^()（）]*[)）])?[。.\\s]*\\Z"
    "|\\b(?:improve|enhance|strengthen|optimi[sz]e|better|revisit|look into|explore|consider|think about"
    "|tighten|investigate)\\b[^.;]{0,50}\\Z",
    re.I,
)
# A word of looking into things is vague only where nothing follows from it.
_CLOSE = prepared(
    "[0-9]+\\s*(?:%|パーセント|分|秒|時間|日前|日以|件|回|台|人|名|gb|mb|tb|ms|本|点|倍|つ|世代|段|系|重|か所)"
    "|[a-z][a-z0-9_./-]{2,}\\s*(?:の|を|に|で|が|へ)"
    "|(?:から|より).{1,12}(?:に|へ)(?:変|上げ|下げ|移|切|替)|なら(?:ば)?|たら|場合|時は|ときは|ごとに|前に|後に"
    "|未満|以上|以下|超え|下回|上回|ないように|できないよう|とき|際に?",
    re.I,
)
# What it is for, which every measure has in common.
_PURPOSE = prepared("\\A[^、]{0,30}(?:よう(?:に)?|ため(?:に)?)、")
_BRACKETS = prepared("[(（\\[【][^()（）\\[\\]【】]*[)）\\]】]")
_LONGEST_VAGUE = 30


def strength_of(text: str) -> Strength:
    """What a folded, plain measure rests on."""
    if weak(text):
        return Strength.CARE
    said = _PURPOSE.sub("", _BRACKETS.sub("", plainly(text)).strip(" 。."))
    if _CHECK.search(said) and not _MACHINE.search(said):
        return Strength.CHECK
    if len(said) <= _LONGEST_VAGUE + 40 * said.isascii() and _VAGUE.search(said) and not _CLOSE.search(said):
        return Strength.VAGUE
    return Strength.CONCRETE
