"""Sentences that end the matter: every measure is done, or nothing is left to do.

Two ways to say it. *All of it is over*: a word for the whole (上記は, どちらも, 3 件とも, これをもって, all
items) and a verb of finishing, with no object of its own: 「全項目の検査を追加済み」 is a measure. *Nothing is
left*: a word for a remainder (残件, 未了の対策, ほかに, nothing) and its absence.
"""

from __future__ import annotations

from kb.reading.patterns import prepared

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

_CLOSED = prepared(
    f"{_WHOLE}(?!のうち|以外|を除)[^。を]{{0,24}}?(?:[一-龠]{{2}}を)?{_VERB}(?!{_TO_COME}){_ENDS}"
    f"|{_MATTER}[^。を]{{0,20}}{_EVERY}[^。を]{{0,16}}{_RUNS}|(?:すべて|全て|全部)の{_MATTER}[^。を]{{0,16}}{_RUNS}"
    f"|{_EVERY}[^。を]{{0,6}}打ち終え|{_MATTER}をもって[^。]{{0,8}}(?:閉じ|完了|クローズ|終了)"
)
_EMPTY = prepared(f"{_REST}[はがも]?(?:特に|もう|これ以上)?[^。、を]{{0,8}}?{_NONE}")
_NOT_ALL = prepared(
    "のうち|一部|以外|除[きく]|を除|のみ|だけ(?:完了|済)|未(?:了|着手|完了)(?![^。]{0,8}(?:な|無|あり|0|ゼ))|まだ"
)
_ENGLISH = prepared(
    "\\b(?:all|both|every|everything|each)\\b[^.,;]{0,40}\\b(?:done|closed|completed?|finished|shipped"
    "|in place|resolved|live|merged)\\b"
    "|\\bnothing (?:is |was |else |more )*(?:left|open|remain(?:s|ing)?|outstanding|to do)\\b"
    "|\\bboth (?:have )?(?:landed|gone live|went live)\\b|\\bdone all of (?:this|these|them|it|the above)\\b"
    "|\\bnothing (?:on (?:this|the) list |here |of (?:this|it) )(?:is |was )(?:still )?(?:open|left|outstanding)\\b"
    "|\\bno [a-z-]+ (?:are|is) (?:left|open|outstanding|pending)\\b"
    "|\\bno (?:open|outstanding|remaining|further|more) (?:items?|actions?|work|tasks?)\\b",
    0,
)
_AHEAD = prepared("\\b(?:will|to be|until|once|when|if|should|must|not|except|by)\\b")


def closing(text: str) -> bool:
    """Whether a folded, plain claim says of all measures that they are done, or that none is left."""
    if text.isascii():
        small = text.casefold()
        found = _ENGLISH.search(small)
        return found is not None and not _AHEAD.search(small[: found.end()])
    if _NOT_ALL.search(text):
        return False
    return bool(_CLOSED.search(text) or _EMPTY.search(text))
