"""Care told by what one does: looking, thinking, asking and telling.

「監視の画面をまめに眺める」 names a screen and builds none: the verb a sentence ends in decides, and a thing
that is looked at, thought about or asked for is not what the measure changes. Neither is what the
occasion names (設定を触るときは). Working counts only in the manner of care: 慎重に行う.
"""

from __future__ import annotations

import re

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form

_INFLECTED = "[ぁ-ん]{0,12}(?:こと|方針|予定|もの)?(?:とする|です)?[。.!！\\s]*\\Z"
_PERCEIVE = (
    "(?:見(?![直送積通出込逃])|観|眺め|ながめ|のぞ[くきい]|覗|(?<!先)読[むみん]|読み返|読み直|見返|振り返|目(?:を"
    "|で)[^。、]{0,3}(?:通|見|追)|見て回|見張|思い出|思い起こ|気(?:づ|付)[くけ]|見落とさな|見逃さな|気に(?:し"
    "|かけ|掛け|留め)|手を止め|語り継"
    "|言い伝え|(?:よく|よくよく|もう一度|再度|しっかり|必ず)見直)"
)
_THINK = (
    "(?:(?<!と)考え(?!た(?:案|値|値段))|思い巡|疑[うっい]|自問|想像|意識|自覚|立ち止ま|捉え|受け止め|理解[しす]"
    "|把握[しす]|認識[しす]|心得)"
)
_ASK = (
    "(?:聞[くきい]|念を押|聞き(?:返|直)|尋ね|たずね|訊|相談し|相談す|声を(?:上げ|あげ|掛け|かけ|出)"
    "|呼び?(?:かけ|掛け)|頼[むみる]"
    "|話[しすそ]|お願い(?:し|す)|(?:遠慮なく|正直に|すぐに?|はっきり)[^。、]{0,6}言[うい]|お?伝え|案内(?:し"
    "|す)|申し送[るりっ]|話し合|助けを求め)"
)
_POSTS = (
    "(?:チャンネル|slack|スレッド|チャット|#[a-z][\\w-]*)\\s?(?:に|へ|で)[^。、]{0,8}(?:書[くきい]|声|つぶや"
    "|言[うい]|相談|報告)"
)
_ATTENTION = (
    "(?:気を(?:つけ|付け|配|引き締)|注意(?:す|し|を払)|心(?:がけ|掛け)|慎重を期|(?:連携|連絡|情報交換"
    "|意思疎通)を(?:密|取り合|こまめ))"
)
_CAREFUL = (
    "(?:慎重|よく(?=[見調読考確聞話])|落ち着|慌て|あわて|丁寧|ていねい|念入り|入念|じっくり|しっかり|きちんと"
    "|ちゃんと|よくよく"
    "|十分(?:に|な)?|注意(?:深|して|を)|気を(?:つけ|付け|引き締め)|ひとつ(?:ずつ|ひとつ)|一つ(?:ずつ|一つ)|焦ら"
    "|余裕を|抱え込ま|まめに|こまめ|ゆっくり)"
)
_WORK = (
    "(?:行[うっいわ]|進め|作業|実施|触[るりっ]|手を動か|対応|操作|扱[いう]|取り扱|入力|変更|配布|当た[るり]"
    "|臨[むみ]|調べ|やる|やり)"
)
_ENDS = compile_words(
    f"(?:{_PERCEIVE}|{_THINK}|{_ASK}|{_POSTS}|{_ATTENTION}|{_CAREFUL}[^。]{{0,24}}?{_WORK}"
    f"|(?:{_PERCEIVE}|{_THINK}|{_ASK})[ぁ-ん]{{0,4}}から[^。、]{{0,8}}?{_WORK}"
    f"|{_CAREFUL}[^。]{{0,24}}?を(?:お願い|頼)){_INFLECTED}"
    "|は(?:特に|とくに|なおさら|もちろん)[。\\s]*\\Z",
    re.I,
)
_BEGGED = compile_words(f"{_CAREFUL}[^。]{{0,24}}?を(?:お願い|頼){_INFLECTED}")
# 見る alone may be what monitoring does (到達率を毎時見る): a person does it in some manner, or at a screen.
_SEEN = compile_words(f"見{_INFLECTED}")
_ATTENTION_HABIT = compile_words(
    f"{_CAREFUL}|みんな|皆|各自|全員|当番|担当|ひとり|一人|目で|自分|もう一度|再度|毎[朝日回]|朝|常に|画面"
    f"|グラフ|ダッシュボード|ログ|記録|メール|掲示|様子"
)
_MEASURED = compile_words("(?:率|数|量|差分?|ずれ|残り?|遅延|遅れ|時間|値|待ち|割合|長さ|空き|比)を[^。、]{0,8}見")
# When it is to be done: nothing there is changed by the measure.
_ATTENTION_OCCASION = compile_words(
    "[^、。]{0,40}?(?:(?<![一-龠])(?:とき|際|時|場合|折)(?:に|は|には)?|(?:の|る|う|く|す|む|ぐ|ぶ|つ)(?:前"
    "|まえ)(?:に|は|には)?|(?:っ|い|し|え|け|れ|せ)たら|あれば)[、,]?"
    "|[^、。]{1,40}?(?:ない|ぬ)よう(?:に)?[、,]?"
)
# What is done besides: a verb of making, or a machine that does it.
_MAKES = compile_words(
    "自動|仕組み|ツール|スクリプト|bot|ボット|ジョブ|バッチ(?!の結果)|(?<![a-z])ci(?![a-z])|lint|アラート|検知"
    "|検出|検査|導入|追加|実装|(?:変更|更新|設定|固定|統一|制限|分離)(?:する|した|し(?=[、て]))(?![一-龠ァ-ヶ])"
    "|修正|改修|置き換|差し替|廃止|削除|移行|構築|必須|義務|禁止|ブロック|拒否|強制|整備|作成|用意|新設|設け"
    "|増[やさ設強]|減ら|引き上げ|[を]下げ|短縮|延長|切り替|外す|外し|(?<!手を)止める|止まる|鳴ら"
    "|分ける|貼る|[をに](?:付け|入れ|載せ|置[くき]|足[すし])|(?<!密)にする|レビュー|チェックリスト|チェック表|確認表"
    "|ダブルチェック|承認|手順書?(?:に|を(?:作|直|改|更))|台帳|記載|明記|追記|当番(?:表|制|を)|二人"
    "|[2二]\\s?[人名]|複数人|ペア"
    "|定期|月次|週次|日次|訓練|演習|勉強会|講習|研修|契約|依頼(?:し|す)|見積|交換|清掃|点検|改善"
    "|(?<!よく)(?<!再度)(?<!一度)見直[しす]"
    "|[0-9]\\s*(?:%|秒|分|件以上|台)",
    re.I,
)
_BRACKET = re.compile("\\s*[(（][^()（）]*[)）][。.\\s]*\\Z")
_ENGLISH = compile_words(
    "\\b(?:think (?:twice|hard(?:er)?|carefully|before)|look (?:carefully|closely|twice|more|harder)"
    "|ask (?:someone|somebody|a colleague|before|for help|first|(?:on|in) (?:the )?(?:channel|chat|slack))"
    "|take (?:more |extra )?(?:care|time)|keep (?:it |this |that )?in mind|read [\\w ]{1,24}(?:again|carefully"
    "|twice)|let (?:everyone|people|the team|others) know"
    "|(?:tell|asked?|told) (?:everyone|people|the team|all|the staff)\\b|slow down|stay calm|stay on top of"
    "|be on (?:the )?(?:lookout|guard|alert)|mak(?:e|ing) (?:\\w+ ){1,2}aware|raise awareness|remind(?:ed|ing"
    "|s)? (?:everyone|everybody|people|them|all|each other|the \\w+)|try (?:harder|not to)"
    "|communicate (?:better|more))\\b",
    re.I,
)
_MAKES_EN = compile_words(
    "\\b(?:add|introduc|implement|install|automat|script (?:to|that)|bot|block|reject|enforc|migrat|require|gate)\\w*",
    re.I,
)


def rests_on_attention(text: str) -> bool:
    """Whether a plain measure ends in looking, thinking, asking or telling, and makes nothing."""
    bare = _BRACKET.sub("", text)
    if bare.isascii():
        return _ENGLISH.search(bare) is not None and not _MAKES_EN.search(bare)
    if not _ENDS.search(bare):
        return False
    if _BEGGED.search(bare):
        return True
    if _SEEN.search(bare) and (not _ATTENTION_HABIT.search(bare) or _MEASURED.search(bare)):
        return False
    return not _MAKES.search(_ATTENTION_OCCASION.sub("", bare))


# Whether a measure rests on care and notice: 注意する, 目を光らせる, be careful.
#
# Care has many words and few classes: verbs of attending and of telling, what one does with the mind or
# the senses (気を配る, 念頭に置く, アンテナを張る), and habits of the careful (指差し呼称, 初心に返る). None
# of them changes a thing. A measure is weak when it comes to care in the end and builds nothing.


_MIND = (
    "(?:目|耳|気|心|念頭|肝|頭|胸|神経|アンテナ|関心|緊張感|自覚|責任感|危機感|当事者意識|ゆとり|気持ち|初心"
    "|基本|襟|ふんどし|緊褌)"
    "(?:を|に|が|の片隅に|へ)?(?:より|もっと|常に)?"
    "(?:配|光ら|留|とめ|止め|置|銘じ|刻|張|傾け|引き?締|付け|つけ|持|もっ|入れ|尖らせ|かけ|掛け|払|立ち?返|戻|返|正)"
)
_TELL = (
    "(?:この|本|今回の|当該|上記)?(?:件|事例|事象|内容|話|経緯|教訓|学び|ヒヤリハット)(?:を|に|として"
    "|について)[^、。]{0,8}?"
    "(?:話|伝え|紹介|読み上げ|案内|展開|知らせ|回覧)|(?:部|課|社|チーム)内[にへで](?:横)?(?:展開|回覧|話)|注意を促"
)
_HABIT_care = (
    "指差し|指さし|呼称|声出し|励行|深呼吸|立ち止ま|祈|気にかけ|気に掛け|心に留め|読み込む|よく読|熟読|一呼吸"
    "|手順(?:書)?(?:どおり|通り)に(?:作業|行|実施)"
    "|手順(?:書)?を(?:守|追う|踏|遵守)|(?:思い込み|勘違い|先入観|油断|見落と[しさ]|見逃[しさ]|慣れ|うっかり"
    "|ミス|手抜き)(?:を|で|に|が)?[^、。]{0,6}?ない"
)
_CARE_care = compile_words(
    "注意(?:する|し|いた|致|深く|を(?:払|促|喚起)|喚起|事項|\\Z|[。)])|気(?:を|に)(?:つけ|付け|配|留め"
    "|引き締)|心(?:が|掛)け|心得|意識|周知|徹底|啓発|啓蒙|呼び?(?:かけ|掛け)|声(?:を)?(?:かけ|掛け)|声がけ"
    "|共有|展開する|伝える|伝達|知らせ|アナウンス|通達|リマインド"
    "|しっかり|きちんと|ちゃんと|よく(?:見|確認|考|読)|慎重|念入り|入念|丁寧|落ち着いて|忘れな|忘れず|怠らな"
    "|油断|うっかり|肝に銘じ|再認識|認識(?:を|合わせ)|危機感|責任感|反省|目視|様子を見|画面を(?:見|眺)"
    "|見ておく|見るように|見る(?:よう|こと)|集中し|見守|目を(?:配|光)|見る(?:ように|よう)|教育|指導|研修"
    "|説明する|話し合|相談(?:する|し)|コミュニケーション|連携を(?:密|強化)|報連相|余裕を|急がない|焦らな|頑張"
    "|努め|努力|心構え|気持ち|確認(?:する|し|を(?:する|行う|怠|忘れ|強化|必ず))|再確認|チェックする"
    "|見直しを忘れ"
    f"|{_MIND}|{_TELL}|{_HABIT_care}"
    "|\\b(?:be (?:more )?careful|careful(?:ly)?|pay (?:more |closer )?attention|attention"
    "|be (?:more )?(?:aware|mindful|vigilant)|awareness|remind|remember|don't forget|do not forget"
    "|double[- ]check|communicate|communication|try (?:harder|to)|make sure|inform|announce|share|educate"
    "|training|train|stay (?:alert|vigilant|sharp|focused)|alertness|vigilan\\w+|watch (?:out|closely)|keep an eye)\\b",
    re.I,
)
# What changes a thing, whatever else the measure says.
_BUILDS = compile_words(
    "自動|装置|[にを]置[くき]|(?<!手を)止め[るてた]|仕組み(?!を理解)|ツール|スクリプト|テスト|試験(?!的)|\\bci\\b"
    "|(?<![a-z])ci(?![a-z])|lint|リント|静的解析|監視(?!画面を?(?:見|眺|チェック|確認))"
    "|アラート|通知する|通知を|検知|検査|検証(?:環境|を追加|の自動)|バリデーション|制約|権限|ロック|上限|下限"
    "|閾値|しきい値|冗長|二重化|分離|フラグ|フェイル|タイムアウト|リトライ|レート|スロットル|キュー"
    "|サーキット|導入|追加|設定(?!を確認|の確認|値?を?(?:よく|しっかり))|実装|変更(?!時|前|後|の際|を(?:周知"
    "|共有|確認))|修正|改修|置き換|差し替|廃止|削除|移行|構築|構成管理|コード化|テンプレート化|標準化|必須"
    "|禁止|ブロック|拒否|強制|整備|作成|用意|新設|設け|増設|増強|拡張|増や|減ら|引き上げ|短縮|延長|更新する"
    "|アップデート|バージョン|ダッシュボード|メトリクス|ログ(?:を|の)(?:出|追加|保存)|バックアップ|リハーサル"
    "|訓練|演習|カナリア|段階(?:的|公開|リリース)|ロールバック|レビュー|チェックリスト|ダブルチェック|承認"
    "|手順(?:書)?(?:に|を|へ)(?!従|守|追う|踏|遵守|則|沿|確認|見|読|よく|しっかり|必ず|徹底)|ドキュメント|記載|明記"
    "|追記|台帳|棚卸|一覧化|定期|月次|週次|日次|毎(?:日|週|月|朝)(?:の)?(?:ジョブ|バッチ)|切り替え|見直|改善"
    "|契約|合意|取り決め|ルール(?:を|化)|体制|当番(?:表|制|を(?:置|増|設))|担当を|複数人|2 ?人|二人|ペア"
    "|\\b(?:automat|test|alert|monitor|metric|dashboard|validat|constraint|permission|limit|redundan|isolat"
    "|flag|add|introduc|implement|install|chang|replac|remov|migrat|script|tool|check(?:list|er)|backup"
    "|canary|rollback|review|document|runbook|schedul|rotat|renew|enforc|block|reject|upgrad|increase|reduce"
    "|split|config)\\w*",
    re.I,
)
# What may follow the word of care without being a deed of its own.
_SMALL = compile_words("[ぁ-ん\\W_]|作業|対応|実施|確認|徹底|強化|実行|今後|以降|[0-9]|\\(.*\\)")
_REST = 4

# The care of which there is to be more, which builds nothing either.
_MORE_CARE = compile_words(
    "(?:声(?:かけ|がけ|掛け)|注意|会話|周知|意識|コミュニケーション|確認の?(?:回数)?)[をの]?増や[ぁ-ん]*"
    "|\\bstay alert\\b",
    re.I,
)
# When care is to be taken: the things named there are not what the measure changes.
_OCCASION_care = compile_words("\\b(?:when|before|during|while|after|about|whenever)\\b.*", re.I)
_QUANTITY = compile_words(
    "[0-9]\\s*(?:分|秒|時間|%|割|件|回|度|日|通|台)\\s*(?:で|を(?:超|切|下回|上回)|以上|超|前|以内|ごと|おき|経)"
)


# What tells of itself when something is so (0 件なら知らせる); a person does when they think so.
_TRIGGERED = compile_words(
    "(?<!思った)(?<!感じた)(?<!迷った)(?<!気づいた)(?<!気付いた)(?<!見つけた)(?<!あった)(?<!困った)(?:なら|ら"
    "|れば|超え|切っ|以上|未満)[^。]{0,20}(?:知らせ|通知|鳴ら)"
)


def changes_something(text: str) -> bool:
    """Whether a measure names something that is built, checked by a machine, or changed."""
    return bool(_BUILDS.search(text))


def is_weak(text: str) -> bool:
    """Whether a folded, plain measure rests on care and notice."""
    text = _MORE_CARE.sub("声かけ", to_plain_form(text))
    if rests_on_attention(text) and not _QUANTITY.search(text):
        return True
    named = _OCCASION_care.sub("", text) if text.isascii() else text
    if _BUILDS.search(named) or _QUANTITY.search(text) or _TRIGGERED.search(text):
        return False
    found = list(_CARE_care.finditer(text))
    if not found:
        return False
    # The care must be what the sentence comes to: 周知のうえ旧版を止める stops the old version.
    return text.isascii() or len(_SMALL.sub("", text[found[-1].end() :])) <= _REST
