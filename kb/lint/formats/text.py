"""`--format text`: one screen for people, most urgent first."""

from __future__ import annotations

import os
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from kb.console.terminal import link, paint, terminal_width
from kb.lint.engine.request import LintCounts
from kb.lint.formats.folding import Folder, count_findings
from kb.lint.formats.rows import FindingRow
from kb.lint.formats.source_lines import render_snippet
from kb.lint.formats.wording import (
    PAGE_KIND_WORDS,
    SEVERITIES,
    describe_reason,
    describe_secret,
    describe_set_aside,
    explain_finding,
)
from kb.lint.printable import defuse_commands, document_id, document_label, safe_url, shown_title
from kb.model.facts import Facts, PageKind
from kb.model.finding import Finding, Severity, WaiverKind
from kb.model.masked import EMPTY, Masked
from kb.model.page import Entry
from kb.rules.judge import Judgement
from kb.rules.registry import Rule
from kb.secrets.masking.mask import TITLE as TITLED
from kb.text.display import clip, display_width, pad, sanitize, wrap
from kb.text.lang import Text, t

MAX_ROWS = 20
ROWS_BELOW_LEAD = 3
"""Rows of secrets, and of all else, that a screen has room for where it begins with what hurts."""
_PLACE_COLUMNS = 28  # at least; a third of wider screens
_TITLE_COLUMNS = 13  # of a title beside a secret, where both do not fit
_SNIPPET_COLUMNS = 12  # of a page beside the evidence, at least
_UNSEEN_COLUMNS = 200  # where no terminal cuts the lines


class Grouping(StrEnum):
    """What is printed above rows that belong together."""

    RULE = "rule"
    PAGE = "page"
    CATEGORY = "category"


class ScreenLead(Protocol):
    """What a screen begins with, made of all findings that are shown."""

    def add(self, entry: Entry, findings: Sequence[Finding]) -> None:
        """Take in one document and its findings."""

    def render(self) -> Iterator[str]:
        """Yield the lines."""


class TextWriter:
    """Keeps the first twenty rows, or all with `everything`, and prints them at the end.

    `rest` is the command that shows everything, `open_page` the one that shows a document with its findings ("" where
    there is none). `line_of` returns the line of a finding, "" when unknown; it is
    called only for printed rows. Of a line that holds a secret nothing is shown, not even another finding's
    words. `pages` also prints each page's kind. `lead` is what the first screen begins with, where the findings do
    not fit on it. `folded` are the rules whose findings become one row, by code; only rows grouped by rule are folded
    or put together, and none where each is explained.
    """

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        everything: bool,
        rest: str,
        open_page: str = "",
        group_by: str = Grouping.RULE,
        explain: bool = False,
        pages: bool = False,
        line_of: Callable[[Entry, Finding], Masked] | None = None,
        lead: ScreenLead | None = None,
        folded: Mapping[str, Rule] | None = None,
    ) -> None:
        self._write = write
        self._lead = lead
        self._limit = None if everything else MAX_ROWS
        self._rest = rest
        self._open_page = open_page
        self._group_by = Grouping(group_by)
        self._explain = explain
        self._pages = _Pages(write, self._limit) if pages else None
        self._line_of = line_of
        together = self._group_by is Grouping.RULE and not explain
        self._folder = Folder(folded or {} if together else {}, merge=together)
        self._rows: list[FindingRow] = []
        self._waived: Counter[WaiverKind] = Counter()
        self._values: Counter[str] = Counter()

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)
        self._values.update(each.secret.value_id for each in shown if each.secret and each.secret.value_id)
        if self._lead is not None:
            self._lead.add(judgement.entry, shown)
        self._rows += self._folder.add(judgement, shown)
        if self._limit and len(self._rows) > 50 * self._limit:
            self._sort()
        if self._pages and judgement.entry.part == "body" and judgement.entry.facts is not None:
            self._pages.add(judgement.entry, judgement.entry.facts)

    def end(self, counts: LintCounts) -> None:
        if self._pages:
            self._pages.end(self._rest)
        self._rows += self._folder.rows()
        if self._lead is not None and counts.findings > MAX_ROWS:
            self._write("".join(f"{line}\n" for line in self._lead.render()))
            self._write(paint(str(t("急ぐものから", "The most urgent")), "bold") + "\n")
            self._limit = ROWS_BELOW_LEAD
        else:
            self._lead = None
        self._sort()
        for head, rows in self._grouped():
            for line in (*head, *rows):
                self._write(line + "\n")
        more = counts.findings - count_findings(self._rows)
        if more > 0:
            self._write(str(t(f"ほか {more:,} 件 → {self._rest}\n", f"{more:,} more → {self._rest}\n")))
        if self._open_page and self._rows:
            doc = sanitize(shlex.quote(str(document_id(self._first_row().entry.doc))))
            self._write(str(t(f"本文で見る → {self._open_page}\n", f"in its page → {self._open_page}\n")).format(doc))
        if repeated := _describe_repeats(self._values):
            self._write(f"{repeated}\n")
        if aside := describe_set_aside(self._waived):
            self._write(f"{aside}\n")

    def _first_row(self) -> FindingRow:
        """Return the first row that is on no secret, which another command lists, or else the first."""
        return next((row for row in self._rows if row.finding.secret is None), self._rows[0])

    def _sort(self) -> None:
        """Sort the rows and drop what there is no room for: below a lead secrets leave some to all else."""
        self._rows.sort()
        if self._lead is None:
            del self._rows[self._limit or len(self._rows) :]
            return
        secrets: list[FindingRow] = []
        others: list[FindingRow] = []
        for row in self._rows:
            (others if row.finding.secret is None else secrets).append(row)
        self._rows = sorted([*secrets[: self._limit], *others[: self._limit]])

    def _grouped(self) -> Iterator[tuple[list[str], Iterator[str]]]:
        """Yield the groups in the order of their first rows: heading lines, and row lines."""
        groups: dict[tuple[object, ...], list[FindingRow]] = {}
        for row in self._rows:
            groups.setdefault(self._key(row), []).append(row)
        room = min(
            max(_PLACE_COLUMNS, _terminal_columns() // 3),
            max((display_width(row.place) for row in self._rows if not row.summary), default=0),
        )
        for rows in groups.values():
            yield self._head(rows[0], len(rows)), self._lines(rows, room)

    def _key(self, row: FindingRow) -> tuple[object, ...]:
        match self._group_by:
            case Grouping.RULE:
                return row.finding.severity, row.code, row.message
            case Grouping.PAGE:
                return (row.where,)
            case Grouping.CATEGORY:
                return (row.entry.category,)

    def _head(self, row: FindingRow, count: int) -> list[str]:
        match self._group_by:
            case Grouping.RULE:
                indent = _severity_room() + len(row.code) + 2
                first, *more = wrap(row.message, max(20, _terminal_columns() - indent))
                return [f"{_label(row)} {first}", *(" " * indent + line for line in more)]
            case Grouping.PAGE:
                place = link(paint(row.where, "bold"), safe_url(row.entry))
                return [f"{place}  {clip(row.title, max(12, _terminal_columns() - display_width(row.where) - 2))}"]
            case Grouping.CATEGORY:
                name = defuse_commands(row.entry.category) or str(t("（カテゴリーなし）", "(no category)"))
                return [f"{paint(clip(name, _terminal_columns() - 8), 'bold')} ({count})"]

    def _lines(self, rows: Sequence[FindingRow], room: int) -> Iterator[str]:
        for row in rows:
            yield f"  {self._line(row, room)}".rstrip()
            if self._explain:
                reasons, *rest = map(str, explain_finding(row.entry, row.finding))
                yield from (
                    f"      {line}" for line in (*wrap(reasons, _terminal_columns() - 6), *rest)
                )  # the last is for pasting

    def _line(self, row: FindingRow, room: int) -> str:
        if row.summary:
            return f"{row.summary} → {paint(row.command, 'bold')}"
        if self._group_by is Grouping.PAGE:
            digits = max(len(str(each.line)) for each in self._rows)
            front = f"{row.line:>{digits}} {_label(row)} "
            left = _terminal_columns() - 2 - digits - 2 - _severity_room() - len(row.code) - 1
            return front + self._beside(row.message, row, left)
        front = f"{_label(row)} " if self._group_by is Grouping.CATEGORY else ""
        taken = _severity_room() + len(row.code) + 2 if front else 0
        most = _terminal_columns() - taken - 4
        room = max(
            room, min(display_width(row.place), most - 28)
        )  # an id or a path is for pasting: whole where it fits at all
        where = clip(row.place, room)
        place = link(where, safe_url(row.entry, row.finding)) + pad("", room - display_width(where))
        return f"{front}{place}  {self._beside(row.title, row, most - room)}"

    def _beside(self, text: str, row: FindingRow, left: int) -> str:
        """Return a title or message beside the finding's words, within `left` columns.

        Words that must not be shown are replaced by their kind.
        """
        room, words = max(12, left - min(display_width(text), left // 2) - 1), ""
        if row.finding.secret is not None:
            room = max(room, left - min(display_width(text), _TITLE_COLUMNS) - 1)
        if facts := describe_secret(row.entry, row.finding, room - display_width(str(t("（）", "()")))):
            words = clip(str(t(f"（{facts.ja}）", f"({facts.en})")), room)
        else:
            words = clip(str(t(f"［{row.evidence}］", f"[{row.evidence}]")), room) if row.evidence else ""
            left_over = room - display_width(words) - 1 if words else room
            if left_over >= _SNIPPET_COLUMNS and not (row.secret_line or row.finding.part == TITLED):
                line = self._line_of(row.entry, row.finding) if self._line_of else EMPTY
                words = f"{words} {render_snippet(row.finding, line, left_over)}".strip()
        text = clip(text, max(12, left - display_width(words) - 1 if words else left))
        return f"{text} {words}".rstrip()


class StatisticsWriter:
    """`--statistics`: findings per rule, most frequent first, and how many were set aside."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self._waived: Counter[WaiverKind] = Counter()

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        self._waived.update(finding.waiver.kind for finding in waived if finding.waiver)

    def end(self, counts: LintCounts) -> None:
        rows = sorted(counts.rules.items(), key=lambda row: (-row[1], row[0][1]))
        digits = max((len(str(count)) for _, count in rows), default=1)
        for (severity, code, name), count in rows:
            self._write(f"{count:>{digits}} {_severity(severity)} {code} {name}\n")
        if aside := describe_set_aside(self._waived):
            self._write(f"{aside}\n")


class _Pages:
    """`--pages`: each page's kind and why, then the totals."""

    def __init__(self, write: Callable[[str], object], limit: int | None) -> None:
        self._write = write
        self._limit = limit
        self._kinds: Counter[PageKind] = Counter()

    def add(self, entry: Entry, facts: Facts) -> None:
        if self._limit is None or self._kinds.total() < self._limit:
            kind, name = str(PAGE_KIND_WORDS[facts.kind]), defuse_commands(document_label(entry))
            kinds = max(display_width(str(word)) for word in PAGE_KIND_WORDS.values())
            self._write(
                f"{pad(kind, kinds)} {link(name, safe_url(entry))}  "
                f"{defuse_commands(shown_title(entry)[:_UNSEEN_COLUMNS])}\n"
            )
            self._write(f"{pad('', kinds)} ← {defuse_commands(str(describe_reason(facts.kind_reason)))}\n")
        self._kinds[facts.kind] += 1

    def end(self, rest: str) -> None:
        if self._limit is not None and self._kinds.total() > self._limit:
            more = self._kinds.total() - self._limit
            self._write(str(t(f"ほか {more} ページ → {rest}\n", f"{more} more pages → {rest}\n")))
        kinds = [f"{PAGE_KIND_WORDS[kind]} {count}" for kind, count in self._kinds.most_common()]
        if kinds:
            line = f"{t('ページの種類', 'kinds of page')}: {str(t('、', ', ')).join(kinds)}"
            self._write("\n".join(wrap(line, _terminal_columns())) + "\n\n")


def _describe_repeats(values: Counter[str]) -> Text | None:
    """Return a sentence on values found in more than one place; None without any."""
    counts = [count for count in values.values() if count > 1]
    if not counts:
        return None
    return t(
        f"2 か所以上に書かれた同じ値 {len(counts)} 種類（{sum(counts):,} か所） → kb secrets list",
        f"{len(counts)} of the values stand in more than one place ({sum(counts):,} places) → kb secrets list",
    )


def _terminal_columns() -> int:
    """Return the terminal's columns; without one and without COLUMNS no line is cut."""
    return terminal_width() if sys.stdout.isatty() or os.environ.get("COLUMNS") else _UNSEEN_COLUMNS


def _label(row: FindingRow) -> str:
    """Return severity and code."""
    return f"{_severity(row.finding.severity)} {paint(row.code, 'bold')}"


def _severity(severity: Severity) -> str:
    """Return the severity's word in its colour, padded."""
    word, colour = SEVERITIES[severity]
    return paint(str(word), colour) + pad("", _severity_room() - display_width(str(word)))


def _severity_room() -> int:
    return max(display_width(str(word)) for word, _ in SEVERITIES.values())
