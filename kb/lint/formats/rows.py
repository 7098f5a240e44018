"""Findings as the rows of a screen, in the order a person should see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.lint.formats.places import name_of
from kb.lint.formats.runners import inert
from kb.lint.judge import Judgement
from kb.lint.secret_codes import is_secret
from kb.model import Entry, Finding

TITLE = 200
"""Characters of a title; more is no title."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One finding. Secrets come before all, then the worst, then the newest page."""

    calm: bool
    mildness: int
    age: float
    where: str
    line: int
    column: int
    code: str
    message: str
    entry: Entry = field(compare=False)
    finding: Finding = field(compare=False)
    secret_line: bool = field(compare=False)

    @property
    def place(self) -> str:
        """The document, its part, and the line."""
        return f"{self.where}:{self.line}"

    @property
    def title(self) -> str:
        """The title of the document, safe to print."""
        return inert(self.entry.title[:TITLE])


def row_of(judgement: Judgement, finding: Finding) -> Row:
    """A finding as a row."""
    lines = range(finding.span.line, finding.span.end_line + 1)
    return Row(
        calm=not is_secret(finding.code),
        mildness=-finding.severity,
        age=-_moment(judgement.entry.updated_at),
        where=inert(name_of(judgement.entry, finding.part)),
        line=finding.span.line,
        column=finding.span.column,
        code=finding.code,
        message=inert(str(finding.message)),
        entry=judgement.entry,
        finding=finding,
        secret_line=any(
            is_secret(each.code) and each.span.line in lines and each.part == finding.part
            for each in judgement.findings
        ),
    )


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO time, 0 when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
