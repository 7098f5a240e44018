"""`--format junit`: JUnit XML, for the test tabs of CI servers. Written as it goes.

A suite is a document, as in other linters a file: so the report can be written while documents
are judged, and a server's list of suites is the list of what needs work. Warnings and errors are
failures, whatever `--fail-on` says: a test that passes is shown nowhere. An info passes with its
words as output; what was set aside is skipped, with its reason; what could not be judged is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import escape

from kb.console import safe
from kb.lang import t
from kb.lint.counts import Counts
from kb.lint.formats.places import file_of, name_of, title_of, url_of
from kb.lint.formats.runners import escaped
from kb.lint.formats.shared import Shared
from kb.lint.formats.wording import WAIVERS
from kb.lint.judge import Judgement
from kb.lint.unnamed import Unnamed
from kb.model import Finding, Severity

# Characters XML 1.0 cannot hold, not even escaped (production 2, Char).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JUnit:
    """One suite a document with something to tell, and one for the run."""

    def __init__(
        self, write: Callable[[str], object], *, secret_places: bool = False, unnamed: Unnamed | None = None
    ) -> None:
        self._write = write
        self._shared = Shared(secret_places, unnamed or Unnamed())
        write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="kb lint">\n')

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        entry = judgement.entry
        told = self._shared.keep(judgement, shown)
        aside = self._shared.keep_aside(judgement, waived)
        where = name_of(entry, entry.part)
        cases = [_case(_named(finding, where), _found(judgement, finding), where) for finding in told]
        cases += (_case(_named(finding, where), _skipped(finding), where) for finding in aside)
        crashes = self._shared.crashes(judgement)
        judging = str(t("判定", "judging"))
        cases += (_case(judging, f'<error type="crash" message={quoted(crash)}/>', where) for crash in crashes)
        failures = sum(finding.severity >= Severity.WARNING for finding in told)
        self._suite(f"{where} {title_of(entry)}", cases, failures, len(crashes), len(aside), file_of(entry))

    def end(self, counts: Counts) -> None:
        run = f"kb lint: {t(f'文書 {counts.documents} 件', f'documents judged: {counts.documents}')}"
        told = self._shared.kinds()
        cases = [_case(run, "", "kb")]
        cases += (_case(code, _verdict(severity, str(words)), "kb") for severity, code, words in told)
        if left_out := self._shared.left_out():
            cases.append(_case(str(left_out), "", "kb"))
        self._suite("kb lint", cases, sum(severity >= Severity.WARNING for severity, _, _ in told), 0, 0)
        self._write("</testsuites>\n")

    def _suite(self, name: str, cases: list[str], failures: int, errors: int, skipped: int, file: str = "") -> None:
        if not cases:
            return
        path = f" file={quoted(file)}" if file else ""
        counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'
        self._write(f"<testsuite name={quoted(name)} {counts}{path}>\n{''.join(cases)}</testsuite>\n")


def _named(finding: Finding, where: str) -> str:
    return f"{finding.code} {finding.rule} {where}:{finding.span.line}"


def _case(name: str, inside: str, where: str) -> str:
    return f"<testcase name={quoted(name)} classname={quoted(where)}>{inside}</testcase>\n"


def _found(judgement: Judgement, finding: Finding) -> str:
    span = finding.span
    place = f"{name_of(judgement.entry, finding.part)}:{span.line}:{span.column} {url_of(judgement.entry, finding)}"
    return _verdict(finding.severity, str(finding.message), place)


def _verdict(severity: Severity, message: str, place: str = "") -> str:
    if severity < Severity.WARNING:
        return f"<system-out>{text(f'{message} {place}')}</system-out>"
    return f'<failure type="{severity.name.lower()}" message={quoted(message)}>{text(place)}</failure>'


def _skipped(finding: Finding) -> str:
    waiver = finding.waiver
    if waiver is None:
        return "<skipped/>"
    words = ": ".join(filter(None, (str(WAIVERS[waiver.kind]), waiver.reason, waiver.until)))
    return f'<skipped type="{waiver.kind}" message={quoted(words)}/>'


def text(words: str) -> str:
    """Foreign text as the text of an element."""
    return escaped(escape(_FORBIDDEN.sub("", safe(words)).strip(), quote=False), "&#35;")


def quoted(words: str) -> str:
    """Foreign text as the value of an attribute, with its quotes."""
    return f'"{escaped(escape(_FORBIDDEN.sub("", safe(words))), "&#35;")}"'
