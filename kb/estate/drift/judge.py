"""Run the rules about what runs over an estate. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.diagram.model.rules import SystemContext, SystemHit, make_system_finding
from kb.estate.drift.estate import Estate
from kb.estate.drift.rules import LOOKS, DriftHit
from kb.model.finding import Finding
from kb.rules.finding import compute_fingerprint
from kb.rules.registry import Rule
from kb.text.fold import hash_content


def judge_drift(estate: Estate, seen: SystemContext, known: Sequence[Rule]) -> list[Finding]:
    """Return the findings on an estate by place, one for each code and target, waived ones included."""
    found: dict[tuple[str, str], Finding] = {}
    for rule in known:
        for hit in LOOKS[rule.code](estate):
            found.setdefault((rule.code, hit.target), _finding(rule, hit, seen))
    return sorted(found.values(), key=lambda each: (str(each.doc), each.span.line, each.code, each.target))


def describe_sources(estate: Estate) -> list[dict[str, object]]:
    """Return the sources as JSON values: what each is of, when it was taken, and how much of it is there."""
    return [
        {
            "name": each.snapshot.name,
            "source": str(each.source),
            "scope": each.snapshot.scope,
            "taken_at": each.snapshot.taken_at,
            "state": "stale" if each.stale else str(each.state),
            "counts": each.snapshot.counts,
        }
        for each in estate.standings
    ]


def _finding(rule: Rule, hit: DriftHit, seen: SystemContext) -> Finding:
    place = hit.place or f"node:{hit.target.partition('/')[0]}"
    made = make_system_finding(rule, SystemHit(hit.target, hit.message, place, hit.confidence), seen)
    if hit.role:
        name = f"{hit.target} {hit.role}"
        known = compute_fingerprint("system", "body", rule.code, name)
        made = replace(made, fingerprint=known, content=hash_content(name))
    return replace(
        made,
        severity=hit.severity or rule.severity,
        proof=tuple((each.source, each.taken_at, each.what) for each in sorted(hit.evidence)),
        next_step=hit.next_step,
    )
