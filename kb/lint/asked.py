"""A suppression with its words understood: which rules it means, until when, and why."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from unicodedata import normalize

from kb.lint.directives import Directive, Scope
from kb.lint.rules import Rule
from kb.model import Kind

UNUSED, NO_REASON, UNKNOWN, EXPIRED = HYGIENE = ("KB901", "KB902", "KB903", "KB904")
"""The codes of what is said of suppressions. Their words stand in `linters/hygiene/`."""


class Words:
    """What a word means where a code may stand: as `--select` takes it, a code, the beginning of codes, or a name."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._meant: dict[str, frozenset[str]] = {}
        self._families = {rule.code.rstrip("0123456789") for rule in rules}

    def meaning(self, word: str) -> frozenset[str]:
        """The codes a word means; none for one nobody knows."""
        if word not in self._meant:
            upper, small = word.upper(), word.casefold()
            self._meant[word] = frozenset(
                rule.code
                for rule in self._rules
                if upper == rule.code or small == rule.name or (rule.on and rule.code.startswith(upper))
            )
        return self._meant[word]

    def of_a_family(self, word: str) -> bool:
        """Whether a word begins like the codes of some family, as INC999 does and EC2 does not."""
        return word.upper().rstrip("0123456789") in self._families

    def nearest(self, word: str) -> str:
        """The code somebody may have meant; "" when none is near."""
        names = {name.casefold(): rule.code for rule in self._rules for name in (rule.code, rule.name)}
        cutoff = 0.8 if word[-1].isdigit() else 0.6
        near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=cutoff)
        return names[near[0]] if near else ""

    def judging(self, word: str, kind: Kind) -> frozenset[str]:
        """Those of the codes a word means that judge documents of this kind, hygiene left out."""
        meant = self.meaning(word) - set(HYGIENE)
        return frozenset(rule.code for rule in self._rules if rule.code in meant and kind in rule.kinds)


@dataclass(frozen=True, slots=True)
class Asked:
    """A directive with its words understood. `until` is None without a date, and for one nobody can read."""

    directive: Directive
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    until: date | None
    live: bool


def understood(directive: Directive, words: Words, today: date) -> Asked:
    """What a directive asks for. Live is one that is sound and whose day has not passed."""
    perhaps = list(directive.perhaps)
    extra: list[str] = []
    while perhaps and (words.meaning(perhaps[0]) or words.of_a_family(perhaps[0])):
        extra.append(perhaps.pop(0))
    named = tuple(dict.fromkeys((*directive.codes, *extra)))
    if directive.scope is Scope.UNKNOWN:
        named = ()
    known = tuple(word for word in named if words.meaning(word))
    until = _day(directive.until)
    sound = directive.closed and bool(known) and (until is not None or not directive.until)
    return Asked(
        directive,
        known,
        tuple(word for word in named if not words.meaning(word)),
        " ".join([*perhaps, directive.reason]).strip(),
        until,
        sound and (until is None or until >= today),
    )


def _day(written: str) -> date | None:
    """A date as 2026-12-31, in any width; None for anything else."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", normalize("NFKC", written))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
