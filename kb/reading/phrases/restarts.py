"""What the clauses of a fix did: started the same thing again, changed something, or neither.

A restart has many verbs and one meaning: the same thing is off, then on again. Three ways to say it:

- a verb of *again*: 再起動, 上げ直す, リブート, bounce, and the commands that do it
- *off and on* in one breath: 落として上げた, 停止→起動, kill して起動
- *power*: something of the power supply (電源, ブレーカー, コンセント) and a verb of the hand

What is left when these are taken out shows whether anything else was done: an object with a verb that
is not one of confirming, telling or waiting.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form
from kb.text.word_tables import read_words


class FixDeed(Enum):
    """What one clause of a fix did. RERUN: a job was run again, which a restart entails."""

    RESTART = auto()
    STOP = auto()
    RERUN = auto()
    CHANGE = auto()
    NEUTRAL = auto()


_TABLE = read_words("kb.reading", "lexicon/phrases/restarts.toml")
_AGAIN = compile_words(_TABLE["again"], re.I)
# リセット of a machine; that of a password or a counter changes data.
_RESET = compile_words("リセット")
_DATA = compile_words(_TABLE["data"])
_POWER = compile_words(_TABLE["power"], re.I)
_HAND = compile_words(_TABLE["hand"])
_OTHER_ONE = compile_words(_TABLE["other_one"])
_OFF_ON = compile_words(_TABLE["off_on"], re.I)
_RAISED = compile_words(_TABLE["raised"])
_FIGURE = compile_words(_TABLE["figure"], re.I)
_STOPPED = compile_words(_TABLE["stopped"])
_RERUN = compile_words(_TABLE["rerun"], re.I)
_COUNTED = compile_words(_TABLE["counted"])

_NOT_A_RESTART = compile_words(_TABLE["not_a_restart"], re.I)
_CHANGE = compile_words(_TABLE["change"], re.I)
_GAP = "\x00"  # stands where something was taken out: what is on either side of it does not meet
_EXPLAINED = compile_words(_TABLE["explained"], re.I)
_SAME = compile_words(_TABLE["same"])
_HELPED = compile_words(_TABLE["helped"], re.I)
_NARRATED = compile_words(_TABLE["narrated"])
_KILLS = compile_words(_TABLE["kills"], re.I)
_ACTED = compile_words(_TABLE["acted"])
_UNDONE = compile_words("[^\\s、。をはがに]{1,12}\\s?せず(?:に)?")
_ENGLISH_DEED = compile_words(_TABLE["english_deed"], re.I)
_CODE_VERB = compile_words(_TABLE["code_verb"], re.I)


@lru_cache(maxsize=256)  # a claim is asked about by its role and by its neighbours
def read_deeds(text: str) -> frozenset[FixDeed]:
    """All that the clauses of one folded claim did."""
    text = to_plain_form(text)
    if _NOT_A_RESTART.search(text):
        # 再起動なしで設定を反映: whatever was done, it was not a restart that helped.
        return frozenset({FixDeed.CHANGE})
    if _KILLS.search(text):
        return frozenset({FixDeed.CHANGE, FixDeed.RESTART})
    found: set[FixDeed] = set()
    rest = _without(text, found)
    if _RERUN.search(rest):
        found.add(FixDeed.CHANGE if _COUNTED.search(rest) else FixDeed.RERUN)
        rest = _RERUN.sub(_GAP, rest)
    if _STOPPED.search(rest):
        found.add(FixDeed.STOP)
        rest = _STOPPED.sub(_GAP, rest)
    if {FixDeed.STOP, FixDeed.RERUN} <= found:
        found.add(FixDeed.RESTART)
    rest = _HELPED.sub(_GAP, rest)
    rest = _UNDONE.sub(_GAP, _NARRATED.sub(_GAP, rest))
    if _CHANGE.search(rest) or _ENGLISH_DEED.search(rest) or _ACTED.search(rest):
        found.add(FixDeed.CHANGE)
    return frozenset(found or {FixDeed.NEUTRAL})


def _without(text: str, found: set[FixDeed]) -> str:
    """The text without what only starts the same thing again; notes in `found` that there was some."""
    rest = text
    if same := _SAME.search(text):
        rest = rest.replace(same[0], _GAP)
    for explained in _EXPLAINED.finditer(text):
        if _AGAIN.search(explained["how"]) or _OFF_ON.search(explained["how"]):
            rest = rest.replace(explained[0], _GAP)
    if _POWER.search(rest) and not _OTHER_ONE.search(rest):
        rest = _HAND.sub(_GAP, _POWER.sub(_GAP, rest))
    rest = _OFF_ON.sub(_GAP, rest) if not _OTHER_ONE.search(rest) else rest
    rest = _AGAIN.sub(_GAP, rest)
    if not _DATA.search(rest):
        rest = _RESET.sub(_GAP, rest)
    if not _FIGURE.search(rest):
        rest = _RAISED.sub(_GAP, rest)
    if rest != text:
        found.add(FixDeed.RESTART)
    return rest


def read_code_deeds(text: str) -> frozenset[FixDeed]:
    """What a pasted command did; output and logs did nothing."""
    if _CODE_VERB.search(text):
        return frozenset({FixDeed.CHANGE})
    return frozenset({FixDeed.RESTART if _AGAIN.search(text) or _OFF_ON.search(text) else FixDeed.NEUTRAL})


def list_deeds(text: str) -> list[FixDeed]:
    """What one claim did, taken alone: stopping something or running it again is a change then."""
    found = read_deeds(text)
    if FixDeed.RESTART not in found and found & {FixDeed.STOP, FixDeed.RERUN}:
        return [FixDeed.CHANGE]
    return [deed for deed in (FixDeed.CHANGE, FixDeed.RESTART) if deed in found] or [FixDeed.NEUTRAL]
