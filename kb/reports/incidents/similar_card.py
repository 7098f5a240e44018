"""What one past incident tells whoever is on call: when, what restored service, what was decided and done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.printable import document_id, safe_url, shown_title
from kb.model.document import MaskedDocument, RawDocId, Visibility, cut_span_lines
from kb.model.facts import ItemState, PageKind, Role
from kb.model.masked import Masked, reshape
from kb.reading.claims.inline import strip_inline_markup
from kb.reading.claims.read_claims import claims_of
from kb.reading.facts import read_facts
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.sections.section import Claim
from kb.reading.tickets.custom_fields import append_fields
from kb.reading.traits.read_traits import drop_speaker, read_incident_sections
from kb.reading.traits.terms import iter_terms
from kb.reports.incidents.rows import IncidentStatus, PreventionKind, build_incident, describe_prevention
from kb.reports.model_nodes import ModelNodes
from kb.rules.judge import build_entry
from kb.settings.kb_toml import Settings
from kb.text.display import clip, format_local_time, sanitize
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, decode, encode
from kb.text.word_tables import read_words
from linters.incident.measures import measure_states

MAX_MEASURES = 3
MAX_WORDS = 6
"""Words that are named as shared."""
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class SimilarMeasure:
    """A measure that was decided: its words, whether it was done, its day, and the ticket that says so."""

    text: Masked
    state: ItemState
    due: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class SimilarIncident:
    """One past incident. `likeness` is its share of the best score, `shared` what it has of the query.

    `cause`, `restored` (how service came back) and `lasting` (what was changed for good) are its own words, None where
    it has none. `done` of `decided` measures are done. `runbooks` are addresses or ids. `linked`: the page asked about
    leads to it. Of a page that is no incident only the head is told.
    """

    doc: RawDocId
    url: str
    title: Masked
    place: Masked
    kind: PageKind
    day: str
    dated: bool
    likeness: float
    shared: tuple[str, ...]
    visibility: Visibility
    linked: bool = False
    standing: IncidentStatus | None = None
    cause: Masked | None = None
    restored: Masked | None = None
    lasting: Masked | None = None
    prevention: PreventionKind | None = None
    prevention_text: str = ""
    done: int = 0
    decided: int = 0
    measures: tuple[SimilarMeasure, ...] = ()
    nodes: tuple[str, ...] = ()
    runbooks: tuple[str, ...] = ()


def build_card(
    document: MaskedDocument,
    structure: bytes | None,
    settings: Settings,
    around: WorldBuilder,
    model: ModelNodes,
    likeness: float,
    shared: Sequence[str],
    *,
    linked: bool = False,
) -> SimilarIncident:
    """Return the card of a masked page."""
    facts = read_facts(document, settings.policy, structure)
    entry = build_entry(document, facts)
    day = format_local_time(document.created_at, settings.timezone)
    card = SimilarIncident(
        doc=sanitize(doc) if isinstance(doc := document_id(entry.doc), str) else doc,
        url=sanitize(entry.url) if safe_url(entry) else "",
        title=reshape(sanitize(shown_title(entry)), str.strip),
        place=sanitize(entry.category),
        kind=facts.kind,
        day=day,
        dated=False,
        likeness=round(likeness, 3),
        shared=tuple(shared),
        visibility=document.visibility,
        linked=linked,
        nodes=tuple(sanitize(host) for host in facts.hosts[:MAX_WORDS]),
        runbooks=tuple(dict.fromkeys(_runbooks(facts.hosts, model))),
    )
    world = around.world([entry])
    row = build_incident(entry, (), world, around.named_posts(entry))
    if row is None:
        return card
    said = _Words(document, structure)
    return replace(
        card,
        day=row.day,
        dated=row.dated,
        standing=row.standing,
        cause=said.of(Role.CAUSE),
        restored=said.of(Role.FIX, Role.FIX_TEMP),
        lasting=said.of(Role.FIX_PERM),
        prevention=row.prevention,
        prevention_text=describe_prevention(row),
        done=row.done,
        decided=row.measures,
        measures=tuple(
            SimilarMeasure(
                said.at(each.item.span),
                each.state,
                each.item.due,
                sanitize(each.ticket.key if each.ticket is not None and not each.ticket.private else ""),
            )
            for each in measure_states(facts, world)[:MAX_MEASURES]
            if each.state is not ItemState.PLACEHOLDER
        ),
    )


class _Words:
    """The words of a masked page by role, one line each."""

    def __init__(self, document: MaskedDocument, structure: bytes | None) -> None:
        self._read = read_incident_sections(document, structure)
        self._body = document.body
        self._bytes = encode(document.body)
        if document.custom_fields:
            self._bytes = append_fields(document, self._bytes).body
        self._lines = decode(self._bytes).split("\n")

    def of(self, *roles: Role) -> Masked | None:
        """Return what the page says of these roles, None where that is nothing."""
        said = [
            self._as_written(claim) for claim in self._read.incident.said(*roles) if not find_placeholder(claim.text)
        ]
        if not said and Role.FIX in roles:
            said = self._find_restored()
        return self._masked(said) if said else None

    def _find_restored(self) -> list[str]:
        """Return the sentence that tells that service came back, and the one before it."""
        every = claims_of(self._read.sections)
        at = next((at for at, claim in enumerate(every) if _RESTORED.restored.search(claim.text)), None)
        return [] if at is None else [self._as_written(claim) for claim in every[max(0, at - 1) : at + 1]]

    def _as_written(self, claim: Claim) -> str:
        """Return the words of a claim; where they hold a command, with every sign of it."""
        raw = decode(self._bytes[claim.start : claim.end])
        return _BOX.sub("", raw) if "`" in raw else claim.text

    def at(self, span: Span) -> Masked:
        """Return the words of a measure."""
        return self._masked([strip_inline_markup(_BOX.sub("", cut_span_lines(self._lines, span)))])

    def _masked(self, said: Iterable[str]) -> Masked:
        """Return words that were cut out of the masked page, on one line."""
        pieces = (drop_speaker(" ".join(text.split())).strip() for text in said)
        line = " ".join(piece if piece[-1] in _ENDS else f"{piece}。" for piece in pieces if piece)
        return reshape(self._body, lambda _: clip(sanitize(line.removesuffix("。")), _LONGEST))


_RESTORED = read_words("kb.reading", "lexicon/pages/tale.toml").for_search
_BOX = compile_lazy("\\A[\\s>|*+-]*(?:[0-9]{1,2}[.)]\\s*)?(?:\\[[ xX]\\]\\s*)?")
_ENDS = "。.!?！？」）)、,"


def _runbooks(hosts: Iterable[str], model: ModelNodes) -> Iterator[str]:
    """Yield the runbooks of the nodes of these hosts in the diagram."""
    for node in model.find_ids(hosts):
        meant = model.model.node_by_id[node]
        if meant.runbook:
            yield sanitize(meant.runbook)
        elif meant.esa:
            yield f"esa:{meant.esa}"


# A word of a query as a person would point at it: a name, katakana, kanji with its ending.
_WORD = compile_lazy("[A-Za-z0-9][A-Za-z0-9_.:/-]*|[ァ-ヴー]+|[一-龠々]+[ぁ-ん]{0,3}|[ぁ-ん]{3,}")
_PARTICLE = compile_lazy("(?<=[一-龠々])(?:が|を|に|は|の|で|と|も|から|まで|より|って|けど)\\Z")
_SHARE = 0.5


def name_shared(text: str, terms: Mapping[str, float], has: Mapping[str, float]) -> tuple[str, ...]:
    """Return the words of a query that a page shares, those that say most first. `terms` are the query's, weighed."""
    found: dict[str, float] = {}
    words: dict[str, str] = {}
    for match in _WORD.finditer(fold_text(text[:_MOST_READ])):
        own = {term: terms[term] for term in iter_terms(match[0]) if term in terms}
        shared = sum(worth for term, worth in own.items() if term in has)
        named = next((term for term in own if term[0] == "n"), "")  # web-03 is not web-05, however much they share
        if own and shared >= _SHARE * sum(own.values()) and (not named or named in has):
            found.setdefault(named or sanitize(_PARTICLE.sub("", match[0])), shared)
            words.setdefault(named, sanitize(match[0]))
    best = sorted(found, key=lambda word: (-found[word], word))[:MAX_WORDS]
    return tuple(words.get(word, word) for word in best)


_MOST_READ = 2_000
"""Characters of a query that are told of."""
