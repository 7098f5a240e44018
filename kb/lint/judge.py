"""A document → what the rules say of it. Pure: no clock, no disk, no network.

    judge = Judge(rules.load(), policy, gate)
    judgement = judge(document, structure)

A rule that crashes is named in the judgement and hides nothing else: the other rules have
their say on the same page, and so have its own hits up to there.
"""

from __future__ import annotations

import hashlib
import json
import re
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from kb.errors import ToolError
from kb.lang import t
from kb.lint.gate import Gate
from kb.lint.rules import CATEGORY, PAGES, TAGS, TITLE, Hit, Rule
from kb.model import DocId, Document, Entry, Facts, Finding, Page, PageKind, PagePolicy, Span
from kb.reading.content import content_of
from kb.reading.lines import clean, encode

QUOTE = 40
"""How many characters of a page a finding carries, for people to see: the trigger and no more."""

_LEADING = re.compile(r"^(?:[:：;；、。,，.．・=＝|｜>→⇒\s]|[-*+](?=\s))+")

Reader: TypeAlias = Callable[[Document, PagePolicy, bytes | None], Facts]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What judging one document gave.

    Its entry has no facts when nothing had to be read: the gate kept the document out, or no rule
    looks at documents of its kind.
    """

    entry: Entry
    findings: tuple[Finding, ...] = ()
    crashes: tuple[ToolError, ...] = ()


class Judge:
    """Judges documents by these rules. `gate` is left out to read every document."""

    __slots__ = ("_gate", "_policy", "_read", "_rules")

    def __init__(self, rules: Iterable[Rule], policy: PagePolicy, gate: Gate | None = None, *, read: Reader) -> None:
        self._rules = tuple(rules)
        self._policy = policy
        self._gate = gate
        self._read = read

    def __call__(self, document: Document, structure: bytes | None = None, *, kinds: bool = False) -> Judgement:
        """The judgement on one document; with `kinds` every page is read, whether a rule asks for it or not."""
        rules = [rule for rule in self._rules if document.kind in rule.kinds]
        if rules and self._gate is not None and not self._named_outright(document):
            opened = self._gate.opened(gate_text(document))
            rules = [rule for rule in rules if not rule.gate or not opened.isdisjoint(rule.gate)]
        if not rules and not (kinds and document.kind in PAGES):
            return Judgement(entry_of(document))
        try:
            facts = self._read(document, self._policy, structure)
        except Exception as error:
            return Judgement(entry_of(document), crashes=(_crash("reading", document, error),))
        page = Page(document, facts, self._policy)
        findings: list[Finding] = []
        crashes: list[ToolError] = []
        for rule in rules:
            try:
                findings.extend(_finding(rule, hit, document) for hit in (rule.check(page) if rule.check else ()))
            except Exception as error:
                crashes.append(_crash(f"{rule.code} {rule.name}", document, error))
        findings.sort(key=lambda found: (found.part, found.span.line, found.span.column, found.code))
        return Judgement(entry_of(document, facts), tuple(findings), tuple(crashes))

    def _named_outright(self, document: Document) -> bool:
        """Whether kb.toml makes the document an incident page, whatever words it holds."""
        if not (self._policy.incident or self._policy.incident_tags):
            return False
        from kb.reading.kinds import by_policy  # loads the reader, which nothing to read does not need

        named = by_policy(document, self._policy)
        return named is not None and named.kind is PageKind.INCIDENT


def gate_text(document: Document) -> bytes:
    """All words that can make a page what it is: body, title, category, tags and tracker, as UTF-8."""
    named = (document.title, document.category, *document.tags, str(document.meta.get("tracker", "")))
    title, category, *tags = (" ".join(name.splitlines()) for name in named)
    return encode(f"{TITLE}{title}\n{CATEGORY}{category}\n{TAGS}{' '.join(tags)}\n{document.body}")


def cut(body: str, span: Span | None) -> str:
    """The stretch of `body` a span covers; the whole of it for None."""
    if span is None:
        return body
    lines = body.split("\n")[span.line - 1 : span.end_line]
    if not lines:
        return ""
    if span.end_line - span.line < len(lines):
        lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def fingerprint(doc: DocId, part: str, code: str, role: str) -> str:
    """What stays the same while a page is edited: 32 hexadecimal digits."""
    return _hash(json.dumps([doc, part, code, role], ensure_ascii=False))


def _hash(text: str) -> str:
    return hashlib.blake2b(encode(text), digest_size=16).hexdigest()


def entry_of(document: Document, facts: Facts | None = None) -> Entry:
    """What is kept of a document."""
    return Entry(
        doc=document.doc,
        part=document.part,
        source=document.source,
        kind=document.kind,
        title=document.title,
        category=document.category,
        tags=document.tags,
        wip=document.wip,
        author=document.author,
        url=document.url,
        created_at=document.created_at,
        updated_at=document.updated_at,
        human_at=document.human_at,
        human_by=document.human_by,
        visibility=document.visibility,
        facts=facts,
    )


def _finding(rule: Rule, hit: Hit, document: Document) -> Finding:
    part = hit.part or document.part
    text = document.title if part == "title" else document.body
    return Finding(
        doc=document.doc,
        part=part,
        code=rule.code,
        rule=rule.name,
        span=hit.span,
        severity=rule.severity,
        confidence=hit.confidence,
        message=hit.message,
        fingerprint=fingerprint(document.doc, part, rule.code, hit.role),
        content=hit.content or content_of(cut(text, hit.section)),
        quote=_quote(cut(text, hit.span)),
        reason=hit.reason,
        changes=hit.changes,
    )


def _quote(stretch: str) -> str:
    """The first line of a stretch for people to see, without the mark that led to it (「: TODO」)."""
    line = next(iter(stretch.splitlines()), "").strip()
    return clean((_LEADING.sub("", line) or line)[:QUOTE])


def _crash(name: str, document: Document, error: Exception) -> ToolError:
    """The crash by the rule's name and the place in its code; the message could hold text of the page."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    kind = type(error).__name__
    crash = ToolError(
        t(
            f"{document.doc}（{document.part}）を {name} で判定できませんでした（{where} {kind}）。",
            f"{name} failed on {document.doc} ({document.part}): {kind} at {where}.",
        ),
        t(
            "ほかの判定は続けました。この文書と --debug の出力を添えて知らせてください。",
            "everything else was judged. Please report it with this document and the output of --debug.",
        ),
    )
    crash.__cause__ = error
    return crash
