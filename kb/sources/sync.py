"""Sync one configured source: settings in, figures out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from kb import clock
from kb.errors import KbError, StoreError
from kb.mirror import embargo
from kb.mirror.store import Mirror
from kb.mirror.sync.job import ReadDepth, SyncJob
from kb.model.document import Source
from kb.settings.workspace import Workspace
from kb.sources.port import SourcePort
from kb.text.lang import Text


class SyncWatcher(Protocol):
    """Shows the progress of a source, as `kb.console.progress.Meter` does."""

    def step(self, done: int, total: int) -> None: ...
    def request(self, made: int, granted: int | None, waiting_s: float = 0.0) -> None: ...


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What `kb sync` was asked for."""

    full: bool = False
    limit: int = 0
    project: str = ""
    attachments: bool = False


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync of one source did. `error` ended it early; what was stored until then stays."""

    source: Source
    figures: dict[str, int]
    notes: tuple[Text, ...] = ()
    error: KbError | None = None
    name: str = ""  # of the source, as documents are called: 'esa', 'files:minutes'


class _NoAccess:
    """The counter of a source that makes no requests."""

    requests = 0
    waited_s = 0.0


def sync_source(
    source: SourcePort, workspace: Workspace, mirror: Mirror, wish: SyncOptions, watcher: SyncWatcher
) -> SyncOutcome:
    """Connect, sync, count. A source's error is part of the outcome, the mirror's StoreError is raised."""
    settings = workspace.settings.sync
    depth = ReadDepth(
        getattr(source.settings, "history", False),
        wish.attachments or settings.attachments,
        settings.attachment_kb * 1024,
        settings.history_requests,
    )
    job = SyncJob(
        mirror,
        _NoAccess(),
        source.source,
        audit=settings.audit,
        depth=depth if source.has_depths else ReadDepth(),
        accept_missing=settings.accept_missing,
        full=wish.full,
        limit=wish.limit,
        tell=watcher.step,
    )

    def watch(progress: Any) -> None:
        watcher.request(progress.requests, progress.remaining, progress.waiting_s)

    trouble: KbError | None = None
    client: Any = None
    try:
        client = source.connect(workspace, cache=workspace.cache, max_wait_s=settings.max_wait_s, watch=watch)
        job.access = getattr(client, "access", job.access)
        with job.write() as writer:
            writer.set_terms(
                clock.now(ZoneInfo(workspace.settings.timezone)).date(), workspace.settings.visibility.open
            )
        source.sync(client, job, wish.project)
    except StoreError:
        raise
    except KbError as error:
        trouble = error
    finally:
        if hasattr(client, "close"):
            client.close()
    notes = (*job.notes, *embargo.describe(mirror.database, source.name))
    return SyncOutcome(source.source, job.figures, notes, trouble, source.name)


COUNTED_FIELDS = ("requests", "added", "changed", "deleted", "waited_s", "audit_requests")
FULL_READS = "history_requests"
"""For old versions and files; only where they were asked for."""


def sum_figures(outcomes: Iterable[SyncOutcome]) -> dict[str, dict[str, int]]:
    """Return the figures by source; local folders are summed."""
    sums: dict[str, dict[str, int]] = {}
    for outcome in outcomes:
        have = sums.setdefault(outcome.source.value, dict.fromkeys(COUNTED_FIELDS, 0))
        for name in COUNTED_FIELDS:
            have[name] += outcome.figures[name]
        if FULL_READS in outcome.figures:
            have[FULL_READS] = outcome.figures[FULL_READS]
    return sums
