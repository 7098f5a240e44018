"""What of drift may be shared: counts by rule, and the model's own labels. Pure.

Addresses, ports, ids of instances, names that only a source knows and command lines stay on the machine. In files for
git a keyed hash stands for what the model does not name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace

from kb.diagram.model.nouns import Model
from kb.estate.drift.rules import LOOKS
from kb.model.finding import Finding
from kb.rules.finding import compute_fingerprint
from kb.rules.registry import Rule, rule_text
from kb.secrets.masking.mask import make_name_id
from kb.text.fold import hash_content
from kb.text.lang import Text, t


def share_findings(found: Iterable[Finding], known: Iterable[Rule], model: Model) -> list[Finding]:
    """Return findings as they may leave the machine: those on what the model has, the others as a count a rule."""
    rules, labels = {rule.code: rule for rule in known}, _labels(model)
    rows: dict[tuple[str, str, str], list[Finding]] = {}
    for each in found:
        named = each.target.removeprefix(_SOURCE) if each.target.startswith(_SOURCE) else each.node
        if not named and each.proof and _is_on_model(each):
            named = each.target if each.target in labels else f"{each.doc}:{each.span.line}"
        alone = "" if each.proof else each.fingerprint
        rows.setdefault((each.code, alone or named, each.waiver.kind if each.waiver else ""), []).append(each)
    return [
        one[0] if not one[0].proof else _shared(one, named, rules[code], labels)
        for (code, named, _), one in rows.items()
    ]


_SOURCE = "source:"


def _labels(model: Model) -> dict[str, str]:
    """Return what people call the nodes and channels of a model, by id."""
    channels = {each.id: each.label or each.id for each in model.channels}
    return channels | {each.id: each.label or each.id for each in model.nodes}


def _is_on_model(finding: Finding) -> bool:
    """Return whether a finding is on what is written in the model, and no source was asked."""
    return finding.proof[0][0] == "model"


def seal_findings(found: Iterable[Finding], model: Model, key: bytes = b"", key_id: str = "") -> list[Finding]:
    """Return findings as they are known in files for git, by a keyed hash where the model does not name the target.

    Without a key such a one can be set aside by `[[ignore]]` alone.
    """
    known = {*model.node_by_id, *(each.id for each in model.channels)}
    return [_sealed(each, known, key, key_id) for each in found]


def _sealed(finding: Finding, known: Container[str], key: bytes, key_id: str) -> Finding:
    target = finding.target
    if finding.code not in LOOKS or target in known or target.startswith(_SOURCE):
        return finding
    if not key:
        return replace(finding, sealed_with="")
    name = make_name_id(target, key)
    return replace(
        finding,
        fingerprint=compute_fingerprint("system", "body", finding.code, name),
        content=hash_content(name),
        sealed_with=key_id,
    )


def drift_id(finding: Finding) -> str:
    """Return the fingerprint of a finding by which this machine remembers it, whatever key there is."""
    if finding.sealed_with is None:
        return finding.fingerprint
    return compute_fingerprint("system", "body", finding.code, finding.target)


def _shared(found: list[Finding], named: str, rule: Rule, labels: Mapping[str, str]) -> Finding:
    """Return findings of a rule on one thing of the model, or on none, as one without what only the machine knows."""
    title, first, count = rule_text(rule).title, found[0], len(found)
    has_label = named in labels or first.target.startswith(_SOURCE)
    is_named = has_label and (first.target.startswith(_SOURCE) or first.target.partition("/")[0] == named)
    if has_label:
        label = labels.get(named, named)
        message = t(f"{title.ja}（{label}）。", f"{title.en} ({label}).")
    elif named:  # a line of the model, which may name anything
        message = t(f"{title.ja}。", f"{title.en}.")
    else:
        message = t(f"{title.ja}（図にないもの {count:,} 件）。", f"{title.en} ({count:,} outside the model).")
    return replace(
        first,
        message=message,
        fingerprint=compute_fingerprint("system", "body", rule.code, named),
        content=hash_content(named),
        severity=max(each.severity for each in found),
        target=named if has_label else "",
        quote=first.quote if is_named else type(first.quote)(""),
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
