"""What `kb lint` prints: the writer of a format, what went wrong, the last line."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb.commands.lint_options import Format, Grouping
from kb.console import debugging, paint, safe, say, talk
from kb.errors import InputError, KbError
from kb.lang import t
from kb.lint.counts import Counts
from kb.lint.finding import Stopped
from kb.lint.formats import Writer
from kb.lint.rules import Rule
from kb.lint.secret_codes import CREDENTIALS
from kb.model import Severity

if TYPE_CHECKING:
    from kb.config import Workspace
    from kb.lint.unnamed import Unnamed

TOLD = 20
"""Troubles told one by one; of more only the number."""


@dataclass(frozen=True, slots=True)
class Look:
    """How findings shall look; all but `format`, `pages` and `secret_places` is for the screen."""

    format: Format = Format.TEXT
    pages: bool = False
    statistics: bool = False
    everything: bool = False
    group_by: Grouping = Grouping.RULE
    explain: bool = False
    secret_places: bool = False


@contextmanager
def writing(
    look: Look, mirror: Path | None, known: Sequence[Rule], workspace: Workspace | None = None
) -> Iterator[Writer]:
    """The writer of a format to standard output; `mirror` is where a screen fetches lines from.

    `known` are the rules there are, whose words some formats bring along. `workspace` tells the names of people,
    which formats that travel leave out.
    """
    write = sys.stdout.write
    if look.format is not Format.TEXT and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    if look.format is not Format.TEXT:
        yield _for_programs(look, known, workspace)
        return
    from kb.lint.formats.text import Screen, Statistics

    if look.statistics:
        yield Statistics(write)
        return
    from kb.lint.formats.source_lines import SourceLines

    with SourceLines(mirror) as lines:
        yield Screen(
            write,
            everything=look.everything,
            rest=again("--all"),
            group_by=look.group_by,
            explain=look.explain,
            pages=look.pages,
            line_of=lines,
        )


def _for_programs(look: Look, known: Sequence[Rule], workspace: Workspace | None) -> Writer:
    write = sys.stdout.write
    if look.format is Format.JSONL:
        from kb.lint.formats.jsonl import Jsonl

        return Jsonl(write, pages=look.pages)
    if look.format is Format.JSON:
        from kb.lint.formats.json import Json

        return Json(write, pages=look.pages)
    unnamed = _unnamed(workspace, known)
    if look.format is Format.SARIF:
        from kb.lint.formats.sarif import Sarif

        return Sarif(write, secret_places=look.secret_places, unnamed=unnamed, known=known)
    if look.format is Format.GITHUB:
        from kb.lint.formats.github import GitHub

        return GitHub(write, secret_places=look.secret_places, unnamed=unnamed)
    if look.format is Format.JUNIT:
        from kb.lint.formats.junit import JUnit

        return JUnit(write, secret_places=look.secret_places, unnamed=unnamed)
    if look.format is Format.MARKDOWN:
        from kb.lint.formats.markdown import Markdown

        return Markdown(write, secret_places=look.secret_places, unnamed=unnamed)
    from kb.lint.formats.html import Html

    return Html(write, secret_places=look.secret_places, unnamed=unnamed, known=known)


def _unnamed(workspace: Workspace | None, known: Sequence[Rule]) -> Unnamed:
    """What says findings without naming anybody the mirror knows. Raises StoreError for one that cannot be read."""
    from kb.lint.unnamed import Unnamed, everybody, named

    if workspace is None or not workspace.mirror.exists():
        return Unnamed(known=known)
    from kb.lint.owners_of import people_of
    from kb.mirror.store import Mirror

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return Unnamed(named(everybody(people_of(workspace.settings, mirror))), known)


class Troubles:
    """Tells what could not be used or judged, the first twenty one by one, and at the end how to go on."""

    def __init__(self) -> None:
        self._told = 0
        self._steps: dict[str, None] = {}

    def __call__(self, error: KbError) -> None:
        self._told += 1
        if self._told <= TOLD:
            say(f"{error.what}")
            if error.next_step:
                self._steps[str(error.next_step)] = None
            if debugging() and error.__cause__ is not None:
                from kb import behind  # traceback takes its time to load

                behind.show(error.__cause__)

    def end(self) -> None:
        """Say how many more there were, and each way to go on once."""
        if self._told > TOLD:
            more = self._told - TOLD
            say(str(t(f"このような行がほかに {more} 件あります。", f"and {more} more like these.")))
        for step in self._steps:
            talk(step, "→ ")


@contextmanager
def noted() -> Iterator[None]:
    """After a Ctrl-C, say which rule was at work: one that never ends has no other way of being found."""
    try:
        yield
    except KeyboardInterrupt as stop:
        for note in getattr(stop, "__notes__", ()):
            if isinstance(note, Stopped):
                say(safe(note))
        raise


class Unusable:
    """Tells inputs that cannot be used, and counts them."""

    def __init__(self, tell: Troubles) -> None:
        self._tell = tell
        self.count = 0

    def __call__(self, error: InputError) -> None:
        self.count += 1
        self._tell(error)


def again(flag: str) -> str:
    """The command line of this run with one more flag, for a person to paste."""
    import shlex

    return shlex.join(["kb", *sys.argv[1:], flag])


def last_line(counts: Counts, took_s: float, *, mirrored: bool = False) -> str:
    """Counts, time, and the command that comes next: of credentials in the mirror, which to change first."""
    errors, warnings = counts.severity(Severity.ERROR), counts.severity(Severity.WARNING)
    line = t(
        f"指摘 {counts.findings} 件（エラー {errors}、警告 {warnings}）、文書 {counts.documents} 件、{took_s:.1f} 秒。",
        f"{many(counts.findings, 'finding')} ({many(errors, 'error')}, {many(warnings, 'warning')}), "
        f"{many(counts.documents, 'document')}, {took_s:.1f} s.",
    )
    if counts.whose is not None:
        line = t(f"{safe(counts.whose.ja)}{line.ja}", f"{safe(counts.whose.en)}{line.en}")
    if counts.crashes:
        line = t(
            f"{line.ja}判定できなかったところ {counts.crashes} 件。", f"{line.en} {counts.crashes} could not be judged."
        )
    if not counts.rules:
        return str(line)
    _, code, _ = max(counts.rules, key=lambda rule: (rule[0], counts.rules[rule]))
    secret = mirrored and any(code.startswith(CREDENTIALS) for _, code, _ in counts.rules)
    return f"{line} → {paint('kb secrets list' if secret else f'kb explain {code}', 'bold', stream=sys.stderr)}"


def followed(counts: Counts) -> str:
    """A line on findings that are told although somebody is seeing to them; "" when there are none."""
    if not counts.followed:
        return ""
    from kb.commands.triage_sitting import SHORT

    rows = [(words, counts.followed[what]) for what, words in SHORT.items() if counts.followed[what]]
    return str(
        t(
            f"指摘のうち {counts.followed.total()} 件には手を打ってあります"
            f"（{'、'.join(f'{words.ja} {count}' for words, count in rows)}）。",
            f"being seen to already: {counts.followed.total()} of the findings "
            f"({', '.join(f'{count} {words.en}' for words, count in rows)}).",
        )
    )


def many(count: int, noun: str) -> str:
    """A count with its English noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
