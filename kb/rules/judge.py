"""Judge a document by the rules. Pure: no clock, no disk, no network.

    judge = Judge(rules.load(), policy, gate, read=read, directives=directives)
    judgement = judge(document, structure)

A rule that crashes is named in the judgement and hides nothing else: the other rules have
their say on the same page, and so have its own hits up to there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeAlias

from kb.errors import ToolError
from kb.ingest.document import ingest
from kb.ingest.remnants import find_remnants
from kb.model.document import (
    PAGE_KINDS,
    Document,
    Kind,
    MaskedDocument,
    copy_head,
    cut_span,
    cut_span_lines,
)
from kb.model.facts import NOT_READ, Facts
from kb.model.finding import Finding
from kb.model.masked import EMPTY, Masked, split_lines
from kb.model.page import DocumentVersion, Entry, Page, PagePolicy
from kb.model.secret import Remnant, Secret
from kb.reading.pages.marks import find_verified_mark, may_be_verified
from kb.rules.codes import personal_kinds
from kb.rules.directives import Directive
from kb.rules.finding import (
    MAX_HITS,
    describe_crash,
    make_finding,
    note_interrupt,
    position_key,
    quote_first_line,
)
from kb.rules.gate import Gate
from kb.rules.registry import CATEGORY_MARK, INCIDENT, TAGS_MARK, TITLE_MARK, Hit, Rule
from kb.rules.world import World
from kb.secrets.masking.mask import TITLE as TITLED
from kb.secrets.masking.mask import get_part
from kb.text.fold import hash_content
from kb.text.lines import Span, encode, replace_surrogates

Quote: TypeAlias = tuple[Span, Masked]
"""A place, and the words a person should see there."""

Reader: TypeAlias = Callable[[MaskedDocument, PagePolicy, bytes | None], Facts]
IncidentReader: TypeAlias = Callable[[MaskedDocument, PagePolicy, bytes | None], Facts | None]
Suppressions: TypeAlias = Callable[[MaskedDocument, bytes | None], tuple[Directive, ...]]


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of judging one document by itself.

    `entry` has no facts when nothing was read: no rule looks at its kind or words, or at any but incident pages.
    `quotes` are the words at items and triggers, so that findings of joins can be shown without opening the page;
    they stay on this machine.
    """

    entry: Entry
    findings: tuple[Finding, ...] = ()
    crashes: tuple[ToolError, ...] = ()
    directives: tuple[Directive, ...] = ()
    quotes: tuple[Quote, ...] = ()


def _no_directives(document: MaskedDocument, structure: bytes | None) -> tuple[Directive, ...]:
    return ()


class Judge:
    """Judges documents by these rules; without `gate` every document is read.

    `read_incident` reads incident pages alone, and is asked where all rules that read are about them: other documents
    then have no facts.
    """

    __slots__ = ("_directives", "_gate", "_key", "_personal", "_policy", "_read", "_read_incident", "_rules")

    def __init__(
        self,
        rules: Iterable[Rule],
        policy: PagePolicy,
        gate: Gate | None = None,
        *,
        read: Reader,
        read_incident: IncidentReader | None = None,
        directives: Suppressions = _no_directives,
        key: bytes = b"",
    ) -> None:
        self._rules = tuple(rules)
        self._policy = policy
        self._gate = gate
        self._read = read
        self._read_incident: IncidentReader = read_incident or read
        self._directives = directives
        self._key = key
        self._personal = personal_kinds(rule.code for rule in self._rules)

    def __call__(
        self,
        original: Document,
        structure: bytes | None = None,
        *,
        kinds: bool = False,
        versions: Iterable[DocumentVersion] = (),
        purged: tuple[Secret, ...] = (),
        free: bool = False,
        copies: bool = False,
    ) -> Judgement:
        """Judge one document; with `kinds` every page is read, whether a rule needs it or not.

        `versions` are its old texts, newest first; `purged` the credentials removed from this machine's copy; `free`
        says that the text was looked through before, and no credential was found. With `copies` the values that other
        documents told are credentials here, too.
        """
        crashes: list[ToolError] = []
        body = replace_surrogates(original.body)  # once, for all who read it
        if body is not original.body:
            original = replace(original, body=body)
        rules = self._admit(original)
        reads = (kinds and original.kind in PAGE_KINDS) or any(rule.reads for rule in rules)
        # A mark names who verified the page: that, too, is read from the masked body only.
        wanted = reads or bool(rules) or (original.kind in PAGE_KINDS and may_be_verified(original.body))
        try:
            ingested = ingest(
                original, structure, self._key,
                body=wanted, reads=reads, free=free, copies=copies, personal=self._personal, purged=purged,
            )  # fmt: skip
            left = find_remnants(original, ingested.secrets, versions, self._key)
        except Exception as error:
            crashes.append(describe_crash("secrets", original.doc, original.part, error))
            return Judgement(bare_entry(original), (), tuple(crashes))  # what may hold a value is not kept
        document, structure = ingested.document, ingested.structure
        verified = find_verified_mark(document, structure) if document.kind in PAGE_KINDS else None
        if not (rules or reads):
            return Judgement(replace(build_entry(document), verified=verified))
        directives: tuple[Directive, ...] = ()
        try:
            directives = self._directives(document, structure)
        except Exception as error:
            crashes.append(describe_crash("suppressions", document.doc, document.part, error))
        facts = None
        if reads:
            whole = kinds or any(rule.reads and INCIDENT not in rule.gate for rule in rules)
            read = self._read if whole else self._read_incident
            try:
                facts = read(document, self._policy, structure)
            except Exception as error:
                crashes.append(describe_crash("reading", document.doc, document.part, error))
                rules = [rule for rule in rules if not rule.reads]
        if facts is None or not facts.is_incident:
            rules = [rule for rule in rules if INCIDENT not in rule.gate]
        if not (ingested.secrets or left):
            rules = [rule for rule in rules if not rule.only_secrets]
        page = Page(document, facts or NOT_READ, self._policy, ingested.secrets, left)
        findings: list[Finding] = []
        words = _Words(document, facts or NOT_READ)
        for rule in rules:
            try:
                hits = islice(rule.check(page) if rule.check else (), MAX_HITS)
                findings.extend(_finding(rule, _place_hit(hit, page.facts), document, words) for hit in hits)
            except KeyboardInterrupt as stop:
                stop.add_note(note_interrupt(rule, document.doc))
                raise
            except BaseException as error:  # foreign code: a rule's sys.exit(0) must not pass for success
                crashes.append(describe_crash(f"{rule.code} {rule.name}", document.doc, document.part, error))
        findings.sort(key=position_key)
        quotes = _quotes(facts, words) if facts else ()
        entry = build_entry(document, facts, ingested.secrets, left)
        if verified is not None:
            entry = replace(entry, verified=verified)
        return Judgement(entry, tuple(findings), tuple(crashes), directives, quotes)

    def _admit(self, document: Document) -> list[Rule]:
        """Return the rules whose kinds and words admit this document; whether it is an incident page is read later."""
        rules = [rule for rule in self._rules if document.kind in rule.kinds]
        if self._gate is not None and any(rule.gate and INCIDENT not in rule.gate for rule in rules):
            opened = {*self._gate.opened(build_gate_text(document)), INCIDENT}
            rules = [rule for rule in rules if not rule.gate or not opened.isdisjoint(rule.gate)]
        return rules


def build_gate_text(document: Document) -> bytes:
    """Return the words that decide what a page is, as UTF-8: body, title, category, tags, tracker, custom fields."""
    named = (document.title, document.category, *document.tags, str(document.meta.get("tracker", "")))
    title, category, *tags = (" ".join(name.splitlines()) for name in named)
    fields = "".join(f"\n{name}\n{value}" for name, value in document.custom_fields if value)
    head = f"{TITLE_MARK}{title}\n{CATEGORY_MARK}{category}\n{TAGS_MARK}{' '.join(tags)}\n"
    return encode(f"{head}{document.body}{fields}")


def bare_entry(document: Document) -> Entry:
    """Return the entry of a document whose texts could not be scanned: its place, no words."""
    return _entry(document, title=EMPTY, category=EMPTY, tags=())


def build_entry(
    document: MaskedDocument,
    facts: Facts | None = None,
    secrets: tuple[Secret, ...] = (),
    left: tuple[Remnant, ...] = (),
) -> Entry:
    """Return what is kept of a document."""
    return _entry(document, facts=facts, secrets=secrets, remnants=left)


def _entry(document: Document, **fields: Any) -> Entry:
    told = {name: document.meta.get(name) is True for name in ("private", "closed")}
    return Entry(**copy_head(document) | told | fields)


class _Words:
    """The words at places of a document; each text is split and hashed once.

    Places of the reading are told apart by `facts`: a custom field's are in the field.
    """

    __slots__ = ("_contents", "_document", "_facts", "_lines")

    def __init__(self, document: MaskedDocument, facts: Facts) -> None:
        self._document = document
        self._facts = facts
        self._lines: dict[str, list[Masked]] = {}
        self._contents: dict[tuple[str, Span | None], str] = {}

    def read_at(self, span: Span) -> Masked:
        """Return the words of a stretch of the text that was read."""
        part, here = self._facts.locate(span)
        return self.at(here, part)

    def at(self, span: Span, part: str = "") -> Masked:
        """Return the words of a stretch as shown to people."""
        return quote_first_line(cut_span_lines(self._split(part), span))

    def content(self, span: Span | None, part: str = "") -> str:
        """Return the hash of a stretch; None for the whole text."""
        if (part, span) not in self._contents:
            text = get_part(self._document, part)
            stretch = text if span is None else cut_span_lines(self._split(part), span)
            self._contents[part, span] = hash_content(stretch)
        return self._contents[part, span]

    def _split(self, part: str) -> list[Masked]:
        if part not in self._lines:
            self._lines[part] = split_lines(get_part(self._document, part))
        return self._lines[part]


def _quotes(facts: Facts, words: _Words) -> tuple[Quote, ...]:
    """Return the words at each item and each verdict's trigger."""
    spans = dict.fromkeys(item.span for item in facts.items)
    spans.update(dict.fromkeys(fact.span for fact in facts.roles if fact.span is not None))
    return tuple((span, words.read_at(span)) for span in spans)


def _place_hit(hit: Hit, facts: Facts | None) -> Hit:
    """Return a hit in the text that was read as one in the custom field it stands in."""
    if facts is None or not facts.fields or hit.part:
        return hit
    part, span = facts.locate(hit.span)
    return replace(hit, part=part, span=span, section=hit.section and facts.locate(hit.section)[1]) if part else hit


def _finding(rule: Rule, hit: Hit, document: MaskedDocument, words: _Words) -> Finding:
    part = hit.part or document.part
    content = hit.content or words.content(hit.section, part)
    quote = words.at(hit.span, part)
    if part == TITLED and document.kind is Kind.ATTACHMENT:  # a file's name: `title` is that of what it hangs on
        part = document.part
    return make_finding(rule, hit, document.doc, part, content=content, quote=quote)


def judge_joins(
    judgement: Judgement, rules: Iterable[Rule], world: World
) -> tuple[tuple[Finding, ...], tuple[ToolError, ...]]:
    """Return the joins' findings on one document, and the crashes.

    A rule with a gate sees what was read, like its check; one without sees every document of its kinds. A crash
    hides neither other rules nor the rule's own earlier hits.
    """
    entry = judgement.entry
    quotes = dict(reversed(judgement.quotes))
    findings: list[Finding] = []
    crashes: list[ToolError] = []
    for rule in rules:
        if rule.join is None or entry.kind not in rule.kinds or (rule.gate and entry.facts is None):
            continue
        if INCIDENT in rule.gate and not entry.is_incident:
            continue
        try:
            hits = islice(rule.join(entry, world), MAX_HITS)
            findings.extend(_join_finding(rule, hit, entry, quotes) for hit in hits)
        except KeyboardInterrupt as stop:
            stop.add_note(note_interrupt(rule, entry.doc))
            raise
        except BaseException as error:  # as in kb.rules.judge
            crashes.append(describe_crash(f"{rule.code} {rule.name}", entry.doc, entry.part, error))
    findings.sort(key=position_key)
    return tuple(findings), tuple(crashes)


def _join_finding(rule: Rule, hit: Hit, entry: Entry, quotes: Mapping[Span, Masked]) -> Finding:
    """Build a join's finding from the quotes kept; without content it is about the page's place."""
    read = hit.span
    hit = _place_hit(hit, entry.facts)
    part = hit.part or entry.part
    if part == "title":
        quote = quote_first_line(cut_span(entry.title, hit.span))
    else:
        quote = quotes.get(read, EMPTY)
    content = hit.content or hash_content(f"{entry.category}/{entry.title}")
    return make_finding(rule, hit, entry.doc, part, content=content, quote=quote)
