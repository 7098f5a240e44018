"""What one past incident tells whoever is on call: when, what restored service, what was decided and done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.printable import document_id, safe_url, shown_title
from kb.model.document import MaskedDocument, RawDocId, Visibility, cut_span_lines
from kb.model.facts import ItemState, PageKind
from kb.model.masked import Masked, reshape
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.tickets.custom_fields import append_fields
from kb.reading.traits.digest import IncidentDigest, Stretch, cut_stretches, join_words
from kb.reading.traits.terms import iter_terms
from kb.reports.incidents.rows import IncidentStatus, PreventionKind, build_incident, describe_prevention
from kb.reports.model_nodes import ModelNodes
from kb.rules.judge import build_entry
from kb.secrets.masking.mask import level_masks
from kb.settings.kb_toml import Settings
from kb.text.display import clip, format_local_time, sanitize
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, decode, encode
from linters.incident.measures import MeasureState, measure_states

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
    leads to it; `same`: a person called the two the same trouble. Of a page that is no incident only the head is told.
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
    same: bool = False
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
    digest: IncidentDigest,
    settings: Settings,
    around: WorldBuilder,
    model: ModelNodes,
    likeness: float,
    shared: Sequence[str],
) -> SimilarIncident:
    """Return the card of a covered page from its digest."""
    hosts = find_hosts(f"{document.title}\n{document.body}", settings.policy.hosts)
    facts = replace(digest.facts, hosts=hosts)
    entry = build_entry(document, facts)
    card = SimilarIncident(
        doc=sanitize(doc) if isinstance(doc := document_id(entry.doc), str) else doc,
        url=sanitize(entry.url) if safe_url(entry) else "",
        title=reshape(sanitize(shown_title(entry)), str.strip),
        place=shorten(entry.category),
        kind=facts.kind,
        day=format_local_time(document.created_at, settings.timezone),
        dated=False,
        likeness=round(likeness, 3),
        shared=tuple(shared),
        visibility=document.visibility,
        nodes=tuple(sanitize(host) for host in hosts[:MAX_WORDS]),
        runbooks=tuple(dict.fromkeys(_runbooks(hosts, model))),
    )
    world = around.world([entry])
    row = build_incident(entry, (), world, around.named_posts(entry))
    if row is None:
        return card
    body = encode(document.body)
    text = append_fields(document, body).body if document.custom_fields else body
    lines = decode(text).split("\n")

    def cut(stretches: Sequence[Stretch]) -> Masked | None:
        return shorten(reshape(document.body, lambda _: cut_stretches(text, stretches))) if stretches else None

    def quote(span: Span) -> Masked:
        return shorten(reshape(document.body, lambda _: join_words([cut_span_lines(lines, span)])))

    return replace(
        card,
        day=row.day,
        dated=row.dated,
        standing=row.standing,
        cause=cut(digest.cause),
        restored=cut(digest.restored),
        lasting=cut(digest.lasting),
        prevention=row.prevention,
        prevention_text=describe_prevention(row),
        done=row.done,
        decided=row.measures,
        measures=tuple(
            SimilarMeasure(quote(each.item.span), each.state, each.item.due, _name_ticket(each))
            for each in measure_states(facts, world)[:MAX_MEASURES]
            if each.state is not ItemState.PLACEHOLDER
        ),
    )


def _name_ticket(measure: MeasureState) -> str:
    """Return the ticket that decides a measure; of a private one nothing is told."""
    return sanitize(measure.ticket.key) if measure.ticket is not None and not measure.ticket.private else ""


def shorten(text: Masked) -> Masked:
    """Return covered words as they are shown: printable, values at a fixed length, not too long."""
    return reshape(text, lambda text: clip(sanitize(level_masks(text)), _LONGEST))


def _runbooks(hosts: Iterable[str], model: ModelNodes) -> Iterator[str]:
    """Yield the runbooks of the nodes of these hosts in the diagram."""
    for node in model.find_ids(hosts):
        meant = model.model.node_by_id[node]
        if meant.runbook:
            yield sanitize(meant.runbook)
        elif meant.esa:
            yield f"esa:{meant.esa}"


# A word of a query as a person would point at it: a name, katakana, kanji with its whole ending (動いていない); of two
# kanji before a longer run of hiragana, which is more than an ending, the kanji.
_WORD = compile_lazy(
    "[A-Za-z0-9][A-Za-z0-9_.:/-]*|[ァ-ヴー]+|[一-龠々]{2,}(?=[ぁ-ん]{4})|[一-龠々]+[ぁ-ん]{0,7}|[ぁ-ん]{3,}"
)
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


def name_shared_nouns(text: str, terms: Mapping[str, float], has: Mapping[str, float]) -> tuple[str, ...]:
    """Return the few words of a page's text that another shares, without their endings."""
    nouns = (_ENDING.sub("", word) for word in name_shared(text, terms, has))
    return tuple(dict.fromkeys(noun for noun in nouns if len(noun) > 1))[:_MAX_NOUNS]


_ENDING = compile_lazy("(?<=[一-龠々])[ぁ-ん]+\\Z")
_MAX_NOUNS = 3
_MOST_READ = 2_000
"""Characters of a query that are told of."""
