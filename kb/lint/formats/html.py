"""HTML pages: an escaping template and a content security policy by hash, and `--format html`."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from kb.files import asset_path, load_template
from kb.lint.engine.request import LintCounts
from kb.lint.formats.json import dump_line
from kb.lint.formats.shared import SharedWriter
from kb.lint.formats.wording import SEVERITIES, describe_set_aside
from kb.lint.printable import document_label, escape_commands, safe_url, shown_title
from kb.model.finding import Finding, Severity
from kb.rules.judge import Judgement
from kb.text.display import sanitize
from kb.text.lang import current_language, t

if TYPE_CHECKING:
    import jinja2


def html_template(name: str) -> jinja2.Template:
    """Return a template of kb's, such as `templates/lint.html.jinja`; all values are escaped."""
    return load_template(name, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def csp_hash(text: str) -> str:
    """Return the source expression that allows just this text (CSP level 3, 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# The page needs no script to be read; a short one filters the rows.


_TEMPLATE, _STYLE, _SCRIPT = "templates/lint.html.jinja", "templates/lint.css", "templates/lint.js"
_LONG = 300  # characters of a title; more is no title


@dataclass(slots=True)
class _Rule:
    """One rule's rows in a temporary file. `only` is the text all share, "" when they differ."""

    severity: Severity
    code: str
    name: str
    only: str
    count: int = 0
    rows: IO[str] = field(default_factory=lambda: tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115

    def add(self, row: Mapping[str, str]) -> None:
        """Add a row."""
        self.count += 1
        self.only = self.only if row["message"] == self.only else ""
        self.rows.write(dump_line(row) + "\n")

    def read(self) -> Iterator[Mapping[str, str]]:
        """Yield the rows in order."""
        self.rows.seek(0)
        yield from map(json.loads, self.rows)


class HtmlWriter(SharedWriter):
    """Writes rows by rule, worst and most frequent first."""

    def __init__(self, write: Callable[[str], object], **options: Any) -> None:
        super().__init__(write, **options)
        self._rules: dict[str, _Rule] = {}

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._count_waived(waived)
        for finding in self._shared.keep(judgement, shown):
            row = _row(judgement, finding)
            if finding.code not in self._rules:
                self._rules[finding.code] = _Rule(finding.severity, finding.code, finding.rule, row["message"])
            self._rules[finding.code].add(row)

    def end(self, counts: LintCounts) -> None:
        style, script = (asset_path(name).read_text("utf-8") for name in (_STYLE, _SCRIPT))
        documented = self._documented(self._rules)
        ordered = sorted(self._rules.values(), key=lambda rule: (-rule.severity, -rule.count, rule.code))
        notes = [str(words) for words in (self._shared.left_out(), describe_set_aside(self._waived)) if words]
        pieces = html_template(_TEMPLATE).generate(
            lang=current_language(),
            t=t,
            style=style,
            script=script,
            hash=csp_hash,
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
            self._write(escape_commands(piece, "&#35;"))
        for rule in self._rules.values():
            rule.rows.close()


def _row(judgement: Judgement, finding: Finding) -> dict[str, str]:
    entry = judgement.entry
    return {
        "place": f"{document_label(entry, finding.part)}:{finding.span.line}",
        "url": safe_url(entry, finding),
        "title": sanitize(shown_title(entry))[:_LONG],
        "message": sanitize(str(finding.message)),
        "updated": sanitize(entry.updated_at)[:10],
    }
