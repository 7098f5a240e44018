"""What is known beside an unknown: a cause found later, or the part of it that is clear.

「まだ分からない。受け側のログは 0 行」 reports what was seen; 「まだ分からない。（5/14 追記）鍵の期限だった」 what was
found. The order tells them apart, and the words that turn a report: 追記, やっと, 実際は, turned out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from kb.model.facts import Confidence, Verdict
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.symptom import is_single_step, is_symptom_only, is_trivial
from kb.reading.phrases.unknown import AT_FIRST, CAUSE_FOUND, INQUIRY, SUPERSEDED, is_unknown, only_refutes
from kb.reading.sections.section import Claim
from kb.reading.verdicts.judges import RoleJudgement
from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form

_TURN = compile_words(
    "追記|続報|最終報|第[2-9二三四五]報|その後|のちに|後日|翌日|翌朝|やっと|ようやく|ついに|結局|実際|実は"
    "|本当は|正しくは|真相|判明"
    "|(?:わか|分か|判)(?:った|りました)|解け|突き?止め|特定(?:した|できた|済)|明らかにな|発覚|見つか(?:った"
    "|りました)|と結論"
    "|(?:\\A|[、。)])(?:原因|要因|真因|理由)は|\\b(?:found|showed|shows|turned out|traced|identified|it was"
    "|update|later|actually|because)\\b",
    re.I,
)
# The whole cause is what is unknown, not what lies behind a part of it.
_WHOLE = compile_words(
    "(?:\\A|[、。]|が、)(?:今回の|本件の|結局、?|依然、?)?(?:原因|要因|理由)(?:は|が|も|について(?:は)?"
    "|につ[いき].{0,4}は)|\\bthe (?:root )?cause (?:is|was|could|has|remains)\\b",
    re.I,
)
_LINK = compile_words("ため|により|によって|ことで|ので|せいで|から[、,]|ておらず|\\b(?:because|since|due to)\\b", re.I)


def find_known_cause(mechanisms: Sequence[Claim], unknown: Claim, said: Sequence[Claim]) -> Claim | None:
    """The claim that says why although another says that nobody knows; None where it stays unknown.

    `unknown` is the first claim that does, `said` are all claims of the cause, in the order of the page.
    """
    at = said.index(unknown)
    whole = _WHOLE.search(unknown.text)
    earlier = set(said[:at])
    before = [claim for claim in mechanisms if claim in earlier and (not whole or _LINK.search(claim.text))]
    if before:
        return before[0]
    if unknown in mechanisms and _TURN.search(unknown.text):
        return unknown  # 調査中 → 6/5 判明: …
    after = [claim for claim in mechanisms if claim not in earlier and claim is not unknown]
    mute = set(mechanisms) - set(after)
    turned = any(_TURN.search(claim.text) for claim in said[at + 1 :] if claim not in mute)
    return after[0] if after and turned else None


# Does a cause say why? Unknown, shallow, one step, or something a reader can act on.
#
# Each claim is read for what it is: *unknown* (不明, 調査中), *inquiry* (what will be looked into),
# *surface* (a component and a predicate of failing, nothing else), *one step* (a mechanism named
# by one word: OOM, 設定ミス), *elsewhere* (上の 2/3 のとおり) or *mechanism*.
# Only surface claims make a cause shallow: one that names another subject, artefact, change or condition clears it.
# Source: the なぜなぜ rules of thumb, and the advice of SRE and Atlassian on contributing factors.


class CauseSort(Enum):
    """What one claim about a cause is."""

    UNKNOWN = auto()
    INQUIRY = auto()
    SURFACE = auto()
    ONE_STEP = auto()
    MECHANISM = auto()
    ELSEWHERE = auto()
    NOTHING = auto()


_QUESTION = compile_words(
    "\\?\\s*\\Z|(?:のか|たか|るか|いか|理由|のは|わけ)\\s*\\Z|\\A(?:なぜ|何故|why)\\s*[0-9]*[.::)]?\\s*\\Z", re.I
)
_TOPIC = compile_words(
    "\\A(?:なぜ|why)?\\s*[0-9]+\\s*[::.)]\\s*|\\A(?:今回の|本件の|直接(?:的な|の)?|根本(?:的な|の)?|主な"
    "|障害の|発生)*(?:原因|要因|真因|理由)(?:は|と(?:いた)?しま?して(?:は)?|について(?:は)?"
    "|につきまして(?:は)?|(?:です|でした|なのです|だ)が|:)[、,]?\\s*"
    "|\\A(?:the )?(?:root |direct |main )?cause (?:was|is|of [^:]{1,40} (?:was|is))(?: that)?\\s+"
    "|\\A(?:root |direct |main )?cause\\s*:\\s*|\\A(?:停止した|止まった|落ちた)?理由は[、,]?\\s*",
    re.I,
)
# The name of a part of the cause, in front of it or on a line of its own: 直接の原因, 背景: …
_PART = (
    "(?:その)?(?:直接|間接|根本|背景|技術|運用|一次|二次|表面|発生|流出|混入|主|副|真)(?:的|に(?:ある|なった))?"
    "(?:な|の)?(?:原因|要因|理由|背景|因)?"
)
_LABEL = compile_words(f"\\A[(\\[]?{_PART}[)\\]]?(?:\\s*[::]\\s*|\\Z)")
# 直接: …, or (1) 直接の原因 with the claim below it.
_DIRECT = compile_words(
    "[(\\[]?[0-9]{0,2}[)\\].]?\\s*(?:直接|一次)(?:的)?(?:な|の)?(?:原因|要因|理由|因)?(?:\\s*:|\\Z)"
)
# What stands behind it, named as such before anything was said to be unknown.
_BEHIND = compile_words(
    "[(\\[]?[0-9]{0,2}[)\\].]?\\s*(?:その)?(?:背景|間接|二次)(?:的)?(?:に(?:ある|なった))?(?:な|の)?(?:原因"
    "|要因|理由|因)?(?:\\s*:|\\Z)"
)
# Remarks that add nothing: what was struck beside it, what others did not say.
_REMARK = compile_words(
    "\\A[(\\[][^()\\[\\]]{1,6}[)\\]]\\Z|言いようが|としか(?:言|い)|それ以上(?:の|は)[^。]{0,10}(?:な(?:し|い"
    "|かった)|不明|ありません)|詳細は(?:不明|なし)"
)
# What the template asks for, left standing as a whole: nobody gave the cause, not even as unknown. It is
# neither put off (結果が出たら書く) nor said to stand at another place (チケットに記載).
_ASKED = compile_words(
    "[(<\\[{※](?!.*(?:たら|次第|後|のち|あと|まで|待|(?<!ここ|以下|下記)に(?:記載|記述|追記)))[^。]*[)>\\]}]?。?"
)
# The cause stands at another place of the page: 上の 2/3 のとおり, 以下, see above.
_POINTS = compile_words(
    "(?:次|下|(?<!以)上|(?<!以)前)(?:の|記の?|述の?|掲の?)[^、。]{0,12}(?:こと|とおり|通り)|以下の?(?:とおり|通り|こと)"
    "|参照(?:のこと|願います|ください|下さい)?[。.)」\\s]*\\Z|[】)」]\\s?(?:に記載)?の(?:とおり|通り)"
    "|(?:上記|前述|前記|下記|別紙|別項|後述)(?:を|の|に|参照|のもの)?[^。、]{0,6}[。]?\\Z|(?:は|を)(?:以下"
    "|下記|上記|次)[。、:]?\\Z|\\bsee (?:above|below)|\\bas (?:above|below|described|follows)"
)
_ASIDE = re.compile("\\s*[(][^()]*[)]。?\\Z")
_ARROW = compile_words("\\s*(?:→|⇒|=>|->|➡|←)\\s*")
_HEDGE = compile_words(
    "(?:おそらく|恐らく|たぶん|多分)|(?:と思われ|と考えられ|と推測|と推定|と見られ|可能性|かもしれ"
    "|のではないか|疑い|らし[いく]|(?:し|あり|い|れ|なさ)そう(?:だ|です|な|で|\\Z)"
    "|ところまで(?:は|しか)?(?:です|だ)?[。.\\s]*\\Z|ようだ|ようです|差し替え|更新します|仮説|疑って|疑わ)"
    "|\\b(?:theor(?:y|ies)|hypothes[ie]s|suspect\\w*|maybe|perhaps|possibly|probably|might|may have|could be)\\b",
    re.I,
)

# What the search did not find, and what ended before anybody looked: no mechanism beside an unknown.
_NO_FINDING = compile_words(
    "(?:調査|特定|再現|解析|究明|断定)[^。]{0,8}(?:困難|でき(?:な|ず|ません)|至ら|至りません|不可)"
    "|(?:記録|ログ|痕跡|証跡|証拠|形跡|手[掛が]かり|異常)[^。、]{0,8}(?:なく|なし|ない|ありません|おらず"
    "|見つから|見当たら)"
    "|再現(?:率|し|せ)|(?:直|戻|治)って(?:い|し)"
)
# What a letter says around its matter.
_COURTESY = compile_words(
    "(?:[ごお御]?迷惑|[ごお御]?不便|[ごお御]?心配|[ごお御]?手数|お手間)(?:を)?[^、。]{0,16}(?:かけ|掛け|おかけ"
    "|お掛け|詫|申し訳|すみません|失礼)[ぁ-ん]*"
    "|(?:深く)?(?:お詫び|陳謝|謝罪)(?:を)?(?:申し上げ|し|いたし)[ぁ-ん]*|(?:大変)?申し訳(?:あり"
    "|ござい)ません(?:でした)?|(?:大変)?失礼(?:いた)?しました"
    "|(?:いつも)?(?:大変)?お?世話になって[ぁ-ん]+|お疲れ(?:様|さま)(?:です|でした)"
    "|(?:以上、?)?(?:どうぞ)?(?:よろしく|宜しく)[^、。]{0,10}|(?:どうも)?ありがとうござ[ぁ-ん]+"
    "|(?:(?:we )?apologi[sz]e|(?:we are |we're )?sorry|thank(?:s| you)|hello|hi|dear)\\b[\\w ,']{0,50}",
    re.I,
)


def judge_cause(claims: Sequence[Claim], context: str = "") -> RoleJudgement:
    """The verdict on the claims of all cause sections of one incident.

    `context` is the title and the summary: a claim that only repeats them says nothing new.
    """
    said = [claim for claim in claims if not claim.content]
    if not said:
        return (
            RoleJudgement(Verdict.CONCRETE, claims[0], "cause:picture")
            if claims
            else RoleJudgement(Verdict.EMPTY, None, "empty")
        )
    sorts = [(classify_step(step, context), claim) for claim in said for step in split_steps(claim.text)]
    kinds = [sort for sort, _ in sorts]

    def first(sort: CauseSort) -> Claim:
        return next(claim for kind, claim in sorts if kind is sort)

    if CauseSort.UNKNOWN in kinds:
        if (direct := _direct(sorts)) and not set(kinds) & {CauseSort.MECHANISM, CauseSort.ONE_STEP}:
            return RoleJudgement(Verdict.SHALLOW, direct, "cause:direct-surface")
        mechanisms = [claim for sort, claim in sorts if sort is CauseSort.MECHANISM and not _doubtful(claim.text)]
        if found := find_known_cause(mechanisms, first(CauseSort.UNKNOWN), said):
            return RoleJudgement(Verdict.CONCRETE, found, "cause:partly-unknown")
        sure = Confidence.LOW if CauseSort.ONE_STEP in kinds else Confidence.HIGH
        return RoleJudgement(Verdict.UNKNOWN, first(CauseSort.UNKNOWN), "cause:unknown", sure)
    if CauseSort.MECHANISM in kinds:
        return RoleJudgement(Verdict.CONCRETE, first(CauseSort.MECHANISM), "cause:mechanism")
    if CauseSort.ONE_STEP in kinds:
        return RoleJudgement(Verdict.ONE_STEP, first(CauseSort.ONE_STEP), "cause:one-word")
    if CauseSort.SURFACE in kinds:
        return RoleJudgement(Verdict.SHALLOW, first(CauseSort.SURFACE), "cause:surface")
    if CauseSort.INQUIRY in kinds:
        return RoleJudgement(Verdict.UNKNOWN, first(CauseSort.INQUIRY), "cause:inquiry", Confidence.MEDIUM)
    if CauseSort.ELSEWHERE in kinds:
        return RoleJudgement(Verdict.CONCRETE, first(CauseSort.ELSEWHERE), "cause:elsewhere")
    return RoleJudgement(Verdict.EMPTY, said[0], "cause:nothing")


def split_steps(text: str) -> list[str]:
    """The steps of a claim: around arrows, without the topic (原因は), and without what was replaced."""
    found = []
    for piece in _ARROW.split(text):
        piece = _TOPIC.sub("", piece.strip())
        piece = _LABEL.sub("", _TOPIC.sub("", piece)) or piece
        if superseded := SUPERSEDED.match(piece):
            piece = superseded["rest"]
        if piece.strip(" 。.、:-–—"):
            found.append(piece.strip())
    return found or ([text] if text.strip() else [])


def classify_step(step: str, context: str = "") -> CauseSort:
    """What one step of a claim about a cause is."""
    step = to_plain_form(step)
    if is_unknown(step) and not CAUSE_FOUND.search(step):
        past = re.search("だった|でした|していた|\\b(?:was|were|could|did|had)\\b", step)
        return CauseSort.NOTHING if past and AT_FIRST.search(step) else CauseSort.UNKNOWN
    if not step.strip("?!.-–— "):
        return CauseSort.UNKNOWN
    if _LABEL.fullmatch(step) or _COURTESY.fullmatch(step.strip(" 。.!")) or _REMARK.search(step):
        return CauseSort.NOTHING
    if _QUESTION.search(step) or is_trivial(step):
        return CauseSort.NOTHING
    if only_refutes(step):
        return CauseSort.INQUIRY
    if len(step) < 40 and _POINTS.search(step):
        return CauseSort.ELSEWHERE
    if is_single_step(step):
        return CauseSort.ONE_STEP
    if is_symptom_only(step):
        return CauseSort.SURFACE
    if held := find_placeholder(step) or (step.endswith((")", ")。")) and find_placeholder(_ASIDE.sub("", step))):
        return CauseSort.NOTHING if CAUSE_FOUND.search(step) or _template(step, held) else CauseSort.UNKNOWN
    if _restates(step, context):
        return CauseSort.SURFACE
    if INQUIRY.search(step) and not re.search("ため|ので|により|ことで|まま|ずに|おらず", step):
        return CauseSort.INQUIRY
    return CauseSort.MECHANISM


def _template(step: str, held: str) -> bool:
    return held == "placeholder:guidance" and _ASKED.fullmatch(step) is not None


def _direct(sorts: Sequence[tuple[CauseSort, Claim]]) -> Claim | None:
    """The surface claim that stands as the direct cause, where what lies behind it is left open."""
    named, last = False, None
    for sort, claim in sorts:
        label = _DIRECT.match(claim.text) or _DIRECT.match(claim.state)
        if sort is CauseSort.SURFACE and (label or named):
            return claim
        if sort is CauseSort.UNKNOWN or (last and (_BEHIND.match(claim.text) or _BEHIND.match(claim.state))):
            return last if sort is not CauseSort.UNKNOWN else None
        last = claim if sort is CauseSort.SURFACE else last
        named = bool(label)
    return None


def _doubtful(text: str) -> bool:
    return bool(_HEDGE.search(text) or _NO_FINDING.search(text))


def _restates(step: str, context: str) -> bool:
    """Whether a claim only repeats the title or the summary: nearly all its letter pairs are there."""
    text = re.sub("[ぁ-ん]+\\Z", "", re.sub("\\W+", "", step))
    pairs = [text[index : index + 2] for index in range(len(text) - 1)]
    if len(pairs) < 4 or not context:
        return False
    return sum(pair in context for pair in pairs) / len(pairs) >= 0.85
