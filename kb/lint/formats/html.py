"""`--format html`: one page, a closed group for each rule."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from kb.lint.engine.request import LintCounts
from kb.lint.formats.folding import count_findings
from kb.lint.formats.json import dump_line
from kb.lint.formats.page import render_page
from kb.lint.formats.rows import FindingRow
from kb.lint.formats.shared import SharedWriter
from kb.lint.formats.wording import SEVERITIES, describe_set_aside
from kb.lint.printable import safe_url, shown_title
from kb.model.finding import Finding, Severity
from kb.model.page import Entry
from kb.rules.codes import is_secret
from kb.rules.judge import Judgement
from kb.text.display import format_local_time, sanitize

_LONG, _QUOTED = 300, 80  # characters of a title, and of words from a page or a name
_EMPTY = ("place", "url", "evidence", "quote", "owner", "updated")


@dataclass(slots=True)
class _Rule:
    """One rule's rows in a temporary file. `only` is the text all share, "" when they differ."""

    severity: Severity
    code: str
    name: str
    only: str
    count: int = 0
    rows: IO[str] = field(default_factory=lambda: tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115

    def add(self, row: Mapping[str, str], severity: Severity, count: int = 1) -> None:
        """Add a row that stands for `count` findings, the worst of `severity`."""
        self.count += count
        self.severity = max(self.severity, severity)
        self.only = self.only if row["message"] == self.only else ""
        self.rows.write(dump_line(row) + "\n")

    def read(self) -> Iterator[Mapping[str, str]]:
        """Yield the rows in order."""
        self.rows.seek(0)
        yield from map(json.loads, self.rows)


class HtmlWriter(SharedWriter):
    """Writes rows by rule, worst and most frequent first. `owner_of` returns a finding's owner, "" for none.

    Days are those of `zone`.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        owner_of: Callable[[Entry, Finding], str] = lambda entry, finding: "",
        zone: str = "Asia/Tokyo",
        **options: Any,
    ) -> None:
        super().__init__(write, **options)
        self._owner_of = owner_of
        self._zone = zone
        self._rules: dict[str, _Rule] = {}

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._count_waived(waived)
        self._list(self._folder.add(judgement, self._shared.keep(judgement, shown)))

    def _list(self, rows: Sequence[FindingRow]) -> None:
        for each in rows:
            finding = each.finding
            row = _html_row(each, self._owner_of(each.entry, finding), self._shared.unnamed.names, self._zone)
            if each.code not in self._rules:
                name = each.message if each.code != finding.code else finding.rule
                self._rules[each.code] = _Rule(finding.severity, each.code, name, row["message"])
            self._rules[each.code].add(row, finding.severity, count_findings((each,)))

    def end(self, counts: LintCounts) -> None:
        self._list(sorted(self._folder.rows()))
        documented = self._documented(self._rules)
        ordered = sorted(self._rules.values(), key=lambda rule: (-rule.severity, -rule.count, rule.code))
        notes = [str(words) for words in (self._shared.left_out(), describe_set_aside(self._waived)) if words]
        pieces = render_page(
            "templates/lint.html.jinja",
            counts=counts,
            severities=[
                (level.name.lower(), SEVERITIES[level][0], counts.severity(level)) for level in reversed(Severity)
            ],
            words=SEVERITIES,
            secrets=[(level.name.lower(), SEVERITIES[level][0], says) for level, _, says in self._shared.kinds()],
            notes=notes,
            rules=[(rule, documented[rule.code][1] if rule.code in documented else None) for rule in ordered],
        )
        for piece in pieces:
            self._write(piece)
        for rule in self._rules.values():
            rule.rows.close()


def _html_row(row: FindingRow, owner: str, names: re.Pattern[str], zone: str) -> dict[str, str]:
    finding = row.finding
    if row.summary:
        return {"title": row.summary, "message": row.message, "command": row.command} | dict.fromkeys(_EMPTY, "")
    quote = "" if is_secret(finding.code) or names.search(finding.quote) else sanitize(finding.quote)
    return {
        "place": row.place,
        "url": safe_url(row.entry, finding),
        "title": sanitize(shown_title(row.entry))[:_LONG],
        "message": row.message,
        "evidence": row.evidence,
        "command": "",
        "quote": quote[:_QUOTED].strip(),
        "owner": sanitize(owner)[:_QUOTED],
        "updated": format_local_time(row.entry.updated_at, zone),
    }
