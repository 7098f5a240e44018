"""One page before the court: judged by all rules, joined, its suppressions applied, written; then what was off.

The judge is lint's own, with every rule there is; the policy takes each page for an incident, so
that nothing is spared reading.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from kb.lint.cache.engines import open_gate
from kb.lint.engine.request import FindingWriter, LintCounts
from kb.lint.formats.ci import GitHubWriter, JUnitWriter
from kb.lint.formats.html import HtmlWriter
from kb.lint.formats.json import JsonlWriter
from kb.lint.formats.markdown import MarkdownWriter
from kb.lint.formats.sarif import SarifWriter
from kb.model.document import Document
from kb.model.facts import Facts
from kb.model.finding import Edit, Finding
from kb.model.host_names import HostNames
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry, suppress
from kb.rules.directives import Directive, parse_directives
from kb.rules.gate import Gate
from kb.rules.judge import Judge, Judgement, judge_joins
from kb.rules.world import Ticket, World
from kb.text.lines import Span

LIMIT_S = 2.0
"""Seconds of CPU one page may take."""
RULES = registry.load_rules()
EVERY_PAGE = PagePolicy(incident=("**",), hosts=HostNames("[a-z]+-(?:prd|stg)-[a-z]+-[0-9]{2}"))
ON_THEIR_OWN = PagePolicy(hosts=EVERY_PAGE.hosts)
TODAY = date(2026, 6, 1)
TICKETS = {
    "#12": Ticket("redmine:12", "閉じた件", "終了", True, "2026-05-01", "今井"),
    "#1": Ticket("redmine:1", "開いた件\x1b[31m", "新規", False, "2026-05-01", "大野\n"),
    "http://a/issues/1": Ticket("redmine:1", "開いた件", "新規", False),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What judging one page took, in seconds of CPU, and what was wrong with it."""

    seconds: float
    findings: int
    faults: tuple[str, ...]


@dataclass(slots=True)
class Court:
    """Judges page after page; `end` closes what the writers of all formats wrote."""

    gate: Gate = field(default_factory=lambda: open_gate(registry.groups_of(RULES)))
    limit_s: float = LIMIT_S
    _written: int = 0
    _counts: LintCounts = field(default_factory=LintCounts)
    _writers: Sequence[FindingWriter] = ()
    _judges: dict[str, Judge] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make: Sequence[Callable[[Callable[[str], object]], FindingWriter]] = (
            lambda write: JsonlWriter(write, pages=True),
            *(SarifWriter, GitHubWriter, JUnitWriter, MarkdownWriter, HtmlWriter),
        )
        self._writers = [each(self._write) for each in make]
        for name, policy in (("every page", EVERY_PAGE), ("on their own", ON_THEIR_OWN)):
            self._judges[name] = Judge(RULES, policy, self.gate, read=read_facts, directives=parse_directives)

    def try_page(self, document: Document, policy: str = "every page") -> Verdict:
        """The page's verdict; never raises for what the page does to kb."""
        world = World(TODAY, EVERY_PAGE, TICKETS, frozenset({"大野"}), frozenset({"今井"}), 30)
        began = time.process_time()
        try:
            judgement = self._judges[policy](document)
            more, failed = judge_joins(judgement, RULES, world)
            ran = frozenset(rule.code for rule in RULES)
            found = (*judgement.findings, *more)
            all_ = suppress.apply_suppressions(
                judgement.entry, found, judgement.directives, rules=RULES, ran=ran, today=TODAY
            )
            shown = [each for each in all_ if each.waiver is None]
            waived = [each for each in all_ if each.waiver is not None]
            self._counts.add(judgement, shown)
            for writer in self._writers:
                writer.add(judgement, shown, waived)
        except Exception as error:
            return Verdict(time.process_time() - began, 0, (f"{type(error).__name__}: {error}"[:300],))
        seconds = time.process_time() - began
        crashes = (*judgement.crashes, *failed)
        faults = [f"crash: {crash}: {crash.__cause__!r}"[:300] for crash in crashes]
        faults += _faults(document, judgement, all_)
        if seconds > self.limit_s:
            faults.append(f"{seconds:.1f} s of CPU")
        return Verdict(seconds, len(all_), tuple(dict.fromkeys(faults[:20])))

    def end(self) -> None:
        """Close what was written. Raises whatever a writer raises."""
        for writer in self._writers:
            writer.end(self._counts)

    def _write(self, text: str) -> None:
        text.encode()  # a lone surrogate would fail here as it would at a terminal
        self._written += len(text)


class _Lines:
    """How many code points each line of a text has."""

    def __init__(self, text: str) -> None:
        self._lengths = [len(line) for line in text.split("\n")]

    def holds(self, span: Span) -> bool:
        """Whether a span lies in the text."""
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        return (1, 1) <= start <= end and self._is(*start) and self._is(*end)

    def has(self, line: int) -> bool:
        """Whether there is such a line."""
        return 1 <= line <= len(self._lengths)

    def _is(self, line: int, column: int) -> bool:
        return self.has(line) and 1 <= column <= self._lengths[line - 1] + 1


def _faults(document: Document, judgement: Judgement, found: Sequence[Finding]) -> Iterator[str]:
    body, title = _Lines(document.body), _Lines(document.title)
    for finding in found:
        if not (title if finding.part == "title" else body).holds(finding.span):
            yield f"{finding.code} at {finding.span}"
        for change in finding.edits:
            yield from _change(change, body, title)
        for words in (finding.message.ja, finding.message.en, finding.quote):
            if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in words):
                yield f"{finding.code} holds a control character: {words[:80]!r}"
            if len(words) > 2_000:
                yield f"{finding.code} says {len(words)} characters"
    for directive in judgement.directives:
        yield from _directive(directive, body, title)
    if judgement.entry.facts is not None:
        yield from (f"facts: {name} at {span}" for name, span in _spans(judgement.entry.facts) if not body.holds(span))


def _directive(directive: Directive, body: _Lines, title: _Lines) -> Iterator[str]:
    if not body.holds(directive.span):
        yield f"directive at {directive.span}"
    if directive.covers != (0, 0) and not all(line == 0 or body.has(line) for line in directive.covers):
        yield f"directive covers {directive.covers}"
    if directive.removal is not None:
        yield from _change(directive.removal, body, title)


def _change(change: Edit, body: _Lines, title: _Lines) -> Iterator[str]:
    if change.span is not None and not (body.holds(change.span) or title.holds(change.span)):
        yield f"change at {change.span}"


def _spans(facts: Facts) -> Iterator[tuple[str, Span]]:
    for fact in facts.roles:
        yield from ((fact.role, span) for span in (fact.span, fact.section) if span)
    yield from ((f"item of {item.role}", item.span) for item in facts.items)
    yield from ((f"remark {remark.kind}", remark.span) for remark in facts.remarks)
    yield from ((f"heading {heading.level}", heading.span) for heading in facts.headings)
