"""What a measure rests on: a thing that changes, a person who checks, words without an end, or care.

A check by people and a change to a document help, and depend on somebody doing them each time; a
measure without an object of its own (監視を強化する) cannot be told done from not done. One sign of
closeness (a number, a name in Latin letters, what is compared with what) makes it concrete.
"""

from __future__ import annotations

import re

from kb.model.facts import Strength
from kb.reading.phrases.care import is_weak
from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form

_CHECK = compile_words(
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
_MACHINE = compile_words(
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
_VAGUE = compile_words(
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
_CLOSE = compile_words(
    "[0-9]+\\s*(?:%|パーセント|分|秒|時間|日前|日以|件|回|台|人|名|gb|mb|tb|ms|本|点|倍|つ|世代|段|系|重|か所)"
    "|[a-z][a-z0-9_./-]{2,}\\s*(?:の|を|に|で|が|へ)"
    "|(?:から|より).{1,12}(?:に|へ)(?:変|上げ|下げ|移|切|替)|なら(?:ば)?|たら|場合|時は|ときは|ごとに|前に|後に"
    "|未満|以上|以下|超え|下回|上回|ないように|できないよう|とき|際に?",
    re.I,
)
# What it is for, which every measure has in common.
_PURPOSE = compile_words("\\A[^、]{0,30}(?:よう(?:に)?|ため(?:に)?)、")
_BRACKETS = compile_words("[(（\\[【][^()（）\\[\\]【】]*[)）\\]】]")
_LONGEST_VAGUE = 30


def rate_strength(text: str) -> Strength:
    """What a folded, plain measure rests on."""
    if is_weak(text):
        return Strength.CARE
    said = _PURPOSE.sub("", _BRACKETS.sub("", to_plain_form(text)).strip(" 。."))
    if _CHECK.search(said) and not _MACHINE.search(said):
        return Strength.CHECK
    if len(said) <= _LONGEST_VAGUE + 40 * said.isascii() and _VAGUE.search(said) and not _CLOSE.search(said):
        return Strength.VAGUE
    return Strength.CONCRETE


# Sentences that end the matter: every measure is done, or nothing is left to do.
#
# Two ways to say it. *All of it is over*: a word for the whole (上記は, どちらも, 3 件とも, これをもって, all
# items) and a verb of finishing, with no object of its own: 「全項目の検査を追加済み」 is a measure. *Nothing is
# left*: a word for a remainder (残件, 未了の対策, ほかに, nothing) and its absence.


_WHOLE = (
    "(?:上記|以上|以下[、,]|下記|[上下次]の\\s*[0-9一二三四五]\\s*[件点つ]|(?P<all>[0-9]+)\\s*(?:件|点"
    "|つ)中\\s*(?P=all)\\s*(?:件|点|つ)?"
    "|[0-9一二三四五]\\s*(?:件|点|つ|項目)(?:とも|全て|すべて)|(?:いずれ|どちら|どれ|みな|両方|双方|ふたつ"
    "|二つ|三つ|両者)(?:とも|も)"
    "|すべて|全て|全部|ぜんぶ|全件|全項目|全対策|全タスク|全アクション|本件|この件|これにて|これで"
    "|これをもって|以上をもって|よって|対策)"
)
_VERB = (
    "(?:完了|対応済|実施済|済み?(?!次第)|済ん|終え|終わ|おわ|終了|クローズ|閉じ|片付|やり切|やり終え|対応した"
    "|実施した|対応しました|実施しました"
    "|動いている(?:の|こと)?を?(?:見|確か|確認)|稼働(?:済|し(?:て|た))|反映し(?:た|まし)|導入し(?:た|まし))"
)
# What follows a verb of finishing when the finishing is still to come.
_TO_COME = "(?:[るすっ]?(?:予定|次第|待ち|見込|まで|たら|させる|す(?:る|べき)(?!。?\\Z)|目標|後に|時に))"
# What may stand behind it in its clause; another word makes it speak of something else (終わった時刻を出す).
_ENDS = "[ぁ-ん]{0,12}(?:を(?:確認|報告|見届け)[ぁ-ん]{0,8})?(?=[。、.,()（）」】\\s]|\\Z)"
_MATTER = "(?:対策|手当て|対応策|措置|施策|宿題|項目|アクション|打ち手|取り組み)"
_EVERY = "(?:いずれも|すべて|全て|全部|どれも|ひととおり|一通り|両方とも|[二三]つとも|ともに)"
_RUNS = (
    "(?:入っ(?:た|てい)|入り(?:ました|終え)|乗っ(?:た|てい)|動い(?:てい)|動き[出始]|回ってい|稼働[中し]|緑|打ち終え)"
)
_REST = (
    "(?:残(?!り?\\s*[1-9一二三四五六])(?:っている)?(?:件|タスク|作業|課題|項目|対応|対策|もの|り)?|積み残し"
    "|未(?:了|着手|対応|完了|実施)(?:の)?(?:もの|対策|対応|項目|作業|件)?"
    "|(?:手[つ付]かず|やり残し?)(?:の(?:もの|件|対策|項目))?"
    "|あと(?:は|に)?|ほか(?:に)?(?:は|残っているもの)?|他に(?:は)?)"
)
_NONE = "(?:何も)?(?:な(?:し|い(?:です)?(?=[。.、)\\s]|\\Z))|無し|ありません|ございません|ゼロ|0\\s*件)"

_CLOSED = compile_words(
    f"{_WHOLE}(?!のうち|以外|を除)[^。を]{{0,24}}?(?:[一-龠]{{2}}を)?{_VERB}(?!{_TO_COME}){_ENDS}"
    f"|{_MATTER}[^。を]{{0,20}}{_EVERY}[^。を]{{0,16}}{_RUNS}|(?:すべて|全て|全部)の{_MATTER}[^。を]{{0,16}}{_RUNS}"
    f"|{_EVERY}[^。を]{{0,6}}打ち終え|{_MATTER}をもって[^。]{{0,8}}(?:閉じ|完了|クローズ|終了)"
)
_EMPTY = compile_words(f"{_REST}[はがも]?(?:特に|もう|これ以上)?[^。、を]{{0,8}}?{_NONE}")
_NOT_ALL = compile_words(
    "のうち|一部|以外|除[きく]|を除|のみ|だけ(?:完了|済)|未(?:了|着手|完了)(?![^。]{0,8}(?:な|無|あり|0|ゼ))|まだ"
)
_ENGLISH = compile_words(
    "\\b(?:all|both|every|everything|each)\\b[^.,;]{0,40}\\b(?:done|closed|completed?|finished|shipped"
    "|in place|resolved|live|merged)\\b"
    "|\\bnothing (?:is |was |else |more )*(?:left|open|remain(?:s|ing)?|outstanding|to do)\\b"
    "|\\bboth (?:have )?(?:landed|gone live|went live)\\b|\\bdone all of (?:this|these|them|it|the above)\\b"
    "|\\bnothing (?:on (?:this|the) list |here |of (?:this|it) )(?:is |was )(?:still )?(?:open|left|outstanding)\\b"
    "|\\bno [a-z-]+ (?:are|is) (?:left|open|outstanding|pending)\\b"
    "|\\bno (?:open|outstanding|remaining|further|more) (?:items?|actions?|work|tasks?)\\b",
    0,
)
_AHEAD = compile_words("\\b(?:will|to be|until|once|when|if|should|must|not|except|by)\\b")


def closes_matter(text: str) -> bool:
    """Whether a folded, plain claim says of all measures that they are done, or that none is left."""
    if text.isascii():
        small = text.casefold()
        found = _ENGLISH.search(small)
        return found is not None and not _AHEAD.search(small[: found.end()])
    if _NOT_ALL.search(text):
        return False
    return bool(_CLOSED.search(text) or _EMPTY.search(text))


_LEAD = re.compile(
    "(?:次|以下|下記|上記)の(?:とおり|通り|対策|対応|こと|点|施策|内容|項目)|以下[、。:]?\\Z|(?:防げ|防ぎ"
    "|防止でき|不十分)[^。]{0,12}(?:ため|ので|から)(?!.*(?:なし|な[いく]|不要))|としていたが|:\\Z"
)
# The head of a table drawn with spaces.
_COLUMN = "(?:番号|no\\.?|項番|#|内容|対策|施策|項目|担当者?|期限|期日|状態|状況|進捗|ステータス|完了日|備考)"
_COLUMNS = re.compile(f"{_COLUMN}(?:[\\s|]+{_COLUMN})+", re.I)


def is_lead_in(text: str) -> bool:
    """Whether a claim introduces or closes the measures and is none itself."""
    return bool(_COLUMNS.fullmatch(text) or _LEAD.search(text) or closes_matter(text))
