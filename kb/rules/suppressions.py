"""Resolve suppressions: which rules they mean, until when, and why."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from unicodedata import normalize

from kb.model.document import Kind
from kb.model.finding import Finding, Waiver, WaiverKind
from kb.model.masked import Masked
from kb.rules.directives import Directive, SuppressionScope
from kb.rules.registry import Rule
from kb.text.lines import Span

UNUSED, NO_REASON, UNKNOWN, EXPIRED = HYGIENE = ("KB901", "KB902", "KB903", "KB904")
"""The codes about suppressions; their texts are in `linters/hygiene/`."""


class CodeLookup:
    """Resolves a code, a prefix or a rule name, as `--select` does."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._meant: dict[str, frozenset[str]] = {}
        self._families = {rule.code.rstrip("0123456789") for rule in rules}

    def meaning(self, word: str) -> frozenset[str]:
        """Return the codes a word means; none if unknown."""
        if word not in self._meant:
            upper, small = word.upper(), word.casefold()
            self._meant[word] = frozenset(
                rule.code
                for rule in self._rules
                if upper == rule.code or small == rule.name or (rule.on and rule.code.startswith(upper))
            )
        return self._meant[word]

    def has_family(self, word: str) -> bool:
        """Return whether a word begins like a known family's codes: INC999 does, EC2 does not."""
        return word.upper().rstrip("0123456789") in self._families

    def nearest(self, word: str) -> str:
        """Return the nearest code, "" when none is close."""
        names = {name.casefold(): rule.code for rule in self._rules for name in (rule.code, rule.name)}
        cutoff = 0.8 if word[-1].isdigit() else 0.6
        near = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=cutoff)
        return names[near[0]] if near else ""

    def judging_codes(self, word: str, kind: Kind) -> frozenset[str]:
        """Return the codes a word means that judge documents of this kind, without hygiene."""
        meant = self.meaning(word) - set(HYGIENE)
        return frozenset(rule.code for rule in self._rules if rule.code in meant and kind in rule.kinds)


@dataclass(frozen=True, slots=True)
class Suppression:
    """A directive with its words resolved. `until` is None without a valid date."""

    directive: Directive
    known: tuple[str, ...]
    unknown: tuple[str, ...]
    reason: str
    until: date | None
    live: bool


def interpret_directive(directive: Directive, words: CodeLookup, today: date) -> Suppression:
    """Resolve a directive. It is live when valid and not expired."""
    perhaps = list(directive.perhaps)
    extra: list[str] = []
    while perhaps and (words.meaning(perhaps[0]) or words.has_family(perhaps[0])):
        extra.append(perhaps.pop(0))
    named = tuple(dict.fromkeys((*directive.codes, *extra)))
    if directive.scope is SuppressionScope.UNKNOWN:
        named = ()
    known = tuple(word for word in named if words.meaning(word))
    until = _parse_until(directive.until)
    sound = directive.closed and bool(known) and (until is not None or not directive.until)
    return Suppression(
        directive,
        known,
        tuple(word for word in named if not words.meaning(word)),
        " ".join([*perhaps, directive.reason]).strip(),
        until,
        sound and (until is None or until >= today),
    )


def _parse_until(written: str) -> date | None:
    """Parse a date like 2026-12-31, in any width; None for anything else."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", normalize("NFKC", written))
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


@dataclass(slots=True)
class _Group:
    """Directives with the same word and place: used together or not at all."""

    first: Suppression
    used: bool = False


@dataclass(slots=True)
class _Sections:
    """Section groups of one word by first line, each with the one around it."""

    starts: list[int] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


class SuppressionIndex:
    """Finds the live directives that cover a finding."""

    def __init__(self, suppressions: Sequence[Suppression], words: CodeLookup) -> None:
        self._groups: dict[tuple[str, SuppressionScope, tuple[int, int]], _Group] = {}
        by_word: defaultdict[str, dict[SuppressionScope, dict[tuple[int, int], _Group]]] = defaultdict(dict)
        for each in suppressions:
            if each.live:
                for word in each.known:
                    key = (word, each.directive.scope, each.directive.covers)
                    if key not in self._groups:
                        self._groups[key] = _Group(each)
                        by_word[word].setdefault(key[1], {})[key[2]] = self._groups[key]
        self._pages = {word: list(scopes.get(SuppressionScope.PAGE, {}).values()) for word, scopes in by_word.items()}
        self._lines = {word: _index_lines(scopes.get(SuppressionScope.LINE, {})) for word, scopes in by_word.items()}
        self._sections = {
            word: _nest_sections(scopes.get(SuppressionScope.SECTION, {})) for word, scopes in by_word.items()
        }
        self._words_of: defaultdict[str, list[str]] = defaultdict(list)
        for word in by_word:
            for code in words.meaning(word):
                self._words_of[code].append(word)

    def waive(self, finding: Finding, part: str) -> Finding:
        """Return the finding with a Waiver of the narrowest suppression that covers it."""
        covering = list(self._covering(finding, part))
        for group in covering:
            group.used = True
        if not covering:
            return finding
        narrow = min(covering, key=lambda group: _ORDER[group.first.directive.scope]).first
        until = narrow.until.isoformat() if narrow.until else ""
        return replace(finding, waiver=Waiver(WaiverKind.SUPPRESSED, Masked(narrow.reason), until))

    def is_used(self, each: Suppression, word: str) -> bool:
        """Return whether a word of a live directive covered anything."""
        return self._groups[word, each.directive.scope, each.directive.covers].used

    def _covering(self, finding: Finding, part: str) -> Iterator[_Group]:
        span = finding.span
        placed = has_line(finding, part) and finding.code not in HYGIENE
        last = span.end_line - (span.end_column == 1 and span.end_line > span.line)
        for word in self._words_of.get(finding.code, ()):
            yield from self._pages[word]
            if placed:
                starts, groups = self._lines[word]
                yield from groups[bisect_left(starts, span.line) : bisect_right(starts, last)]
                sections = self._sections[word]
                at = bisect_right(sections.starts, span.line) - 1
                while at >= 0:
                    if sections.ends[at] >= span.line:
                        yield sections.groups[at]
                    at = sections.around[at]


def has_line(finding: Finding, part: str) -> bool:
    """Return whether a finding stands on a line of this part, not in a title or nowhere."""
    return finding.part == part and finding.span != _NOWHERE


_ORDER = {SuppressionScope.LINE: 0, SuppressionScope.SECTION: 1, SuppressionScope.PAGE: 2}
_NOWHERE = Span(1, 1, 1, 1)
"""The span of a finding without a place, such as a missing section; only the page can suppress it."""


def _index_lines(groups: dict[tuple[int, int], _Group]) -> tuple[list[int], list[_Group]]:
    """Return the lines of line groups in order, and the group of each."""
    rows = sorted(
        ((line, group) for (first, last), group in groups.items() for line in {first, last} if line),
        key=lambda row: row[0],
    )
    return [line for line, _ in rows], [group for _, group in rows]


def _nest_sections(groups: dict[tuple[int, int], _Group]) -> _Sections:
    made = _Sections()
    open_: list[int] = []
    for (start, end), group in sorted(groups.items(), key=lambda row: (row[0][0], -row[0][1])):
        while open_ and made.ends[open_[-1]] < start:
            open_.pop()
        made.around.append(open_[-1] if open_ else -1)
        open_.append(len(made.starts))
        made.starts.append(start)
        made.ends.append(end)
        made.groups.append(group)
    return made
