"""`--format json`: one object with findings, pages and counts, written as it goes."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence

from kb.lint.counts import Counts
from kb.lint.formats.jsonl import dump, finding_row, page_row
from kb.lint.judge import Judgement
from kb.model import Finding, Severity, WaiverKind


class Json:
    """`{"format": 1, "findings": […], "pages": […], "counts": {…}}`. Pages wait in a temporary file."""

    def __init__(self, write: Callable[[str], object], *, pages: bool) -> None:
        self._write = write
        self._first = True
        self._waived: Counter[WaiverKind] = Counter()
        self._pages = tempfile.TemporaryFile("w+", encoding="utf-8") if pages else None  # noqa: SIM115 - closed by `end`
        write('{"format": 1, "findings": [')

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)
        for finding in shown:
            self._write(("\n" if self._first else ",\n") + dump(finding_row(finding)))
            self._first = False
        if self._pages and judgement.entry.part == "body" and judgement.entry.facts is not None:
            self._pages.write(dump(page_row(judgement.entry, judgement.entry.facts)) + "\n")

    def end(self, counts: Counts) -> None:
        self._write('\n], "pages": [')
        if self._pages:
            with self._pages as rows:
                rows.seek(0)
                for number, row in enumerate(rows):
                    self._write((",\n" if number else "\n") + row.rstrip("\n"))
        self._write(f'\n], "counts": {dump(count_row(counts, self._waived))}}}\n')


def count_row(counts: Counts, waived: Counter[WaiverKind]) -> dict[str, object]:
    """The figures of a run as JSON values."""
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
