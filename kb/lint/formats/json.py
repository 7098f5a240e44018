"""`--format jsonl` and `json`: one object a finding and, with `--pages` and `--items`, one a page and an action."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import IO

from kb.lint.engine.request import LintCounts
from kb.lint.printable import document_id, escape_commands
from kb.model.facts import Facts, Item, ItemState, Role, Strength
from kb.model.finding import Finding, Severity, WaiverKind
from kb.model.page import Entry
from kb.model.secret import Secret
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_name
from kb.text.display import sanitize_json
from kb.text.lines import Span


class JsonlWriter:
    """Writes each object at once."""

    def __init__(self, write: Callable[[str], object], *, pages: bool, items: bool = False) -> None:
        self._write = write
        self._pages = pages
        self._items = items

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        entry = judgement.entry
        for finding in shown:
            self._write(dump_line(finding_row(finding)) + "\n")
        if self._pages:
            for row in page_rows(entry):
                self._write(dump_line(row) + "\n")
        if self._items:
            for row in item_rows(entry):
                self._write(dump_line(row) + "\n")

    def end(self, counts: LintCounts) -> None:
        """Do nothing: each line stands alone."""


def finding_row(finding: Finding) -> dict[str, object]:
    """Return a finding as JSON values; lines and columns from 1, in code points, end exclusive."""
    return {
        "doc": document_id(finding.doc),
        "part": mask_name(finding.part),
        "code": finding.code,
        "rule": finding.rule,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "severity": finding.severity.name.lower(),
        "confidence": finding.confidence.name.lower(),
        "message": str(finding.message),
        **({"evidence": str(finding.evidence)} if finding.evidence else {}),
        **({"date": finding.day} if finding.day else {}),
        "fingerprint": finding.fingerprint,
        "content": finding.content,
        **({"same_as": [document_id(doc) for doc in finding.same_as]} if finding.same_as else {}),
        **drift_row(finding),
        **secret_row(finding.secret),
        **({"rotated": finding.rotated_on} if finding.rotated_on else {}),
    }


def drift_row(finding: Finding) -> dict[str, object]:
    """Return what a finding on a running system is about, where it was seen, and what to do."""
    if not finding.proof:
        return {}
    proof = [{"source": source, "taken_at": taken_at, "what": str(what)} for source, taken_at, what in finding.proof]
    return {"target": finding.target, "evidence": proof, "next": str(finding.next_step)}


def secret_row(secret: Secret | None) -> dict[str, object]:
    """Return a credential's kind, rough length and, with a key, its value's name; never its place."""
    if secret is None:
        return {}
    row: dict[str, object] = {"kind": str(secret.kind), "length": str(secret.length)}
    if secret.opens:
        row["opens"] = secret.opens
    if secret.value_id:
        row["value_id"] = secret.value_id
    return row


def page_rows(entry: Entry) -> Iterator[dict[str, object]]:
    """Yield a page's kind and the test that decided; nothing for a comment, or a page that was not read."""
    if entry.part == "body" and entry.facts is not None:
        yield page_row(entry, entry.facts)


def page_row(entry: Entry, facts: Facts) -> dict[str, object]:
    """Return a page's kind and the test that decided."""
    return {
        "doc": document_id(entry.doc),
        "kind": str(facts.kind),
        "is_incident": facts.is_incident,
        "reason": facts.kind_reason,
    }


_ACTION_ROLES = frozenset({Role.PREVENTION, Role.FIX_PERM})
_ACTION_STATES = {
    ItemState.OPEN: "open",
    ItemState.UNSTATED: "open",
    ItemState.DONE: "done",
    ItemState.SETTLED: "cancelled",
}
"""How an action's state is written. A placeholder is no action; one that says nothing is still to be done."""


def item_rows(entry: Entry) -> Iterator[dict[str, object]]:
    """Yield each action of a page once, in the order of the page, with places as in `finding_row`."""
    facts = entry.facts
    if facts is None:
        return
    actions: dict[tuple[Span, str, str], Item] = {}
    for item in (*facts.items, *facts.actions):
        if item.role in _ACTION_ROLES and item.state in _ACTION_STATES and not item.declines:
            # One section may be both (恒久対応・再発防止), and one sentence tell of two people with their days.
            actions.setdefault((item.span, item.owner, item.due), item)
    for item in sorted(actions.values(), key=lambda item: (item.span.line, item.span.column)):
        part, span = facts.locate(item.span)
        yield {
            "doc": document_id(entry.doc),
            "part": mask_name(part or entry.part),
            "item": {
                "line": span.line,
                "column": span.column,
                "end_line": span.end_line,
                "end_column": span.end_column,
                "role": str(item.role),
                "owner": item.owners,
                "due": item.due or None,
                "timely": item.timely,
                "state": _ACTION_STATES[item.state],
                "tickets": item.tickets,
                "weak": item.strength is Strength.CARE,
            },
        }


def dump_line(row: Mapping[str, object]) -> str:
    """Return one JSON line; what a terminal, UTF-8 or a CI runner could misread is escaped."""
    return escape_commands(sanitize_json(row), "\\u0023")


class JsonWriter:
    """Writes `{"format": 1, "findings": […], "pages": […], "counts": {…}}`, with `items` also `"items": […]`.

    Pages and items wait in temporary files. `extra` are further keys of the document.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        pages: bool,
        items: bool = False,
        extra: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        self._write = write
        self._extra = extra
        self._first = True
        self._waived: Counter[WaiverKind] = Counter()
        self._pages = _open_rows() if pages else None
        self._items = _open_rows() if items else None
        write('{"format": 1, "findings": [')

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)
        for finding in shown:
            self._write(("\n" if self._first else ",\n") + dump_line(finding_row(finding)))
            self._first = False
        if self._pages:
            self._pages.writelines(dump_line(row) + "\n" for row in page_rows(judgement.entry))
        if self._items:
            self._items.writelines(dump_line(row) + "\n" for row in item_rows(judgement.entry))

    def end(self, counts: LintCounts) -> None:
        self._write('\n], "pages": [')
        if self._pages:
            self._copy_rows(self._pages)
        if self._items:
            self._write('\n], "items": [')
            self._copy_rows(self._items)
        others = "".join(f', "{key}": {sanitize_json(value)}' for key, value in self._extra.items())
        self._write(f'\n], "counts": {dump_line(count_row(counts, self._waived))}{others}}}\n')

    def _copy_rows(self, waiting: IO[str]) -> None:
        with waiting as rows:
            rows.seek(0)
            for number, row in enumerate(rows):
                self._write((",\n" if number else "\n") + row.rstrip("\n"))


def _open_rows() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


def count_row(counts: LintCounts, waived: Counter[WaiverKind]) -> dict[str, object]:
    """Return the counts of a run as JSON values."""
    return {
        "documents": counts.documents,
        "findings": counts.findings,
        **{severity.name.lower(): counts.severity(severity) for severity in Severity},
        "waived": {str(kind): waived[kind] for kind in WaiverKind},
        "below_confidence": counts.unsure,
        "unusable": counts.unusable,
        "crashes": counts.crashes,
        "rules": {code: count for (_, code, _), count in sorted(counts.rules.items(), key=lambda row: row[0][1])},
    }
