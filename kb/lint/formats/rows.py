"""Findings as the rows of a screen, in the order a person should see them."""

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
        return defuse_commands(shown_title(self.entry)[:TITLE])


def build_row(judgement: Judgement, finding: Finding) -> FindingRow:
    """A finding as a row."""
    return FindingRow(
        calm=not _is_pressing(finding),
        ease=_ease(judgement.entry, finding),
        age=-_moment(judgement.entry.updated_at),
        where=defuse_commands(document_label(judgement.entry, finding.part)),
        line=finding.span.line,
        column=finding.span.column,
        code=finding.code,
        message=defuse_commands(str(finding.message)),
        entry=judgement.entry,
        finding=finding,
        secret_line=any(_touch(finding.span, span) for span in _secrets(judgement, finding.part)),
    )


def _ease(entry: Entry, finding: Finding) -> tuple[int, ...]:
    """How little hurry there is, by what counts most."""
    if not _is_pressing(finding):
        return (-finding.severity,)
    opens = classify_target(finding.secret) if finding.secret is not None else ""
    personal = finding.code.startswith(PERSONAL_PREFIX)  # it opens nothing
    return -rate_exposure(entry, finding), personal, rank_target(opens), -finding.severity


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


# Which findings a person should decide on first: those the screen of `kb lint` has at its top. Pure.


QUEUE_LIMIT = 500
"""Findings of one sitting that are held in memory; nobody decides on more before lunch."""


@dataclass(frozen=True, slots=True)
class TriageQueue:
    """The first findings in order, and how many there are in all."""

    first: tuple[FindingRow, ...]
    total: int


def build_queue(rows: Iterable[FindingRow], limit: int = QUEUE_LIMIT) -> TriageQueue:
    """The first `limit` of the rows, whatever order they come in, and their count."""
    total = 0

    def counted() -> Iterable[FindingRow]:
        nonlocal total
        for row in rows:
            total += 1
            yield row

    first = heapq.nsmallest(limit, counted())
    return TriageQueue(tuple(first), total)


# A finding → a polite message to whoever can mend it. Pure; nothing is sent.
#
# The message goes into kb-decisions.toml too, which is shared: it names the place and the rule's own
# words, and holds no word of the page, neither its title nor what was found in it.


WAIT_DAYS = 14
"""How long a question is given before triage shows its finding again."""

_AROUND = " @＠、。,.()（）"


def choose_recipient(entry: Entry, finding: Finding, former: Container[str] = ()) -> str:
    """Whom to ask: the owner of the measure that is meant, else who edited the page last, else who wrote it.

    Somebody who has left the team is not asked; `former` are their names, case-folded. "" for nobody.
    """
    items = entry.facts.items if entry.facts else ()
    owner = next((item.owner for item in items if item.owner and item.span == finding.span), "")
    names = (sanitize(mask_name(name)).strip(_AROUND)[:60] for name in (owner, entry.human_by, entry.author))
    return next((name for name in names if name and name.casefold() not in former), "")


def draft_enquiry(entry: Entry, finding: Finding, says: Text, former: Container[str] = ()) -> str:
    """The message, of several lines; `says` is what the rule says of every page it speaks about."""
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
