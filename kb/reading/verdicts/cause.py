"""Judge whether a cause says why: unknown, shallow, one step, or something a reader can act on.

Each step of each claim is sorted: *unknown* (不明, 調査中), *inquiry* (what will be looked into), *surface* (a
component and a predicate of failing, nothing else), *one step* (a mechanism named by one word: OOM, 設定ミス),
*elsewhere* (上の 2/3 のとおり) or *mechanism*. Only surface claims make a cause shallow: one that names another
subject, artefact, change or condition clears it. Source: the なぜなぜ rules of thumb, and the advice of SRE and
Atlassian on contributing factors.

Beside an unknown, order and turning words (追記, やっと, 実際は, turned out) tell what was found from what was seen:
「まだ分からない。受け側のログは 0 行」 and 「まだ分からない。（5/14 追記）鍵の期限だった」.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto

from kb.model.facts import Confidence, Verdict
from kb.reading.phrases.asides import is_pointer
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.symptom import is_single_step, is_symptom_only, is_trivial
from kb.reading.phrases.unknown import UNKNOWN_WORDS, is_unknown, only_refutes
from kb.reading.sections.section import Claim
from kb.reading.verdicts.measures import RoleJudgement
from kb.text.fold import to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/verdicts/cause.toml").compiled
_ASIDE = compile_lazy("\\s*[(][^()]*[)]。?\\Z")
_WAS_BUT = compile_lazy("た[^。、]{0,6}?(?:が|けれ|けど|ものの|ところ)")  # in all that was replaced, and quick to find
_CLOCK = compile_lazy("\\A[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9])[頃ごろ\\s、,|]*")
_ARROW = compile_lazy("\\s*(?:→|⇒|=>|->|➡|←)\\s*")


class CauseSort(Enum):
    """What one claim about a cause is."""

    UNKNOWN = auto()
    INQUIRY = auto()
    SURFACE = auto()
    ONE_STEP = auto()
    MECHANISM = auto()
    ELSEWHERE = auto()
    NOTHING = auto()


def judge_cause(claims: Sequence[Claim], context: str = "") -> RoleJudgement:
    """The verdict on the claims of all cause sections of one incident.

    `context` is the title and the summary: a claim that only repeats them says nothing new.
    """
    said = [claim for claim in claims if not claim.content]
    said = [claim for claim in said if not is_pointer(claim.text)] or said
    if not said:
        picture = next((claim for claim in claims if claim.picture), None)
        return (
            RoleJudgement(Verdict.CONCRETE, picture, "cause:picture")
            if picture
            else RoleJudgement(Verdict.EMPTY, None, "empty")
        )
    sorts = [(classify_step(step, context), claim) for claim in said for step in split_steps(claim.text)]
    kinds = [sort for sort, _ in sorts]

    def first(sort: CauseSort) -> Claim:
        return next(claim for kind, claim in sorts if kind is sort)

    if CauseSort.UNKNOWN in kinds:
        if (direct := _find_direct_cause(sorts)) and not set(kinds) & {CauseSort.MECHANISM, CauseSort.ONE_STEP}:
            return RoleJudgement(Verdict.SHALLOW, direct, "cause:direct-surface")
        mechanisms = [claim for sort, claim in sorts if sort is CauseSort.MECHANISM and not _is_doubtful(claim.text)]
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


def find_known_cause(mechanisms: Sequence[Claim], unknown: Claim, said: Sequence[Claim]) -> Claim | None:
    """The claim that says why although another says that nobody knows; None where it stays unknown.

    `unknown` is the first claim that does, `said` are all claims of the cause, in the order of the page.
    """
    at = said.index(unknown)
    whole = _RE.whole.search(unknown.text)
    earlier = set(said[:at])
    before = [claim for claim in mechanisms if claim in earlier and (not whole or _RE.link.search(claim.text))]
    if before:
        return before[0]
    if unknown in mechanisms and _RE.turn.search(unknown.text):
        return unknown  # 調査中 → 6/5 判明: …
    after = [claim for claim in mechanisms if claim not in earlier and claim is not unknown]
    mute = set(mechanisms) - set(after)
    turned = any(_RE.turn.search(claim.text) for claim in said[at + 1 :] if claim not in mute)
    return after[0] if after and turned else None


def split_steps(text: str) -> list[str]:
    """The steps of a claim: around arrows, without a clock, the topic (原因は), and what was replaced."""
    found = []
    for piece in _ARROW.split(text):
        piece = _RE.topic.sub("", _CLOCK.sub("", piece.strip()))
        piece = _RE.part_label.sub("", _RE.topic.sub("", piece)) or piece
        if _WAS_BUT.search(piece) and (superseded := UNKNOWN_WORDS.superseded.match(piece)):
            piece = superseded["rest"]
        if piece.strip(" 。.、:-–—"):
            found.append(piece.strip())
    return found or ([text] if text.strip() else [])


def classify_step(step: str, context: str = "") -> CauseSort:
    """What one step of a claim about a cause is."""
    step = to_plain_form(step)
    if is_unknown(step) and not UNKNOWN_WORDS.cause_found.search(step):
        past = re.search("だった|でした|していた|\\b(?:was|were|could|did|had)\\b", step)
        return CauseSort.NOTHING if past and UNKNOWN_WORDS.at_first.search(step) else CauseSort.UNKNOWN
    if not step.strip("?!.-–— "):
        return CauseSort.UNKNOWN
    if _RE.part_label.fullmatch(step) or _RE.courtesy.fullmatch(step.strip(" 。.!")) or _RE.remark.search(step):
        return CauseSort.NOTHING
    if _RE.question.search(step) or is_trivial(step):
        return CauseSort.NOTHING
    if only_refutes(step):
        return CauseSort.INQUIRY
    if len(step) < 40 and _RE.points.search(step):
        return CauseSort.ELSEWHERE
    if is_single_step(step):
        return CauseSort.ONE_STEP
    if is_symptom_only(step):
        return CauseSort.SURFACE
    if held := find_placeholder(step) or (step.endswith((")", ")。")) and find_placeholder(_ASIDE.sub("", step))):
        known = UNKNOWN_WORDS.cause_found.search(step) or (held == "placeholder:guidance" and _RE.asked.fullmatch(step))
        return CauseSort.NOTHING if known else CauseSort.UNKNOWN
    if _repeats_context(step, context):
        return CauseSort.SURFACE
    if UNKNOWN_WORDS.inquiry.search(step) and not re.search("ため|ので|により|ことで|まま|ずに|おらず", step):
        return CauseSort.INQUIRY
    return CauseSort.MECHANISM


def _find_direct_cause(sorts: Sequence[tuple[CauseSort, Claim]]) -> Claim | None:
    """The surface claim that stands as the direct cause, where what lies behind it is left open."""
    named, last = False, None
    for sort, claim in sorts:
        label = _RE.direct.match(claim.text) or _RE.direct.match(claim.state)
        if sort is CauseSort.SURFACE and (label or named):
            return claim
        if sort is CauseSort.UNKNOWN or (last and (_RE.behind.match(claim.text) or _RE.behind.match(claim.state))):
            return last if sort is not CauseSort.UNKNOWN else None
        last = claim if sort is CauseSort.SURFACE else last
        named = bool(label)
    return None


def _is_doubtful(text: str) -> bool:
    return bool(_RE.hedge.search(text) or _RE.no_finding.search(text))


def _repeats_context(step: str, context: str) -> bool:
    """Whether a claim only repeats the title or the summary: nearly all its letter pairs are there."""
    text = re.sub("[ぁ-ん]+\\Z", "", re.sub("\\W+", "", step))
    pairs = [text[index : index + 2] for index in range(len(text) - 1)]
    if len(pairs) < 4 or not context:
        return False
    return sum(pair in context for pair in pairs) / len(pairs) >= 0.85
