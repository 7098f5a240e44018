"""Nothing to offer yet: no way comes to mind, others are asked for one, or only a time is named.

The noun is one for a way (手, 方法, うまいやり方, 妙案); what is said of it is that it does not come
(思いつかない, 浮かばない), or that others should bring it. A time alone (連休明けに, 来期に入ったら) says when the
thinking begins. Words of hardship (つらい, 悩ましい) say nothing at all.
"""

from __future__ import annotations

from kb.reading.patterns import prepared

_WAY = (
    "(?:(?<![一-龠])(?:手|策|案|知恵|考え)|方法|方策|やり方|やりよう|しよう|打ちよう|打ち手|手立て|アイデア"
    "|アイディア|妙案|名案|良案|解決策|対策|防ぎ方|仕掛け|うまい[^、。をが]{1,6}|[い良よ]い[^、。をが]{1,6})"
)
_NO = "(?:な(?:い|く|し|かった)|ません(?:でした)?|ず|ん)"
_STATE = "(?:です|状態(?:です)?|状況(?:です)?|まま(?:です)?|というのが(?:正直|本音).*)?[。.!…\\s]*\\Z"
_COMES = "(?:思い(?:つ|付|当た|浮か)|思いつい|浮か|見つか|見当た|ひらめ|出て|出)"
_BLANK = "(?:な(?:し|い(?:です)?)|無し|無い|ありません|ございません|ナシ)"
_TIME = (
    "(?:(?:来|次|翌|今)?(?:年度?|月|週|期|四半期)|連休|お?盆|休み|正月|gw|ゴールデンウィーク|夏休み|冬休み"
    "|繁忙期|年末年始|年末|年始|年内|春|夏|秋|冬|下期|上期|期初|期末|[0-9]{1,2}\\s?月|[0-9]{1,2}/[0-9]{1,2})"
    "(?:明け|末|初め?|頭|中|後|以降|半ば|前半|後半)*"
)

_NOTHING = prepared(
    f"{_WAY}(?:が|は|も|を|すら)?(?:まだ|何も|一つも|特に)?[^、。を]{{0,4}}?{_COMES}[ぁ-ん]{{0,6}}?{_NO}{_STATE}"
    f"|\\A[^、。を]{{0,14}}?(?:これといっ[たて]|めぼしい|目ぼしい|特段の?|格別の?"
    f"|特別な?)[^、。を]{{0,10}}?{_BLANK}{_STATE}"
    f"|\\A(?:現状|現時点|今のところ|今回)?(?:では?|は)?[、,]?(?:特に|特筆|特記|特段)(?:の|すべき|する)?(?:記載"
    f"|報告|対策)?(?:事項|こと|もの|点)?(?:は|も)?{_BLANK}{_STATE}"
    f"|{_WAY}(?:が|を|は|の)?[^。、をが]{{0,6}}?(?:あれば|あったら|ありましたら|ございましたら|お?持ち|募集"
    f"|求む|求め|求め|ください|下さい|教えて|お?寄せ|お?聞かせ|欲しい|ほしい|提供)"
    "(?:の方|でしたら|いただけ[ぁ-ん]*)?[^。を]{0,14}(?:教え|ください|下さい|お?知らせ|お?聞かせ|お?寄せ"
    "|お願い|欲しい|ほしい|求む|募集|歓迎|待って)?[ぁ-ん]{0,8}[。.!…\\s]*\\Z"
    f"|\\A(?:また)?{_TIME}(?:に(?:でも|は|また)?|から|以降|にて|まで(?:に)?|に(?:なったら|入ったら|なってから"
    f"|入ってから)|が(?:明け|替わ|変わ|改ま|終わ)[ぁ-ん]{{0,5}})?[、,]?(?:また|改めて|以降に?|に)?[。.…\\s]*\\Z"
    f"|\\A(?:これといって|特に|今は|いまは|現状|まだ|何も|今のところ)[^。をが]{{0,4}}?{_COMES}[ぁ-ん]{{0,6}}?"
    f"{_NO}{_STATE}"
    "|(?:決めかね|決められず|判断しかね|迷っ|悩ん)(?:て|で)?(?:い(?:る|ます)|おり(?:ます)?)?[。.…\\s]*\\Z"
    "|\\A(?:ノー|no)\\s?(?:アイデア|アイディア|プラン)[ぁ-ん]{0,3}[。.\\s]*\\Z"
    "|(?:検討|調査|協議|議論|会議)の?結果(?:を|は)[^。、]{0,14}?(?:反映|記載|追記|共有|報告|記入|更新)(?:する"
    "|します|いたします)?(?:予定)?(?:です)?[。.\\s]*\\Z"
    "|\\A(?:正直|ほんとうに|本当に|とても|かなり|うーん[、,]?)?(?:つら|ツラ|辛|しんど|悩まし|難し|むずかし"
    "|厳し)(?:い|く)[ぁ-んー]{0,8}[。.!…\\s]*\\Z"
)
_ENGLISH = prepared(
    "\\b(?:can ?not|can'?t|could ?n[o']t) think of (?:anything|any\\w*|a (?:way|fix))\\b|\\bno ideas?\\b"
    "|\\b(?:have|has)(?: not|n't) (?:yet )?(?:been )?(?:decided|agreed|settled|figured)\\b[\\w ]*[.\\s]*\\Z"
    "|\\bideas? (?:are |is )?(?:welcome|wanted|needed)\\b"
    "|\\bany (?:ideas?|suggestions?)\\b|\\A(?:after|next|early|later|in|some ?time)(?: the| this| next"
    "| new)? (?:holidays?|break|quarter|year|month|week|sprint|fiscal year|fy|summer|winter)[.\\s]*\\Z"
)
_DECIDED = prepared(
    "(?:ため|ので|から|につき|ゆえ)[、,]?\\s*(?:ここでは|本件では|特に)?(?:追加の?(?:対策|対応|措置)?"
    "|(?:新たな|恒久の|別途の)?(?:対策|対応|措置|再発防止策?)|これ以上)?(?:は|を|も)?"
    "(?:なし|不要|無し|しない|せず|行わない|行いません|講じない|講じません|しません|増やさない|取らない"
    "|要らない)(?:と(?:する|した|します|しました|いたします))?(?:です)?(?:\\s*[(（][^()（）]{0,40}[)）])?[。."
    "\\s]*\\Z"
)


def nothing(text: str) -> bool:
    """Whether a plain, casefolded claim has no measure to offer."""
    return bool((_ENGLISH if text.isascii() else _NOTHING).search(text))


def decided(text: str) -> bool:
    """Whether a claim gives a reason and then says that nothing more is done: 防げるので追加なし."""
    return _DECIDED.search(text) is not None
