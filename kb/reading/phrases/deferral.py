"""A sentence whose verb puts off, read from its end: 中村さんが戻ってきてから一緒に考える.

Japanese says last what is done. When the last verb is one of thinking, talking or deciding, and what
it governs (を, は, が) is the matter itself or a person, the sentence commits to nothing, whatever
nouns stand around it. Verbs of writing and telling do so only beside a word for later: 手順に書く is a
measure, 後で書く is none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.reading.phrases.care import changes_something
from kb.reading.phrases.putting_off import PUTTING_OFF
from kb.text.patterns import compile_lines, compile_words

_THINK = (
    "検討|協議|議論|審議|思案|熟考|熟慮|模索|立案|一考|再考|話し合|打ち?合わ?せ|すり合わせ|擦り合わせ|摺り合わせ|考え|練[りるっ]|詰め"
    "|煮詰め|揉[むみん]|決め|定め|まとめ|取り?纏め|持ち帰|持ち越|保留|先送り|後回し|見極め|預か|委ね|仰[ぎぐ]|取り上げ|判断|振り返[りる]|(?:整理|調整|準備|作成|調査|洗い出し)(?=中)"
)
_TELL = (
    "記載|記入|記述|追記|加筆|書[くきかけい]|記[しす]|埋め|報告|連絡|共有|回答|提示|提出|投げ|回[しす]|集め|(?<![一-龠りい])出[すし]|示[しす]|聞[くき]|伺[いう]|話[しす]|着手"
    "|相談|展開|確認|対応|対処"
)
_END = (
    "(?:を|は|も)?[ぁ-ん]{0,10}(?:中|予定|方針|段階|状況|状態|必要|最中|途中|模様)?[ぁ-ん]{0,6}?"
    "(?:考え|思|存じ)?[ぁ-ん]{0,8}\\Z"
)
LAST_VERB = compile_words(f"(?:(?P<think>{_THINK})|(?P<tell>{_TELL})){_END}")
_PAST = compile_words("(?:した|ました|った|んだ|済み?)\\Z")
# Care taken before a piece of work is a habit to come, not an answer put off.
DURING_WORK = compile_words("(?:作業|操作|実施|変更|リリース|送信|適用|開始|登録)[^、。]{0,4}(?:前|際|とき|時)[にはの]")
_LATER = compile_words(
    "後で|あとで|後日|後ほど|のちほど|追って|おって|改めて|あらためて|別途|順次|次の|次回|来週|来月|来期|今度|以降|そのうち|いずれ|これから|まだ"
    "|てから|でから|次第|たら|だら|まで|ところ\\Z|中\\Z|段階|見込み"
)
# What a verb of putting off may govern: the matter, what one hears, and those one hears it from.
_MATTER = compile_words(
    "(?:案|策|方針|対策|対応|声|意見|見解|知恵|方法|件|者|さん|君|氏|チーム|部|課|室|長|班|社|側|元|窓口|ベンダー?|メーカー?|担当|結果|判断|内容"
    "|要否|可否|何|誰|皆|全員|回答|返事|詳細|事項|時間|議題|宿題|課題|アイデア|方向性?|これ|本章|欄|項|再発防止|予防|原因|工数|予算|情シス|[0-9年月日時分/]+)\\Z"
)
_WORD = compile_words("(?P<noun>[^ぁ-ん、,。\\s()]+)(?P<kana>[ぁ-ん]*)")
_GOVERNS = compile_words("(?:を|は|が|も|について|に関して|に対する|とは)")


def ends_in_promise(text: str, whole: str) -> bool:
    """Whether a plain, casefolded sentence ends in a verb of putting off that governs nothing named.

    `whole` is the sentence with its conditions, where the words for later may stand.
    """
    found = LAST_VERB.search(text)
    if not found or _PAST.search(text) or DURING_WORK.search(whole) or changes_something(whole):
        return False
    before = text[: found.start()]
    if found["tell"] and (not _LATER.search(whole) or re.search("[a-z]{2,}\\s*[にへ]", before)):
        return False
    return all(_MATTER.search(word["noun"]) for word in _WORD.finditer(before) if _GOVERNS.match(word["kana"]))


# Whether a sentence puts off what it should say: 来週の定例で揉みます, to follow, 名案募集.
#
# A measure commits to something when it names a thing and what is done to it. A sentence that puts
# off has neither: its verb is one of talking, thinking, writing or waiting, and what stands before the
# verb only says with whom, when, and after what. Those are open classes (anybody may be asked,
# anything may have to end first), so they are known by their grammar and taken out first:
#
# - *conditions*: [anything] + a verb of ending or arriving + たら, 次第, てから, 後に
# - *consultations*: [anything] + a verb of hearing or receiving + て, うえで, ながら
# - *circumstances*: [noun] + で, と, から, まで, and the prepositions of English
#
# What remains must be made of a closed vocabulary: verbs of putting off, words for the matter itself
# (対策, 方針), and what goes around them. A thing worth naming is in no such list and breaks the cover.


MAX_DEFERRAL = 72
"""Characters of a sentence that is read this way: who puts off says it in one breath."""


class _Led:
    """A pattern behind any words at all: `re` tries those at every place, so what must follow is looked for first."""

    __slots__ = ("_core", "_whole")

    def __init__(self, words: str, core: str) -> None:
        self._core = compile_words(core)
        self._whole = re.compile(words + core)

    def sub(self, instead: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._whole.sub(instead, text) if self._core.search(text) else text


_OVER = (
    "(?:固ま|決ま|定ま|まとま|分か|わか|判|判明|明らか|はっきり|届|出|揃|そろ|終わ|済|落ち?着|収ま|着|来|戻|でき|出来"
    "|得られ|見え|整|到着|提出|公開|発表|回答|返答|返信|報告|連絡|承認|確定|特定|究明|解明|完了|終了|解決|復旧|収束"
    "|調査|解析|起き|起こ|発生|再発|つ|着手)"
)
# A condition: 原因が固まってから, 報告書の到着後に, 落ち着き次第, 同じことが起きたら, 提出待ち.
_CONDITION = _Led(
    "[^、,。()]{0,30}?",
    f"{_OVER}(?:し|され|させ|い|っ|き|り|け|え|ち|ん|に?な[っり]|すること)?"
    "(?:たら|だら|次第|しだい|[るく]?まで(?:は)?|[てで]から|[てで](?:か|い)?ら|た(?:後|あと|のち|うえ|段階"
    "|時点|ところ|とき|際)[にで]?"
    "|の?(?:後|あと|のち|時点)(?=[にで、,]|[^ぁ-ん])[にで]?|(?:を|の)?待(?:ち|って|ちます|つ)(?:です)?"
    "|を(?:受け|もって))[、,]?",
)
# A consultation: 木下さんの意見を聞いて, ベンダーから返事をもらって, 状況を見ながら, 見解を踏まえ.
_CONSULTED = _Led(
    "[^、,。()]{0,24}?",
    "(?:聞[いき]|伺[いっ]|もら[いっ]|貰[いっ]|いただ[いき]|頂[いき]|得|受け|待[ちっ]|見|み|眺め|踏まえ|ふまえ|経"
    "|仰[いぎ]|調べ|集め|持ち寄[りっ]|交え|含め|(?:確認|調査|相談|協議|検討|整理|議論|照会|精査|分析|審議|考慮)"
    "(?:し|を行[いっ]|を経))(?:[てで](?:から)?|た?(?:うえ|上|のち|後)[でに]?|ながら|つつ|(?=[、,]))[、,]?",
)
# A circumstance: チームで, 木下さんと, 来週の定例にて, 次の公演までに.
_CIRCUMSTANCE = compile_words(
    "[^ぁ-ん、,。\\s()][^ぁ-ん、,。\\s()]{0,13}\\s?(?:の[^ぁ-ん、,。\\s()]{1,10})?(?:\\([^()]{1,12}\\))?(?:さん"
    "|くん|たち|ら)?"
    "(?:にて|で(?:は|も)?(?![きすしあはも])|と(?:も|は)?(?![しすなもい思考])|から(?:の)?|より|において"
    "|まで(?:に)?|内で|間で)[、,]?"
)
# A reason for being late: 復旧を優先したため、…. Before なし it is the reason of a decision instead.
_EXCUSE = compile_words("[^、,。]{0,40}(?:ため、|ので、?|から、)(?!.*(?:なし|不要|しない|せず|わない))")
_DATIVE = compile_words(
    "[^ぁ-ん、,。\\s()]{1,12}(?:さん|くん|側|元)?[にへ](?:も)?(?=相談|確認|照会|問い?合|聞|伺|打診|諮|上申"
    "|一任|委|提出|依頼)"
)
# When it will be thought about: 6 月の棚卸しのときに.
_AT_SOME_TIME = compile_words(
    "\\A[^、,。()をが]{0,24}?(?:の|る|う|た)(?:とき|際|折|場|ついで)(?:に|で)(?:また|改めて)?[、,]?"
)
# It all hangs on something: 来年度の予算次第, 上長確認待ち.
_UPON = compile_words("\\A[^をぁ-ん]{0,16}(?:[のと][^をぁ-ん]{1,12})?(?:次第|待ち)(?:です|となります|です。)?\\Z")
_ENGLISH = compile_words(
    "\\b(?:after|once|until|till|when|pending|with|from|by|at|in|on|upon|following|for|during)\\s+[\\w'’-]+"
    "(?:\\s+[\\w'’-]+){0,4}",
    re.I,
)
_WAITS_FOR = compile_words("\\b(?:(?:a)?waiting(?: for| on)?|awaits?|pending)\\s+[\\w'’ -]{1,40}\\Z", re.I)
# Whether it will be done at all.
_WHETHER = compile_words(
    "(?:やる|する|扱う|行う|対応する|実施する|必要|できる|要る|続ける)(?:べき)?か(?:どうか|否か)?(?:を|は|も"
    "|についても?|を含めて?|も含めて?)?"
)
# Nothing to offer: the noun may be anything, the sentence ends in its absence.
_NOTHING = compile_lines(
    [
        "(?:案|策|妙案|名案|(?:良|い)い手|アイデア|ネタ|見当|目[処途]|めど|結論|答え|打つ手|手立て|方針|結果"
        "|余力|余裕|材料)(?:は|が|も|すら)?(?:まだ|何も)?"
        "(?:(?:つ|付|浮か|思い浮か|思いつ|出|出て|決ま|決まって|定ま|定まって|固ま|固まって|まとま|まとまって"
        "|見つか|見つかって|立|立って|得られ|得られて"
        "|見え|見えて|あり|ござい)[いきばらたまえけげせ]{0,2})?(?:な(?:い|し|く)|無(?:い|し)|ません|ず"
        "|切れ)(?:です|状態です|状態|状況です|状況)?\\Z",
        "(?:対策|防止策?|再発防止策?|改善策?|対応策?|手|策|案)(?:を|は|が|の|も)?(?:何も)?(?:打|講じ|立て|立案"
        "|取|とれ|出|挙げ|示|決め|考え"
        "|し|策定|提示|用意)[ぁ-んで]{0,5}?(?:ない|ません|ず|ようがな(?:い|く)|かねる|かねます"
        "|かねています)(?:です|状態です|状態|状況です|状況)?\\Z",
        "(?:打ち|講じ|防ぎ|対処のし|対応のし|対策のし)ようが(?:な(?:い|く)|ありません)(?:です|状態です|状態)?\\Z",
        "(?:言え|書け|申し上げられ|お伝えでき|伝えられ|打て|でき|やれ|挙げられ|示せ)る?(?:こと|もの|手"
        "|策)(?:は|が|も)?(?:特に)?"
        "(?:なし|な(?:い|く)|ありません|無(?:い|し))(?:です|状態です|状態)?\\Z",
        "(?:手|着手)(?:が|を|は|も)?(?:付|つ|回|でき)(?:け|い|か|け?られ|ら)?(?:て)?(?:い)?(?:ない|ません|ず"
        "|られていません|ていない)(?:です|状態)?\\Z",
    ]
)
# 何も浮かんでいない, これといったものはない, 書ける状況にない: the absence of anything at all.
_NOT_ANY = compile_words(
    "何も[^。、]{1,10}(?:ない|ません|ず)(?:です|状態|状況)?\\Z|(?:これといった|めぼしい|特段の"
    "|格別の)[^。、]{1,8}?(?:は|が|も)(?:まだ|今のところ)?"
    "(?:な(?:い|し)|ありません)(?:です)?\\Z|(?:書|言|決め|話|判断でき|示)[えけせら]?(?:れ)?る(?:状況|段階"
    "|状態)[にでは]{1,3}(?:ない|ありません)\\Z"
)
# The matter is asked of others: 防止策を検討するようベンダーに依頼.
_PASSED_ON = compile_words(
    "(?:検討|提案|提示|回答|調査)[^。、]{0,8}(?:よう|を)[^。、]{0,14}(?:依頼|要請|お願い)(?:する|します|中"
    "|予定|している|しています)?\\Z"
)
_ASKS = compile_words(
    "(?:案|アイデア|知恵|意見|提案|助言|手)(?:が|を|の|は)?[^。、]{0,8}(?:教えて|下さい|ください|募集|求む"
    "|求めます|お?待ちして|お願い|寄せて)[ぁ-ん]{0,8}\\Z"
)
# A meeting on the matter: 対策を練るための打ち合わせを設定する.
_MEETING = compile_words(
    "(?:対策|防止策?|改善策?|原因|アイデア|検討|対応策?|方針)[^、。]{0,12}(?:会議|会|打ち?合わ?せ|場|mtg"
    "|ミーティング|時間)(?:を|の)?"
    "[^、。をぁ-ん]{0,6}?(?:設定|開催|設け|持|開|セット|調整|予定)[ぁ-ん]{0,4}(?:予定)?\\Z"
)
# Todo and a name: a name is short and names nothing that is built.
_NAMED = compile_words(
    "(?:todo|tbd|検討|相談|宿題|担当|記入|未定)\\s*[:、,(]?\\s*(?P<name>[一-龠々]{2,4}|[ァ-ヶー]{2,7}"
    "|@?[a-z][a-z.]{1,12})\\)?\\Z"
)
_THING = compile_words(
    "監視|検査|検知|試験|検証|設定|追加|冗長|分離|自動|通知|権限|制限|制約|手順|移行|更新|増強|拡張|変更|修正"
    "|廃止|削除|導入|整備"
    "|作成|点検|交換|テスト|アラート|ツール|ログ|バックアップ|ci|test|alert|log|monitor|lint|backup|cache"
    "|retry|fix|docs?"
)
_FINISHED = compile_words("(?:した|しました|済み?|完了)[。.)」\\s]*\\Z")


@lru_cache(maxsize=256)  # a sentence comes in several cuts, and most are the same
def is_filler_only(text: str) -> bool:
    """Whether a text is made of the closed vocabulary as it stands."""
    return 0 < len(text) <= MAX_DEFERRAL and not _FINISHED.search(text) and PUTTING_OFF.cover(text)


def find_deferral(text: str) -> str:
    """Which test finds that a plain, casefolded sentence puts off; "" when it commits to something."""
    if not 0 < len(text) <= MAX_DEFERRAL:
        return ""
    if is_filler_only(text):
        return "words"
    if _FINISHED.search(text) or not _HINT.search(text):
        return ""
    bare = text.strip(" 。.、!?…~〜()")
    if (
        _NOTHING.search(bare)
        or _NOT_ANY.search(bare)
        or _PASSED_ON.search(bare)
        or _ASKS.search(bare)
        or _MEETING.search(bare)
    ):
        return "nothing"
    if (found := _NAMED.match(bare)) and not _THING.search(found["name"]):
        return "named"
    if _reduced(bare) or _UPON.search(bare):
        return "reduced"
    if not LAST_VERB.search(bare):
        return ""
    rest = _CONSULTED.sub("", _CONDITION.sub("", _EXCUSE.sub("", bare)))
    if ends_in_promise(bare, bare) or ends_in_promise(rest, bare):
        return "promise"
    short = _AT_SOME_TIME.sub("", bare)
    return "promise" if short != bare and ends_in_promise(short, short) else ""


def _reduced(text: str) -> bool:
    """Whether nothing but deferral is left once conditions, consultations and circumstances are out."""
    if text.isascii():
        rest = _ENGLISH.sub(" ", _WAITS_FOR.sub("pending", text))
        return rest != text and _says(rest) and is_filler_only(rest)
    rest = text
    for pattern in (_EXCUSE, _CONDITION, _CONSULTED, _WHETHER, _CIRCUMSTANCE, _DATIVE):
        before, rest = rest, pattern.sub("", rest)
        if rest == before:
            continue
        if not rest.strip(" 、,()"):
            return pattern is _CONDITION
        if is_filler_only(rest):
            return rest != text and _says(rest)
    return False


_VERBS = compile_lines(
    [
        "検討|調査|協議|相談|議論|審議|考|決|まとめ|纏め|詰め|揉|合わせ|諮|仰|委ね|練|策定|立案|立て|記|書"
        "|埋め|話|報告|連絡|追記|持ち|待|善処|対処"
        "|対応|判断|精査|未|保留|沙汰|議題|アイデア|案|確認|調整|これから|今後|後|todo|tbd|予定|宿題|課題|回答"
        "|更新|準備|作成",
        "\\b(?:discuss|decid|determin|consider|pending|investigat|review|await|wait|writ|fill|updat|announc|defin"
        "|plan|identif"
        "|idea|think|later|tbc|tba|figur|question|follow|none|nothing|no|not|to be|todo|tbd)\\w*",
    ]
)


# A sentence without any of these puts nothing off: most need no closer look.
_HINT = compile_lines(
    [
        _VERBS.pattern,
        "な[いしくかけ]|無|ません|ず|切れ|時間|案|意見|誰|どう|任|出|集|投|回|示|聞|伺|展開|提|共有|次第|more"
        "|progress|ask|suggest|propos",
    ]
)


def _says(rest: str) -> bool:
    """Whether what is left has a word of putting off in it, and is not only filling."""
    return bool(_VERBS.search(rest))
