"""Does a cause say why? Unknown, shallow, one step, or something a reader can act on.

Each claim is read for what it is: *unknown* (不明, 調査中), *inquiry* (what will be looked into),
*surface* (a component and a predicate of failing, nothing else), *one step* (a mechanism named
by one word: OOM, 設定ミス) or *mechanism*. Only surface claims make a cause shallow: one claim that
names another subject, artefact, change or condition clears it.
Source: the なぜなぜ rules of thumb, and the advice of SRE and Atlassian on contributing factors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from kb.model import Confidence, Verdict
from kb.reading.claims import Claim
from kb.reading.verdicts import Judgement
from kb.reading.verdicts.placeholder import placeholder
from kb.reading.verdicts.surface import one_step, surface, trivial


class Sort(Enum):
    """What one claim about a cause is."""

    UNKNOWN = auto()
    INQUIRY = auto()
    SURFACE = auto()
    ONE_STEP = auto()
    MECHANISM = auto()
    NOTHING = auto()


_NOT_KNOWN = (
    "不明(?:瞭|確)?|未詳|不詳|未(?:だに?)?(?:特定|解明|判明|確定|調査|定|究明|確認|検証|着手|記入)|謎|未知"
    "|はっきりしな\\w*|定かで\\w*な\\w*|心当たり\\w*な\\w*|(?:追跡|調査|特定|解析|究明|断定|再現)(?:が"
    "|は)?(?:不能|不可|困難)|確証(?:は|が)?な(?:し|い|く)"
    "|(?:手[がか掛]かり|見当|確証|確信|根拠|目[処途星]|めど|材料|思い当たる節|心当たり|証拠|決め手|糸口)(?:は"
    "|が|も|に|の)*[ぁ-ん得付掴]{0,8}?(?:ない|なし|ず|ません|おらず|なかった)[ぁ-ん]*"
    "|(?:特定|判明|解明|把握|究明|断定|確定|説明|再現|確証|手掛?かり)(?:に|まで|は|が|も|を|に関して)*(?:でき"
    "|出来|して|し|せ|され|つか|つけ|つい|至|得|と?れ|な)[ぁ-ん至得]{0,6}?(?:ない|ず|ません|なかった|おらず"
    "|いない|しない)[ぁ-ん]*"
    "|(?:わか|分か|判|解)(?:って|ら|り)(?:は)?(?:い|お)?(?:ない|らず|ず|ません|なかった|なく)[ぁ-ん]*"
    "|(?:見つか|見付か|つかめ|掴め|突き?止め|追え|追いきれ|辿れ|たどれ|絞り?込め"
    "|見当がつか)[ぁ-ん]{0,5}?(?:ない|ず|ません|なかった)[ぁ-ん]*"
)
_ONGOING = (
    "(?:原因|要因|調査|確認|解析|分析|切り?分け|究明|検証|精査|追跡|深掘り|再現|ヒアリング|問い?合わ?せ|照会"
    "|依頼|協議|検討|トレース|ログ)(?:の)?(?:調査|確認|解析|分析|特定|究明|検証)?"
    "(?:を|は|が)?(?:引き?続き|継続(?:して)?)?(?:中|継続|待ち|予定|続行|(?:を)?(?:続け|進め|行っ|おこなっ"
    "|実施し?)て(?:いる|います|おります|いく)|して(?:いる|います|おります|いく)|しております|してます)"
    "(?:です|だ|である|でして|のため|となる|となっている|となります|の状況|の段階|とのこと|とする)*"
    "|(?:回答|返答|結果|返事|連絡)(?:を)?(?:待ち|待って\\w*)(?:です)?"
)
_ENGLISH_UNKNOWN = (
    "\\b(?:unknown|unclear|undetermined|not (?:yet )?(?:known|clear|identified|determined|found|understood"
    "|confirmed|established)|no idea|inconclusive"
    "|(?:still )?(?:under|pending) (?:investigation|analysis|review)|(?:still )?(?:investigating|looking into"
    "|being investigated)|investigation (?:is )?(?:ongoing|in progress|pending)"
    "|(?:could ?n[o']t|could not|cannot|can't|unable to|have(?:n't| not)|did ?n[o']t"
    "|failed to) (?:be )?(?:determine|identify|identified|find|found|reproduce|pinpoint|figure))\\b"
)
_UNKNOWN_END = re.compile(
    f"(?:{_NOT_KNOWN}|{_ONGOING})(?:[ (（].*|[ぁ-ん]{{0,6}}(?:状態|状況|段階)?(?:です|だ|である"
    f"|でした)?)[。.、)\\s]*\\Z",
    re.I,
)
_UNKNOWN_SO = re.compile(
    f"(?:{_NOT_KNOWN})[。、]?\\s*(?:[(（].*)?\\Z|\\A(?:原因|要因)?(?:は|が)?(?:{_NOT_KNOWN}|{_ONGOING})", re.I
)
_UNKNOWN_EN = re.compile(_ENGLISH_UNKNOWN, re.I)
# Text that was true once and is followed by what replaced it.
_SUPERSEDED = re.compile(
    f"\\A.{{0,40}}?(?:{_NOT_KNOWN}|{_ONGOING}|未定|検討中)[^。、]{{0,12}}?(?:だった|であった|でした|していた"
    f"|と(?:なって|して|思われて|見られて)いた|[いお]たが|った)"
    "[^。、]{0,6}?(?:が|けれども?|けど|ものの|ところ)[、,]?\\s*(?P<rest>.+)\\Z"
)
_ONCE = re.compile("当初|時点|第[一1]報|初報|その後|のちに|最初は")
_RESOLVED = re.compile(
    "判明|特定(?:した|できた|済)|(?:わか|分か|判)(?:った|りました)|突き?止め(?:た|ました)|明らかにな|発覚"
    "|見つか(?:った|りました)|と結論|turned out|identified as|traced to|found (?:that|to)",
    re.I,
)
_INQUIRY = re.compile(
    "(?:採取|取得|調査|確認|解析|問い?合わ?せ|照会|再現|検証|依頼|追加|待|監視|共有|報告|更新|精査|切り?分け"
    "|試|見る|追跡|様子見|様子を見)[ぁ-ん]{0,4}?(?:する|します|く|予定(?:です)?|中(?:です)?|ている|ています"
    "|る|ます|つ|たい|てみる|てみます)[。.)\\s]*\\Z"
    "|(?:異常|エラー|問題|痕跡|ログ|変更|不審な点|手掛?かり)[ぁ-んァ-ヶ一-龠]{0,8}?(?:なし|無し|な(?:い"
    "|かった)|ありません(?:でした)?|見られ(?:ない|なかった|ず)|見当たら\\w+|残って(?:い(?:ない|なかった"
    "|ません)|おらず)\\w*)[。.)\\s]*\\Z"
)
_QUESTION = re.compile(
    "\\?\\s*\\Z|(?:のか|たか|るか|いか|理由|のは|わけ)\\s*\\Z|\\A(?:なぜ|何故|why)\\s*[0-9]*[.::)]?\\s*\\Z", re.I
)
_TOPIC = re.compile(
    "\\A(?:なぜ|why)?\\s*[0-9]+\\s*[::.)]\\s*|\\A(?:今回の|本件の|直接(?:的な|の)?|根本(?:的な|の)?|主な"
    "|障害の|発生)*(?:原因|要因|真因|理由)(?:は|としては|について(?:は)?|:)[、,]?\\s*"
    "|\\A(?:the )?(?:root |direct |main )?cause (?:was|is|of [^:]{1,40} (?:was|is))(?: that)?\\s+"
    "|\\A(?:停止した|止まった|落ちた)?理由は[、,]?\\s*",
    re.I,
)
_ARROW = re.compile("\\s*(?:→|⇒|=>|->|➡|←)\\s*")
_HEDGE = re.compile(
    "(?:おそらく|恐らく|たぶん|多分)|(?:と思われ|と考えられ|と推測|と推定|と見られ|可能性|かもしれ|のではないか|疑い)"
)


def judge_cause(claims: Sequence[Claim], context: str = "") -> Judgement:
    """The verdict on the claims of all cause sections of one incident.

    `context` is the title and the summary: a claim that only repeats them says nothing new.
    """
    said = [claim for claim in claims if not claim.content]
    if not said:
        return (
            Judgement(Verdict.CONCRETE, claims[0], "cause:picture")
            if claims
            else Judgement(Verdict.EMPTY, None, "empty")
        )
    sorts = [(sort_of(step, context), claim) for claim in said for step in steps(claim.text)]
    kinds = [sort for sort, _ in sorts]

    def first(sort: Sort) -> Claim:
        return next(claim for kind, claim in sorts if kind is sort)

    if Sort.UNKNOWN in kinds:
        if Sort.MECHANISM in kinds:
            return Judgement(Verdict.CONCRETE, first(Sort.MECHANISM), "cause:partly-unknown")
        sure = Confidence.LOW if Sort.ONE_STEP in kinds else Confidence.HIGH
        return Judgement(Verdict.UNKNOWN, first(Sort.UNKNOWN), "cause:unknown", sure)
    if Sort.MECHANISM in kinds:
        return Judgement(Verdict.CONCRETE, first(Sort.MECHANISM), "cause:mechanism")
    if Sort.ONE_STEP in kinds:
        return Judgement(Verdict.ONE_STEP, first(Sort.ONE_STEP), "cause:one-word")
    if Sort.SURFACE in kinds:
        return Judgement(Verdict.SHALLOW, first(Sort.SURFACE), "cause:surface")
    if Sort.INQUIRY in kinds:
        return Judgement(Verdict.UNKNOWN, first(Sort.INQUIRY), "cause:inquiry", Confidence.MEDIUM)
    return Judgement(Verdict.EMPTY, said[0], "cause:nothing")


def steps(text: str) -> list[str]:
    """The steps of a claim: around arrows, without the topic (原因は), and without what was replaced."""
    found = []
    for piece in _ARROW.split(text):
        piece = _TOPIC.sub("", piece.strip())
        piece = _TOPIC.sub("", piece)
        if superseded := _SUPERSEDED.match(piece):
            piece = superseded["rest"]
        if piece.strip(" 。.、:-–—"):
            found.append(piece.strip())
    return found or ([text] if text.strip() else [])


def sort_of(step: str, context: str = "") -> Sort:
    """What one step of a claim about a cause is."""
    unknown = _unknown(step)
    if unknown and not _RESOLVED.search(step):
        return Sort.NOTHING if _ONCE.search(step) and re.search("だった|でした|していた", step) else Sort.UNKNOWN
    if not step.strip("?!.-–— "):
        return Sort.UNKNOWN
    if _QUESTION.search(step) or trivial(step):
        return Sort.NOTHING
    if re.search("次の(?:こと|とおり|通り)|以下の(?:とおり|通り|こと)", step) and len(step) < 40:
        return Sort.NOTHING
    if one_step(step):
        return Sort.ONE_STEP
    if surface(step):
        return Sort.SURFACE
    if placeholder(step):
        return Sort.UNKNOWN
    if _restates(step, context):
        return Sort.SURFACE
    if _INQUIRY.search(step) and not re.search("ため|ので|により|ことで|まま|ずに|おらず", step):
        return Sort.INQUIRY
    return Sort.MECHANISM


def _unknown(step: str) -> bool:
    return bool(_UNKNOWN_END.search(step) or _UNKNOWN_SO.search(step) or _UNKNOWN_EN.search(step))


def _restates(step: str, context: str) -> bool:
    """Whether a claim only repeats the title or the summary: nearly all its letter pairs are there."""
    text = re.sub("[ぁ-ん]+\\Z", "", re.sub("\\W+", "", step))
    pairs = [text[index : index + 2] for index in range(len(text) - 1)]
    if len(pairs) < 4 or not context:
        return False
    return sum(pair in context for pair in pairs) / len(pairs) >= 0.85
