"""Leave out findings that say again what another finding on the same document says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kb.model.facts import Confidence
from kb.model.finding import Finding
from kb.rules.registry import Rule


class Condenser:
    """Condenses the findings of one document after another. `once`: whether rules that report once do so."""

    def __init__(self, rules: Iterable[Rule], *, once: bool) -> None:
        self._once = frozenset(rule.code for rule in rules if rule.once and once)
        self._yields: Mapping[str, tuple[str, ...]] = {rule.code: rule.yields_to for rule in rules if rule.yields_to}

    def condense(self, findings: Sequence[Finding], sure: Confidence = Confidence.MEDIUM) -> tuple[Finding, ...]:
        """Return a document's findings, in order, without those that say the same again.

        A finding set aside still speaks for those that yield to it: whoever accepted it saw the page. One less sure
        than `sure` is not shown, and so speaks for none.
        """
        if self._yields.keys().isdisjoint(each.code for each in findings) and not self._once:
            return tuple(findings)
        kept: list[Finding] = []
        seen: set[str] = set()
        for each in findings:
            if each.code in self._once and each.confidence >= sure:
                if each.code in seen:
                    continue
                seen.add(each.code)
            if each.code not in self._yields or not self._is_said(each, findings, sure):
                kept.append(each)
        return tuple(kept)

    def _is_said(self, finding: Finding, findings: Sequence[Finding], sure: Confidence) -> bool:
        codes = self._yields[finding.code]
        return any(
            each.code != finding.code
            and each.code.startswith(codes)
            and each.severity >= finding.severity
            and each.confidence >= sure
            for each in findings
        )
