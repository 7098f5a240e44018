"""One reading of one text: Document → Facts."""

from __future__ import annotations

import hashlib

import msgspec

from kb.model import Confidence, Document, Facts, PageKind, PagePolicy, Role, RoleFact, Verdict
from kb.reading import blocks
from kb.reading.lines import Lines, encode
from kb.reading.outline import units
from kb.reading.sections import JUDGED, sections

READER_VERSION = 1


def content_hash(document: Document, policy: PagePolicy) -> bytes:
    """16 bytes that change whenever `read` could give other Facts."""
    seen = (
        READER_VERSION,
        blocks.PARSER_VERSION,
        document.source,
        document.kind,
        document.title,
        document.category,
        document.tags,
        document.wip,
        document.markup,
        document.created_at[:10],
        str(document.meta.get("tracker", "")),
        policy,
    )
    digest = hashlib.blake2b(msgspec.msgpack.encode(seen), digest_size=16)
    digest.update(encode(document.body))
    return digest.digest()


def read(document: Document, policy: PagePolicy, structure: bytes | None = None) -> Facts:
    """What one reading of a document yields. Never fails: every text is some kind of page."""
    body = encode(document.body)
    if not blocks.current(structure):
        structure = blocks.parse(body, document.markup)
    found = sections(units(body, blocks.unpack(structure or b"")))
    lines = Lines(body)
    roles: list[RoleFact] = []
    for role in (Role.CAUSE, Role.FIX, Role.PREVENTION):
        section = next((s for s in found if role in s.roles), None)
        if section is None:
            roles.append(RoleFact(role, Verdict.MISSING, Confidence.MEDIUM))
            continue
        span = lines.span(section.start, section.end)
        verdict = Verdict.CONCRETE if any(unit.text for unit in section.units) else Verdict.EMPTY
        roles.append(RoleFact(role, verdict, Confidence.MEDIUM, span, span))
    known = {role for section in found for role in section.roles}
    kind = PageKind.INCIDENT if len(known & JUDGED) >= 2 else PageKind.OTHER
    return Facts(kind, "sections", tuple(roles))
