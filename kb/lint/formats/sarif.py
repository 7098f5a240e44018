"""`--format sarif`: SARIF 2.1.0, for code scanning and viewers, written as it comes.

Findings set aside are kept, with their `suppressions`. Rules come after the results, when it is known which
had findings. Secrets become notifications with a count: GitHub refuses a file with a result without a place
(github/codeql-action issue 2459).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import kb
from kb.lint.engine.request import LintCounts
from kb.lint.formats.json import dump_line
from kb.lint.formats.shared import SharedWriter
from kb.lint.printable import document_label, document_uri, relative_path
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.rules.judge import Judgement
from kb.rules.registry import Rule, RuleText
from kb.secrets.mask_document import mask_name
from kb.text.display import sanitize

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_DISTRIBUTION = "kb-steward"
_CRASHES = 100  # a rule that crashes on every page is named often enough
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


class SarifWriter(SharedWriter):
    """Writes one run."""

    def __init__(self, write: Callable[[str], object], **options: Any) -> None:
        super().__init__(write, **options)
        self._indices: dict[str, int] = {}
        self._seen: dict[str, tuple[str, Severity]] = {}
        self._first = True
        self._crashes: list[str] = []
        write(
            f'{{"$schema": "{SARIF_SCHEMA}", "version": "2.1.0", '
            '"runs": [{"columnKind": "unicodeCodePoints", "results": ['
        )

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._crashes += map(sanitize, self._shared.crashes(judgement)[: _CRASHES - len(self._crashes)])
        for finding in (*self._shared.keep(judgement, shown), *self._shared.keep_aside(judgement, waived)):
            self._write(("\n" if self._first else ",\n") + dump_line(self._result(judgement, finding)))
            self._first = False

    def end(self, counts: LintCounts) -> None:
        documented = self._documented(self._indices)
        tells = [_notice(str(words), severity, code) for severity, code, words in self._shared.kinds()]
        if words := self._shared.left_out():
            tells.append(_notice(str(words), Severity.INFO))
        tells += (_notice(words, Severity.ERROR) for words in self._crashes)
        invocation = {"executionSuccessful": not counts.crashes, "toolExecutionNotifications": tells}
        driver = {
            "name": "kb",
            "version": kb.__version__,
            "rules": [_descriptor(code, *self._seen[code], documented.get(code)) for code in self._indices],
        }
        self._write(f'\n], "tool": {{"driver": {dump_line(driver)}}}, "invocations": [{dump_line(invocation)}]}}]}}\n')

    def _result(self, judgement: Judgement, finding: Finding) -> dict[str, object]:
        self._seen.setdefault(finding.code, (finding.rule, finding.severity))
        return {
            "ruleId": finding.code,
            "ruleIndex": self._indices.setdefault(finding.code, len(self._indices)),
            "level": _LEVELS[finding.severity],
            "message": {"text": sanitize(str(finding.full_message))},
            "locations": [_location(judgement, finding)],
            "partialFingerprints": {"kb/v1": finding.fingerprint},
            # Present in all results or in none (SARIF 3.27.23): an empty list says "not set aside".
            "suppressions": [_suppression(finding.waiver)] if finding.waiver else [],
            "properties": {"confidence": finding.confidence.name.lower()},
        }


def _location(judgement: Judgement, finding: Finding) -> dict[str, object]:
    physical: dict[str, object] = {"artifactLocation": {"uri": document_uri(judgement.entry)}}
    # A title has no line in its file; of a remote document every part has lines of its own.
    if finding.part == "body" or not relative_path(judgement.entry):
        span = finding.span
        physical["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    logical = {
        "name": sanitize(mask_name(finding.part)),
        "fullyQualifiedName": document_label(judgement.entry, finding.part),
        "kind": "member",
    }
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _suppression(waiver: Waiver) -> dict[str, object]:
    inside = waiver.kind is WaiverKind.SUPPRESSED
    row: dict[str, object] = {"kind": "inSource" if inside else "external", "status": "accepted"}
    if waiver.reason:
        row["justification"] = sanitize(waiver.reason)
    more = {"by": sanitize(waiver.by), "until": sanitize(waiver.until)}
    return row | {"properties": {"waiver": str(waiver.kind), **{key: value for key, value in more.items() if value}}}


def _notice(text: str, severity: Severity, code: str = "") -> dict[str, object]:
    row: dict[str, object] = {"level": _LEVELS[severity], "message": {"text": text}}
    return row | ({"descriptor": {"id": code}} if code else {})


def _descriptor(
    code: str, name: str, severity: Severity, documented: tuple[Rule, RuleText] | None
) -> dict[str, object]:
    """Return a rule's descriptor; a rule without a text has its name."""
    row: dict[str, object] = {"id": code, "name": name, "defaultConfiguration": {"level": _LEVELS[severity]}}
    if documented is None:
        return row
    rule, words = documented
    text = f"{words.why}\n\n✗ {words.bad}\n\n○ {words.good}"
    row |= {"shortDescription": {"text": str(words.title)}, "help": {"text": text}}
    home = repository_url()
    if home and rule.module.startswith("linters."):
        row["helpUri"] = f"{home}/blob/main/docs/rules/{code}.md"
    return row


def repository_url() -> str:
    """Return kb's repository from its distribution, "" if it names none."""
    from importlib import metadata

    try:
        stated = metadata.metadata(_DISTRIBUTION).get_all("Project-URL") or []
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return ""
    urls: dict[str, str] = dict(line.split(", ", 1) for line in stated if ", " in line)
    return urls.get("Repository", "").rstrip("/")
