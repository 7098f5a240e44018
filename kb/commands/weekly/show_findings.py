"""`kb show --findings`: what kb lint finds in one document, below the lines it is about."""

from __future__ import annotations

import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from kb.console.terminal import TroubleReporter, paint, say, terminal_width
from kb.errors import Exit
from kb.lint.engine.request import Request
from kb.lint.engine.survey import Survey
from kb.lint.formats.rows import FindingRow, build_row
from kb.lint.formats.wording import SEVERITIES, describe_secret, describe_set_aside
from kb.model.facts import Confidence
from kb.model.finding import Severity, WaiverKind
from kb.settings.workspace import Workspace
from kb.text.display import sanitize, wrap
from kb.text.lang import count_noun, t

_INDENT = "    "


@dataclass(slots=True)
class PageNotes:
    """The findings of one document: rows by part, how many were set aside, and what could not be judged."""

    rows: dict[str, list[FindingRow]] = field(default_factory=lambda: defaultdict(list))
    aside: Counter[WaiverKind] = field(default_factory=Counter)
    codes: list[Exit] = field(default_factory=list)

    def above(self, part: str) -> Iterator[str]:
        """Yield the lines on what is in no text: the title, the tags, a field, a line of a former version."""
        for row in self.rows[part]:
            if row.finding.part != part:
                yield from _note(row, f"{row.finding.part}: ")

    def weave(self, part: str, body: str) -> Iterator[str]:
        """Yield the lines of a part's text, each with what was found in it."""
        lines = body.split("\n")
        at: dict[int, list[FindingRow]] = defaultdict(list)
        for row in self.rows[part]:
            if row.finding.part == part:
                at[min(row.line, len(lines))].append(row)
        for number, line in enumerate(lines, 1):
            yield line
            for row in at[number]:
                yield from _note(row)

    def say_summary(self, doc: str) -> None:
        """Say how many findings there are, and the command that decides on them."""
        if (aside := describe_set_aside(self.aside)) is not None:
            say(aside)
        severities = Counter(row.finding.severity for rows in self.rows.values() for row in rows)
        total, errors, warnings = severities.total(), severities[Severity.ERROR], severities[Severity.WARNING]
        if not total:
            say(t("指摘はありません。", "nothing was found in it."))
            return
        following = sanitize(shlex.join(["kb", "triage", "--page", doc]))
        say(
            t(
                f"指摘 {total:,} 件（エラー {errors:,}、警告 {warnings:,}）。",
                f"{count_noun(total, 'finding')} ({count_noun(errors, 'error')}, {count_noun(warnings, 'warning')}).",
            )
        )
        say(f"→ {following}")


def find_notes(workspace: Workspace, doc: str, parts: Collection[str] = ()) -> PageNotes:
    """Judge one document of the mirror as it stands there. What could not be judged is said.

    `parts` are those that are shown: what is in a custom field of a ticket goes there.
    """
    notes, tell = PageNotes(), TroubleReporter()
    with Survey(Request(docs=(doc,)), workspace, tell.add_unusable) as found:
        troubles = list(found.loaded.troubles)
        for each in found:
            troubles += each.judgement.crashes
            for finding in each.findings:
                if finding.waiver is not None:
                    notes.aside[finding.waiver.kind] += 1
                elif finding.confidence >= Confidence.MEDIUM:
                    part = finding.part if finding.part in parts else each.judgement.entry.part
                    notes.rows[part].append(build_row(each.judgement, finding))
    for trouble in troubles:
        tell(trouble)
        notes.codes.append(trouble.exit_code)
    tell.end()
    return notes


def _note(row: FindingRow, where: str = "") -> Iterator[str]:
    """Yield a finding as lines of the terminal, below what it is about."""
    word, colour = SEVERITIES[row.finding.severity]
    facts = describe_secret(row.entry, row.finding)
    says = f"{row.message}{t(f'（{facts.ja}）', f' ({facts.en})') if facts is not None else ''}"
    text = f"{sanitize(where)}{row.code} {says}"
    lines = wrap(text, max(20, terminal_width() - len(_INDENT) - 12)) if sys.stdout.isatty() else [text]
    for number, line in enumerate(lines):
        mark = f"↑ {paint(str(word), colour)}" if not number else " "
        yield f"{_INDENT}{mark} {line}"
