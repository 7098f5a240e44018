"""Rules about what runs, held against what is written down. Pure.

A rule is one file of `linters/system/`, whose docstring explains it as those of all rules do. `kb diagram check
--drift` runs it over the estate.

    rule = drift_rule("SYS211", __name__, Severity.WARNING, look)

What says that something is gone asks `estate.proves_absence` of every source it rests on first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity
from kb.rules.registry import Rule
from kb.system.drift.estate import Estate
from kb.system.drift.standing import Evidence
from kb.system.model.rules import SystemContext, SystemHit, make_system_finding
from kb.text.lang import Text


@dataclass(frozen=True, slots=True)
class DriftHit:
    """What a rule saw: of which target, on what evidence, and what to do next.

    `target` is a node's id, or what DRIFT calls it where no node claims it; a code tells of a target once. `severity`
    is given where it differs from the rule's. `place` is the target's key in `Model.places`, "" for a node's own.
    """

    target: str
    message: Text
    evidence: tuple[Evidence, ...]
    next_step: Text
    severity: Severity | None = None
    confidence: Confidence = Confidence.HIGH
    place: str = ""

    def __post_init__(self) -> None:
        if not self.evidence or not self.next_step.ja:
            raise ValueError(f"{self.target}: no evidence, or no next step")


DriftCheck: TypeAlias = Callable[[Estate], Iterable[DriftHit]]

_looks: dict[str, DriftCheck] = {}


def drift_rule(code: str, module: str, severity: Severity, look: DriftCheck) -> Rule:
    """Create a rule about the estate; it sees no documents."""
    _looks[code] = look
    return Rule(code, module, severity, kinds=frozenset(), reads=False)


def select_drift_rules(known: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that look at the estate."""
    return tuple(rule for rule in known if rule.code in _looks)


def judge_drift(estate: Estate, seen: SystemContext, known: Sequence[Rule]) -> list[Finding]:
    """Return the findings on an estate by place, one for each code and target, waived ones included."""
    found: dict[tuple[str, str], Finding] = {}
    for rule in known:
        for hit in _looks[rule.code](estate):
            found.setdefault((rule.code, hit.target), _finding(rule, hit, seen))
    return sorted(found.values(), key=lambda each: (str(each.doc), each.span.line, each.code, each.target))


def _finding(rule: Rule, hit: DriftHit, seen: SystemContext) -> Finding:
    place = hit.place or f"node:{hit.target.partition('/')[0]}"
    made = make_system_finding(rule, SystemHit(hit.target, hit.message, place, hit.confidence), seen)
    return replace(
        made,
        severity=hit.severity or rule.severity,
        proof=tuple((each.source, each.taken_at, each.what) for each in sorted(hit.evidence)),
        next_step=hit.next_step,
    )
