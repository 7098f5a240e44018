"""What the pages show, gathered once from the reports: the week, incidents, findings, secrets, nodes, plans.

Made for an audience. What not every one of its readers may see is in no list and no figure, and is counted.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kb.clock import lint_time
from kb.errors import KbError
from kb.execute.plan_store import PlanFile
from kb.ingest.document import ingest
from kb.lint.engine.request import Request, SurveyedDocument
from kb.lint.engine.survey import Survey
from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.formats.rows import FindingRow
from kb.lint.formats.shared import ShareFilter
from kb.lint.people.audience import (
    Anonymizer,
    MemberFilter,
    find_names,
    hide_folders,
    list_member_names,
    names_anyone,
    open_member_filter,
)
from kb.lint.people.owners import load_owners
from kb.lint.triage import build_undecided
from kb.lint.waivers.set_aside import DecisionFile
from kb.mirror import limited
from kb.mirror.history.state import StateDb
from kb.mirror.store import Mirror
from kb.model.document import PAGE_KINDS, MaskedDocument, Visibility, parse_doc
from kb.model.facts import Confidence
from kb.model.masked import EMPTY, Masked
from kb.model.plan import Plan
from kb.reports.drift.triage import DriftQueue, load_drift_queue
from kb.reports.hot_spots import HotSpot
from kb.reports.incidents.gather import IncidentRequest, find_spots, gather_incidents
from kb.reports.incidents.groups import GroupBy, IncidentGroup, group_incidents, sort_incidents
from kb.reports.incidents.rows import Incident
from kb.reports.model_nodes import ModelNodes, load_model_nodes
from kb.reports.secrets.held import SecretHoldings, collect_secrets
from kb.reports.week.context import ReaderView
from kb.reports.week.gather import ReportRequest, gather_week
from kb.reports.week.model import Week
from kb.rules.codes import enabled_personal_kinds
from kb.rules.registry import Rule
from kb.secrets.mask_document import mask_document
from kb.settings.workspace import Workspace
from kb.text.lang import Text


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding as its readers may see it: its row, its words to them, whose it is ("" for nobody), a person's own."""

    row: FindingRow
    words: str
    owner: str = ""
    mine: bool = False


@dataclass
class Library:
    """All that pages show to `audience`, as of `now`. `me` is the runner's name, for what is theirs ("" for none).

    Raises UsageError where nothing is mirrored, or kb.toml limits what the mirror does not know as limited.
    """

    workspace: Workspace
    audience: Visibility = Visibility.PRIVATE
    now: str = ""
    me: str = ""
    with_text: bool = True
    week: Week = field(init=False)
    incidents: list[Incident] = field(init=False)
    hidden_incidents: int = 0
    findings: list[ShownFinding] = field(default_factory=list)
    left_out: ShareFilter = field(default_factory=ShareFilter)
    secrets: SecretHoldings = field(init=False)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    drift: DriftQueue = field(default_factory=DriftQueue)
    key: str = ""
    former: frozenset[str] = frozenset()
    is_me: bool = False

    def __post_init__(self) -> None:
        self.moment = lint_time(self.now, self.workspace.settings.timezone)
        if self.is_shared:
            limited.require_synced(self.workspace)
        self.week = gather_week(self.workspace, ReportRequest(self.now, audience=self.audience)).week
        found = gather_incidents(self.workspace, IncidentRequest(now=self.now, shared=self.is_shared))
        self.incidents, self.hidden_incidents = sort_incidents(found.rows), found.hidden
        self.model: ModelNodes = load_model_nodes(self.workspace.root, self.workspace.settings.host_names)
        self.spots: Mapping[str, HotSpot] = find_spots(
            self.workspace, found.every, self.model, self.moment, self.audience
        )
        self._read_findings()

    def place(self, category: Masked) -> Masked:
        """Return where a page stands; to others it names nobody who left."""
        return hide_folders(category, self.former) if self.is_shared else category

    def may_name(self, words: Text) -> bool:
        """Whether its readers may read a sentence: what is for others names nobody."""
        return not (self.is_shared and names_anyone(words, self.left_out.unnamed.names))

    @property
    def is_shared(self) -> bool:
        """Whether others than the one who runs kb read these pages."""
        return self.audience >= Visibility.MEMBERS

    def _read_findings(self) -> None:
        """Walk over all findings once: what is open, and the secrets."""
        from kb.lint import upkeep

        decided = DecisionFile.of(self.workspace).decisions()
        today = self.moment.date()
        with (
            Mirror.open(self.workspace.mirror, readonly=True) as mirror,
            Survey(Request(now=self.moment.isoformat()), self.workspace) as found,
        ):
            around = WorldBuilder(self.workspace.settings, today, mirror, found.missing)
            around.find_recurrence = found.find_recurrence
            owners = load_owners(self.workspace, mirror)
            self.rules = {rule.code: rule for rule in found.every}
            self.former = owners.people.former_names
            names = find_names(list_member_names(owners.people))
            readers = ReaderView(self.audience, mirror, around, self.rules, names, self.former)
            self.left_out = ShareFilter(unnamed=Anonymizer(names, found.every))
            mine = self._find_me()

            secret: list[SurveyedDocument] = []
            for each in found:
                entry = each.judgement.entry
                if not readers.may_see(entry):
                    if not entry.is_personal_file:  # others are not told that there is such a folder
                        counted = (one for one in each.findings if one.confidence >= Confidence.MEDIUM)
                        self.left_out.unseen += sum(one.waiver is None for one in counted)
                    continue
                if any(one.secret is not None for one in each.findings):
                    secret.append(each)
                for row in build_undecided(each.judgement, each.findings, decided, today):
                    if self.is_shared and not self.left_out.keep(each.judgement, (row.finding,)):
                        continue
                    whose = owners.known_owner(entry, owners.owner_of_finding(entry, row.finding))
                    name = "、".join(each.name for each in whose.people if not each.former) if whose else ""
                    own = mine is not None and bool(mine.findings_of(entry, (row.finding,)))
                    words = str(readers.message(entry, row.finding)) if self.is_shared else row.full_message
                    self.findings.append(ShownFinding(row, words, name, own))
            self.secrets = collect_secrets(secret, decided, today)
            self.key = upkeep.key_id_of(found)
            if not self.is_shared:  # it names what the model does not
                self.drift = load_drift_queue(self.workspace, found.now, {rule.code for rule in found.selected})
                for row in self.drift.list_undecided(decided, found.now, None):
                    self.findings.append(ShownFinding(row, row.full_message))
            if mine is not None:
                mine.close()
        self.findings.sort(key=lambda each: each.row)

    def _find_me(self) -> MemberFilter | None:
        """Return what is the runner's; None where nobody knows who that is."""
        if self.is_shared or not self.me:
            return None
        try:
            mine = open_member_filter(self.me, self.workspace)
        except KbError:
            return None
        self.is_me = True
        return mine

    @cached_property
    def groups(self) -> Mapping[str, IncidentGroup]:
        """The incidents of each node, by its key; the nodes of the model that have none are there, too."""
        found = {each.key: each for each in group_incidents(self.incidents, GroupBy.NODE, self.model, self.spots)}
        found.pop("", None)
        for node in self.model.model.nodes:
            found.setdefault(node.id, IncidentGroup(node.id, self.model.name_of(node.id), (), self.spots.get(node.id)))
        return found

    @cached_property
    def nodes_of(self) -> Mapping[str, list[str]]:
        """The nodes each incident page is about, by their names."""
        found: dict[str, list[str]] = {}
        for group in self.groups.values():
            for row in group.rows:
                found.setdefault(str(row.doc), []).append(group.title)
        return found

    @cached_property
    def drift_of(self) -> Mapping[str, Counter[str]]:
        """The open differences between diagram and machines, by node and rule."""
        with StateDb(self.workspace.state) as state:
            return state.drift.count_open()

    @cached_property
    def by_document(self) -> Mapping[str, list[ShownFinding]]:
        """The findings of each document."""
        found: dict[str, list[ShownFinding]] = {}
        for each in self.findings:
            found.setdefault(str(each.row.entry.doc), []).append(each)
        return found

    def open_findings(self) -> list[ShownFinding]:
        """Return the findings nobody decided on up to this moment. Raises InputError for an unreadable file."""
        decided, today = DecisionFile.of(self.workspace).decisions(), self.moment.date()
        return [each for each in self.findings if not decided.settles(each.row.finding, today)]

    def find(self, fingerprint: str) -> ShownFinding | None:
        """Return the finding of a fingerprint."""
        return next((each for each in self.findings if each.row.finding.fingerprint == fingerprint), None)

    def list_nodes(self) -> list[str]:
        """Return the keys of all nodes."""
        return sorted(self.groups)

    def list_plans(self) -> Mapping[str, Path]:
        """Return the plans of the workspace, by the name of their page; none of `.kb/` where others read."""
        places = [self.workspace.root, self.workspace.root / "plans"]
        places += [] if self.is_shared else [self.workspace.private]
        found: dict[str, Path] = {}
        for path in (each for place in places for each in sorted(place.glob("*.toml"))):
            if path.name.endswith(".receipt.toml") or not _is_plan(path):
                continue
            found[name_page(path.relative_to(self.workspace.root).as_posix())] = path
        return found

    def read_plan(self, path: Path) -> tuple[Plan, int]:
        """Return a plan with the changes its readers may see, and how many it has besides. Raises InputError."""
        plan = PlanFile(path).plan()
        if not self.is_shared:
            return plan, 0
        with Mirror.open(self.workspace.mirror, readonly=True) as mirror:
            seen = tuple(each for each in plan.changes if self._is_readable(mirror, each.target))
        return replace(plan, changes=seen), len(plan.changes) - len(seen)

    def _is_readable(self, mirror: Mirror, doc: str) -> bool:
        """Whether a document every reader may see is mirrored; a ticket that is to be made is its post's."""
        if doc.startswith("redmine:new-"):
            doc = f"esa:{doc.split('-')[1]}"
        rows = mirror.database.rows("SELECT visibility FROM documents WHERE doc = ? AND part = 'body'", (doc,))
        return any(seen >= self.audience for (seen,) in rows)

    def read_document(self, doc: str) -> list[MaskedDocument]:
        """Return the parts of a document its readers may see, masked, the page first; none if it is not for them."""
        settings = self.workspace.settings
        personal = enabled_personal_kinds(settings.lint.select, settings.lint.ignore)
        with Mirror.open(self.workspace.mirror, readonly=True) as mirror:
            parts = [each for each in mirror.documents(doc=doc) if each.document.visibility >= self.audience]
            parts.sort(key=lambda each: (each.document.part != "body", each.document.created_at, each.id))
            if not parts or parts[0].document.part != "body":
                return []
            if self.with_text:
                return [
                    mask_document(each.document, each.structure, personal, mirror.purged(each.id)) for each in parts
                ]
            return [replace(ingest(parts[0].document, body=False).document, body=EMPTY)]

    def documents(self) -> Iterator[tuple[str, MaskedDocument]]:
        """Yield the pages its readers may see, each with the name of its page, without their texts."""
        with Mirror.open(self.workspace.mirror, readonly=True) as mirror:
            for stored in mirror.documents(kinds=PAGE_KINDS):
                document = stored.document
                if document.part == "body" and document.visibility >= self.audience:
                    yield name_document(str(document.doc)), ingest(document, body=False).document

    def find_document(self, page: str) -> str:
        """Return the id of the document a page is about, "" for none."""
        source, _, key = page.partition("-")
        if key.isascii() and key.isdigit():
            return f"{source}:{key}"
        if not page.startswith("p-"):
            return ""
        return next((str(each.doc) for name, each in self._named if name == page), "")

    @cached_property
    def _named(self) -> list[tuple[str, Any]]:
        """The documents that are not called by a number."""
        return [each for each in self.documents() if each[0].startswith("p-")]


def name_page(key: str) -> str:
    """Return what the file of a page is called: the key where it is harmless, else its hash."""
    plain = key.isascii() and key.replace("-", "").replace("_", "").replace(".", "").isalnum() and len(key) <= 60
    if plain and not key.startswith((".", "-")) and key == key.lower():
        return key
    return "p-" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def name_document(doc: str) -> str:
    """Return what the page of a document is called: `esa-12`."""
    parts = parse_doc(doc)
    return f"{parts.source}-{parts.number}" if parts.number and parts.source.isalnum() else name_page(f"{doc}\0")


def _is_plan(path: Path) -> bool:
    if path.name in ("kb.toml", "kb-decisions.toml", "kb-baseline.toml", "hosts.toml"):
        return False
    try:
        return bool(PlanFile(path).plan().created)
    except (KbError, OSError):
        return False


def last_read(workspace: Workspace) -> str:
    """Return when the mirror was last read to its end (UTC), "" for never: the day a folder of pages shows."""
    if not workspace.state.exists():
        return ""
    with StateDb(workspace.state, readonly=True) as state:
        good = state.last("sync", good=True)
        return good.ended_at if good is not None else ""


def describe_rule(library: Library, code: str) -> Text | None:
    """Return what a rule is about, None for an unknown one."""
    from kb.rules.registry import rule_text

    rule = library.rules.get(code)
    return rule_text(rule).title if rule is not None else None
