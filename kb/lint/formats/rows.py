"""Findings as rows of a screen, most urgent first."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.lint.printable import defuse_commands, document_id, document_label, safe_url, shown_title
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.rules.codes import PERSONAL_PREFIX, is_secret
from kb.rules.judge import Judgement
from kb.secrets.exposure import classify_target, rank_target, rate_exposure
from kb.secrets.mask_document import mask_name
from kb.text.display import sanitize
from kb.text.lang import Text, t
from kb.text.lines import Span

TITLE = 200
"""Characters of a title; more is no title."""


@dataclass(frozen=True, slots=True, order=True)
class FindingRow:
    """A finding as shown: secrets first, then the most urgent, then the newest page.

    The urgency of a secret is who can read it, then what it opens; of anything else, its severity. `secret_line`:
    a secret is on the same line, so that none of its words is shown.
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
        """The document, its part and the line."""
        return f"{self.where}:{self.line}"

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
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


QUEUE_LIMIT = 500
"""How many findings of one sitting are kept in memory."""


@dataclass(frozen=True, slots=True)
class TriageQueue:
    """The first findings in order, and the total."""

    first: tuple[FindingRow, ...]
    total: int


def build_queue(rows: Iterable[FindingRow], limit: int = QUEUE_LIMIT) -> TriageQueue:
    """Return the first `limit` rows in order, and their number."""
    total = 0

    def counted() -> Iterable[FindingRow]:
        nonlocal total
        for row in rows:
            total += 1
            yield row

    first = heapq.nsmallest(limit, counted())
    return TriageQueue(tuple(first), total)


# An enquiry is stored in kb-decisions.toml, which is shared: it names the place and the rule's own words, but neither
# the page's title nor what was found.


WAIT_DAYS = 14
"""How long a question is given before triage shows its finding again."""

_AROUND = " @＠、。,.()（）"


def choose_recipient(entry: Entry, finding: Finding, former: Container[str] = ()) -> str:
    """Return whom to ask: the measure's owner, the last editor, else the author; "" for no one.

    People who left are skipped; `former` are their names, case-folded.
    """
    items = entry.facts.items if entry.facts else ()
    owner = next((item.owner for item in items if item.owner and item.span == finding.span), "")
    names = (sanitize(mask_name(name)).strip(_AROUND)[:60] for name in (owner, entry.human_by, entry.author))
    return next((name for name in names if name and name.casefold() not in former), "")


def draft_enquiry(entry: Entry, finding: Finding, says: Text, former: Container[str] = ()) -> str:
    """Return the message to send, several lines; `says` is the rule's general advice."""
    name = choose_recipient(entry, finding, former)
    place = sanitize(entry.url) if safe_url(entry) else sanitize(str(document_id(entry.doc)))
    part = "" if finding.part == "body" else f" {sanitize(mask_name(finding.part))}"
    line = finding.span.line
    return str(
        t(
            f"{_called(name)}\n"
            f"お疲れさまです。次のページについて教えてください。\n"
            f"{place}（{part.strip() + ' ' if part else ''}{line} 行目）\n"
            f"{sanitize(says.ja).rstrip('。')}。\n"
            f"お手すきのときに見ていただけますか。このままでよい事情があれば、それも教えてください。",
            f"{'Hello ' + name if name else 'Hello'},\n"
            f"may I ask you about this page?\n"
            f"{place} (line {line}{' of' + part if part else ''})\n"
            f"{sanitize(says.en).rstrip('.')}.\n"
            f"Could you look at it when you have a moment? If there is a reason to leave it as it is, please tell me.",
        )
    )


def _called(name: str) -> str:
    if not name:
        return "ご担当の方へ"
    return name if name.endswith(("さん", "様", "氏")) else f"{name} さん"
