"""Findings as the rows of a screen, in the order a person should see them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.lint.formats.places import name_of, title_of
from kb.lint.formats.runners import inert
from kb.lint.judge import Judgement
from kb.lint.secret_codes import PERSONAL, is_secret
from kb.model import Entry, Finding, Span
from kb.secrets.exposure import exposure, mildness, opened_by

TITLE = 200
"""Characters of a title; more is no title."""


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One finding. Secrets come before all, then the most urgent, then the newest page.

    What makes a secret urgent is who can read it, then what it opens; anything else its severity.
    `secret_line`: a secret stands where the finding does, so that no word of it is shown.
    """

    calm: bool
    ease: tuple[int, ...]
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
        return inert(title_of(self.entry)[:TITLE])


def row_of(judgement: Judgement, finding: Finding) -> Row:
    """A finding as a row."""
    return Row(
        calm=not _is_pressing(finding),
        ease=_ease(judgement.entry, finding),
        age=-_moment(judgement.entry.updated_at),
        where=inert(name_of(judgement.entry, finding.part)),
        line=finding.span.line,
        column=finding.span.column,
        code=finding.code,
        message=inert(str(finding.message)),
        entry=judgement.entry,
        finding=finding,
        secret_line=any(_touch(finding.span, span) for span in _secrets(judgement, finding.part)),
    )


def _ease(entry: Entry, finding: Finding) -> tuple[int, ...]:
    """How little hurry there is, by what counts most."""
    if not _is_pressing(finding):
        return (-finding.severity,)
    opens = opened_by(finding.secret) if finding.secret is not None else ""
    personal = finding.code.startswith(PERSONAL)  # it opens nothing
    return -exposure(entry, finding), personal, mildness(opens), -finding.severity


def _is_pressing(finding: Finding) -> bool:
    """Whether a finding is about a secret that may open something still."""
    return is_secret(finding.code) and not finding.rotated_on


def _secrets(judgement: Judgement, part: str) -> Iterator[Span]:
    """Where secrets stand in a part of a document, whether or not a rule was asked to tell them."""
    entry = judgement.entry
    yield from (each.span for each in entry.secrets if (each.part or entry.part) == part)
    yield from (each.span for each in judgement.findings if is_secret(each.code) and each.part == part)


def _touch(one: Span, other: Span) -> bool:
    """Whether two stretches share a line."""
    return one.line <= other.end_line and other.line <= one.end_line


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO time, 0 when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
