"""What kb.toml says of rules: severities of the team's own, and places where rules are silent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from kb.lint.rules import Rule
from kb.lint.select import find, named_in, reached
from kb.model import Entry, Finding, Severity
from kb.settings import LintSettings


@dataclass(slots=True)
class Ignore:
    """One glob of `[lint.per-path-ignores]` with one of its words. `used` once it left something out."""

    glob: str
    word: str
    codes: frozenset[str]
    used: bool = False


@dataclass(slots=True)
class Team:
    """The team's own severities and silences. Raises ConfigError for a rule nobody knows."""

    settings: LintSettings
    every: Sequence[Rule]
    severities: dict[str, Severity] = field(default_factory=dict)
    ignores: list[Ignore] = field(default_factory=list)

    def __post_init__(self) -> None:
        with named_in("[lint.severity]"):
            for word, level in self.settings.severity:
                self.severities[find(word, self.every).code] = Severity[level.upper()]
        with named_in("[lint.per-path-ignores]"):
            for glob, words in self.settings.per_path_ignores:
                self.ignores += (Ignore(glob, word, reached(word, self.every)) for word in words)

    def own(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Findings with the team's severities, without those it does not want in this place."""
        if findings and self.ignores:
            findings = self._heard(entry, findings)
        if self.severities:
            findings = [
                replace(each, severity=self.severities[each.code]) if each.code in self.severities else each
                for each in findings
            ]
        return findings

    def unused(self) -> Iterable[Ignore]:
        """The ignores that left nothing out."""
        return (each for each in self.ignores if not each.used)

    def _heard(self, entry: Entry, findings: Sequence[Finding]) -> Sequence[Finding]:
        from kb.reading.globs import matches  # only findings in such a place need it

        places = (f"{entry.category}/{entry.title}".lstrip("/"), str(entry.doc))
        here = [each for each in self.ignores if any(matches(each.glob, place) for place in places)]
        left = []
        for found in findings:
            by = [each for each in here if found.code in each.codes]
            for each in by:
                each.used = True
            if not by:
                left.append(found)
        return left
