"""What a stretch of lines does, as evidence for the role of the section it may be.

Measures are planned, have owners, dates and boxes; a fix is told as deeds that were done; a cause
links one state to another; a timeline begins its lines with times. Weights are logits, as in
`kb.reading.sections.heading_cues`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import Role
from kb.text.patterns import compile_search, compile_words

MAX_EVIDENCE_LINES = 40
_LONGEST = 300
# 「…を足す。3/26 媒体 呉」「…にする　〆11/30　堂本」: a day and a name behind the sentence
_SIGNED = "[。、\\s]+〆?\\s?[0-9]{1,2}(?:/[0-9]{1,2}|\\s?月)[末中頃]?(?:[\\s、]+[^\\s。、0-9]{1,8}){0,2}"
# 「（担当: 大野、5/16）」「…する　尾花　9/5」「(owner: Ito, due 6/2)」
_OWNED = compile_search(
    "[(（\\[][^()（）\\[\\]]{0,24}(?<![0-9:])(?:[0-9]{1,2}(?:[/-]|\\s?月\\s?)(?:[0-9]{1,2}|末)|[0-9]{1,2}\\s?月"
    "|(?:[0-9]{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\\b)[^()（）\\[\\]:]{0,16}"
    "[)）\\]][。.\\s]*\\Z|担当[::\\s]|期限[::\\s]|\\b(?:owner|due|by):|\\bby (?:[0-9]{1,2}(?![0-9]?[:0-9])"
    "|[A-Z][a-z]+ [0-9])"
    "|(?:[0-9月末中頃日週期]\\s?まで|予定|着手)[)）。\\s]*\\Z"
)
# "… — Kuroki, 9 July"
_SIGNED_ENGLISH = compile_search(
    "(?:[-–—]|,)\\s*[A-Z][a-z]+,?\\s+(?:due |by )?"
    "(?:[0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    "|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* [0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2})[.\\s]*\\Z"
)
_SIGNED_END = compile_search(f"{_SIGNED}[。\\s]*\\Z")
_PLANS = compile_search(
    "(?:[うくすつぬふむるぐぶ]|ます|たい|こと|ように?|予定|依頼|追加|必須|義務化"
    "|自動化)[)）。.\\s]*(?:[(（][^()（）]{0,24}[)）])?"
    f"(?:{_SIGNED})?[。.\\s]*\\Z"
)
_STATIVE = compile_search(
    "(?:である|ている|てある|ある|いる|なる|できる|起きる|見える|思う|要る|困る|読む)[。.)）\\s]*\\Z"
)
_PAST = compile_search(
    "(?:た|だ|ました|でした|済み?|完了)[。.)）\\s]*\\Z|(?<=\\w{2})ed\\b|\\b(?:was|were|had|went|put|sent)\\b"
)
# Something was done to something; what merely was so (ていた, なかった) is no deed.
_DID = compile_search(
    "(?:を|に|へ|で|から)[^。]{0,30}(?:[しきりいっえけてめべげ]た|した|ました|んだ|直し|戻し"
    "|した?結果)[。.)）\\s]*(?:\\Z|。)"
    "|(?:実施|変更|修正|追加|適用|差し替え|切り?替え|切り戻し|再送|増設|引き上げ|停止|再起動|再取込"
    "|手当て)(?:済み?)?[。.)）\\s]*\\Z"
    "|\\b(?:restarted|fixed|patched|rolled back|reverted|added|changed|removed|put|moved|switched|re-?sent"
    "|bounced)\\b"
)
_STATE = compile_search(
    "(?:てい|でい|なかっ|だっ|られ|かれ|され|わっ|まっ|ちてい|でき|あっ)(?:た|ました)[。.)）\\s]*\\Z"
)
_RESTART = compile_search(
    "再起動|再始動|リスタート|リブート|立ち?上げ直|上げ直|電源|\\brestart|\\breboot|\\bbounced?\\b|落として上げ", re.I
)
# Says that nothing is there yet; the verdicts test that properly.
_BLANK = compile_search(
    "\\A[\\W_]*\\Z|todo|tbd|未(?:定|記入|着手|検討|対応)|検討|後日|のちほど|後ほど|追って|わかりません|分かりません"
    "|思いつか|思い浮か|\\A\\W*(?:特に)?(?:なし|無し|ない)\\W*\\Z|ございません|空欄|白紙|\\bn/?a\\b|\\bnone\\b",
    re.I,
)
_LINKS = compile_search(
    "ため|から(?![0-9])|により|ことで|ておらず|いなかった|のまま|なかった|(?:が|も|は|に)(?:な[いく]|無[いく])"
    "|漏れ|せいで|ので"
    "|て(?:い|お)らず|\\bbecause\\b|\\bsince\\b|\\bdue to\\b|\\bonly\\b|\\bnobody\\b|\\bnever\\b"
)
_UNKNOWN = compile_search(
    "不明|調査中|究明中|調べ(?:て|中)|わからな|分から(?:ず|な)|突き止め|特定(?:でき|に至)|unknown|謎|investigat", re.I
)
_LOUD = compile_search(f"{_UNKNOWN.pattern}|{_RESTART.pattern}", re.I)
_CLOCK = compile_words(
    "\\A[\\s・*-]*(?:[0-9]{1,4}[/月-][0-9]{1,2}日?\\s*)?(?:[01]?[0-9]|2[0-3])(?:[::][0-5][0-9]|\\s?時)"
)
_COUNTED = compile_search("[0-9][0-9,.]*\\s*(?:名|人|件|社|店|台|通|分間|時間|users?|customers?|万)")
_WHEN = compile_search("[0-9]{1,2}[/月-][0-9]{1,2}|[0-9]{1,2}[::][0-5][0-9]|[0-9]{1,2}\\s?時")


def select_content_lines(units: Sequence[Unit]) -> list[str]:
    """The folded lines a section has to say, without headings and code."""
    said = (
        unit.text for unit in units if unit.form not in (UnitForm.HEADING, UnitForm.CODE, UnitForm.RULE) and unit.text
    )
    return [text[:_LONGEST] for text, _ in zip(said, range(MAX_EVIDENCE_LINES), strict=False)]


def announces_measure(text: str) -> bool:
    """Whether a sentence announces a measure: planned, with an owner or a date."""
    return _owned(text) and bool(_PLANS.search(text))


def looks_like_measures(units: Sequence[Unit]) -> bool:
    """Whether lines look like measures to come: most are planned, and some have an owner, a date or a box."""
    said = select_content_lines(units)
    if not said:
        return False
    owned = sum(map(_owned, said))
    boxes = sum(unit.box is not CheckBox.NONE for unit in units[:MAX_EVIDENCE_LINES])
    return boxes + owned > 0 and _share(_PLANS, said) + (boxes + owned) / len(said) >= 0.6


def may_name_role(units: Sequence[Unit]) -> bool:
    """Whether lines may name the role of a section whose head says nothing.

    Without a word in the head only four things weigh enough (`evidence`, against what
    `kb.reading.sections.role_assignment` asks of a role): measures with an owner, a day or a box; a cause nobody knows;
    a restart; a timeline. Most sections of most pages hold none, which is quicker to see.
    """
    if any(unit.box for unit in units[:MAX_EVIDENCE_LINES]):
        return True
    said = select_content_lines(units)
    return (
        any(_LOUD.search(text) or _owned(text) for text in said) or sum(bool(_CLOCK.match(text)) for text in said) >= 2
    )


def score_evidence(units: Sequence[Unit]) -> dict[Role, float]:
    """How strongly the lines of a section speak for each role."""
    said = select_content_lines(units)
    found: dict[Role, float] = dict.fromkeys(
        (Role.SUMMARY, Role.IMPACT, Role.TIMELINE, Role.CAUSE, Role.FIX, Role.PREVENTION), 0.0
    )
    if not said:
        return found
    if all(len(text) <= 30 and _BLANK.search(text) for text in said):
        found[Role.PREVENTION] += 1.2
        found[Role.CAUSE] += 0.5
        return found
    done = [text for text in said if _DID.search(text) and not _STATE.search(text)]
    restarts = any(_RESTART.search(text) for text in said)
    past, plans = _share(_PAST, said), _share(_PLANS, said) - _share(_STATIVE, said)
    owned = sum(map(_owned, said)) / len(said)
    boxes = sum(unit.box is not CheckBox.NONE for unit in units[:MAX_EVIDENCE_LINES]) / len(said)
    found[Role.PREVENTION] += 2.5 * min(owned, 1.0) + 2.0 * min(boxes, 1.0) + max(0.0, plans) - 0.5 * past
    if done or restarts:
        found[Role.FIX] += 1.5 * len(done) / len(said) + (0.8 if restarts else 0.0) - owned
    links, unknown = _share(_LINKS, said), _share(_UNKNOWN, said)
    found[Role.CAUSE] += 1.2 * links + 1.5 * unknown - owned - boxes
    if sum(bool(_CLOCK.match(text)) for text in said) >= 2:
        found[Role.TIMELINE] += 3.0
        found[Role.CAUSE] -= 1.0
    if _share(_COUNTED, said) > 0:
        found[Role.IMPACT] += 0.7
    if _WHEN.search(said[0]):
        found[Role.SUMMARY] += 0.8
    return found


_SIGNATURE = 32
_END = 72
_AT_END = frozenset({_PLANS, _STATIVE, _STATE})
"""Patterns that look at the end of a sentence only."""


def _owned(text: str) -> bool:
    end = max(0, len(text) - _SIGNATURE)
    return bool(_OWNED.search(text) or _SIGNED_END.search(text, end) or _SIGNED_ENGLISH.search(text, end))


def _share(pattern: re.Pattern[str], said: Sequence[str]) -> float:
    begin = _END if pattern in _AT_END else _LONGEST
    return sum(bool(pattern.search(text, max(0, len(text) - begin))) for text in said) / len(said)
