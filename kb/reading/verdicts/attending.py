"""Care told by what one does: looking, thinking, asking and telling.

「監視の画面をまめに眺める」 names a screen and builds none: the verb a sentence ends in decides, and a thing
that is looked at, thought about or asked for is not what the measure changes. Neither is what the
occasion names (設定を触るときは). Working counts only in the manner of care: 慎重に行う.
"""

from __future__ import annotations

import re

from kb.reading.patterns import prepared

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
_CARE = (
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
_ENDS = prepared(
    f"(?:{_PERCEIVE}|{_THINK}|{_ASK}|{_POSTS}|{_CARE}|{_CAREFUL}[^。]{{0,24}}?{_WORK}"
    f"|(?:{_PERCEIVE}|{_THINK}|{_ASK})[ぁ-ん]{{0,4}}から[^。、]{{0,8}}?{_WORK}"
    f"|{_CAREFUL}[^。]{{0,24}}?を(?:お願い|頼)){_INFLECTED}"
    "|は(?:特に|とくに|なおさら|もちろん)[。\\s]*\\Z",
    re.I,
)
_BEGGED = prepared(f"{_CAREFUL}[^。]{{0,24}}?を(?:お願い|頼){_INFLECTED}")
# 見る alone may be what monitoring does (到達率を毎時見る): a person does it in some manner, or at a screen.
_SEEN = prepared(f"見{_INFLECTED}")
_HABIT = prepared(
    f"{_CAREFUL}|みんな|皆|各自|全員|当番|担当|ひとり|一人|目で|自分|もう一度|再度|毎[朝日回]|朝|常に|画面"
    f"|グラフ|ダッシュボード|ログ|記録|メール|掲示|様子"
)
_MEASURED = prepared("(?:率|数|量|差分?|ずれ|残り?|遅延|遅れ|時間|値|待ち|割合|長さ|空き|比)を[^。、]{0,8}見")
# When it is to be done: nothing there is changed by the measure.
_OCCASION = prepared(
    "[^、。]{0,40}?(?:(?<![一-龠])(?:とき|際|時|場合|折)(?:に|は|には)?|(?:の|る|う|く|す|む|ぐ|ぶ|つ)(?:前"
    "|まえ)(?:に|は|には)?|(?:っ|い|し|え|け|れ|せ)たら|あれば)[、,]?"
    "|[^、。]{1,40}?(?:ない|ぬ)よう(?:に)?[、,]?"
)
# What is done besides: a verb of making, or a machine that does it.
_MAKES = prepared(
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
_ENGLISH = prepared(
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
_MAKES_EN = prepared(
    "\\b(?:add|introduc|implement|install|automat|script (?:to|that)|bot|block|reject|enforc|migrat|require|gate)\\w*",
    re.I,
)


def attends(text: str) -> bool:
    """Whether a plain measure ends in looking, thinking, asking or telling, and makes nothing."""
    bare = _BRACKET.sub("", text)
    if bare.isascii():
        return _ENGLISH.search(bare) is not None and not _MAKES_EN.search(bare)
    if not _ENDS.search(bare):
        return False
    if _BEGGED.search(bare):
        return True
    if _SEEN.search(bare) and (not _HABIT.search(bare) or _MEASURED.search(bare)):
        return False
    return not _MAKES.search(_OCCASION.sub("", bare))
