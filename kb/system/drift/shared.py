"""What of drift may be shared: counts by rule, and the model's own labels. Pure.

Addresses, ports, ids of instances, names that only a source knows and command lines stay on the machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kb.model.finding import Finding
from kb.rules.finding import compute_fingerprint
from kb.rules.registry import Rule, rule_text
from kb.system.model.nouns import Model
from kb.text.lang import Text, t


def share_findings(found: Iterable[Finding], known: Iterable[Rule], model: Model) -> list[Finding]:
    """Return findings as they may leave the machine: those on a node with its label, the others as a count a rule."""
    rules = {rule.code: rule for rule in known}
    rows: dict[tuple[str, str, bool], list[Finding]] = {}
    for each in found:
        if not each.proof:
            rows[each.code, each.fingerprint, False] = [each]
            continue
        head, _, source = each.target.partition("/")[0].partition("source:")
        named = source or (head if head in model.node_by_id else "")
        rows.setdefault((each.code, named, each.waiver is not None), []).append(each)
    return [
        one[0] if not one[0].proof else _shared(one, named, rules[code], model)
        for (code, named, _), one in rows.items()
    ]


def _shared(found: list[Finding], named: str, rule: Rule, model: Model) -> Finding:
    """Return several findings of a rule on one node, or on none, as one without what only the machine may know."""
    title, first = rule_text(rule).title, found[0]
    if named:
        node = model.node_by_id.get(named)
        label = (node.label or node.id) if node else named
        message = t(f"{title.ja}（{label}）。", f"{title.en} ({label}).")
    else:
        count = len(found)
        message = t(f"{title.ja}（図にないもの {count:,} 件）。", f"{title.en} ({count:,} outside the model).")
    return replace(
        first,
        message=message,
        fingerprint=compute_fingerprint("system", "body", rule.code, named),
        severity=max(each.severity for each in found),
        target=named,
        quote=first.quote if named else type(first.quote)(""),
        proof=(),
        next_step=None,
    )


def describe_place(finding: Finding) -> Finding:
    """Return a finding on the model itself with what the others carry: where it stands, and what to do."""
    place = f"{finding.doc}:{finding.span.line}"
    what: Text = finding.message
    return replace(
        finding,
        proof=(("model", "", t(f"{place} {what.ja}", f"{place} {what.en}")),),
        next_step=t(
            f"{place} を直してください（kb explain {finding.code}）。",
            f"Mend {place} (kb explain {finding.code}).",
        ),
    )
