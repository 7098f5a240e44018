"""One reading of one text: Document → Facts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import msgspec

from kb.markup import blocks, parse
from kb.markup.outline import read_units
from kb.markup.units import Unit
from kb.model.document import Document
from kb.model.facts import Confidence, Facts, Heading, Item, PageKind, Role, RoleFact, Verdict
from kb.model.page import PagePolicy
from kb.reading.claims.read_claims import claims_of
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.pages.declared_kind import KindGuess, blank_published, find_declared_kind
from kb.reading.pages.incident_prefilter import may_assign, may_be_incident, may_have_actions
from kb.reading.pages.kind import RESTORED, guess_kind
from kb.reading.pages.marks import read_title_mark
from kb.reading.pages.remarks import find_remarks
from kb.reading.sections.extents import find_headings
from kb.reading.sections.find_sections import find_sections
from kb.reading.sections.section import Section
from kb.reading.tickets.custom_fields import TicketText, add_empty_fields, append_fields
from kb.reading.traits.sketch import draw_sketch
from kb.reading.verdicts.actions import WITHOUT_ACTIONS, read_actions
from kb.reading.verdicts.incidents import judge_roles, read_role_items, split_incidents
from kb.text.dates import find_date, parse_day
from kb.text.fold import fold
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex, decode, encode, replace_surrogates, truncate_bytes
from kb.text.links import find_ticket_refs, find_urls
from kb.text.versions import READER_VERSION

Parts = tuple[TicketText, list[Unit], list[Section]]
"""The text that is read of a document, its units and its sections."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A document without what kb published in it, what its name declares, and its parts where it may be an incident."""

    document: Document
    structure: bytes | None
    declared: KindGuess | None
    parts: Parts | None

    def kind(self) -> KindGuess:
        if self.declared and self.declared.kind is not PageKind.INCIDENT:
            return self.declared
        return guess_kind(self.document, self.parts[2] if self.parts else (), self.declared)


def content_hash(document: Document, policy: PagePolicy) -> bytes:
    """16 bytes that change whenever `read` could give other Facts."""
    seen = (
        READER_VERSION,
        blocks.PARSER_VERSION,
        document.kind.value,
        document.markup.value,
        replace_surrogates(document.title),
        replace_surrogates(document.category),
        [replace_surrogates(tag) for tag in document.tags],
        document.wip,
        document.created_at[:10],
        replace_surrogates(str(document.meta.get("tracker", ""))),
        [(replace_surrogates(name), replace_surrogates(value)) for name, value in document.custom_fields],
        policy,
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=16)
    digest.update(encode(document.body))
    return digest.digest()


def read_facts(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts:
    """What one reading of a document yields. Never fails: every text is some kind of page.

    `structure` is what `kb.markup.parse.parse_structure` gave for this body; without it, or when it is of
    an older version, the body is parsed again.
    """
    opened = _open(document, policy, structure)
    document, kind = opened.document, opened.kind()
    if opened.parts is not None:
        ticket, every, found = opened.parts
        return build_facts(document, policy, ticket, kind, every, found)
    headed = kind.kind not in WITHOUT_ACTIONS and may_have_actions(document)
    if not headed and (kind.kind in WITHOUT_ACTIONS or not may_assign(document)):
        return build_facts(document, policy, _ticket_text(document), kind)
    ticket, every, found = read_sections(document, opened.structure)
    return build_facts(document, policy, ticket, kind, every, found, headed=headed)


def read_kind(document: Document, policy: PagePolicy, structure: bytes | None = None) -> PageKind:
    """The kind that `read_facts` gives a document; no section is judged for it."""
    return _open(document, policy, structure).kind().kind


def read_incident(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts | None:
    """What `read_facts` yields for an incident page; None for another, most of which are hardly looked at."""
    opened = _open(document, policy, structure)
    if opened.parts is None:
        return None
    kind = opened.kind()
    ticket, every, found = opened.parts
    return build_facts(opened.document, policy, ticket, kind, every, found) if kind.kind is PageKind.INCIDENT else None


def _open(document: Document, policy: PagePolicy, structure: bytes | None) -> _Opened:
    declared = find_declared_kind(document, policy)
    document, structure = _leave_published_out(document, structure)
    looks = declared.kind is PageKind.INCIDENT if declared else may_be_incident(document)
    return _Opened(document, structure, declared, read_sections(document, structure) if looks else None)


def read_sections(document: Document, structure: bytes | None = None) -> Parts:
    """Return the text that is read of a document, its units and its sections."""
    document, structure = _leave_published_out(document, structure)
    body = truncate_bytes(encode(document.body), parse.MAX_PARSED_BYTES)
    every = read_units(body, parse.iter_blocks(body, document.markup, structure))
    ticket = append_fields(document, body) if document.custom_fields else TicketText(body)
    every += ticket.units
    return ticket, every, find_sections(every)


def _leave_published_out(document: Document, structure: bytes | None) -> tuple[Document, bytes | None]:
    """The document without what kb published in it, and its structure where that is still true."""
    own = blank_published(document)
    return own, structure if own is document else None


def _ticket_text(document: Document) -> TicketText:
    return TicketText(truncate_bytes(encode(document.body), parse.MAX_PARSED_BYTES))


def _whole_title(document: Document) -> str:
    """The title with what stands before a slash in it, which a source takes for a folder: 【完了】A / B."""
    if not document.category.endswith(" "):
        return document.title
    return f"{document.category.rpartition('/')[2]}/ {document.title}"


def build_facts(
    document: Document,
    policy: PagePolicy,
    ticket: TicketText,
    kind: KindGuess,
    every: Sequence[Unit] = (),
    found: Sequence[Section] = (),
    *,
    sketched: bool = True,
    headed: bool = True,
) -> Facts:
    """Return the Facts of a document whose kind is known, from its sections; without them those that no section has.

    Without `sketched` they hold no sketch: a seventh of the time. `headed`: a head may be one over actions.
    """
    text = decode(ticket.body) if ticket.places else document.body
    mark = read_title_mark(_whole_title(document), policy.done_mark)
    shared = (find_ticket_refs(text), find_urls(text), find_hosts(f"{document.title}\n{text}", policy.hosts))
    lines = LineIndex(ticket.body)
    if kind.kind is not PageKind.INCIDENT:
        actions = tuple(read_actions(kind.kind, found, lines, parse_day(document.created_at), headed=headed))
        places = ticket.places if actions else ()
        return Facts(kind.kind, kind.reason, (), (), *shared, "", mark, fields=places, actions=actions)
    title = fold(replace_surrogates(document.title)).text
    occurred = find_occurrence_day(title, found, parse_day(document.created_at))
    near = parse_day(document.created_at) or parse_day(occurred)
    roles: list[RoleFact] = []
    measures: list[Item] = []
    heads: list[Heading] = []
    told = split_incidents(found)
    if len(told) == 1:
        add_empty_fields(told[0], ticket.empty)
    for number, incident in enumerate(told):
        context = title + "\n" + "\n".join(claim.text for claim in incident.said(Role.SUMMARY))
        roles.extend(judge_roles(incident, lines, context, number))
        measures.extend(read_role_items(incident, lines, near, number))
        heads.extend(find_headings(incident.part, number, lines))
    if kind.reason == RESTORED:  # what such a tale does not say in known words, it may say in others
        roles = [
            replace(fact, confidence=Confidence.LOW) if fact.verdict is Verdict.MISSING else fact for fact in roles
        ]
    actions = (
        () if any(item.role in _AHEAD for item in measures) else tuple(read_actions(kind.kind, found, lines, near))
    )
    if actions:  # below a head kb has no name for
        roles = [
            replace(fact, confidence=Confidence.LOW, reason="measures-elsewhere")
            if fact.role is Role.PREVENTION and fact.verdict is Verdict.MISSING
            else fact
            for fact in roles
        ]
    if ticket.places:
        heads = [head for head in heads if head.span.line < ticket.places[0].line - 1]
    facts = Facts(
        kind.kind,
        kind.reason,
        tuple(roles),
        tuple(measures),
        *shared,
        occurred,
        mark,
        tuple(find_remarks(every, told, lines)),
        tuple(heads),
        ticket.places,
        actions,
    )
    causes = told if len(told) == 1 else [incident for incident in told if incident.claims.get(Role.CAUSE)]
    if not sketched or len(causes) > 1:
        return facts  # a page of several incidents has none
    sketch = draw_sketch(title, facts, found, (causes or told)[0], lines, document.created_at)
    return replace(facts, sketch=sketch)


_WHEN = compile_lazy("発生|日時|日付|いつ|検知|障害日|date|when|started", re.I)
_AHEAD = frozenset({Role.PREVENTION, Role.FIX_PERM})
_HALF_A_YEAR = timedelta(days=181)  # so that the nearest day is at most one after the page's, by another clock


def find_occurrence_day(title: str, found: Sequence[Section], written: date | None) -> str:
    """What a line on it says, else the title, else the first date with a time; ISO, "" when none is told.

    Nobody writes of an incident before it happens: a date without a year is the last one before the
    page was `written`. Days of measures are none of the incident.
    """
    near = written - _HALF_A_YEAR if written and written > date.min + _HALF_A_YEAR else written
    behind = [section for section in found if not section.measure and not _AHEAD.intersection(section.roles)]
    for claim in claims_of(section for section in behind if section.head and _WHEN.search(section.head.label)):
        if day := find_date(claim.text, near):
            return day
    said = [claim.text for claim in claims_of(behind)]
    for text in said:
        if _WHEN.search(text[:12]) and (day := find_date(text, near)):
            return day
    if day := find_date(title, near):
        return day
    return next((day for text in said if ":" in text and (day := find_date(text, near))), "")
