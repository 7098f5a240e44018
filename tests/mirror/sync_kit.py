"""Syncs of one source from a sandbox, whose figures must be those the sandbox counted."""

from __future__ import annotations

from servers import Sandbox

from kb.console.progress import Meter
from kb.mirror.store import Mirror
from kb.settings.workspace import Workspace
from kb.sources.esa.source import EsaSource
from kb.sources.redmine.source import RedmineSource
from kb.sources.sync import SyncOptions, SyncOutcome, sync_source

COUNTED = ("requests", "audit_requests", "history_requests")


def sync_counted(
    box: Sandbox,
    source: EsaSource | RedmineSource,
    workspace: Workspace,
    mirror: Mirror,
    options: SyncOptions | None = None,
) -> SyncOutcome:
    """Sync; check that the figures name every request the sandbox got."""
    system = "esa" if isinstance(source, EsaSource) else "redmine"
    box.reset(counters=True)
    outcome = sync_source(source, workspace, mirror, options or SyncOptions(), Meter(system))
    assert sum(outcome.figures.get(name, 0) for name in COUNTED) == box.requests(system)["total"]
    return outcome


def good(outcome: SyncOutcome) -> dict[str, int]:
    """Return the figures of a sync without an error."""
    assert outcome.error is None, outcome.error
    return outcome.figures
