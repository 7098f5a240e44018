"""`--format text`: one screen for a person, what matters today first."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from kb.console import clip, columns, link, pad, paint, safe, width, wrap
from kb.lang import Text, t
from kb.lint.counts import Counts
from kb.lint.judge import Judgement
from kb.model import Finding, Severity

ROWS = 20
QUOTE_COLUMNS = 40
_PLACE_COLUMNS = 28
_UNSEEN_COLUMNS = 200  # where no terminal cuts the lines

SEVERITIES: dict[Severity, tuple[Text, str]] = {
    Severity.ERROR: (t("エラー", "error"), "red"),
    Severity.WARNING: (t("警告", "warning"), "yellow"),
    Severity.INFO: (t("情報", "info"), "cyan"),
}


@dataclass(frozen=True, slots=True, order=True)
class _Row:
    """One line, ordered by what a person should see first: the worst, then the newest page."""

    mildness: int
    age: float
    where: str
    line: int
    column: int
    code: str
    title: str
    url: str
    message: str
    quote: str


class Screen:
    """Keeps the first twenty rows, or with `everything` all of them, and prints them at the end."""

    def __init__(self, write: Callable[[str], object], *, everything: bool, rest: str) -> None:
        self._write = write
        self._limit = None if everything else ROWS
        self._rest = rest
        self._rows: list[_Row] = []

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        self._rows += (_row(judgement, finding) for finding in shown)
        if self._limit and len(self._rows) > 50 * self._limit:
            self._sort()

    def end(self, counts: Counts) -> None:
        self._sort()
        places = [f"{row.where}:{row.line}" for row in self._rows]
        room = min(_PLACE_COLUMNS, max(map(width, places), default=0))
        groups: dict[tuple[int, str, str], list[str]] = {}
        for place, row in zip(places, self._rows, strict=True):
            groups.setdefault((row.mildness, row.code, row.message), []).append(_shown(row, place, room))
        for (mildness, code, message), lines in groups.items():
            indent = _severity_room() + len(code) + 2
            head = f"{_severity(Severity(-mildness))} {paint(code, 'bold')} "
            self._write(head + f"\n{' ' * indent}".join(wrap(message, max(20, _total() - indent))) + "\n")
            for line in lines:
                self._write(f"  {line}\n")
        more = counts.findings - len(self._rows)
        if more > 0:
            self._write(str(t(f"ほか {more} 件 → {self._rest}\n", f"{more} more → {self._rest}\n")))

    def _sort(self) -> None:
        self._rows.sort()
        del self._rows[self._limit or len(self._rows) :]


class Statistics:
    """`--statistics`: how often each rule spoke, the most frequent first."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding] = ()) -> None:
        """Nothing: the counts say it all."""

    def end(self, counts: Counts) -> None:
        rows = sorted(counts.rules.items(), key=lambda row: (-row[1], row[0][1]))
        digits = max((len(str(count)) for _, count in rows), default=1)
        for (severity, code, name), count in rows:
            self._write(f"{count:>{digits}} {_severity(severity)} {code} {name}\n")


def _row(judgement: Judgement, finding: Finding) -> _Row:
    part = "" if finding.part == "body" else f"#{finding.part}"
    return _Row(
        mildness=-finding.severity,
        age=-_moment(judgement.entry.updated_at),
        where=safe(f"{judgement.entry.doc}{part}"),
        line=finding.span.line,
        column=finding.span.column,
        code=finding.code,
        title=safe(judgement.entry.title[:_UNSEEN_COLUMNS]),
        url=judgement.entry.url,
        message=str(finding.message),
        quote=safe(finding.quote),
    )


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO time, 0 when it is none."""
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _shown(row: _Row, place: str, room: int) -> str:
    """One line: place, title, the words that triggered it."""
    left = _total() - room - 4
    quote = clip(row.quote, min(QUOTE_COLUMNS, max(8, left // 2)))
    marked = f"「{paint(quote, 'underline')}」" if quote else ""
    title = clip(row.title, max(12, left - width(f" 「{quote}」") if quote else left))
    where = _left(place, room)
    return f"{link(where, row.url)}{pad('', room - width(where))}  {title}{marked and ' ' + marked}".rstrip()


def _total() -> int:
    """The columns of the terminal; where there is none and nobody set COLUMNS, no line is cut."""
    return columns() if sys.stdout.isatty() or os.environ.get("COLUMNS") else _UNSEEN_COLUMNS


def _severity(severity: Severity) -> str:
    """Its word in its colour, as wide as the widest."""
    word, colour = SEVERITIES[severity]
    return paint(str(word), colour) + pad("", _severity_room() - width(str(word)))


def _severity_room() -> int:
    return max(width(str(word)) for word, _ in SEVERITIES.values())


def _left(place: str, room: int) -> str:
    """A place cut in front: the file's name and the line matter more than the folders."""
    if width(place) <= room:
        return place
    place = place[-room:]
    while width(place) > room - 1:
        place = place[1:]
    return "…" + place
