"""`--format github`: annotations of a GitHub workflow run, without any permission to upload.

A line is a command to the runner, so what it holds is escaped as the runner unescapes it
(actions/runner, src/Runner.Common/ActionCommand.cs). GitHub shows ten annotations of a severity for
each step; the log holds all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kb.lang import t
from kb.lint.counts import Counts
from kb.lint.formats.places import file_of, name_of, title_of, url_of
from kb.lint.formats.runners import inert
from kb.lint.formats.shared import Shared
from kb.lint.judge import Judgement
from kb.lint.unnamed import Unnamed
from kb.model import Finding, Severity

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


class GitHub:
    """One line a finding; a document that is no file is named in the title instead."""

    def __init__(
        self, write: Callable[[str], object], *, secret_places: bool = False, unnamed: Unnamed | None = None
    ) -> None:
        self._write = write
        self._shared = Shared(secret_places, unnamed or Unnamed())

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        for crash in self._shared.crashes(judgement):
            self._tell(Severity.ERROR, {"title": str(t("判定できませんでした", "could not be judged"))}, crash)
        for finding in self._shared.keep(judgement, shown):
            self._tell(finding.severity, _where(judgement, finding), _what(judgement, finding))

    def end(self, counts: Counts) -> None:
        for severity, code, words in self._shared.kinds():
            self._tell(severity, {"title": code}, str(words))
        if left_out := self._shared.left_out():
            self._tell(Severity.INFO, {"title": "kb"}, str(left_out))

    def _tell(self, severity: Severity, properties: dict[str, str], message: str) -> None:
        stated = ",".join(f"{name}={escape_property(value)}" for name, value in properties.items() if value)
        self._write(f"::{_LEVELS[severity]} {stated}::{escape_data(message)}\n")


def _where(judgement: Judgement, finding: Finding) -> dict[str, str]:
    path, span, rule = file_of(judgement.entry), finding.span, f"{finding.code} {finding.rule}"
    if not path or finding.part != "body":
        return {"file": path, "title": f"{rule}: {name_of(judgement.entry, finding.part)}:{span.line}"}
    where = {"file": path, "line": str(span.line), "endLine": str(span.end_line)}
    if span.line == span.end_line:  # the runner drops columns of several lines
        where |= {"col": str(span.column), "endColumn": str(span.end_column)}
    return where | {"title": rule}


def _what(judgement: Judgement, finding: Finding) -> str:
    """What to do, and of a document elsewhere its title and address, which are nothing but text in an annotation."""
    if file_of(judgement.entry):
        return str(finding.message)
    return " ".join(filter(None, (str(finding.message), title_of(judgement.entry), url_of(judgement.entry, finding))))


def escape_data(text: str) -> str:
    """Text as the message of a command: one line, which cannot be read as another command."""
    return inert(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Text as the value of a property of a command."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
