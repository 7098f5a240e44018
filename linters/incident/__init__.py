"""INC: what an incident page should say.

The verdicts on causes, fixes and measures are made in reading, once; a rule of this family says
which of them it reports, and in which words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from kb.model.document import PAGE_KINDS, Kind
from kb.model.facts import Confidence, Facts, RemarkKind, Role, RoleFact, Verdict
from kb.model.finding import Edit, Severity
from kb.model.page import Page, PagePolicy
from kb.rules.registry import Fold, FoldBy, Hit, Rule
from kb.text.fold import hash_content
from kb.text.lang import Text, t
from kb.text.lines import Span

TOP = Span(1, 1, 1, 1)
NOTHING = hash_content("")
"""The content of a section that is missing: an edit elsewhere does not bring a baselined finding back."""
FINISHED_PAGES = Fold(
    "finished",
    t("済んだ障害の記事です。題名の印と場所をそろえてください。", "Finished incident pages: mark and move them."),
    FoldBy.ALL,
)
A_YEAR = 365
"""Days after which what is missing on a page, or late, is seen in another light."""
WRITTEN = PAGE_KINDS - {Kind.TICKET}
"""What nothing but its text says is done; a ticket has a status for that."""
MARKED = WRITTEN - {Kind.WIKI}
"""What is marked in its title when it is done; a wiki page is linked by its title, so that stays."""


def verdict_rule(
    code: str,
    module: str,
    severity: Severity,
    roles: Collection[Role],
    says: dict[Verdict, Text],
    mend: Callable[[Page, RoleFact], tuple[Edit, ...]] | None = None,
    *,
    on: bool = True,
) -> Rule:
    """Create a rule that reports the verdicts on these roles that `says` has words for (see `verdict_hits`)."""

    def check(page: Page) -> Iterator[Hit]:
        return verdict_hits(page, roles, says, mend)

    return Rule(code, module, severity, gate=("incident",), check=check, on=on)


def verdict_hits(
    page: Page,
    roles: Collection[Role],
    says: dict[Verdict, Text],
    mend: Callable[[Page, RoleFact], tuple[Edit, ...]] | None = None,
) -> Iterator[Hit]:
    """Yield a hit for each verdict on these roles that `says` has words for.

    A missing role has no place: its hit is at the top of the page. `mend` returns edits that would help. A page
    kept for the record yields none: no one can complete it.
    """
    if not is_completable(page):
        return
    for fact in page.facts.roles:
        if fact.role in roles and fact.verdict in says:
            content = "" if fact.section else NOTHING
            yield verdict_hit(fact, says[fact.verdict], content, mend(page, fact) if mend else ())


def verdict_hit(fact: RoleFact, says: Text, content: str, edits: tuple[Edit, ...] = ()) -> Hit:
    """Return a hit on a verdict; `content` as in `Hit`."""
    return Hit(
        says,
        fact.span or fact.section or TOP,
        fact.confidence,
        role=number_name(fact.role, fact.incident),
        section=fact.section,
        content=content,
        reason=fact.reason,
        edits=edits,
    )


def remark_hits(
    page: Page, kind: RemarkKind, says: Text, *, confidence: Confidence = Confidence.MEDIUM
) -> Iterator[Hit]:
    """Yield a hit for each remark of this kind on an incident page that can still be completed."""
    if not is_completable(page):
        return
    found = (remark for remark in page.facts.remarks if remark.kind is kind)
    for number, remark in enumerate(found):
        yield Hit(says, remark.span, confidence, role=number_name(kind, number), section=remark.span, reason=kind)


def number_name(name: str, number: int) -> str:
    """Return the role of the `number`th hit of its kind; the first has the name alone."""
    return f"{name}.{number}" if number else str(name)


def is_within(span: Span, fact: RoleFact) -> bool:
    """Return whether a span is in a fact's section."""
    return fact.section is not None and fact.section.line <= span.line <= fact.section.end_line


def is_completable(page: Page) -> bool:
    """Return whether someone can still be asked to complete this page."""
    return page.facts.is_incident and not is_for_the_record(page.facts, page.document.created_at, page.policy)


def is_for_the_record(facts: Facts, created_at: str, policy: PagePolicy) -> bool:
    """Return whether an incident happened, or was recorded, before kb.toml's `record_only_before`."""
    happened = facts.occurred_on or created_at[:10]
    return bool(policy.record_only_before and happened) and happened < policy.record_only_before
