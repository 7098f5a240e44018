"""List the pages, incidents, tickets and secrets that are one person's."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from kb.lint.people.ownership import Owners
from kb.lint.people.people import Person
from kb.mirror.queries import TextHead
from kb.model.document import Document, Kind, Markup, Source, Visibility
from kb.model.facts import ItemState, PageKind
from kb.model.masked import Masked, split_lines
from kb.model.page import Entry
from kb.reading.pages.declared_kind import find_named_kind
from kb.reading.pages.own_notes import OwnNote, find_own_note
from kb.reports.handover.nouns import HeldIncident, HeldPage, HeldSecret, HeldTicket, PageHold
from kb.reports.handover.writers import Writers
from kb.reports.secrets.held import SecretHoldings
from kb.rules.world import World
from kb.secrets.exposure import Exposure
from kb.secrets.mask_document import mask_document, mask_text
from kb.text.dates import local_day
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from linters.incident.measures import is_marked_done, measure_states

RECORDS = frozenset({PageKind.MINUTES, PageKind.REPORT})
"""Kinds of pages that tell of a day and pass to nobody."""
_WAITING = (ItemState.OPEN, ItemState.PLACEHOLDER, ItemState.UNSTATED)
_SUCCESSORS = compile_lazy(r"引き?継ぎ|引継|hand-?\s?over", re.I)
_PAGES = frozenset({Kind.POST.value, Kind.WIKI.value})


def is_record(head: TextHead) -> bool:
    """Whether a page is a diary, a report or minutes: what happened on a day, not something to look after."""
    if is_for_successors(head.title):
        return False
    if find_own_note(head.title, head.category, head.author) is OwnNote.DIARY:
        return True
    return name_kind(head) in RECORDS and name_place_kind(head.category) is not PageKind.RUNBOOK


def name_kind(head: TextHead) -> PageKind | None:
    """Return the kind that title or folder give a page, None where they give none."""
    return find_named_kind(_without_text(head.title, head.category))[0]


def is_record_place(category: str) -> bool:
    """Whether a category is one of daily reports or minutes."""
    return name_place_kind(category) in RECORDS


def name_place_kind(category: str) -> PageKind | None:
    """Return the kind a category gives its pages, None where it gives none."""
    return find_named_kind(_without_text("-", category))[0]


def _without_text(title: str, category: str) -> Document:
    return Document("", Source.ESA, Kind.POST, title, body="", markup=Markup.MARKDOWN, category=category)


def is_for_successors(title: str) -> bool:
    """Whether a title says that its page is for whoever comes next."""
    return _SUCCESSORS.search(fold_text(title)) is not None


def list_pages(writers: Writers, zone: ZoneInfo) -> Iterator[HeldPage]:
    """Yield their pages, by id: those of their folder, their drafts, and those nobody else is known to have edited."""
    for head in writers.pages():
        if head.kind not in _PAGES:
            continue
        if writers.is_in_own_folder(head):
            hold = PageHold.PERSONAL
        elif writers.folder(head) or is_record(head):
            continue
        elif head.wip and writers.is_theirs(head.author):
            hold = PageHold.DRAFT
        elif writers.is_sole(head):
            hold = PageHold.SOLE
        else:
            continue
        day = local_day(head.human_at or head.created_at, zone)
        yield HeldPage(
            head.doc,
            sanitize(mask_text(head.title)),
            sanitize(mask_text(head.category)),
            hold,
            bool(head.wip),
            day.isoformat() if day else "",
            hold is not PageHold.SOLE or writers.is_sure_of(head),
            owners=() if hold is PageHold.PERSONAL else writers.nearby(head.category, head.source),
        )


def list_tickets(writers: Writers, finished: Collection[str]) -> Iterator[HeldTicket]:
    """Yield the open tickets that are assigned to them or that they reported, by id."""
    for head in writers.pages():
        if head.kind != Kind.TICKET or not head.open_tasks:
            continue
        assigned = writers.is_theirs(head.assignee)
        if assigned or writers.is_theirs(head.author):
            yield HeldTicket(
                head.doc,
                sanitize(mask_text(head.title)),
                sanitize(head.category),
                sanitize(head.status or ""),
                assigned,
                (head.status or "") in finished,
                writers.nearby(head.category, head.source),
            )


def hold_incident(entry: Entry, writers: Writers, owners: Owners, person: Person, world: World) -> HeldIncident | None:
    """Return an incident page as theirs: they wrote it, or a measure that is not done names them; else None."""
    if entry.part != "body" or not entry.is_incident or entry.facts is None:
        return None
    lines = [
        each.item.span.line
        for each in measure_states(entry.facts, world)
        if each.state in _WAITING and owners.is_measure_of(person, each.item)
    ]
    written = writers.is_theirs(entry.author)
    if not (written or lines):
        return None
    return HeldIncident(
        str(entry.doc),
        sanitize(entry.title),
        entry.facts.occurred_on or entry.created_at[:10],
        written,
        is_marked_done(entry) and not lines,
        tuple(lines),
        writers.nearby(entry.category, entry.source),
    )


def list_secrets(held: SecretHoldings, writers: Writers) -> tuple[list[HeldSecret], int]:
    """Return the secrets on pages they took part in, widest audience first, and how many more every member reads.

    What was rotated already is in neither.
    """
    pages = {head.doc: head for head in writers.pages()}
    took_part = {doc for doc, head in pages.items() if writers.took_part(head)}
    mine: list[HeldSecret] = []
    readable = 0
    for value in held.values:
        if value.is_dead:
            continue
        docs = {str(each.entry.doc) for each in value.places}
        place = next((each for each in value.places if str(each.entry.doc) in took_part), None)
        if place is not None:
            mine.append(
                HeldSecret(
                    str(place.entry.doc),
                    place.finding.span.line,
                    value.secret.kind.label,
                    value.opens,
                    int(value.exposure),
                    value.id[:12],
                    not any(writers.others(pages[doc]) for doc in docs if doc in pages),
                )
            )
        elif value.exposure >= Exposure.MEMBERS:
            readable += 1
    return mine, readable


def read_lines(writers: Writers, page: TextHead) -> Iterator[tuple[str, int, Masked]]:
    """Yield part, number and words of each line of a page and its parts, credentials masked."""
    for stored in list(writers.mirror.family(page.id)):
        document = stored.document
        if document.kind in (Kind.ATTACHMENT, Kind.FIELD):
            continue
        masked = mask_document(document, stored.structure, purged=writers.mirror.purged(stored.id))
        for number, line in enumerate(split_lines(masked.body), 1):
            yield document.part, number, line


def format_place(doc: str, part: str, line: int) -> str:
    """Return a place as kb writes it: `esa:1:4`, `redmine:5(journal:7):2`."""
    return f"{doc}:{line}" if part == "body" else f"{doc}({part}):{line}"


def is_shared(head: TextHead) -> bool:
    """Whether every member may read a page."""
    return head.visibility >= Visibility.MEMBERS


def latest(days: Iterable[str]) -> date | None:
    """Return the latest of some ISO days, None where there is none."""
    found = max((day[:10] for day in days if day), default="")
    return date.fromisoformat(found) if found else None
