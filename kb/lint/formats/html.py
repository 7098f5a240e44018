"""What every page of HTML that kb writes has in common: a template that escapes, and a policy that lets in by hash."""

from __future__ import annotations

import base64
import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from kb.files import asset
from kb.lint.engine.request import Counts
from kb.lint.formats.json import dump
from kb.lint.formats.shared import Shared
from kb.lint.formats.wording import SEVERITIES, set_aside
from kb.lint.people.audience import Unnamed
from kb.lint.printable import escaped, name_of, title_of, url_of
from kb.model.finding import Finding, Severity, WaiverKind
from kb.rules import registry
from kb.rules.judge import Judgement
from kb.rules.registry import Rule, Words, words_of
from kb.text.display import safe
from kb.text.lang import current, t

if TYPE_CHECKING:
    import jinja2


def template(name: str) -> jinja2.Template:
    """A template of kb's by its path, such as `templates/lint.html.jinja`; all that is put into it is escaped."""
    import jinja2

    path = asset(name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def digest(text: str) -> str:
    """A source expression of a content security policy (CSP level 3, 2.3.1), which lets in just this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# `--format html`: one file to read, print or pass on, which fetches nothing.
#
# The page needs no script to be read; a few lines of one filter the rows. Its policy lets exactly
# that script and the page's own style in, by their hashes, and nothing else.


_TEMPLATE, _STYLE, _SCRIPT = "templates/lint.html.jinja", "templates/lint.css", "templates/lint.js"
_LONG = 300  # characters of a title; more is no title


@dataclass(slots=True)
class _Rule:
    """The rows of one rule, waiting in a temporary file. `only` is what all of them say, "" when they differ."""

    severity: Severity
    code: str
    name: str
    only: str
    count: int = 0
    rows: IO[str] = field(default_factory=lambda: tempfile.TemporaryFile("w+", encoding="utf-8"))  # noqa: SIM115

    def add(self, row: Mapping[str, str]) -> None:
        """One more row."""
        self.count += 1
        self.only = self.only if row["message"] == self.only else ""
        self.rows.write(dump(row) + "\n")

    def read(self) -> Iterator[Mapping[str, str]]:
        """The rows in the order they came."""
        self.rows.seek(0)
        yield from map(json.loads, self.rows)


class Html:
    """Rows by rule, the worst and most frequent first. `known` are the rules whose words are shown."""

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        secret_places: bool = False,
        known: Sequence[Rule] | None = None,
        unnamed: Unnamed | None = None,
    ) -> None:
        self._write = write
        self._shared = Shared(secret_places, unnamed or Unnamed(known=known))
        self._known = known
        self._rules: dict[str, _Rule] = {}
        self._waived: Counter[WaiverKind] = Counter()

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)
        for finding in self._shared.keep(judgement, shown):
            row = _row(judgement, finding)
            if finding.code not in self._rules:
                self._rules[finding.code] = _Rule(finding.severity, finding.code, finding.rule, row["message"])
            self._rules[finding.code].add(row)

    def end(self, counts: Counts) -> None:
        style, script = (asset(name).read_text("utf-8") for name in (_STYLE, _SCRIPT))
        known = {rule.code: rule for rule in (registry.load() if self._known is None else self._known)}
        ordered = sorted(self._rules.values(), key=lambda rule: (-rule.severity, -rule.count, rule.code))
        notes = [str(words) for words in (self._shared.left_out(), set_aside(self._waived)) if words]
        pieces = template(_TEMPLATE).generate(
            lang=current(),
            t=t,
            style=style,
            script=script,
            hash=digest,
            counts=counts,
            severities=[
                (level.name.lower(), SEVERITIES[level][0], counts.severity(level)) for level in reversed(Severity)
            ],
            words=SEVERITIES,
            secrets=[(level.name.lower(), SEVERITIES[level][0], says) for level, _, says in self._shared.kinds()],
            notes=notes,
            rules=[(rule, _words(known.get(rule.code))) for rule in ordered],
        )
        for piece in pieces:
            self._write(escaped(piece, "&#35;"))
        for rule in self._rules.values():
            rule.rows.close()


def _row(judgement: Judgement, finding: Finding) -> dict[str, str]:
    entry = judgement.entry
    return {
        "place": f"{name_of(entry, finding.part)}:{finding.span.line}",
        "url": url_of(entry, finding),
        "title": safe(title_of(entry))[:_LONG],
        "message": safe(str(finding.message)),
        "updated": safe(entry.updated_at)[:10],
    }


def _words(rule: Rule | None) -> Words | None:
    try:
        return words_of(rule) if rule else None
    except (ValueError, KeyError):
        return None
