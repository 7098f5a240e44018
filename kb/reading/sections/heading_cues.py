"""Soft signs of what a head opens, for heads the lexicon cannot explain as a whole.

「わけ」「とった処置」「明日の自分たちへ」: the word that carries the meaning may stand anywhere, in
kana or half-width, among words nobody has listed. So a cue is a stem with a weight, and decides
nothing alone: `kb.reading.sections.role_assignment` weighs it against what the section says and where it stands.
Weights are in logits, roughly: 3 is nearly certain on an incident page, 1 is a hint.
"""

from __future__ import annotations

from functools import lru_cache

from kb.model.facts import Role
from kb.text.patterns import compile_words

_KATAKANA_IN = compile_words("[ァ-ヶ]")
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}

# Over lower-case text whose katakana has become hiragana.
_CUES: tuple[tuple[Role, float, str], ...] = (
    (Role.CAUSE, 3.0,
        "げんいん|原因|要因|よういん|真因|真相|なぜ(?!必要|変え|やる|する|選|し(?:た|ます))|何故|どうして"
        "|なんで|どういうわけ|何(?:が|の)?ゆえ|根っこ"
        "|引き金|起因|誘因|(?:何|なに|どこ)(?:が|に)(?:悪|まず|足り|穴|無理|欠け|いけな|問題)"
        "|\\bwhy\\b|\\broot\\b|\\bcauses?d?\\b|went wrong|\\btrigger"),
    (Role.CAUSE, 2.5,
        "(?:の|た)源\\Z|おこり\\Z|起こり\\Z|元凶|なにゆえ|(?:至っ|なっ)た(?:じじょう|事情)|事情\\Z|came about"
        "|explanation"
        "|わけ\\Z|訳\\Z|核心|もとを?(?:たど|ただ)|元を(?:たど|ただ|正)|の根(?:っこ)?\\Z|\\A根\\Z|を(?:うんだ"
        "|生んだ)|裏(?:で|側|に)"
        "|突き詰め|掘り下げ|引き起こ|招い(?:た|て)|事の(?:起こり|発端)|(?:発生|停止|障害|失敗|破綻"
        "|故障)の(?:仕組み|構造)|めかにずむ|機序|underlying|mechanism"
        "|(?:\\A|の)(?:もと|元)\\Z|おおもと|理由|悪かった|まずかった|落とし穴|(?:\\A|の)穴|根拠|正体|からくり"
        "|しくみ|仕組みの|種明かし|犯人|(?:\\A|の)種\\Z|出どころ|どこまで(?:わか|分か|判)|contribut|culprit"
        "|\\bbehind\\b|\\breasons?\\b"),
    (Role.CAUSE, 2.0,
        "(?:わか|分か|判)(?:った|って|りました)|判明|突き止め|調べ|背景|結論|分析|解析|考察|見立て|findings?\\b"
        "|what we (?:found|know)|diagnos|\\banalysis\\b"),
    (Role.FIX, 3.0,
        "鎮め|しずめ|片付け|再開|急場|さしあたり|\\btaken\\b|came back|how (?:it|this) ended"
        "|切り抜け|乗り切|取り?除|解消|取り戻|動かし直|後始末|put right|set right|\\brespon[sd]|\\bout of it\\b"
        "|\\bway out\\b|up again"
        "|処置|しょち|措置|手当|てあて|善後|応急|止血|火消し|鎮火|直(?:し|った|す|り|る)|なお(?:し|った|す)"
        "|復旧|復帰"
        "|ふっきゅう|収め|収束|しの(?:い|ぎ)|対処|対応|たいおう|(?:\\A|に|を|で|て|元へ|どう)\\s?戻(?:し|す)"
        "|戻し方|立て直|remed|\\bfix|recover|repair|mitigat|restor|resol[uv]"),
    (Role.FIX, 2.5,
        "(?:[っいしんえけせてべめれげ]た|んだ)(?:行動|作業|手|策|対策)\\Z"
        "|(?:やった|とった|取った|講じた|行った|おこなった|行なった|打った|施した|してやった|(?<![わ起])した)"
        "(?:こと|もの|手(?:段|だて|立て)?|策|内容|作業)?\\Z|処理(?:内容|方法)?\\Z|始末"
        "|取り?繕|(?:\\A|の)手\\Z|patch|(?:br(?:ought|ing)|g[eo]t) .{0,12}back"
        "|どうした|どうしました|何をし(?:た|ました)|こうした"
        "|その場|いったん|ひとまず|とりあえず|取り?急ぎ|当座|当面|どう(?:やって|して)?.{0,4}(?:た|ました)か?\\Z"
        "|what (?:we |i )?(?:did|changed|fixed|tried)|actions? taken|back to normal|what worked|put out"),
    (Role.PREVENTION, 3.0,
        "今後|こんご|これから|[この]さき\\Z|この先|先々|さきざき|次(?:に|は|へ|回|の|こそ)|つぎ(?:に|は|の"
        "|から)|次から"
        "|明日|あした|将来|再発|さいはつ|二度(?:と|目)|繰り?返|くりかえ|くり返|轍|歯止め|再び|また(?:起|おき)"
        "|もう.{0,8}(?:ない|ません|せん|起|おき|御免|こりごり)|(?:起|お)きな|(?:起|お)こ(?:さ|ら)な"
        "|(?:起|お)き(?:ま|な)せん|防(?:ぐ|止|げ|ご)|ぼうし|予防|よぼう|未然|備え|同じ(?:こと|失敗|目)|横展開"
        "|(?:させ|出さ|やら|落とさ|止め|くり返さ|同じ.{1,8})(?:ない|なし)|(?:二度|再度|次)(?:目)?(?:は"
        "|が)?な(?:い|し)|\\bnever\\b|\\bagain\\b|\\bnext\\b|prevent|\\bavoid|\\bfuture"
        "|going forward|follow-?\\s?ups?"),
    (Role.PREVENTION, 2.5,
        "あとから|あとで|あとの(?:こと|手)|のちほど|約束|宿題|こうして(?:お|い)く|こうします|こうする|気を(?:つ|付)ける"
        "|して(?:おく|いく)|やること|対策|改善|仕掛け|工夫|守(?:り|る)?\\Z|踏まえ|行動(?:計画)?\\Z|誓い"
        "|教訓を(?:生|活)"
        "|\\bkeeps?\\b|coming back|improv|to-?\\s?do\\b|will change|\\bguard|\\bstays? "),
    (Role.PREVENTION, 2.5,
        "遠ざけ|減らす|抑える|抑え込|無くす|なくす|断つ|絶つ|断ち|避ける|避け方|決まり(?:ごと)?\\Z|取り決め"
        "|変える(?:こと|点|もの)?\\Z"
        "|どうする|どうしていく"
        "|\\bway forward\\b|making sure|make sure|safeguard|\\bwe(?:'ll| will)\\b|differently|\\bcommit|\\bpromis"
        "|恒久の|恒久的な手|仕組みで|仕組み化"),
    (Role.PREVENTION, 3.0,
        "(?:する|とる|取る|打つ|うつ|講じる|行う|やる|施す|続ける|足す|入れる)(?:こと|行動|手(?:立て|段|だて)?"
        "|作業|策|もの)\\Z"
        "|先回り|ゆくゆく|芽を摘|長い目|[てで]い(?:く|きます)か?\\Z"
        "|\\bplanned\\b|\\bahead\\b|\\bwe(?:'re| are) (?:chang|going|doing)"),
    (Role.PREVENTION, 2.5, "へのお(?:願|ねが)い"),
    (Role.PREVENTION, 1.0, "残件|残って|残り"),
    (Role.SUMMARY, 2.5,
        "何が|なにが|何の|あらまし|概況|概要|がいよう|事柄|出来事|できごと|(?:起|お)き(?:た|て)"
        "|(?:起|お)こ(?:った|って)|発生|症状|事象|じしょう|現象|げんしょう|現状|げんじょう|状況|ひとことで|要点"
        "|要旨|内容|あった(?:こと|か)|やらかし|はじめに|申告|ようす|様子|どんな"
        "|見え(?:て|た)|みえ(?:て|た)|困りごと|こまりごと|事実|全体像|見かけ|saw\\b|in (?:brief|short)|\\bproblem"
        "|何事|なにごと|どんなこと|顛末|story|bad news|不具合|障害|\\bwhat\\b"
        "|summary|symptom|overview|\\bbroke"),
    (Role.SUMMARY, 1.0, "いつ|どこ|\\bwhen\\b|\\bwhere\\b"),
    (Role.IMPACT, 3.0,
        "影響|えいきょう|被害|困った|こまった|迷惑|響き|痛手|(?:誰|だれ)(?:が|に)|impact|affect|\\bwho\\b"),
    (Role.DETECTION, 3.0, "気(?:づ|付)|見つけ|見つか|検知|けんち|発見|発覚|detect|notic|discover"),
    (Role.TIMELINE, 3.0,
        "時系列|経過|経緯|けいい|けいか|(?<!データの)流れ|動き|足取り|時間の|たいむらいん|切り?分けの?記録|当日の"
        "|timeline|chronolog|\\blog\\b"),
    (Role.OTHER, 3.5,
        "そのほか|その他|備考|びこう|所感|感想|ひと(?:こと|言)\\Z|参考|関連|関係(?:する|者)|資料|添付|謝辞|お礼"
        "|感謝|学(?:び|んだ|ん)"
        "|教訓|お客様|顧客|掲示|告知|連絡|費用|担当|検印|\\bcomms?\\b|communicat|notified|承認|付録|目次|重さ"
        "|重要|疑問|日時|日付|期間|場所|件名"
        "|お詫び|問い?合わ?せ|状態|記録しておき|この報告|よかった|良かった|thank|lessons?\\b|\\bnotes?\\b"
        "|\\blinks?\\b"
        "|appendix|went well|glossary"),
)  # fmt: skip
_PATTERNS = tuple((role, weight, compile_words(words)) for role, weight, words in _CUES)
_ANY = compile_words("|".join(words for _, _, words in _CUES))  # most labels, cells above all, hold none


def fold_kana(text: str) -> str:
    """Lower-case text with katakana as hiragana, of the same length."""
    text = text.casefold()
    return text.translate(_KATAKANA) if _KATAKANA_IN.search(text) else text


# The noun at the end says what a heading is about, whatever stands before it: 気づけなかった理由.
_FINAL = (
    (
        Role.CAUSE,
        compile_words(
            "(?:理由|わけ|訳|原因|要因|背景|真相|正体|からくり|根っこ|源|元凶|事情|\\b(?:reasons?|causes?))\\Z"
        ),
    ),
    (
        Role.PREVENTION,
        compile_words("(?:対策|工夫|備え|仕掛け|決まりごと|取り決め|約束|予防策?|防止策?|safeguards?|guards?)\\Z"),
    ),
)
_HEAD_NOUN = 1.0
_ASKS = compile_words("何|なに|どこ|\\bwhat\\b")
_ASKING, _ASKED = 1.0, 2.5
_WHY = compile_words("なぜ|何故|どうして|なんで|\\bwhy\\b")


@lru_cache(maxsize=16_384)
def score_cues(label: str) -> dict[Role, float]:
    """How strongly the words of a folded head speak for each role; the strongest cue of a role counts."""
    text = fold_kana(label).strip(" ?!。.…:*_")
    found: dict[Role, float] = {}
    if not _ANY.search(text):
        return found
    for role, weight, pattern in _PATTERNS:
        if found.get(role, 0.0) < weight and pattern.search(text):
            found[role] = weight
    for role, final in _FINAL:
        if role in found and final.search(text):
            found[role] += _HEAD_NOUN
    asked = max(found.get(role, 0.0) for role in (Role.CAUSE, Role.FIX, Role.PREVENTION))
    if found.get(Role.SUMMARY, 0.0) > _ASKING and asked >= _ASKED and _ASKS.search(text):
        found[Role.SUMMARY] = _ASKING  # what caused it, 何がいけなかったか: the rest says what is asked
    if Role.CAUSE in found and _WHY.search(text):
        found.pop(Role.SUMMARY, None)  # どうして起きたか asks for no story
    return found
