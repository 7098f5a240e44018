"""`--format jsonl` and `json`: one object a finding and, with `--pages`, one a page."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from kb.lint.engine.request import LintCounts
from kb.lint.printable import document_id, escape_commands
from kb.model.facts import Facts
from kb.model.finding import Finding, Severity, WaiverKind
from kb.model.page import Entry
from kb.model.secret import Secret
from kb.rules.judge import Judgement
from kb.secrets.mask_document import mask_name
from kb.text.display import sanitize_json


class JsonlWriter:
    """Writes each object at once."""

    def __init__(self, write: Callable[[str], object], *, pages: bool) -> None:
        self._write = write
        self._pages = pages

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        for finding in shown:
            self._write(dump_line(finding_row(finding)) + "\n")
        if self._pages and judgement.entry.part == "body" and judgement.entry.facts is not None:
            self._write(dump_line(page_row(judgement.entry, judgement.entry.facts)) + "\n")

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
        **secret_row(finding.secret),
        **({"rotated": finding.rotated_on} if finding.rotated_on else {}),
    }


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


def page_row(entry: Entry, facts: Facts) -> dict[str, object]:
    """Return a page's kind and the test that decided."""
    return {
        "doc": document_id(entry.doc),
        "kind": str(facts.kind),
        "is_incident": facts.is_incident,
        "reason": facts.kind_reason,
    }


def dump_line(row: Mapping[str, object]) -> str:
    """Return one JSON line; what a terminal, UTF-8 or a CI runner could misread is escaped."""
    return escape_commands(sanitize_json(row), "\\u0023")


class JsonWriter:
    """Writes `{"format": 1, "findings": […], "pages": […], "counts": {…}}`; pages wait in a temporary file."""

    def __init__(self, write: Callable[[str], object], *, pages: bool) -> None:
        self._write = write
        self._first = True
        self._waived: Counter[WaiverKind] = Counter()
        self._pages = tempfile.TemporaryFile("w+", encoding="utf-8") if pages else None  # noqa: SIM115 - closed by `end`
        write('{"format": 1, "findings": [')

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)
        for finding in shown:
            self._write(("\n" if self._first else ",\n") + dump_line(finding_row(finding)))
            self._first = False
        if self._pages and judgement.entry.part == "body" and judgement.entry.facts is not None:
            self._pages.write(dump_line(page_row(judgement.entry, judgement.entry.facts)) + "\n")

    def end(self, counts: LintCounts) -> None:
        self._write('\n], "pages": [')
        if self._pages:
            with self._pages as rows:
                rows.seek(0)
                for number, row in enumerate(rows):
                    self._write((",\n" if number else "\n") + row.rstrip("\n"))
        self._write(f'\n], "counts": {dump_line(count_row(counts, self._waived))}}}\n')


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
