"""`--format markdown`: a table for a wiki page or a job's summary.

It begins with the mark of lists kb makes, so that it is not judged as a page itself. Titles and names become
code spans, which Markdown leaves alone; sentences are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from kb.lint.engine.request import LintCounts
from kb.lint.formats.rows import FindingRow
from kb.lint.formats.shared import SharedWriter
from kb.lint.formats.wording import SEVERITIES, describe_set_aside
from kb.lint.printable import defuse_commands, safe_url, shown_title
from kb.model.finding import Finding, Severity
from kb.reading.pages.declared_kind import INDEX_MARK
from kb.rules.judge import Judgement
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_MARKS = compile_lazy(r"[\\`*_\[\]()<>~&$!:.+-]")
# A backslash does not keep these from being read: mentions, references and ends of cells are
# looked for in what is left when Markdown is done, or before it begins.
_WIDE = str.maketrans("@#|", "＠＃｜")


class MarkdownWriter(SharedWriter):
    """Writes a row a finding, in document order, then the counts."""

    def __init__(self, write: Callable[[str], object], **options: Any) -> None:
        super().__init__(write, **options)
        self._begun = False
        note = t(
            "kb lint の結果です。この行があるページは、障害の記事として点検しません",
            "made by kb lint; a page with this line is not linted as an incident",
        )
        self._head = f"{INDEX_MARK} {note} -->\n\n"

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._count_waived(waived)
        self._table(self._folder.add(judgement, self._shared.keep(judgement, shown)))

    def _table(self, rows: Sequence[FindingRow]) -> None:
        if rows and not self._begun:
            head = t("| 重さ | 規則 | 場所 | 題名 | 直し方 |", "| Severity | Rule | Place | Title | What to do |")
            self._write(f"{self._head}{head}\n|---|---|---|---|---|\n")
            self._begun = True
        for row in rows:
            self._write(_table_row(row))

    def end(self, counts: LintCounts) -> None:
        self._table(sorted(self._folder.rows()))
        errors, warnings = counts.severity(Severity.ERROR), counts.severity(Severity.WARNING)
        lines = [
            t(
                f"指摘 {counts.findings:,} 件（エラー {errors:,}、警告 {warnings:,}）、文書 {counts.documents:,} 件。",
                f"Findings: {counts.findings:,} (errors {errors:,}, warnings {warnings:,}); "
                f"documents: {counts.documents:,}.",
            )
        ]
        lines += (words for _, _, words in self._shared.kinds())
        lines += filter(None, (self._shared.left_out(), describe_set_aside(self._waived)))
        self._write(
            ("\n" if self._begun else self._head) + "".join(f"- {escape_markdown(str(line))}\n" for line in lines)
        )


def _table_row(row: FindingRow) -> str:
    entry, finding = row.entry, row.finding
    place, url = code_span(row.place), safe_url(entry, finding)
    says = t(f"{row.message}［{row.evidence}］", f"{row.message} [{row.evidence}]") if row.evidence else row.message
    cells = (
        str(SEVERITIES[finding.severity][0]),
        escape_markdown(row.code),
        "" if row.summary else f"[{place}](<{url.replace('|', '%7C')}>)" if url else place,
        "" if row.summary else code_span(shown_title(entry)),
        f"{escape_markdown(f'{row.message} {row.summary}')} → {code_span(row.command)}"
        if row.summary
        else escape_markdown(str(says)),
    )
    return f"| {' | '.join(cells)} |\n"


def code_span(text: str) -> str:
    """Return foreign text as a code span of one cell."""
    text = defuse_commands(text).replace("|", "｜").strip()
    if not text:
        return ""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    blank = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{blank}{text}{blank}{fence}"


def escape_markdown(text: str) -> str:
    """Escape a sentence that may quote foreign text."""
    return _MARKS.sub(r"\\\g<0>", sanitize(text).translate(_WIDE))
