"""What a stretch of lines does, as evidence for the role of the section it may be.

Measures are planned, have owners, dates and boxes; a fix is told as deeds that were done; a cause
links one state to another; a timeline begins its lines with times. Weights are logits, as in
`kb.reading.sections.heading_words`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import Role
from kb.reading.phrases.log_lines import is_log_line
from kb.text.patterns import compile_search, compile_words
from kb.text.word_tables import read_words

MAX_EVIDENCE_LINES = 40
_LONGEST, _SIGNATURE, _END = 300, 32, 72
_RE = read_words("kb.reading", "lexicon/sections/evidence.toml").for_search
_CLOCK = compile_words(
    "\\A[\\s・*-]*(?:[0-9]{1,4}[/月-][0-9]{1,2}日?\\s*)?(?:[01]?[0-9]|2[0-3])(?:[::][0-5][0-9]|\\s?時)"
)
_WHEN = compile_search("[0-9]{1,2}[/月-][0-9]{1,2}|[0-9]{1,2}[::][0-5][0-9]|[0-9]{1,2}\\s?時")


def select_content_lines(units: Sequence[Unit]) -> list[str]:
    """The folded lines a section has to say, without headings, code and logs."""
    said = (
        unit.text
        for unit in units
        if unit.form not in (UnitForm.HEADING, UnitForm.CODE, UnitForm.RULE)
        and unit.text
        and not is_log_line(unit.text)
    )
    return [text[:_LONGEST] for text, _ in zip(said, range(MAX_EVIDENCE_LINES), strict=False)]


def announces_measure(text: str) -> bool:
    """Whether a sentence announces a measure: planned, with an owner or a date."""
    return _has_owner(text) and bool(_RE.plans.search(text))


def looks_like_measures(units: Sequence[Unit]) -> bool:
    """Whether lines look like measures to come: most are planned, and some have an owner, a date or a box."""
    said = select_content_lines(units)
    if not said:
        return False
    owned = sum(map(_has_owner, said))
    boxes = sum(unit.box is not CheckBox.NONE for unit in units[:MAX_EVIDENCE_LINES])
    return boxes + owned > 0 and _share_of(_RE.plans, said, end=_END) + (boxes + owned) / len(said) >= 0.6


def may_name_role(units: Sequence[Unit]) -> bool:
    """Whether lines may name the role of a section whose head says nothing.

    Without a word in the head only four things weigh enough (`evidence`, against what
    `kb.reading.sections.role_assignment` asks of a role): measures with an owner, a day or a box; a cause nobody knows;
    a restart; a timeline. Most sections of most pages hold none, which is quicker to see.
    """
    if any(unit.box for unit in units[:MAX_EVIDENCE_LINES]):
        return True
    said = select_content_lines(units)
    return any(_RE.loud.search(text) or _has_owner(text) for text in said) or _tells_a_course(said)


def score_evidence(units: Sequence[Unit]) -> dict[Role, float]:
    """How strongly the lines of a section speak for each role."""
    said = select_content_lines(units)
    found: dict[Role, float] = dict.fromkeys(
        (Role.SUMMARY, Role.IMPACT, Role.TIMELINE, Role.CAUSE, Role.FIX, Role.PREVENTION), 0.0
    )
    if not said:
        return found
    if all(len(text) <= 30 and _RE.blank.search(text) for text in said):
        found[Role.PREVENTION] += 1.2
        found[Role.CAUSE] += 0.5
        return found
    done = [text for text in said if _RE.did.search(text) and not _RE.state.search(text)]
    restarts = any(_RE.restart.search(text) for text in said)
    past, plans = (
        _share_of(_RE.past, said),
        _share_of(_RE.plans, said, end=_END) - _share_of(_RE.stative, said, end=_END),
    )
    owned = sum(map(_has_owner, said)) / len(said)
    boxes = sum(unit.box is not CheckBox.NONE for unit in units[:MAX_EVIDENCE_LINES]) / len(said)
    found[Role.PREVENTION] += 2.5 * min(owned, 1.0) + 2.0 * min(boxes, 1.0) + max(0.0, plans) - 0.5 * past
    if done or restarts:
        found[Role.FIX] += 1.5 * len(done) / len(said) + (0.8 if restarts else 0.0) - owned
    links, unknown = _share_of(_RE.links, said), _share_of(_RE.unknown, said)
    found[Role.CAUSE] += 1.2 * links + 1.5 * unknown - owned - boxes
    if _tells_a_course(said):
        found[Role.TIMELINE] += 3.0
        found[Role.CAUSE] -= 1.0
    if _share_of(_RE.counted, said) > 0:
        found[Role.IMPACT] += 0.7
    if _WHEN.search(said[0]):
        found[Role.SUMMARY] += 0.8
    return found


def _tells_a_course(said: Sequence[str]) -> bool:
    return sum(bool(_CLOCK.match(text)) for text in said) >= 2


@lru_cache(maxsize=2048)  # asked for a head without a name, for its evidence, and for what fills a gap
def _has_owner(text: str) -> bool:
    end = max(0, len(text) - _SIGNATURE)
    return bool(_RE.owned.search(text) or _RE.signed_end.search(text, end) or _RE.signed_english.search(text, end))


def _share_of(pattern: re.Pattern[str], said: Sequence[str], *, end: int = _LONGEST) -> float:
    return sum(bool(pattern.search(text, max(0, len(text) - end))) for text in said) / len(said)
