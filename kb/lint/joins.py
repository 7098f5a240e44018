"""What joins say of a document: its Facts and place against the world's tables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from kb.errors import ToolError
from kb.lint.finding import MOST_HITS, crash, cut, finding, place_of, quoted, stopped_in
from kb.lint.judge import Judgement
from kb.lint.rules import Hit, Rule
from kb.lint.world import World
from kb.model import Entry, Finding, Span
from kb.reading.content import content_of


def joined(
    judgement: Judgement, rules: Iterable[Rule], world: World
) -> tuple[tuple[Finding, ...], tuple[ToolError, ...]]:
    """The findings of these rules' joins on one document, and the joins that crashed.

    A rule with a gate sees what was read, as its check does; one without sees every document of
    its kinds. A crash hides neither the other rules nor the rule's own hits up to there.
    """
    entry = judgement.entry
    quotes = dict(reversed(judgement.quotes))
    findings: list[Finding] = []
    crashes: list[ToolError] = []
    for rule in rules:
        if rule.join is None or entry.kind not in rule.kinds or (rule.gate and entry.facts is None):
            continue
        try:
            hits = islice(rule.join(entry, world), MOST_HITS)
            findings.extend(_finding(rule, hit, entry, quotes) for hit in hits)
        except KeyboardInterrupt as stop:
            stop.add_note(stopped_in(rule, entry.doc))
            raise
        except BaseException as error:  # as in kb.lint.judge
            crashes.append(crash(f"{rule.code} {rule.name}", entry.doc, entry.part, error))
    findings.sort(key=place_of)
    return tuple(findings), tuple(crashes)


def _finding(rule: Rule, hit: Hit, entry: Entry, quotes: Mapping[Span, str]) -> Finding:
    """Its words are those kept with the judgement; a join that names no content speaks of the page's place."""
    part = hit.part or entry.part
    if part == "title":
        quote = quoted(cut(entry.title, hit.span))
    else:
        quote = quotes.get(hit.span, "")
    content = hit.content or content_of(f"{entry.category}/{entry.title}")
    return finding(rule, hit, entry.doc, part, content=content, quote=quote)
