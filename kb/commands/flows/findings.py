"""Print findings: the options of a format, its writer, failures and the last line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.terminal import paint, say, use_utf8_stdout
from kb.text.display import sanitize
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.lint.engine.request import FindingWriter, LintCounts, Request
    from kb.lint.formats.text import ScreenLead
    from kb.lint.people.audience import Anonymizer
    from kb.model.finding import Finding
    from kb.model.page import Entry
    from kb.rules.registry import Rule
    from kb.settings.workspace import Workspace


class OutputFormat(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"
    MARKDOWN = "markdown"
    HTML = "html"


FORMATS_FOR_PROGRAMS = frozenset({OutputFormat.JSON, OutputFormat.JSONL})
FORMATS_WITH_PLACES = FORMATS_FOR_PROGRAMS | {OutputFormat.TEXT}
"""The forms for whoever runs kb; the others are made to be passed on."""


class SeverityName(StrEnum):
    """Severities, as people type them."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class RowGrouping(StrEnum):
    """What the rows of the screen are grouped by."""

    RULE = "rule"
    PAGE = "page"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How findings shall look; all but `format`, `pages`, `items` and `secret_places` is for what people read.

    `leads_to_page`: a screen ends with the command that shows a page with its findings. What `select` names by itself
    is not folded, and for a `member` nothing is that lies in several documents. `extra` are keys of the JSON document.
    """

    format: OutputFormat = OutputFormat.TEXT
    pages: bool = False
    items: bool = False
    statistics: bool = False
    everything: bool = False
    group_by: RowGrouping = RowGrouping.RULE
    explain: bool = False
    secret_places: bool = False
    leads_to_page: bool = False
    select: tuple[str, ...] = ()
    member: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)


@contextmanager
def make_writer(
    look: OutputOptions,
    mirror: Path | None,
    known: Sequence[Rule],
    workspace: Workspace | None = None,
    lead: ScreenLead | None = None,
) -> Iterator[FindingWriter]:
    """Yield the writer of a format to standard output; `mirror` is where a screen fetches lines from.

    `known` are the rules there are, whose words some formats bring along. `workspace` tells the names of people,
    which formats that travel leave out. `lead` is what a screen begins with where the findings do not fit on it.
    """
    write = sys.stdout.write
    if look.format is not OutputFormat.TEXT:
        use_utf8_stdout()
        with _owner_names(workspace if look.format is OutputFormat.HTML else None) as owner_of:
            yield _for_programs(look, known, workspace, owner_of)
        return
    from kb.lint.formats.text import StatisticsWriter, TextWriter

    if look.statistics:
        yield StatisticsWriter(write)
        return
    from kb.lint.formats.folding import choose_folded
    from kb.lint.formats.source_lines import SourceLines

    with SourceLines(mirror) as lines:
        yield TextWriter(
            write,
            everything=look.everything,
            rest=repeat_command("--all"),
            open_page="kb show {} --findings" if look.leads_to_page else "",
            group_by=look.group_by,
            explain=look.explain,
            pages=look.pages,
            line_of=lines,
            lead=lead,
            folded=choose_folded(known, look.select, by_place=not look.member),
        )


@contextmanager
def _owner_names(workspace: Workspace | None) -> Iterator[Callable[[Entry, Finding], str]]:
    """Yield what names the owner of a finding, for a page that colleagues read; of nobody who is no member now."""
    if workspace is None or not workspace.mirror.exists():
        yield lambda entry, finding: ""
        return
    from kb.lint.people.owners import load_owners
    from kb.mirror.store import Mirror

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        owners = load_owners(workspace, mirror)

        def name_of(entry: Entry, finding: Finding) -> str:
            owner = owners.known_owner(entry, owners.owner_of_finding(entry, finding))
            return "、".join(each.name for each in owner.people if not each.former) if owner else ""

        yield name_of


def _for_programs(
    look: OutputOptions,
    known: Sequence[Rule],
    workspace: Workspace | None,
    owner_of: Callable[[Entry, Finding], str],
) -> FindingWriter:
    write, format = sys.stdout.write, look.format
    if format in FORMATS_FOR_PROGRAMS:
        from kb.lint.formats.json import JsonlWriter, JsonWriter

        if format is OutputFormat.JSON:
            return JsonWriter(write, pages=look.pages, items=look.items, extra=look.extra)
        return JsonlWriter(write, pages=look.pages, items=look.items)
    from kb.lint.formats.ci import GitHubWriter, JUnitWriter
    from kb.lint.formats.folding import choose_folded
    from kb.lint.formats.html import HtmlWriter
    from kb.lint.formats.markdown import MarkdownWriter
    from kb.lint.formats.sarif import SarifWriter
    from kb.lint.formats.shared import SharedWriter

    writers: dict[OutputFormat, type[SharedWriter]] = {
        OutputFormat.SARIF: SarifWriter,
        OutputFormat.GITHUB: GitHubWriter,
        OutputFormat.JUNIT: JUnitWriter,
        OutputFormat.MARKDOWN: MarkdownWriter,
    }
    unnamed = _anonymizer(workspace, known)
    folded = choose_folded(known, look.select, by_place=not look.member)
    if format is OutputFormat.HTML:
        from kb.settings.kb_toml import Settings

        return HtmlWriter(
            write,
            secret_places=look.secret_places,
            known=known,
            unnamed=unnamed,
            owner_of=owner_of,
            folded=folded,
            zone=(workspace.settings if workspace else Settings()).timezone,
        )
    return writers[format](write, secret_places=look.secret_places, known=known, unnamed=unnamed, folded=folded)


def _anonymizer(workspace: Workspace | None, known: Sequence[Rule]) -> Anonymizer:
    """Return what rewrites findings without the names the mirror knows. Raises StoreError for an unreadable mirror."""
    from kb.lint.people.audience import Anonymizer, find_names, list_member_names

    if workspace is None or not workspace.mirror.exists():
        return Anonymizer(known=known)
    from kb.lint.people.roster import load_people
    from kb.mirror.store import Mirror

    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        return Anonymizer(find_names(list_member_names(load_people(workspace.settings, mirror))), known)


@contextmanager
def say_rule_at_work() -> Iterator[None]:
    """Say which rule was at work after a Ctrl-C: nothing else would name one that never ends."""
    try:
        yield
    except KeyboardInterrupt as stop:
        from kb.rules.finding import InterruptNote

        for note in getattr(stop, "__notes__", ()):
            if isinstance(note, InterruptNote):
                say(sanitize(note))
        raise


_OF_BASELINE = {"--update-baseline", "--accept-new", "--until"}


def repeat_command(flag: str) -> str:
    """Return the command line of this run with one more flag, for a person to paste.

    What it says about the baseline is left out: who wants to read more writes nothing anew.
    """
    import shlex

    words, skip = [], False
    for word in sys.argv[1:]:
        if not skip and word not in _OF_BASELINE:
            words.append(word)
        skip = word == "--until"
    return shlex.join(["kb", *(word for word in words if not word.startswith("--until=")), flag])


def format_last_line(counts: LintCounts, took_s: float, request: Request) -> str:
    """Return counts, time and the next command."""
    from kb.model.finding import Severity

    errors, warnings = counts.severity(Severity.ERROR), counts.severity(Severity.WARNING)
    line = t(
        f"指摘 {counts.findings:,} 件（エラー {errors:,}、警告 {warnings:,}）、"
        f"文書 {counts.documents:,} 件、{took_s:.1f} 秒。",
        f"{count_noun(counts.findings, 'finding')} ({count_noun(errors, 'error')}, "
        f"{count_noun(warnings, 'warning')}), "
        f"{count_noun(counts.documents, 'document')}, {took_s:.1f} s.",
    )
    if counts.whose is not None:
        line = t(f"{sanitize(counts.whose.ja)}{line.ja}", f"{sanitize(counts.whose.en)}{line.en}")
    if counts.crashes:
        line = t(
            f"{line.ja}判定できなかったところ {counts.crashes:,} 件。",
            f"{line.en} {counts.crashes:,} could not be judged.",
        )
    if not counts.rules:
        return str(line)
    return f"{line} → {paint(_following_command(counts, request), 'bold', stream=sys.stderr)}"


def _following_command(counts: LintCounts, request: Request) -> str:
    """Return the command after a lint: the page itself, or its decisions, for one document or person.

    Of the whole mirror it is the one that lists credentials, where there are any.
    """
    import shlex

    from kb.rules.codes import CREDENTIAL_PREFIX

    _, code, _ = max(counts.rules, key=lambda rule: (rule[0], counts.rules[rule]))
    if len(request.docs) == 1:
        return sanitize(shlex.join(["kb", "show", request.docs[0], "--findings"]))
    if request.mirrored and request.member is not None:
        return sanitize(shlex.join(["kb", "triage", "--for", request.member]))
    if request.mirrored and any(each.startswith(CREDENTIAL_PREFIX) for _, each, _ in counts.rules):
        return "kb secrets list"
    return f"kb explain {code}"


def format_followed_up(counts: LintCounts) -> str:
    """Return a line on findings shown although a decision covers them; "" without any."""
    if not counts.followed:
        return ""
    from kb.lint.formats.wording import DECISION_WORDS

    rows = [(words, counts.followed[what]) for what, words in DECISION_WORDS.items() if counts.followed[what]]
    return str(
        t(
            f"指摘のうち {counts.followed.total():,} 件には手を打ってあります"
            f"（{'、'.join(f'{words.ja} {count}' for words, count in rows)}）。",
            f"being seen to already: {counts.followed.total():,} of the findings "
            f"({', '.join(f'{count} {words.en}' for words, count in rows)}).",
        )
    )
