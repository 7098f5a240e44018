"""What the clauses of a fix did: started the same thing again, changed something, or neither.

A restart has many verbs and one meaning: the same thing is off, then on again. Three ways to say it:

- a verb of *again*: 再起動, 上げ直す, リブート, bounce, and the commands that do it
- *off and on* in one breath: 落として上げた, 停止→起動, kill して起動
- *power*: something of the power supply (電源, ブレーカー, コンセント) and a verb of the hand

What is left when these are taken out shows whether anything else was done: an object with a verb that
is not one of confirming, telling or waiting.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import lru_cache

from kb.text.fold import to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words


class FixDeed(Enum):
    """What one clause of a fix did. RERUN: a job was run again, which a restart entails."""

    RESTART = auto()
    STOP = auto()
    RERUN = auto()
    CHANGE = auto()
    NEUTRAL = auto()


_RE = read_words("kb.reading", "lexicon/phrases/restarts.toml").compiled
# リセット of a machine; that of a password or a counter changes data.
_RESET = compile_lazy("リセット")
_UNDONE = compile_lazy("[^\\s、。をはがに]{1,12}\\s?(?:せ|(?<=[一-龠ぁ-ん])[えけげてべめれさらわ])ず(?:に)?")
_GAP = "\x00"  # stands where something was taken out: what is on either side of it does not meet


@lru_cache(maxsize=256)  # a claim is asked about by its role and by its neighbours
def read_deeds(text: str) -> frozenset[FixDeed]:
    """All that the clauses of one folded claim did."""
    text = to_plain_form(text)
    if "前" in text or "より" in text or "before" in text:
        text = _RE.not_yet.sub(lambda found: found[0] if _RE.again.search(found[0]) else "", text)
    if _RE.not_a_restart.search(text):
        # 再起動なしで設定を反映: whatever was done, it was not a restart that helped.
        return frozenset({FixDeed.CHANGE})
    if _RE.kills.search(text):
        return frozenset({FixDeed.CHANGE, FixDeed.RESTART})
    found: set[FixDeed] = set()
    rest = _strip_restarts(text, found)
    if _RE.rerun.search(rest):
        found.add(FixDeed.CHANGE if _RE.counted.search(rest) else FixDeed.RERUN)
        rest = _RE.rerun.sub(_GAP, rest)
    if _RE.stopped.search(rest):
        found.add(FixDeed.STOP)
        rest = _RE.stopped.sub(_GAP, rest)
    if {FixDeed.STOP, FixDeed.RERUN} <= found:
        found.add(FixDeed.RESTART)
    rest = _RE.helped.sub(_GAP, rest)
    rest = _UNDONE.sub(_GAP, _RE.narrated.sub(_GAP, rest))
    if _RE.change.search(rest) or _RE.english_deed.search(rest) or _RE.acted.search(rest):
        found.add(FixDeed.CHANGE)
    return frozenset(found or {FixDeed.NEUTRAL})


def _strip_restarts(text: str, found: set[FixDeed]) -> str:
    """The text without what only starts the same thing again; notes in `found` that there was some."""
    rest = text
    if "(同" in text and (same := _RE.same.search(text)):
        rest = rest.replace(same[0], _GAP)
    for explained in _RE.explained.finditer(text) if "(" in text else ():
        if _RE.again.search(explained["how"]) or _RE.off_on.search(explained["how"]):
            rest = rest.replace(explained[0], _GAP)
    if _RE.power.search(rest) and not _RE.other_one.search(rest):
        rest = _RE.hand.sub(_GAP, _RE.power.sub(_GAP, rest))
    rest = _RE.off_on.sub(_GAP, rest) if not _RE.other_one.search(rest) else rest
    rest = _RE.again.sub(_GAP, rest)
    if not _RE.data.search(rest):
        rest = _RESET.sub(_GAP, rest)
    if not _RE.figure.search(rest):
        rest = _RE.raised.sub(_GAP, rest)
    if rest != text:
        found.add(FixDeed.RESTART)
    return rest


def read_code_deeds(text: str) -> frozenset[FixDeed]:
    """What a pasted command did; output and logs did nothing."""
    if _RE.code_verb.search(text) or _RE.kills.search(text):
        return frozenset({FixDeed.CHANGE})
    return frozenset({FixDeed.RESTART if _RE.again.search(text) or _RE.off_on.search(text) else FixDeed.NEUTRAL})


def list_deeds(text: str) -> list[FixDeed]:
    """What one claim did, taken alone: stopping something or running it again is a change then."""
    found = read_deeds(text)
    if FixDeed.RESTART not in found and found & {FixDeed.STOP, FixDeed.RERUN}:
        return [FixDeed.CHANGE]
    return [deed for deed in (FixDeed.CHANGE, FixDeed.RESTART) if deed in found] or [FixDeed.NEUTRAL]


def is_deed(text: str) -> bool:
    """Whether one claim, taken alone, tells that something was changed or restarted."""
    return list_deeds(text) != [FixDeed.NEUTRAL]
