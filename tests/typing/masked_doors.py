"""What mypy says where masking is missing. Nothing runs this file: `mypy` reads it with kb.

Each line that takes text of a page unmasked is an error, silenced here by `type: ignore`. A door that stops asking for
`Masked` leaves its comment unused, and mypy's `warn_unused_ignores` reports that.
"""

from __future__ import annotations

from dataclasses import replace

from kb.commands.weekly.show import _print
from kb.export.pages import render_page
from kb.ingest.document import ingest
from kb.lint.fixing.files import render_diff
from kb.lint.formats.source_lines import render_snippet
from kb.mirror.search import SearchHit
from kb.model.document import Document, MaskedDocument
from kb.model.facts import NOT_READ
from kb.model.finding import Finding, Waiver, WaiverKind
from kb.model.masked import Masked, reshape
from kb.model.page import Entry, Page, PagePolicy
from kb.model.plan import Change
from kb.model.request import Outcome, Result
from kb.plan.rebase import Contradiction, CurrentTarget
from kb.plan.sections.block import diff_contents
from kb.reports.week.model import WeekRow
from kb.rules.finding import make_finding
from kb.rules.judge import build_entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import Ticket
from kb.secrets.mask_document import mask_document, mask_text
from kb.text.display import sanitize
from kb.text.lang import t


def judge(raw: Document, policy: PagePolicy, rule: Rule, hit: Hit) -> None:
    """What rules see, findings quote and the cache keeps."""
    Page(raw, NOT_READ, policy)  # type: ignore[arg-type]
    build_entry(raw)  # type: ignore[arg-type]
    Entry(raw.doc, raw.source, raw.kind, raw.title)  # type: ignore[arg-type]
    make_finding(rule, hit, raw.doc, raw.part, content="", quote=raw.body[:20])  # type: ignore[arg-type]


def keep_masked(masked: MaskedDocument, raw: Document, entry: Entry) -> None:
    """A masked document or row stays one."""
    replace(masked, title=raw.title)  # type: ignore[arg-type]
    replace(entry, category=raw.category)  # type: ignore[arg-type]


def show(raw: Document, finding: Finding) -> None:
    """What people see."""
    _print(raw, "Asia/Tokyo")  # type: ignore[arg-type]
    render_page(raw, ())  # type: ignore[arg-type]
    render_diff("a.md", raw.body, raw.body)  # type: ignore[arg-type]
    render_snippet(finding, raw.body, 40)  # type: ignore[arg-type]
    SearchHit(1, raw, raw.part, 1, raw.body)  # type: ignore[arg-type]


def plan(raw: Document, change: Change, row: WeekRow, ticket: Ticket) -> None:
    """What is planned, reported and told to joins."""
    replace(change, title=raw.title)  # type: ignore[arg-type]
    replace(change, hunks=diff_contents(raw.body, raw.body))  # type: ignore[arg-type]
    CurrentTarget({}, change.seen, raw.title)  # type: ignore[arg-type]
    Contradiction(t("", ""), raw.body)  # type: ignore[arg-type]
    Result(Outcome.STALE, quote=raw.body)  # type: ignore[arg-type]
    replace(row, title=raw.title)  # type: ignore[arg-type]
    Waiver(WaiverKind.ACCEPTED, raw.title)  # type: ignore[arg-type]
    replace(ticket, title=raw.title)  # type: ignore[arg-type]


def cover(raw: Document) -> tuple[MaskedDocument, MaskedDocument, Masked, Masked]:
    """What makes a text `Masked`, and what leaves it so."""
    return ingest(raw).document, mask_document(raw), mask_text(raw.title), reshape(sanitize(mask_text("")), str.strip)
