"""INC: what an incident page should say.

The verdicts on causes, fixes and measures are made in reading, once; a rule of this family says
which of them it reports, and in which words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kb.lang import Text
from kb.lint.rules import Hit
from kb.model import Page, Role, Span, Verdict

TOP = Span(1, 1, 1, 1)


def hits(page: Page, roles: Collection[Role], says: dict[Verdict, Text]) -> Iterator[Hit]:
    """One hit for each verdict of an incident page on these roles that `says` has words for.

    A role that is missing has no place: the hit stands at the top of the page.
    """
    if not page.facts.is_incident:
        return
    for fact in page.facts.roles:
        if fact.role in roles and fact.verdict in says:
            span = fact.span or fact.section or TOP
            yield Hit(says[fact.verdict], span, fact.confidence, role=fact.role, section=fact.section)
