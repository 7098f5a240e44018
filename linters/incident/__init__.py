"""INC: what an incident page should say.

The verdicts on causes, fixes and measures are made in reading, once; a rule of this family says
which of them it reports, and in which words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kb.lang import Text
from kb.lint.rules import Hit
from kb.model import Facts, Page, PagePolicy, Role, Span, Verdict

TOP = Span(1, 1, 1, 1)


def hits(page: Page, roles: Collection[Role], says: dict[Verdict, Text]) -> Iterator[Hit]:
    """One hit for each verdict of an incident page on these roles that `says` has words for.

    A role that is missing has no place: the hit stands at the top of the page. A page that is kept
    for the record gives none: nobody can complete it.
    """
    if not page.facts.is_incident or for_the_record(page.facts, page.document.created_at, page.policy):
        return
    for fact in page.facts.roles:
        if fact.role in roles and fact.verdict in says:
            span = fact.span or fact.section or TOP
            yield Hit(
                says[fact.verdict],
                span,
                fact.confidence,
                role=fact.role,
                section=fact.section,
                reason=fact.reason,
            )


def for_the_record(facts: Facts, created_at: str, policy: PagePolicy) -> bool:
    """Whether an incident happened (else was written down) before `record_only_before` of kb.toml."""
    happened = facts.occurred_on or created_at[:10]
    return bool(policy.record_only_before and happened) and happened < policy.record_only_before
