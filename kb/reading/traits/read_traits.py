"""One incident → what another one can share with it. The text is a masked one; Facts hold none of this.

    traits = read_traits(masked_document, policy.hosts, structure)
    traits.nodes & other.nodes, traits.mechanisms & other.mechanisms

Names, errors and concepts are folded and meant to be compared, not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kb.markup.units import Unit
from kb.model.document import Document
from kb.model.facts import Role
from kb.model.host_names import NO_HOSTS, HostNames
from kb.reading.claims.read_claims import claims_of
from kb.reading.facts import read_sections
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.names import SPELLED, WORD, Spelling, judge_spelling
from kb.reading.pages.declared_kind import blank_published
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.section import Claim, Section
from kb.reading.tickets.custom_fields import TicketText
from kb.reading.traits.concepts import Concept, ConceptKind, find_concepts
from kb.reading.traits.error_texts import find_error_texts
from kb.reading.traits.fold_words import cut_title, drop_speaker, find_latin, fold_numbering, fold_word, split_latin
from kb.reading.traits.repeats import Repeat, find_repeats
from kb.reading.verdicts.incidents import PageIncident, split_incidents
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.links import find_ticket_refs, find_urls
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/traits/labels.toml")
_RE = _TABLE.compiled
_COMMON = frozenset(_TABLE.words("common"))
_PATHS = compile_lazy("https?://\\S+")
_SEPARATORS = compile_lazy("\\s*(?:[/／・、,，|]|\\s{2,}|と|および|及び)\\s*")
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Traits:
    """What two incidents can share.

    `nodes`: machines, `web-1` for any spelling of its number. `components`: other parts named, by label or in Latin
    letters. `errors`: error texts of `find_error_texts`. `symptoms`: how it shows, in title, summary and impact.
    `mechanisms`: what title, summary and cause give as reason; `cause`: only what the cause does. `parts`: where.
    `links`: addresses and `#tickets`. `repeats`: sentences about earlier troubles, those of the title included.
    `title` and `cause_text` are the folded words themselves, "" where no cause is given.
    """

    title: str
    nodes: frozenset[str] = frozenset()
    components: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    symptoms: frozenset[str] = frozenset()
    mechanisms: frozenset[str] = frozenset()
    cause: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    cause_text: str = ""

    @cached_property
    def says_again(self) -> bool:
        """Whether the page says that it came before."""
        return any(not each.apart for each in self.repeats)


@dataclass(frozen=True)
class ReadIncident:
    """A page read for its traits: its text, units and sections, and its one or first incident's claims by role."""

    sections: tuple[Section, ...]
    ticket: TicketText
    units: tuple[Unit, ...] = ()

    @cached_property
    def incident(self) -> PageIncident:
        return split_incidents(self.sections)[0]


def read_incident_sections(document: Document, structure: bytes | None = None) -> ReadIncident:
    """Return the sections of a page with what they say by role, custom fields of a ticket among them."""
    ticket, units, found = read_sections(document, structure)
    return ReadIncident(tuple(found), ticket, tuple(units))


def read_traits(
    document: Document, hosts: HostNames = NO_HOSTS, structure: bytes | None = None, read: ReadIncident | None = None
) -> Traits:
    """Return what an incident has that another can share. `structure` is the stored one of its body.

    Give `read` where the sections are read already. Never fails: a page that is no incident has traits, too.
    """
    read = read or read_incident_sections(document, structure)
    document = blank_published(document)
    title = cut_title(document.title)
    scene = _texts(read.incident.said(Role.SUMMARY, Role.IMPACT))
    untold = _texts(claims_of(section for section in read.sections if not section.roles))
    cause = [text for text in _texts(read.incident.said(Role.CAUSE)) if not find_placeholder(text)]
    everything = f"{title}\n{document.body}"
    shown = [title, *scene, *untold]
    named = find_names(everything, hosts)
    seen = list(_concepts(shown))
    why = list(_concepts(cause))
    return Traits(
        title=title,
        nodes=frozenset(named),
        components=frozenset(_find_components(read.sections, [title, *scene, *cause, *untold], named)),
        errors=frozenset(find_error_texts(everything)),
        symptoms=_names(seen, ConceptKind.FAILING),
        mechanisms=_names([*seen, *why], ConceptKind.MECHANISM),
        cause=_names(why, ConceptKind.MECHANISM) | _names(why, ConceptKind.FAILING),
        parts=_names([*seen, *why], ConceptKind.PART),
        links=tuple(dict.fromkeys((*find_urls(document.body), *find_ticket_refs(everything)))),
        repeats=tuple(find_repeats([title, *_claims(read)])),
        cause_text="\n".join(cause),
    )


def find_names(text: str, hosts: HostNames = NO_HOSTS) -> tuple[str, ...]:
    """Return the machines a text names, folded: by kb.toml, and what is spelled as machines are."""
    text = _PATHS.sub(" ", fold_text(text))
    found = dict.fromkeys(fold_numbering(name) for name in find_hosts(text, hosts))
    for match in WORD.finditer(text):
        if judge_spelling(match[0]) in SPELLED:
            found.setdefault(fold_numbering(match[0]))
    return tuple(found)


def _claims(read: ReadIncident) -> Iterator[Claim]:
    return (claim for claim in claims_of(read.sections) if not claim.code)


def _texts(claims: Iterable[Claim]) -> list[str]:
    return [drop_speaker(claim.text) for claim in claims if not claim.code]


def _concepts(texts: Iterable[str]) -> Iterator[Concept]:
    for text in texts:
        yield from find_concepts(text)


def _names(found: Iterable[Concept], kind: ConceptKind) -> frozenset[str]:
    return frozenset(each.name for each in found if each.kind is kind)


def _find_components(sections: Iterable[Section], texts: Iterable[str], nodes: Iterable[str]) -> Iterator[str]:
    """Yield the parts of a system that a page names below a label, and by words of Latin letters in its sentences."""
    known = set(nodes)
    for section in sections:
        if section.head is not None and _RE.component.fullmatch(section.head.label.strip()):
            for claim in claims_of([section]):
                yield from (name for name in split_components(claim.text) if fold_numbering(name) not in known)
    for text in texts:
        if text.isascii():
            continue  # a sentence of English, or what a machine said
        for word, _ in find_latin(_PATHS.sub(" ", text)):
            folded = word.casefold()
            if word[0].isdigit() or folded in _COMMON or len(folded) < 2 or fold_numbering(word) in known:
                continue
            if judge_spelling(word) is not Spelling.NONE or word.isalpha():
                yield fold_numbering(word)


def split_components(text: str) -> Iterator[str]:
    """Yield the names in what stands below a label like 対象: `grader / batch-02`."""
    for name in _SEPARATORS.split(fold_text(text)):
        name = name.strip(" 。.()[]「」")
        if name and len(name) <= _LONGEST_NAME:
            yield "-".join(split_latin(name)) if name.isascii() else fold_word(name)
