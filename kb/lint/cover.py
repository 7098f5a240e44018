"""Which suppressions cover a finding, found without comparing each with each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.lint.asked import HYGIENE, Asked, Words
from kb.lint.directives import Scope
from kb.model import Finding, Span, Waiver, WaiverKind


@dataclass(slots=True)
class _Group:
    """Directives that say one word of one place: needed together or not at all."""

    first: Asked
    used: bool = False


@dataclass(slots=True)
class _Sections:
    """Section groups of one word, by their first lines, each with the one around it."""

    starts: list[int] = field(default_factory=list)
    around: list[int] = field(default_factory=list)
    groups: list[_Group] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)


class Cover:
    """Which live directives cover a finding."""

    def __init__(self, asked: Sequence[Asked], words: Words) -> None:
        self._groups: dict[tuple[str, Scope, tuple[int, int]], _Group] = {}
        by_word: defaultdict[str, dict[Scope, dict[tuple[int, int], _Group]]] = defaultdict(dict)
        for each in asked:
            if each.live:
                for word in each.known:
                    key = (word, each.directive.scope, each.directive.covers)
                    if key not in self._groups:
                        self._groups[key] = _Group(each)
                        by_word[word].setdefault(key[1], {})[key[2]] = self._groups[key]
        self._pages = {word: list(scopes.get(Scope.PAGE, {}).values()) for word, scopes in by_word.items()}
        self._lines = {word: _lines(scopes.get(Scope.LINE, {})) for word, scopes in by_word.items()}
        self._sections = {word: _nested(scopes.get(Scope.SECTION, {})) for word, scopes in by_word.items()}
        self._words_of: defaultdict[str, list[str]] = defaultdict(list)
        for word in by_word:
            for code in words.meaning(word):
                self._words_of[code].append(word)

    def waived(self, finding: Finding, part: str) -> Finding:
        """The finding, with a Waiver of the narrowest suppression that covers it."""
        covering = list(self._covering(finding, part))
        for group in covering:
            group.used = True
        if not covering:
            return finding
        narrow = min(covering, key=lambda group: _ORDER[group.first.directive.scope]).first
        until = narrow.until.isoformat() if narrow.until else ""
        return replace(finding, waiver=Waiver(WaiverKind.SUPPRESSED, narrow.reason, until))

    def used(self, each: Asked, word: str) -> bool:
        """Whether a word of a live directive covered anything."""
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
    """Whether a finding stands on a line of this part, rather than in a title or nowhere."""
    return finding.part == part and finding.span != _NOWHERE


_ORDER = {Scope.LINE: 0, Scope.SECTION: 1, Scope.PAGE: 2}
_NOWHERE = Span(1, 1, 1, 1)
"""Where a finding stands that has no place, such as a missing section: only the page can set it aside."""


def _lines(groups: dict[tuple[int, int], _Group]) -> tuple[list[int], list[_Group]]:
    """The lines of line groups, in order, and the group of each."""
    rows = sorted(
        ((line, group) for (first, last), group in groups.items() for line in {first, last} if line),
        key=lambda row: row[0],
    )
    return [line for line, _ in rows], [group for _, group in rows]


def _nested(groups: dict[tuple[int, int], _Group]) -> _Sections:
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
