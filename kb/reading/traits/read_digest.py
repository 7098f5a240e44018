"""A page that was read → its digest."""

from __future__ import annotations

from collections.abc import Iterable

from kb.model.document import Document
from kb.model.facts import Role
from kb.model.page import PagePolicy
from kb.reading.claims.read_claims import claims_of
from kb.reading.facts import build_facts
from kb.reading.pages.declared_kind import KindGuess
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.section import Claim
from kb.reading.traits.digest import IncidentDigest, Stretch
from kb.reading.traits.read_traits import ReadIncident
from kb.text.word_tables import read_words

MAX_CLAIMS = 8
"""Of one role that are told of."""
_RESTORED = read_words("kb.reading", "lexicon/pages/tale.toml").for_search


def digest_incident(document: Document, policy: PagePolicy, kind: KindGuess, read: ReadIncident) -> IncidentDigest:
    """Return the digest of a page that was read."""
    facts = build_facts(document, policy, read.ticket, kind, read.units, read.sections, sketched=False)
    if not facts.is_incident:
        return IncidentDigest(facts)
    said = read.incident.said
    restored = _stretches(said(Role.FIX, Role.FIX_TEMP)) or _stretches(_find_restored(read))
    return IncidentDigest(facts, _stretches(said(Role.CAUSE)), restored, _stretches(said(Role.FIX_PERM)))


def _stretches(claims: Iterable[Claim]) -> tuple[Stretch, ...]:
    found = [(claim.start, claim.end) for claim in claims if not find_placeholder(claim.text)]
    return tuple(dict.fromkeys(found))[:MAX_CLAIMS]


def _find_restored(read: ReadIncident) -> list[Claim]:
    """Return the sentence that tells that service came back, and the one before it."""
    every = claims_of(read.sections)
    at = next((at for at, claim in enumerate(every) if _RESTORED.restored.search(claim.text)), None)
    return [] if at is None else every[max(0, at - 1) : at + 1]
