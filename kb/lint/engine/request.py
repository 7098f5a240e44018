"""What a lint was asked to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kb.errors import Exit
from kb.model.facts import Confidence
from kb.model.finding import Finding, Severity
from kb.text.lang import Text

if TYPE_CHECKING:
    from kb.lint.waivers.decisions import DecisionKind
    from kb.model.document import Document
    from kb.rules.judge import Judgement


class Profile(StrEnum):
    """How strict to be: errors only, the default rules, every rule."""

    RELAXED = "relaxed"
    STANDARD = "standard"
    STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Request:
    """What a lint was asked to do; without `paths` and `input` it reads the workspace's mirror.

    `docs` are the ids of the documents that alone are judged, () for all of the mirror.
    `now` is the time as typed, "" the machine's. `cluster` is the address of a Dask scheduler. `baseline` is a
    file; None takes the one beside kb.toml, if any.
    """

    paths: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    input: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    profile: Profile = Profile.STANDARD
    min_confidence: Confidence = Confidence.MEDIUM
    pages: bool = False
    items: bool = False
    jobs: int = 0  # 0: as many as there are processors, where it pays
    cluster: str = ""
    now: str = ""
    since: str = ""  # incidents that occurred on this day or later
    updated_since: str = ""
    baseline: str | None = None
    new_only: bool = False
    member: str | None = None  # whose findings; None for all

    @property
    def mirrored(self) -> bool:
        """Whether the mirror is read, rather than given files or lines."""
        return not self.paths and self.input is None

    @property
    def reads_pages(self) -> bool:
        """Whether every page is read, whether a rule needs it or not."""
        return self.pages or self.items


@dataclass(slots=True)
class LintCounts:
    """The counts of one run.

    `unsure` findings were below the requested confidence and are not shown. `followed` are shown ones someone is
    working on: the author was asked, or there is a ticket. `whose` names the person whose findings alone were
    shown, None for everyone's.
    """

    documents: int = 0
    incidents: int = 0
    unsure: int = 0
    crashes: int = 0
    unusable: int = 0
    rules: Counter[tuple[Severity, str, str]] = field(default_factory=Counter)
    followed: Counter[DecisionKind] = field(default_factory=Counter)
    whose: Text | None = None

    def add(self, judgement: Judgement, shown: Iterable[Finding]) -> None:
        """Count one document and its findings that are shown."""
        self.documents += judgement.entry.part == "body"
        self.incidents += judgement.entry.is_incident
        self.crashes += len(judgement.crashes)
        self.rules.update((each.severity, each.code, each.rule) for each in shown)

    @property
    def findings(self) -> int:
        """All findings shown."""
        return self.rules.total()

    def severity(self, severity: Severity) -> int:
        """Return the number of findings shown of one severity."""
        return sum(count for (each, _, _), count in self.rules.items() if each is severity)

    def exit_code(self, fail_on: Severity, *, zero: bool = False) -> Exit:
        """Return 3 when a rule crashed, 2 when an input could not be used, 1 when a finding is bad enough.

        With `zero` findings alone do not fail the run; troubles still do.
        """
        bad = any(severity >= fail_on for severity, _, _ in self.rules)
        return Exit.worst(
            Exit.SOURCE if self.crashes else Exit.OK,
            Exit.USAGE if self.unusable else Exit.OK,
            Exit.FINDINGS if bad and not zero else Exit.OK,
        )


class FindingWriter(Protocol):
    """Writes findings as they come; memory grows only with what a format must sort."""

    def add(self, judgement: Judgement, shown: Sequence[Finding], waived: Sequence[Finding]) -> None:
        """Write one document, its findings that are shown, and those set aside."""

    def end(self, counts: LintCounts) -> None:
        """Finish after the last document."""


DocumentStream: TypeAlias = "Iterator[tuple[Document, bytes | None]]"
StreamWatcher: TypeAlias = Callable[[DocumentStream], DocumentStream]
"""Sees the local files that are read, and passes them on."""
OnJudged: TypeAlias = Callable[[Collection[str], Collection[str]], None]
"""Receives each document's fingerprints of findings that count, and of those that do not."""


@dataclass(frozen=True, slots=True)
class SurveyedDocument:
    """A document with its judgement, joins, findings and waivers."""

    judgement: Judgement
    findings: tuple[Finding, ...]
