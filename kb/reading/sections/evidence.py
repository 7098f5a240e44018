"""What a stretch of lines does, as evidence for the role of the section it may be.

Measures are planned, have owners, dates and boxes; a fix is told as deeds that were done; a cause
links one state to another; a timeline begins its lines with times. Weights are logits, as in
`kb.reading.sections.heading_words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(slots=True)
class Content:
    """The lines below a head, and what they do: worked out when first asked for, and once."""

    units: Sequence[Unit]
    _said: list[str] | None = None
    _worth: dict[Role, float] | None = None

    @property
    def said(self) -> list[str]:
        """What the lines have to say, as `select_content_lines`."""
        if self._said is None:
            self._said = select_content_lines(self.units)
        return self._said

    @property
    def worth(self) -> Mapping[Role, float]:
        """How strongly the lines speak for each role."""
        if self._worth is None:
            self._worth = _score_evidence(self.said, self._count_boxes())
        return self._worth

    def looks_like_measures(self) -> bool:
        """Whether the lines look like measures to come: most are planned, and some have an owner, a date or a box."""
        if not self.said:
            return False
        owned, boxes = sum(map(_has_owner, self.said)), self._count_boxes()
        return boxes + owned > 0 and _share_at_end(_RE.plans, self.said) + (boxes + owned) / len(self.said) >= 0.6

    def may_name_role(self) -> bool:
        """Whether the lines may name the role of a section whose head says nothing.

        Without a word in the head only four things weigh enough (`worth`, against what
        `kb.reading.sections.role_assignment` asks of a role): measures with an owner, a day or a box; a cause nobody
        knows; a restart; a timeline. Most sections of most pages hold none, which is quicker to see.
        """
        if self._count_boxes():
            return True
        return any(_RE.loud.search(text) or _has_owner(text) for text in self.said) or _tells_a_course(self.said)

    def _count_boxes(self) -> int:
        return sum([unit.box is not CheckBox.NONE for unit in self.units[:MAX_EVIDENCE_LINES]])


def _score_evidence(said: Sequence[str], boxed: int) -> dict[Role, float]:
    """How strongly lines speak for each role; `boxed` of them have a check box."""
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
    past, plans = _share_of(_RE.past, said), _share_at_end(_RE.plans, said) - _share_at_end(_RE.stative, said)
    owned = sum(map(_has_owner, said)) / len(said)
    boxes = boxed / len(said)
    found[Role.PREVENTION] += 2.5 * min(owned, 1.0) + 2.0 * min(boxes, 1.0) + max(0.0, plans) - 0.5 * past
    if done or restarts:
        found[Role.FIX] += 1.5 * len(done) / len(said) + (0.8 if restarts else 0.0) - owned
    links, unknown = _share_of(_RE.links, said), _share_of(_RE.unknown, said)
    found[Role.CAUSE] += 1.2 * links + 1.5 * unknown - owned - boxes
    if _tells_a_course(said):
        found[Role.TIMELINE] += 3.0
        found[Role.CAUSE] -= 1.0
    if any(_RE.counted.search(text) for text in said):
        found[Role.IMPACT] += 0.7
    if _WHEN.search(said[0]):
        found[Role.SUMMARY] += 0.8
    return found


def _tells_a_course(said: Sequence[str]) -> bool:
    return sum([_CLOCK.match(text) is not None for text in said]) >= 2


@lru_cache(maxsize=2048)  # asked for a head without a name, for its evidence, and for what fills a gap
def _has_owner(text: str) -> bool:
    end = max(0, len(text) - _SIGNATURE)
    return bool(_RE.owned.search(text) or _RE.signed_end.search(text, end) or _RE.signed_english.search(text, end))


def _share_of(pattern: re.Pattern[str], said: Sequence[str]) -> float:
    search = pattern.search
    return sum([search(text) is not None for text in said]) / len(said)


def _share_at_end(pattern: re.Pattern[str], said: Sequence[str]) -> float:
    search = pattern.search
    return sum([search(text, max(0, len(text) - _END)) is not None for text in said]) / len(said)
