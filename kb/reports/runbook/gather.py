"""Gather what a runbook of one node is drafted from: the node, and what its past incidents tell."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from kb.diagram.model.nouns import Node
from kb.errors import KbError, UsageError
from kb.ingest.document import ingest
from kb.lint.people.roster import load_people
from kb.lint.printable import document_id, safe_address
from kb.mirror import limited, queries
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind, Visibility, is_personal_file
from kb.model.masked import reshape
from kb.plan.propose.post import ARCHIVE_CATEGORY, TEMPLATES_CATEGORY
from kb.plan.propose.ship import find_draft_mark
from kb.reading.facts import read_kind
from kb.reading.hosts.find_hosts import find_hosts
from kb.reading.pages.marks import strip_title_mark
from kb.reports.incidents.gather import IncidentRequest, gather_incidents
from kb.reports.incidents.groups import find_nodes, sort_incidents
from kb.reports.incidents.node_facts import list_published
from kb.reports.incidents.rows import Incident
from kb.reports.model_nodes import ModelNodes, find_runbook_post, load_model_nodes
from kb.reports.runbook.about import SHORTEST_LABEL, NodeNames
from kb.reports.runbook.names import NameRemover
from kb.reports.runbook.past import PastIncident, ToldLine, read_past_incidents
from kb.reports.runbook.procedures import ProcedurePage, names_mending, read_procedure
from kb.secrets.mask_document import mask_text
from kb.secrets.masking.mask import level_masks
from kb.secrets.personal.find import PERSONAL_KINDS
from kb.settings.workspace import Workspace
from kb.sources.registry import configured_sources
from kb.text.dates import local_day
from kb.text.display import sanitize
from kb.text.fold import normalize_name
from kb.text.lang import t

MAX_INCIDENTS = 40
"""Pages that are read: the newest of a node."""
MAX_PROCEDURES = 60
"""Pages called like a node that are read for commands: those whose titles say 復旧 or the like, then the newest."""


@dataclass(frozen=True, slots=True)
class RunbookNode:
    """What a runbook is for: a node of the model, or a host it does not have. `key` is its id, or the host."""

    key: str
    name: str
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class ToldIncident:
    """An incident with what it tells; a page of several is several."""

    row: Incident
    past: PastIncident


@dataclass(frozen=True, slots=True)
class RunbookBasis:
    """All a runbook is drafted from, newest first. `hidden` incidents not every member sees, `more` were not read.

    `procedures` are pages that say what to type, the most useful first; `hidden_procedures` not every member sees.
    `owner` is the team that owns the node, "" where there is none or where the model names a person; `post` the present
    runbook, where it is one of the team's posts.
    """

    target: RunbookNode
    told: tuple[ToldIncident, ...]
    model: ModelNodes
    procedures: tuple[ProcedurePage, ...] = ()
    owner: str = ""
    hidden: int = 0
    hidden_procedures: int = 0
    more: int = 0
    post: str = ""
    crashes: tuple[KbError, ...] = ()

    def list_procedures(self, here: str = "") -> list[ProcedurePage]:
        """Return the pages that say what to type, but the one the draft goes into."""
        return [page for page in self.procedures if str(page.doc) != here]


def gather_basis(workspace: Workspace, word: str, now: str = "") -> RunbookBasis:
    """Return what a runbook of the node a word names is drafted from; only of pages every member sees.

    Raises UsageError for an unknown node, with those that are called like it.
    """
    limited.require_synced(workspace)
    model = load_model_nodes(workspace.root, workspace.settings.host_names)
    found = gather_incidents(workspace, IncidentRequest(now=now))
    target = resolve_node(word, model, found.every)
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        mark = workspace.settings.policy.done_mark
        remover = NameRemover(load_people(workspace.settings, mirror))
        about = [row for row in sort_incidents(found.every) if _is_about(row, target, model, mirror)]
        rows = [row for row in about if row.visibility >= Visibility.MEMBERS]
        told = [
            each
            for row in rows[:MAX_INCIDENTS]
            for each in _read(row, mirror, remover, mark)
            if not _is_elsewhere(each.past, target, model)
        ]
        post = find_runbook_post(target.node, configured_sources(workspace.settings)) if target.node else ""
        called = list(
            _read_procedures(
                workspace, mirror, remover, NodeNames(target.key, target.node.label if target.node else "", model), post
            )
        )
    hidden = [row for row in about if row.visibility < Visibility.MEMBERS]
    owner = sanitize(target.node.owner) if target.node is not None else ""
    return RunbookBasis(
        target,
        tuple(told),
        model,
        procedures=tuple(sort_procedures((page for page, seen in called if seen >= Visibility.MEMBERS), post)),
        owner="" if remover.is_person(owner) else owner,
        hidden=sum(not is_personal_file(row.doc, row.visibility) for row in hidden),
        hidden_procedures=sum(
            seen < Visibility.MEMBERS and not is_personal_file(page.doc, seen) for page, seen in called
        ),
        more=max(0, len(rows) - MAX_INCIDENTS),
        post=post,
        crashes=tuple(found.crashes),
    )


def resolve_node(word: str, model: ModelNodes, rows: Sequence[Incident]) -> RunbookNode:
    """Return the node of an id, a label, or a host by any name; or a host that incidents name, or kb.toml.

    Raises UsageError.
    """
    wanted, typed = normalize_name(word), sanitize(mask_text(word))[:60]
    nodes = [node for node in model.model.nodes if wanted == normalize_name(node.id)]
    nodes = nodes or [node for node in model.model.nodes if wanted and wanted == normalize_name(node.label)]
    if not nodes and (node := model.find(word.strip())) is not None:
        nodes = [node]
    if len(nodes) > 1:
        ids = ", ".join(node.id for node in nodes)
        raise UsageError(
            t(
                f"「{typed}」というノードは {len(nodes):,} つあります。",
                f"several nodes are {typed!r}.",
            ),
            t(f"id で書いてください: {ids}", f"give its id: {ids}"),
        )
    if nodes:
        return RunbookNode(nodes[0].id, model.name_of(nodes[0].id), nodes[0])
    hosts = {key: name for row in rows for key, (name, _) in find_nodes(row, model).items()}
    if (key := next((key for key in hosts if normalize_name(key) == wanted), "")) or (
        key := next(iter(find_hosts(word, model.hosts.own)), "")
    ):
        return RunbookNode(key, hosts.get(key, key))
    known = {normalize_name(name): name for node in model.model.nodes for name in (node.id, node.label) if name}
    visible = (row for row in rows if row.visibility >= Visibility.MEMBERS)
    known |= {normalize_name(name): name for row in visible for name in find_nodes(row, model)}
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    near = near or [name for name in known if wanted and (wanted in name or name in wanted)][:3]
    names = [sanitize(known[each]) for each in near]
    notes = model.notes
    raise UsageError(
        t(
            f"{''.join(note.ja for note in notes)}「{typed}」というノードは、構成図にも障害の記事にもありません。",
            " ".join([*(note.en for note in notes), f"neither the diagram nor an incident knows a node {typed!r}."]),
        ),
        t(f"{'、'.join(names)} ではありませんか。", f"did you mean {', '.join(names)}?")
        if names
        else t(
            "構成図の id か、記事にあるホスト名を書いてください（kb incidents --by node で並びます）。",
            "give an id of the diagram, or a host of a page (kb incidents --by node lists them).",
        ),
    )


def _is_about(row: Incident, target: RunbookNode, model: ModelNodes, mirror: Mirror) -> bool:
    """Whether an incident is one of a node: it names a machine of it, or its title or a tag what it is called."""
    if target.key in find_nodes(row, model):
        return True
    label = normalize_name(target.node.label) if target.node is not None else ""
    if not label:
        return False
    if len(label) >= SHORTEST_LABEL and _has_word(normalize_name(row.title), label):
        return True
    stored = _find(mirror, row)
    return stored is not None and any(label == normalize_name(tag) for tag in stored.document.tags)


def _is_elsewhere(past: PastIncident, target: RunbookNode, model: ModelNodes) -> bool:
    """Whether a part of a page of several incidents names hosts, and none of the node."""
    hosts = find_hosts(past.whole, model.hosts)
    if not hosts or any(target.key in (host, *model.find_ids([host])) for host in hosts):
        return False
    label = normalize_name(target.node.label) if target.node is not None else ""
    return len(label) < SHORTEST_LABEL or not _has_word(normalize_name(past.whole), label)


def _has_word(text: str, word: str) -> bool:
    """Whether a folded text has a word; one of Latin letters by itself."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![0-9a-z_]){re.escape(word)}(?![0-9a-z_])", text) is not None


def _find(mirror: Mirror, row: Incident) -> StoredDocument | None:
    return next((each for each in mirror.documents(doc=str(row.doc)) if each.document.part == "body"), None)


def _read(row: Incident, mirror: Mirror, remover: NameRemover, done_mark: str) -> Sequence[ToldIncident]:
    stored = _find(mirror, row)
    if stored is None:
        return ()
    seen = ingest(
        stored.document,
        stored.structure,
        reads=True,
        personal=PERSONAL_KINDS,
        purged=mirror.purged(stored.id),
    )
    row = replace(row, title=remover.remove(reshape(row.title, partial(strip_title_mark, mark=done_mark))))
    past = read_past_incidents(seen.document, row.title, seen.structure)
    return [ToldIncident(row, _without_names(each, remover)) for each in past]


_PLACES = (Kind.POST, Kind.WIKI, Kind.FILE)
_OUT_OF_USE = (ARCHIVE_CATEGORY, TEMPLATES_CATEGORY)


def _read_procedures(
    workspace: Workspace, mirror: Mirror, remover: NameRemover, names: NodeNames, post: str
) -> Iterator[tuple[ProcedurePage, Visibility]]:
    """Yield the pages that say what to type for a node, and who may read each: by what they are called, or `post`."""
    settings = workspace.settings
    own = list_published(settings)
    called = {
        doc: names_mending(title)
        for category, title, doc, _ in queries.live_pages(mirror.database)
        if doc == post
        or (doc not in own and category.split("/")[0] not in _OUT_OF_USE and names.is_in(title, category))
    }
    newest = [*called][::-1]  # by id, which a mirror gives in the order things came
    chosen = sorted(newest, key=lambda doc: (doc != post, not called[doc]))
    for doc in chosen[:MAX_PROCEDURES]:
        stored = next((each for each in mirror.documents(kinds=_PLACES, doc=doc) if each.document.part == "body"), None)
        if stored is None:
            continue
        purged = mirror.purged(stored.id)
        seen = ingest(stored.document, stored.structure, reads=True, personal=PERSONAL_KINDS, purged=purged)
        page = seen.document
        found = read_procedure(page, read_kind(page, settings.policy, seen.structure), seen.structure)
        if found is None:
            continue
        day = local_day(page.human_at or page.updated_at, ZoneInfo(settings.timezone))
        shown = ProcedurePage(
            document_id(page.doc),
            sanitize(safe_address(page.url)),
            remover.remove(sanitize(level_masks(page.title))),
            day.isoformat() if day is not None else "",
            page.wip or bool(find_draft_mark(page.title)),
            *(_remove_names(lines, remover) for lines in (found.steps, found.restarts, found.checks)),
        )
        yield shown, page.visibility


def sort_procedures(found: Iterable[ProcedurePage], post: str = "") -> list[ProcedurePage]:
    """Return pages in the order they are told: the node's runbook, those with steps, restarts, drafts last of each."""
    newest = sorted(sorted(found, key=lambda page: str(page.doc)), key=lambda page: page.day, reverse=True)
    return sorted(newest, key=lambda page: (str(page.doc) != post, not page.steps, not page.restarts, page.is_draft))


def _remove_names(found: Iterable[ToldLine], remover: NameRemover) -> tuple[ToldLine, ...]:
    shown = (replace(each, text=remover.remove(each.text)) for each in found)
    return tuple(each for each in shown if each.text.strip())


def _without_names(past: PastIncident, remover: NameRemover) -> PastIncident:
    def lines(found: Iterable[ToldLine]) -> tuple[ToldLine, ...]:
        return _remove_names(found, remover)

    return replace(
        past,
        signs=lines(past.signs),
        detected=lines(past.detected),
        impact=lines(past.impact),
        checks=lines(past.checks),
        restored=lines(past.restored),
        cause=next(iter(lines(filter(None, (past.cause,)))), None),
        steps=lines(past.steps),
        restarts=lines(past.restarts),
        lasting=lines(past.lasting),
    )
