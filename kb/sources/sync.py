"""One sync of one configured source: settings in, figures out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from kb.errors import KbError, StoreError
from kb.mirror.store import Mirror
from kb.mirror.sync.job import ReadDepth, SyncJob
from kb.model.document import Markup, Source
from kb.settings.kb_toml import EsaSettings, FilesSettings, RedmineSettings
from kb.settings.workspace import Workspace
from kb.sources.esa import sync
from kb.text.lang import Text

_MARKUPS = {"markdown": Markup.MARKDOWN, "textile": Markup.TEXTILE}


class SyncWatcher(Protocol):
    """Who is told how far a source is; kb.console.progress.Meter is one."""

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
    """What a sync of one source did. `error` is what ended it early; what was stored until then holds."""

    source: Source
    figures: dict[str, int]
    notes: tuple[Text, ...] = ()
    error: KbError | None = None
    name: str = ""  # of the source, as documents are called: 'esa', 'files:minutes'


class _NoAccess:
    """The counter of a source that makes no requests."""

    requests = 0
    waited_s = 0.0


def sync_esa(
    workspace: Workspace, settings: EsaSettings, mirror: Mirror, wish: SyncOptions, watcher: SyncWatcher
) -> SyncOutcome:
    """Sync esa. Raises StoreError when the mirror itself is the trouble."""
    from kb.sources.esa.client import Esa

    def work(job: SyncJob, esa: Any) -> None:
        sync.sync_limited(job, settings.limited)
        sync.sync_posts(esa, job)

    return _sync_source(
        lambda: Esa.connect(settings, **_connect_options(workspace, watcher)),
        Source.ESA, workspace, mirror, wish, watcher, work, history=settings.history,
    )  # fmt: skip


def sync_redmine(
    workspace: Workspace, settings: RedmineSettings, mirror: Mirror, wish: SyncOptions, watcher: SyncWatcher
) -> SyncOutcome:
    """Sync Redmine. Raises StoreError when the mirror itself is the trouble."""
    from kb.sources.redmine import sync as steps
    from kb.sources.redmine.client import Redmine

    def work(job: SyncJob, redmine: Any) -> None:
        steps.sync_redmine_site(
            redmine,
            job,
            base=settings.url,
            markup=_MARKUPS.get(settings.markup),
            projects=(wish.project,) if wish.project else settings.projects,
        )
        job.notes.extend(redmine.abilities.degraded())

    return _sync_source(
        lambda: Redmine.connect(settings, **_connect_options(workspace, watcher)),
        Source.REDMINE, workspace, mirror, wish, watcher, work, history=settings.history,
    )  # fmt: skip


def sync_files(
    workspace: Workspace, settings: FilesSettings, mirror: Mirror, wish: SyncOptions, watcher: SyncWatcher
) -> SyncOutcome:
    """Sync one folder. Raises StoreError when the mirror itself is the trouble."""
    from kb.sources.files import folder as files_folder
    from kb.sources.files.folder import MarkdownFolder

    def work(job: SyncJob, files: Any) -> None:
        files_folder.sync_folder(files, job)

    return _sync_source(
        lambda: MarkdownFolder.connect(settings, workspace.root), Source.FILES, workspace, mirror, wish, watcher, work,
        name=f"files:{settings.name}",
    )  # fmt: skip


def _connect_options(workspace: Workspace, watcher: SyncWatcher) -> dict[str, Any]:
    def watch(progress: Any) -> None:
        watcher.request(progress.requests, progress.remaining, progress.waiting_s)

    return {"cache": workspace.cache, "max_wait_s": workspace.settings.sync.max_wait_s, "watch": watch}


def _sync_source(
    connect: Callable[[], Any],
    source: Source,
    workspace: Workspace,
    mirror: Mirror,
    wish: SyncOptions,
    watcher: SyncWatcher,
    work: Callable[[SyncJob, Any], None],
    *,
    history: bool = False,
    name: str = "",
) -> SyncOutcome:
    """Connect, work, count; a source's trouble becomes part of the outcome, others are not its victims."""
    settings = workspace.settings.sync
    depth = ReadDepth(
        history,
        wish.attachments or settings.attachments,
        settings.attachment_kb * 1024,
        settings.history_requests,
    )
    job = SyncJob(
        mirror,
        _NoAccess(),
        source,
        audit=settings.audit,
        depth=depth if source is not Source.FILES else ReadDepth(),
        accept_missing=settings.accept_missing,
        full=wish.full,
        limit=wish.limit,
        tell=watcher.step,
    )
    trouble: KbError | None = None
    client: Any = None
    try:
        client = connect()
        job.access = getattr(client, "access", job.access)
        work(job, client)
    except StoreError:
        raise
    except KbError as error:
        trouble = error
    finally:
        if hasattr(client, "close"):
            client.close()
    return SyncOutcome(source, job.figures, tuple(job.notes), trouble, name or source.value)
