"""One reading of one text: Document → Facts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from kb.model import Document, Facts, Heading, Item, PageKind, PagePolicy, Role, RoleFact
from kb.reading import blocks
from kb.reading.dates import day_of
from kb.reading.fold import fold
from kb.reading.headings import headings
from kb.reading.hints import may_be_incident
from kb.reading.kinds import guess
from kb.reading.lines import Lines, beginning, clean, encode
from kb.reading.links import hosts, tickets, urls
from kb.reading.occurred import occurred_on
from kb.reading.outline import units
from kb.reading.policy import Guess, by_policy
from kb.reading.remarks import remarks
from kb.reading.roles import incidents, role_facts, role_items
from kb.reading.sections import Section, sections
from kb.reading.titles import title_mark
from kb.reading.unit import Unit
from kb.reading.version import READER_VERSION


def content_hash(document: Document, policy: PagePolicy) -> bytes:
    """16 bytes that change whenever `read` could give other Facts."""
    seen = (
        READER_VERSION,
        blocks.PARSER_VERSION,
        document.kind.value,
        document.markup.value,
        clean(document.title),
        clean(document.category),
        [clean(tag) for tag in document.tags],
        document.wip,
        document.created_at[:10],
        clean(str(document.meta.get("tracker", ""))),
        policy,
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=16)
    digest.update(encode(document.body))
    return digest.digest()


def read(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts:
    """What one reading of a document yields. Never fails: every text is some kind of page.

    `structure` is what `kb.reading.blocks.parse` gave for this body; without it, or when it is of
    an older version, the body is parsed again.
    """
    body = beginning(encode(document.body), blocks.MOST_BYTES)
    decided = by_policy(document, policy)
    if decided and decided.kind is not PageKind.INCIDENT:
        return _facts(document, policy, body, decided)
    if decided or may_be_incident(document):
        every = units(body, blocks.blocks_of(body, document.markup, structure))
        found = sections(every)
        return _facts(document, policy, body, decided or guess(document, found), every, found)
    return _facts(document, policy, body, guess(document, ()))


def _whole_title(document: Document) -> str:
    """The title with what stands before a slash in it, which a source takes for a folder: 【完了】A / B."""
    if not document.category.endswith(" "):
        return document.title
    return f"{document.category.rpartition('/')[2]}/ {document.title}"


def _facts(
    document: Document,
    policy: PagePolicy,
    body: bytes,
    kind: Guess,
    every: Sequence[Unit] = (),
    found: Sequence[Section] = (),
) -> Facts:
    text = document.body
    mark = title_mark(_whole_title(document), policy.done_mark)
    shared = (tickets(text), urls(text), hosts(text, policy.host_pattern))
    if kind.kind is not PageKind.INCIDENT:
        return Facts(kind.kind, kind.reason, (), (), *shared, "", mark)
    lines = Lines(body)
    title = fold(clean(document.title)).text
    occurred = occurred_on(title, found, day_of(document.created_at))
    near = day_of(document.created_at) or day_of(occurred)
    roles: list[RoleFact] = []
    measures: list[Item] = []
    heads: list[Heading] = []
    told = incidents(found)
    for number, incident in enumerate(told):
        context = title + "\n" + "\n".join(claim.text for claim in incident.said(Role.SUMMARY))
        roles.extend(role_facts(incident, lines, context, number))
        measures.extend(role_items(incident, lines, near, number))
        heads.extend(headings(incident.part, number, lines))
    return Facts(
        kind.kind,
        kind.reason,
        tuple(roles),
        tuple(measures),
        *shared,
        occurred,
        mark,
        tuple(remarks(every, told, lines)),
        tuple(heads),
    )
