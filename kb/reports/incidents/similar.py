"""Find the past incidents like a query, a page or a ticket, each with what helps whoever is on call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from kb.errors import BusyError, StoreError, UsageError
from kb.lint.engine.world_builder import WorldBuilder
from kb.mirror.documents import StoredDocument
from kb.mirror.similar.index import MirrorIndex
from kb.mirror.similar.request import IndexRequest, count_dirty, cover_stored, find_digest, is_made
from kb.mirror.store import Mirror
from kb.model.document import RawDocId, Visibility
from kb.model.facts import PageKind
from kb.model.masked import Masked
from kb.model.secret import SecretKind
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.hosts.names import WORD
from kb.reading.traits.fold_words import cut_title, fold_numbering
from kb.reading.traits.kind_weights import HANDLING
from kb.reading.traits.rank import rank_pages
from kb.reading.traits.terms import iter_terms, read_page_terms, read_query_terms, weigh_page_terms
from kb.reports.incidents.similar_card import SimilarIncident, build_card, name_shared, name_shared_nouns, shorten
from kb.reports.model_nodes import ModelNodes
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.sources.registry import configured_sources, find_link_end
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.lang import Text, t
from kb.text.links import find_ticket_refs, find_urls

NO_ANSWERS: Mapping[frozenset[str], bool] = {}
"""Nobody said of two incidents whether they are the same trouble."""
MOST_TO_READ = 2_000
"""Pages that whoever is on call waits for: some seconds. After an update of kb, all of them would be read again."""
_OTHER = 0.3
"""Of its score, for an incident that a person called another trouble."""
LEAST_LIKENESS = 0.25
"""Of the best score: what shares less is another trouble."""
_LEAST_RUNBOOK = 0.12
_SECOND = 0.6
"""Of the first runbook's score, for a second one."""
_LINKED = 0.5
"""Of the best score, for an incident that the page itself links to as the same."""


@dataclass(frozen=True, slots=True)
class HandlingPage:
    """A page that tells what to do."""

    doc: RawDocId
    title: Masked
    url: str
    visibility: Visibility = Visibility.MEMBERS


@dataclass(frozen=True, slots=True)
class SimilarFound:
    """The incidents, best first, and the runbooks that share the query's words. `notes` are said beside them."""

    incidents: tuple[SimilarIncident, ...] = ()
    runbooks: tuple[HandlingPage, ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(slots=True)
class SimilarQuery:
    """What is looked for: its words, masked, terms with weights, its page (0: none), what that links to as the same.

    `same` and `other` are the documents that a person called the same trouble as the page, and another one. `body` is
    the page's, for what is shared that `text` does not name.
    """

    text: str
    terms: dict[str, float]
    page: int = 0
    linked: frozenset[str] = frozenset()
    same: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()
    body: str = ""


def require_words(text: str) -> SimilarQuery:
    """Return a query in words. Raises UsageError for one without any."""
    terms = read_query_terms(text)
    if not terms:
        raise UsageError(
            t(
                "探す語がありません（2 文字以上の語が要ります）。",
                "there is nothing to search for: no word of two letters.",
            ),
            t(
                "例: kb similar '配信が止まった batch-02 OOM'、kb similar esa:123",
                "example: kb similar 'stream down batch-02 OOM', kb similar esa:123",
            ),
        )
    return SimilarQuery(mask_text(text), terms)


def refresh_index(
    workspace: Workspace, request: IndexRequest, step: Callable[[int, int], None] = lambda done, every: None
) -> Text | None:
    """Read what changed since the index was made; return what to say where another program keeps it from that."""
    with Mirror.open(workspace.mirrored(), readonly=True) as mirror:
        dirty, made = count_dirty(mirror, request), is_made(mirror)
    if not dirty:
        return None
    if made and dirty > MOST_TO_READ:
        return t(
            f"{dirty:,} 件は、前に読んだときの内容で探しました。kb sync が読み直します。",
            f"{dirty:,} pages were searched as they were read before; kb sync reads them again.",
        )
    from kb.mirror.similar.update import update_index  # reads pages, which few searches have to

    try:
        with Mirror.open(workspace.mirror) as mirror:
            update_index(mirror, request, step)
    except BusyError:
        if not made:
            raise
        return t(
            f"ほかのプログラムが写しを書いています。{dirty:,} 件は前のままの内容で探しました。",
            f"another program is writing the mirror: {dirty:,} pages were searched as they were before.",
        )
    except StoreError:
        if not made:
            raise
        return t(  # somebody else's mirror, or a full disk: whoever is on call is still told what is known
            f"写しに書き込めません。{dirty:,} 件は前のままの内容で探しました。",
            f"the mirror cannot be written: {dirty:,} pages were searched as they were before.",
        )
    return None


class SimilarSearch:
    """Searches one mirror; `model` is the diagram's, for the runbooks of nodes, `answers` those of INC601."""

    def __init__(
        self,
        workspace: Workspace,
        mirror: Mirror,
        request: IndexRequest,
        today: date,
        model: ModelNodes,
        answers: Mapping[frozenset[str], bool] = NO_ANSWERS,
    ) -> None:
        self.workspace = workspace
        self.mirror = mirror
        self.request = request
        self.model = model
        self.answers = answers
        self.index = MirrorIndex(mirror.database)
        self.around = WorldBuilder(workspace.settings, today, mirror)
        self._sources = configured_sources(workspace.settings)

    def read_page(self, stored: StoredDocument) -> SimilarQuery:
        """Return the query that a page is: its words, and the pages that it says are the same trouble."""
        from kb.reading.traits.read_traits import read_incident_sections
        from kb.reading.traits.repeats import find_repeats

        document = cover_stored(self.mirror, stored, self.request)
        found = self.index.find_terms(stored.id)
        if not found:
            found = read_page_terms(document.title, read_incident_sections(document), document.body)
        apart, named = set[str](), set[str]()
        for sentence in find_repeats([document.title, *document.body.splitlines()]):
            ends = self._ends(sentence.links)
            (apart if sentence.apart else named).update(ends)
        named.update(self._ends((*find_urls(document.body), *find_ticket_refs(document.body))))
        nodes = self._spell_names(f"{document.title}\n{document.body}")
        text = " ".join((cut_title(document.title), *nodes))
        own = str(stored.document.doc)
        same = {other for pair, yes in self.answers.items() if yes and own in pair for other in pair - {own}}
        others = {other for pair, yes in self.answers.items() if not yes and own in pair for other in pair - {own}}
        linked = frozenset((named - apart | same) - others)
        terms = weigh_page_terms(found)
        return SimilarQuery(text, terms, stored.id, linked, frozenset(same), frozenset(others), document.body)

    def _spell_names(self, text: str) -> Iterator[str]:
        """Yield the machines a text names, as it spells them: nobody knows trk-02 as trk-2."""
        from kb.reading.traits.read_traits import find_names

        hosts = self.workspace.settings.policy.hosts
        words = (*WORD.findall(fold_text(text)), *find_hosts(text, hosts))
        spelled = {fold_numbering(word): word for word in words}
        yield from (spelled.get(name, name) for name in find_names(text, hosts))

    def _ends(self, links: Iterable[str]) -> Iterator[str]:
        """Yield the documents that addresses and `#12` can mean."""
        for link in links:
            if link.startswith("#"):
                yield from (f"esa:{link[1:]}", f"redmine:{link[1:]}")
            elif end := find_link_end(self._sources, link):
                yield end

    def find(self, query: SimilarQuery, limit: int) -> SimilarFound:
        """Return the best `limit` incidents. Raises StoreError."""
        ranking = rank_pages(self.index, query.terms, {}, (query.page,))
        scores = dict(ranking.pages)
        if not scores:
            return SimilarFound()
        best = ranking.pages[0][1]
        for page in self._pages_of(query.linked - {""}):
            if page != query.page and page in scores:
                scores[page] += _LINKED * best
        for page in self._pages_of(query.other):
            if page in scores:
                scores[page] *= _OTHER
        ranked = sorted(scores, key=lambda page: (-scores[page], -page))[: 20 * (limit + 2)]
        kinds = self.index.find_kinds(ranked)
        incidents = [page for page in ranked if kinds.get(page, PageKind.RUNBOOK) not in HANDLING]
        meant = ranking.terms.keys() & set(iter_terms(query.text)) if query.page else ranking.terms.keys()
        near = (page for page in ranked if kinds.get(page) in HANDLING and scores[page] >= _LEAST_RUNBOOK * best)
        handling = list(islice((page for page in near if self._is_for(page, meant)), 2))  # each title is read
        top = scores[incidents[0]] if incidents else best
        kept = (page for page in incidents if scores[page] >= LEAST_LIKENESS * top)
        return SimilarFound(
            tuple(islice(self._cards(kept, query, ranking.terms, lambda page: scores[page] / top), limit)),
            tuple(self._handling(page for page in handling if scores[page] >= _SECOND * scores[handling[0]])),
        )

    def _pages_of(self, docs: Iterable[str]) -> Iterator[int]:
        for doc in docs:
            for stored in self.mirror.documents(doc=doc):
                if stored.document.part == "body":
                    yield stored.id

    def _stored(self, page: int) -> StoredDocument | None:
        return next(self.mirror.page(page, page + 1), None)

    def _is_for(self, page: int, terms: Set[str]) -> bool:
        """Whether the title of a runbook shares one of the terms: what its text names besides is not what it is for."""
        stored = self._stored(page)
        return stored is not None and not terms.isdisjoint(iter_terms(stored.document.title))

    def _cards(
        self, pages: Iterable[int], query: SimilarQuery, terms: dict[str, float], likeness: Callable[[int], float]
    ) -> Iterator[SimilarIncident]:
        may_name = not query.page and any(
            char == "-" or char.isdigit() for char in query.text
        )  # else nothing is loaded
        machines = frozenset(self._spell_names(query.text)) if may_name else frozenset()
        more_asked = bool(machines) and not machines.issuperset(name_shared(query.text, terms, terms))
        for page in pages:
            has = self.index.find_terms(page)
            shared = name_shared(query.text, terms, has)
            if more_asked and shared and machines.issuperset(shared):  # other trouble of the same machine
                continue
            if (stored := self._stored(page)) is None:
                continue
            document = cover_stored(self.mirror, stored, self.request)
            digest = find_digest(self.mirror, stored)
            if digest is None:  # it changed since the index was made, and another program keeps it from being read
                from kb.mirror.similar.update import read_digest

                digest = read_digest(document, stored.structure, self.request.policy)
            shared = shared or name_shared_nouns(query.body, terms, has)
            named = str(stored.document.doc)
            settings, likely = self.workspace.settings, likeness(page)
            card = build_card(document, digest, settings, self.around, self.model, likely, shared)
            yield replace(card, linked=named in query.linked - query.same, same=named in query.same)

    def _handling(self, pages: Iterable[int]) -> Iterator[HandlingPage]:
        for page in pages:
            if (stored := self._stored(page)) is not None:
                shown = cover_stored(self.mirror, stored, self.request)
                yield HandlingPage(shown.doc, shorten(shown.title), sanitize(shown.url), shown.visibility)


def index_request(workspace: Workspace, personal: frozenset[SecretKind]) -> IndexRequest:
    """Return how the pages of a workspace are read for the index."""
    return IndexRequest(workspace.settings.policy, personal)
