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
from kb.text.word_tables import read_words

MAX_EVIDENCE_LINES = 40
_LONGEST = 300
_TABLE = read_words("kb.reading", "lexicon/sections/evidence.toml")
_SIGNED = _TABLE.group("signed")
_OWNED = compile_search(_TABLE["owned"])
# "… — Kuroki, 9 July"
_SIGNED_ENGLISH = compile_search(
    "(?:[-–—]|,)\\s*[A-Z][a-z]+,?\\s+(?:due |by )?"
    "(?:[0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
    "|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* [0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2})[.\\s]*\\Z"
)
_SIGNED_END = compile_search(f"{_SIGNED}[。\\s]*\\Z")
_PLANS = compile_search(_TABLE["plans"])
_STATIVE = compile_search(_TABLE["stative"])
_PAST = compile_search(_TABLE["past"])
_DID = compile_search(_TABLE["did"])
_STATE = compile_search(_TABLE["state"])
_RESTART = compile_search(_TABLE["restart"], re.I)
_BLANK = compile_search(_TABLE["blank"], re.I)
_LINKS = compile_search(_TABLE["links"])
_UNKNOWN = compile_search(_TABLE["unknown"], re.I)
_LOUD = compile_search(f"{_UNKNOWN.pattern}|{_RESTART.pattern}", re.I)
_CLOCK = compile_words(
    "\\A[\\s・*-]*(?:[0-9]{1,4}[/月-][0-9]{1,2}日?\\s*)?(?:[01]?[0-9]|2[0-3])(?:[::][0-5][0-9]|\\s?時)"
)
_COUNTED = compile_search(_TABLE["counted"])
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
