"""Findings as rows of a screen, most urgent first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.lint.printable import defuse_commands, document_label, shown_title
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.rules.codes import PERSONAL_PREFIX, is_secret
from kb.rules.judge import Judgement
from kb.secrets.exposure import classify_target, rank_target, rate_exposure
from kb.text.dates import parse_instant
from kb.text.lines import Span

TITLE = 200
"""Characters of a title; more is no title."""


@dataclass(frozen=True, slots=True, order=True)
class FindingRow:
    """A finding as shown: secrets first, then the most urgent, then the newest page.

    The urgency of a secret is who can read it, then what it opens; of anything else, its severity. `secret_line`:
    a secret is on the same line, so that none of its words is shown. `others` are rows of the same document shown
    with this one; `folded` findings of several documents are told by `summary` and `command` instead
    (`kb.lint.formats.folding`).
    """

    calm: bool
    ease: tuple[int, ...]
    age: float
    where: str
    line: int
    column: int
    code: str
    message: str
    evidence: str = field(compare=False)
    entry: Entry = field(compare=False)
    finding: Finding = field(compare=False)
    secret_line: bool = field(compare=False)
    others: tuple[FindingRow, ...] = field(default=(), compare=False)
    summary: str = field(default="", compare=False)
    command: str = field(default="", compare=False)
    folded: int = field(default=0, compare=False)

    @property
    def place(self) -> str:
        """The document, its part and the lines."""
        lines = sorted({row.line for row in (self, *self.others)})
        return f"{self.where}:{','.join(map(str, lines))}"

    @property
    def full_message(self) -> str:
        """The printable message with its evidence."""
        return defuse_commands(str(self.finding.full_message))

    @property
    def title(self) -> str:
        """The printable title of the document."""
        return defuse_commands(shown_title(self.entry)[:TITLE])


def build_row(judgement: Judgement, finding: Finding) -> FindingRow:
    """Return a finding as a row."""
    return FindingRow(
        calm=not _is_pressing(finding),
        ease=_urgency(judgement.entry, finding),
        age=-_parse_seconds(judgement.entry.updated_at),
        where=defuse_commands(document_label(judgement.entry, finding.part)),
        line=finding.span.line,
        column=finding.span.column,
        code=finding.code,
        message=defuse_commands(str(finding.message)),
        evidence=defuse_commands(str(finding.evidence)) if finding.evidence else "",
        entry=judgement.entry,
        finding=finding,
        secret_line=any(_share_line(finding.span, span) for span in _secrets(judgement, finding.part)),
    )


def _urgency(entry: Entry, finding: Finding) -> tuple[int, ...]:
    """Return the sort key of a finding; the smallest is the most urgent."""
    if not _is_pressing(finding):
        return (-finding.severity,)
    opens = classify_target(finding.secret) if finding.secret is not None else ""
    personal = finding.code.startswith(PERSONAL_PREFIX)  # it opens nothing
    return -rate_exposure(entry, finding), personal, rank_target(opens), -finding.severity


def _is_pressing(finding: Finding) -> bool:
    """Return whether a finding's secret may still open something."""
    return is_secret(finding.code) and not finding.rotated_on


def _secrets(judgement: Judgement, part: str) -> Iterator[Span]:
    """Yield where secrets are in a part of a document, whether their rules were selected or not."""
    entry = judgement.entry
    yield from (each.span for each in entry.secrets if (each.part or entry.part) == part)
    yield from (each.span for each in judgement.findings if is_secret(each.code) and each.part == part)


def _share_line(one: Span, other: Span) -> bool:
    """Return whether two spans share a line."""
    return one.line <= other.end_line and other.line <= one.end_line


def _parse_seconds(text: str) -> float:
    """Return an ISO time in seconds since 1970, 0 when invalid."""
    moment = parse_instant(text)
    return moment.timestamp() if moment else 0.0
