"""`--format github` and `--format junit`: annotations of a GitHub workflow run, and test results.

GitHub's lines are commands to its runner, so text is escaped as the runner unescapes it (actions/runner,
src/Runner.Common/ActionCommand.cs). GitHub shows ten annotations of a severity per step; the log holds all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from kb.lint.engine.request import LintCounts
from kb.lint.formats.shared import SharedWriter
from kb.lint.formats.wording import WAIVERS
from kb.lint.printable import defuse_commands, document_label, escape_commands, relative_path, safe_url, shown_title
from kb.model.finding import Finding, Severity
from kb.rules.judge import Judgement
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHubWriter(SharedWriter):
    """Writes one line a finding; a document that is no file is named in the title."""

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        for crash in self._shared.crashes(judgement):
            self._tell(Severity.ERROR, {"title": str(t("判定できませんでした", "could not be judged"))}, crash)
        for finding in self._shared.keep(judgement, shown):
            self._tell(finding.severity, _where(judgement, finding), _advice(judgement, finding))

    def end(self, counts: LintCounts) -> None:
        for severity, code, words in self._shared.kinds():
            self._tell(severity, {"title": code}, str(words))
        if left_out := self._shared.left_out():
            self._tell(Severity.INFO, {"title": "kb"}, str(left_out))

    def _tell(self, severity: Severity, properties: dict[str, str], message: str) -> None:
        stated = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items() if value)
        self._write(f"::{_LEVELS[severity]} {stated}::{escape_data(message)}\n")


def _where(judgement: Judgement, finding: Finding) -> dict[str, str]:
    path, span, rule = relative_path(judgement.entry), finding.span, f"{finding.code} {finding.rule}"
    if not path or finding.part != "body":
        return {"file": path, "title": f"{rule}: {document_label(judgement.entry, finding.part)}:{span.line}"}
    where = {"file": path, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # the runner drops columns of several lines
        where |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return where | {"title": rule}


def _advice(judgement: Judgement, finding: Finding) -> str:
    """Return the advice and, for a document that is no file, its title and address."""
    if relative_path(judgement.entry):
        return str(finding.full_message)
    return " ".join(
        filter(None, (str(finding.full_message), shown_title(judgement.entry), safe_url(judgement.entry, finding)))
    )


def escape_data(text: str) -> str:
    """Escape text as the message of a command: one line that cannot be read as another command."""
    return defuse_commands(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape text as the value of a command's property."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


# JUnit: a suite is a document, so that it can be written as it comes and a server lists what needs work. Warnings and
# errors are failures, whatever `--fail-on` says, since servers do not show passing tests. An info passes with its
# text as output; a finding set aside is skipped, with its reason; what could not be judged is an error.


# Characters XML 1.0 cannot hold, not even escaped (production 2, Char).
_FORBIDDEN = compile_lazy("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnitWriter(SharedWriter):
    """Writes one suite per document with findings, and one for the run."""

    def __init__(self, write: Callable[[str], object], **options: Any) -> None:
        super().__init__(write, **options)
        write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kb lint">\n')

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        entry = judgement.entry
        kept = self._shared.keep(judgement, shown)
        aside = self._shared.keep_aside(judgement, waived)
        where = document_label(entry, entry.part)
        cases = [_case(_named(finding, where), _found(judgement, finding), where) for finding in kept]
        cases += (_case(_named(finding, where), _skipped(finding), where) for finding in aside)
        crashes = self._shared.crashes(judgement)
        judging = str(t("判定", "judging"))
        cases += (_case(judging, f'<error type="crash" message={xml_attribute(crash)}/>', where) for crash in crashes)
        failures = sum(finding.severity >= Severity.WARNING for finding in kept)
        self._suite(f"{where} {shown_title(entry)}", cases, failures, len(crashes), len(aside), relative_path(entry))

    def end(self, counts: LintCounts) -> None:
        run = f"kb lint: {t(f'文書 {counts.documents:,} 件', f'documents judged: {counts.documents:,}')}"
        secrets = self._shared.kinds()
        cases = [_case(run, "", "kb")]
        cases += (_case(code, _verdict(severity, str(words)), "kb") for severity, code, words in secrets)
        if left_out := self._shared.left_out():
            cases.append(_case(str(left_out), "", "kb"))
        self._suite("kb lint", cases, sum(severity >= Severity.WARNING for severity, _, _ in secrets), 0, 0)
        self._write("</testsuites>\n")

    def _suite(self, name: str, cases: list[str], failures: int, errors: int, skipped: int, file: str = "") -> None:
        if not cases:
            return
        path = f" file={xml_attribute(file)}" if file else ""
        counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
        self._write(f"<testsuite name={xml_attribute(name)} {counts}{path}>\n{''.join(cases)}</testsuite>\n")


def _named(finding: Finding, where: str) -> str:
    return f"{finding.code} {finding.rule} {where}:{finding.span.line}"


def _case(name: str, inside: str, where: str) -> str:
    return f"<testcase name={xml_attribute(name)} classname={xml_attribute(where)}>{inside}</testcase>\n"


def _found(judgement: Judgement, finding: Finding) -> str:
    span = finding.span
    place = (
        f"{document_label(judgement.entry, finding.part)}:{span.line}:{span.column} "
        f"{safe_url(judgement.entry, finding)}"
    )
    return _verdict(finding.severity, str(finding.full_message), place)


def _verdict(severity: Severity, message: str, place: str = "") -> str:
    if severity < Severity.WARNING:
        return f"<system-out>{xml_text(f'{message} {place}')}</system-out>"
    return f'<failure type="{severity.name.lower()}" message={xml_attribute(message)}>{xml_text(place)}</failure>'


def _skipped(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        return "<skipped/>"
    words = ": ".join(filter(None, (str(WAIVERS[waiver.kind]), waiver.reason, waiver.until)))
    return f'<skipped type="{waiver.kind}" message={xml_attribute(words)}/>'


def xml_text(words: str) -> str:
    """Escape foreign text for an element."""
    return escape_commands(escape(_FORBIDDEN.sub("", sanitize(words)).strip(), quote=False), "&#35;")


def xml_attribute(words: str) -> str:
    """Escape foreign text as an attribute's value, and quote it."""
    return f'"{escape_commands(escape(_FORBIDDEN.sub("", sanitize(words))), "&#35;")}"'
