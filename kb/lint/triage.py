"""What `kb triage` goes through, and the message that asks an author.

A message is stored in kb-decisions.toml, which is shared: it names the place and the rule's own words, but neither
the page's title nor what was found.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from kb.errors import KbError
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.formats.rows import FindingRow, build_row
from kb.lint.printable import document_id, safe_url
from kb.lint.waivers.decisions import Decisions
from kb.mirror.store import Mirror
from kb.model.facts import Confidence
from kb.model.finding import Finding
from kb.model.page import Entry
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_name
from kb.settings.workspace import Workspace
from kb.text.display import sanitize
from kb.text.lang import Text, t

QUEUE_LIMIT = 500
"""How many findings of one sitting are kept in memory."""


@dataclass(frozen=True, slots=True)
class TriageQueue:
    """The first findings in order, and the total."""

    first: tuple[FindingRow, ...]
    total: int


def build_queue(rows: Iterable[FindingRow], limit: int = QUEUE_LIMIT) -> TriageQueue:
    """Return the first `limit` rows, the most urgent first, and their number."""
    total = 0

    def counted() -> Iterator[FindingRow]:
        nonlocal total
        for row in rows:
            total += 1
            yield row

    first = heapq.nsmallest(limit, counted())
    return TriageQueue(tuple(first), total)


def list_undecided(found: Survey, decided: Decisions, troubles: list[KbError]) -> Iterator[FindingRow]:
    """Yield the undecided findings lint would show, of the request's member alone where it names one.

    Crashes are added to `troubles`.
    """
    today = found.now.date()
    for each in found:
        troubles += each.judgement.crashes
        mine = found.mine
        findings = each.findings if mine is None else mine.findings_of(each.judgement.entry, each.findings) or ()
        yield from build_undecided(each.judgement, findings, decided, today)


def build_undecided(
    judgement: Judgement, findings: Iterable[Finding], decided: Decisions, today: date
) -> Iterator[FindingRow]:
    """Yield the findings of a document that lint would show and nobody decided on, as rows."""
    for finding in findings:
        is_open = finding.waiver is None and not decided.settles(finding, today)
        if is_open and finding.confidence >= Confidence.MEDIUM:
            yield build_row(judgement, finding)


def find_former_members(workspace: Workspace | None, today: date) -> frozenset[str]:
    """Return the names of those who left the team, and of bots, case-folded: nobody to ask."""
    if workspace is None or not workspace.mirror.exists():
        return frozenset()
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        world = WorldBuilder(workspace.settings, today, mirror).world(())
        return world.former | world.bots


WAIT_DAYS = 14
"""How long a question is given before triage shows its finding again."""

_AROUND = " @＠、。,.()（）"


def choose_recipient(entry: Entry, finding: Finding, former: Container[str] = ()) -> str:
    """Return whom to ask: the measure's owner, the last editor, else the author; "" for no one.

    People who left are skipped; `former` are their names, case-folded.
    """
    items = entry.facts.items if entry.facts else ()
    here = finding.span if entry.facts is None else entry.facts.find_read_span(finding.part, finding.span)
    owner = next((item.owner for item in items if item.owner and item.span == here), "")
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
