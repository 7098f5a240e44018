"""Rules about a system's model. Pure.

A rule is one file of `linters/system/`, whose docstring explains it as those of all rules do. It looks at no
document but at the whole model, so `kb diagram check` runs it, and `kb lint` does not.

    rule = system_rule("SYS101", __name__, Severity.WARNING, look)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.model.masked import Masked
from kb.rules.finding import compute_fingerprint, make_finding
from kb.rules.registry import Hit, Rule
from kb.text.fold import hash_content
from kb.text.lang import Text
from kb.text.lines import Span

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Model, SystemIgnore


@dataclass(frozen=True)
class SystemContext:
    """What a system rule looks at.

    `gone` are dead link ends by node and field (`api`, `runbook`), `stale` the views whose pictures are out of
    date, with the number of files.
    """

    model: Model
    today: date
    gone: Mapping[tuple[str, str], str] = field(default_factory=dict)
    stale: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def node_ids(self) -> frozenset[str]:
        """The ids of the model's nodes."""
        return frozenset(self.model.node_by_id)


@dataclass(frozen=True, slots=True)
class SystemHit:
    """A hit of a system rule. `target` is a node's id or another name, `place` its key in `Model.places`."""

    target: str
    message: Text
    place: str = "system"
    confidence: Confidence = Confidence.HIGH


SystemCheck: TypeAlias = Callable[[SystemContext], Iterable[SystemHit]]

_looks: dict[str, SystemCheck] = {}


def system_rule(code: str, module: str, severity: Severity, look: SystemCheck) -> Rule:
    """Create a rule about a system's model; it sees no documents."""
    _looks[code] = look
    return Rule(code, module, severity, kinds=frozenset(), reads=False)


def select_system_rules(known: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules that look at a model."""
    return tuple(rule for rule in known if rule.code in _looks)


def judge_system(seen: SystemContext, known: Sequence[Rule]) -> list[Finding]:
    """Return the findings on a model by place; those `[[ignore]]` sets aside carry a Waiver."""
    found = [make_system_finding(rule, hit, seen) for rule in known for hit in _looks[rule.code](seen)]
    return sorted(found, key=lambda each: (str(each.doc), each.span.line, each.code, each.fingerprint))


def list_expired(seen: SystemContext) -> Iterator[SystemIgnore]:
    return (each for each in seen.model.ignores if each.until < seen.today.isoformat())


def make_system_finding(rule: Rule, told: SystemHit, seen: SystemContext) -> Finding:
    """Build a finding at its target's place, waived where `[[ignore]]` says so; it stays the same when moved."""
    from kb.diagram.model.nouns import ModelPlace

    model = seen.model
    place = model.places.get(told.place) or model.places.get("system") or ModelPlace("diagrams/system.toml")
    line = max(1, place.line)
    hit = Hit(told.message, Span(line, 1, line, 1), told.confidence, role=told.target, reason=rule.name)
    made = make_finding(rule, hit, place.file, "body", content=hash_content(told.target), quote=Masked(told.target))
    fingerprint = compute_fingerprint("system", "body", rule.code, told.target)
    standing = told.place.removeprefix("node:") if told.place.startswith("node:") else ""
    node = next((each for each in (told.target.partition("/")[0], standing) if each in seen.node_ids), "")
    return replace(
        made,
        fingerprint=fingerprint,
        waiver=_waiver(rule, told, seen),
        target=told.target,
        node=node,
    )


def _waiver(rule: Rule, hit: SystemHit, seen: SystemContext) -> Waiver | None:
    for each in seen.model.ignores:
        if each.target == hit.target and each.code == rule.name and each.until >= seen.today.isoformat():
            return Waiver(WaiverKind.SUPPRESSED, Masked(each.reason), each.until, Masked(each.owner))
    return None
