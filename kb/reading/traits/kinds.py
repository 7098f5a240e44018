"""Which pages can be similar to an incident: incidents, what tells how to handle one, and other tales of trouble."""

from __future__ import annotations

from kb.model.document import PAGE_KINDS, Document
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.pages.declared_kind import KindGuess, find_declared_kind, find_named_kind, score_place
from kb.reading.pages.incident_prefilter import may_be_incident
from kb.reading.pages.kind import guess_kind
from kb.reading.traits.concepts import ConceptKind, find_concepts
from kb.reading.traits.kind_weights import HANDLING
from kb.reading.traits.read_traits import ReadIncident


def may_be_similar(document: Document, policy: PagePolicy) -> bool:
    """Whether a page is worth reading at all: most are not, and that costs next to nothing."""
    if document.kind not in PAGE_KINDS:
        return False
    decided = find_declared_kind(document, policy)
    if decided is not None:
        return decided.kind is PageKind.INCIDENT or decided.kind in HANDLING
    named, _ = find_named_kind(document)
    return named in HANDLING or may_be_incident(document) or (named is None and _tells_of_trouble(document))


def find_handling_kind(document: Document, policy: PagePolicy) -> PageKind | None:
    """Return the kind of a page that tells what to do, as far as its name says so; None for every other."""
    decided = find_declared_kind(document, policy)
    if decided is not None:
        return decided.kind if decided.kind in HANDLING else None
    named, _ = find_named_kind(document)
    if named not in HANDLING or (score_place(document) > 0.0 and may_be_incident(document)):
        return None
    return named


def find_read_kind(document: Document, policy: PagePolicy, read: ReadIncident) -> KindGuess:
    """Return the kind of a page whose sections are read, as its Facts have it."""
    decided = find_declared_kind(document, policy)
    if decided and decided.kind is not PageKind.INCIDENT:
        return decided
    return guess_kind(document, read.sections if decided or may_be_incident(document) else (), decided)


def is_similar_kind(document: Document, kind: PageKind) -> bool:
    """Whether a page of a kind can be similar to an incident."""
    return kind is PageKind.INCIDENT or kind in HANDLING or (kind is PageKind.OTHER and _tells_of_trouble(document))


def _tells_of_trouble(document: Document) -> bool:
    return any(concept.kind is ConceptKind.FAILING for concept in find_concepts(document.title[:200]))
